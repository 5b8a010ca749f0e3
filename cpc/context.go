package cpc

import (
	"fmt"

	"github.com/wavekin/wavekin/nn"
)

// ContextConfig is the choice of a context network. The zero value works.
type ContextConfig struct {
	// Kind is "gru" (the default), "conv", causal dilated convolutions, or "transformer", causal self-attention. Over the rows
	// of a grid the default is "conv", masked convolutions, which without Width is the network of Hénaff et al. (2020): as wide as the
	// encodings, 256 within, and 5 deep.
	Kind string `json:"kind,omitempty" toml:"kind"`
	// Width is the length of a context; 0 means 128.
	Width int `json:"width,omitempty" toml:"width"`
	// Depth is the number of recurrent units on each other, of convolution blocks or of attention layers; 0 means 1, 3, 2.
	Depth int `json:"depth,omitempty" toml:"depth"`
	// Inner is the width of a transformer's feed-forward layers, 0 meaning twice Width, and within the blocks of convolutions over a
	// grid, 0 meaning Width.
	Inner int `json:"inner,omitempty" toml:"inner"`
}

// Context is a context network with its weights.
type Context struct {
	cfg    ContextConfig
	in     *nn.LinearLayer
	grus   []*nn.GRULayer
	blocks []*nn.ConvBlock
	layers []*nn.TransformerLayer
	norm   *nn.NormLayer
}

// New declares the weights of a context of encodings of that length. It fails on settings that make no network.
func (c ContextConfig) New(w *nn.Weights, dim int) (*Context, error) {
	if c.Kind == "" {
		c.Kind = "gru"
	}
	c, err := c.defaults()
	if err != nil {
		return nil, err
	}
	x := &Context{cfg: c}
	if c.Kind == "transformer" {
		x.in, x.norm = nn.NewLinear(w, "in", dim, c.Width, true), nn.NewLayerNorm(w, "norm", c.Width)
	}
	for i := range c.Depth {
		from := c.Width
		if i == 0 {
			from = dim
		}
		switch c.Kind {
		case "gru":
			x.grus = append(x.grus, nn.NewGRU(w, fmt.Sprintf("gru%d", i), from, c.Width))
		case "conv":
			x.blocks = append(x.blocks, nn.NewConvBlock(w.Scope(fmt.Sprintf("block%d", i)), from, c.Width, 3, nn.ConvConfig{Dilation: 1 << i, Padding: nn.Causal}))
		case "transformer":
			x.layers = append(x.layers, nn.NewTransformerLayer(w.Scope(fmt.Sprintf("layer%d", i)),
				nn.TransformerConfig{Width: c.Width, Heads: heads(c.Width), Hidden: c.Inner, Causal: true}))
		}
	}
	return x, nil
}

// defaults fills in zero fields and checks the others.
func (c ContextConfig) defaults() (ContextConfig, error) {
	depths := map[string]int{"gru": 1, "conv": 3, "transformer": 2}
	usual, known := depths[c.Kind]
	if !known {
		return c, fmt.Errorf("context is %q, want gru, conv or transformer", c.Kind)
	}
	if c.Width == 0 {
		c.Width = 128
	}
	if c.Depth == 0 {
		c.Depth = usual
	}
	if c.Inner == 0 {
		c.Inner = 2 * c.Width
	}
	if c.Inner < 1 || c.Inner > 1<<14 {
		return c, fmt.Errorf("context's feed-forward layers are %d wide, want 1 to %d", c.Inner, 1<<14)
	}
	if c.Width < 1 || c.Width > widest || c.Depth < 1 || c.Depth > 24 {
		return c, fmt.Errorf("context of width %d and depth %d, want 1 to %d and 1 to 24", c.Width, c.Depth, widest)
	}
	return c, nil
}

// heads is 4, or as many of them as divide the width.
func heads(width int) int {
	h := 4
	for width%h != 0 {
		h /= 2
	}
	return h
}

// Dim is the length of a context.
func (x *Context) Dim() int { return x.cfg.Width }

// Apply maps encodings z [N, P, D] to contexts [N, P, Dim]; a context depends on the pieces up to its own.
func (x *Context) Apply(z *nn.Node) *nn.Node {
	for _, l := range x.grus {
		z = l.Apply(z)
	}
	if x.blocks != nil {
		z = nn.SwapLast(z)
		for _, b := range x.blocks {
			z = b.Apply(z)
		}
		z = nn.SwapLast(z)
	}
	if x.layers != nil {
		z = x.in.Apply(z)
		t, d := z.Dim(1), z.Dim(2)
		z = nn.Add(z, z.Graph().Positions(t, d))
		for _, l := range x.layers {
			z = l.Apply(z)
		}
		z = x.norm.Apply(z)
	}
	return z
}
