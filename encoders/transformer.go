package encoders

import (
	"cmp"
	"fmt"

	"github.com/wavekin/wavekin/nn"
)

// Transformer is a pre-norm Transformer (Vaswani et al., 2017) over patches of
// the window, with fixed sine-cosine positions and the mean over patches.
type Transformer struct {
	// Width is the size of a token; 0 means 128.
	Width int `json:"width,omitempty" toml:"width"`
	// Depth is the number of layers; 0 means 4.
	Depth int `json:"depth,omitempty" toml:"depth"`
	// Heads divides the width; 0 means 4.
	Heads int `json:"heads,omitempty" toml:"heads"`
	// Patch is the number of time stamps per token; 0 means 8.
	Patch int `json:"patch,omitempty" toml:"patch"`
	// Hidden is the width of the feed-forward layer; 0 means twice the width.
	Hidden int `json:"hidden,omitempty" toml:"hidden"`
	// Dropout is applied to the output of attention and feed-forward; default 0.
	Dropout float64 `json:"dropout,omitempty" toml:"dropout"`
	// Causal lets a token attend to its past only.
	Causal bool `json:"causal,omitempty" toml:"causal"`
}

// Name returns "transformer".
func (Transformer) Name() string { return "transformer" }

// New declares the weights.
func (c Transformer) New(w *nn.Weights, channels int) (Network, error) {
	c.Width, c.Depth, c.Heads, c.Patch = cmp.Or(c.Width, 128), cmp.Or(c.Depth, 4), cmp.Or(c.Heads, 4), cmp.Or(c.Patch, 8)
	c.Hidden = cmp.Or(c.Hidden, 2*c.Width)
	if err := within(bound{"channels", channels, 1, 1 << 16}, bound{"width", c.Width, 1, 1 << 13}, bound{"depth", c.Depth, 1, 64},
		bound{"heads", c.Heads, 1, c.Width}, bound{"patch", c.Patch, 1, 1 << 12}, bound{"hidden", c.Hidden, 1, 1 << 15}); err != nil {
		return nil, err
	}
	if c.Width%c.Heads != 0 {
		return nil, fmt.Errorf("width %d does not divide into %d heads", c.Width, c.Heads)
	}
	if c.Dropout < 0 || c.Dropout >= 1 {
		return nil, fmt.Errorf("dropout is %g, want 0 <= dropout < 1", c.Dropout)
	}
	n := &transformer{cfg: c, patch: nn.NewConv1D(w, "patch", channels, c.Width, c.Patch, nn.ConvConfig{Stride: c.Patch}, true),
		norm: nn.NewLayerNorm(w, "norm", c.Width)}
	for i := range c.Depth {
		n.layers = append(n.layers, nn.NewTransformerLayer(w.Scope(fmt.Sprintf("layer%d", i)), nn.TransformerConfig{
			Width: c.Width, Heads: c.Heads, Hidden: c.Hidden, Dropout: c.Dropout, Causal: c.Causal}))
	}
	return n, nil
}

type transformer struct {
	cfg    Transformer
	patch  *nn.ConvLayer
	layers []*nn.TransformerLayer
	norm   *nn.NormLayer
}

func (n *transformer) Dim() int { return n.cfg.Width }

// Stride is the length of a patch.
func (n *transformer) Stride() int { return n.cfg.Patch }

// Steps maps x [N, C, T] to an encoding of every patch, [N, Dim, P].
func (n *transformer) Steps(x *nn.Node) *nn.Node { return n.MaskedSteps(x, 0) }

// MaskedSteps hides patches after the linear map; their positions are still told.
func (n *transformer) MaskedSteps(x *nn.Node, p float64) *nn.Node {
	return nn.InChunks(x, func(x *nn.Node) *nn.Node {
		h := nn.SwapLast(nn.HideSteps(n.patch.Apply(x), p))
		t, d := h.Dim(1), h.Dim(2)
		h = nn.Add(h, x.Graph().Positions(t, d))
		for _, l := range n.layers {
			h = nn.Segment(h, l.Apply)
		}
		return nn.SwapLast(n.norm.Apply(h))
	})
}

func (n *transformer) Apply(x *nn.Node) *nn.Node { return pooled(x, n, nn.GlobalMean) }
