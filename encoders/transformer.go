package encoders

import (
	"fmt"
	"math"

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
	c.Width, c.Depth, c.Heads, c.Patch = or(c.Width, 128), or(c.Depth, 4), or(c.Heads, 4), or(c.Patch, 8)
	c.Hidden = or(c.Hidden, 2*c.Width)
	if err := within(bound{"channels", channels, 1, 1 << 16}, bound{"width", c.Width, 1, 1 << 13}, bound{"depth", c.Depth, 1, 64},
		bound{"heads", c.Heads, 1, c.Width}, bound{"patch", c.Patch, 1, 1 << 12}, bound{"hidden", c.Hidden, 1, 1 << 15}); err != nil {
		return nil, err
	}
	if c.Width%c.Heads != 0 {
		return nil, fmt.Errorf("encoders: width %d does not divide into %d heads", c.Width, c.Heads)
	}
	if c.Dropout < 0 || c.Dropout >= 1 {
		return nil, fmt.Errorf("encoders: dropout is %g, want 0 <= dropout < 1", c.Dropout)
	}
	n := &transformer{cfg: c, patch: nn.NewConv1D(w, "patch", channels, c.Width, c.Patch, nn.ConvConfig{Stride: c.Patch}, true),
		norm: nn.NewLayerNorm(w, "norm", c.Width)}
	for i := range c.Depth {
		n.layers = append(n.layers, newLayer(w.Scope(fmt.Sprintf("layer%d", i)), c))
	}
	return n, nil
}

type transformer struct {
	cfg    Transformer
	patch  *nn.ConvLayer
	layers []layer
	norm   *nn.NormLayer
}

type layer struct {
	norm1, norm2     *nn.NormLayer
	q, k, v, out     *nn.LinearLayer
	expand, contract *nn.LinearLayer
	heads            int
	causal           bool
	dropout          float64
}

func newLayer(w *nn.Weights, c Transformer) layer {
	return layer{
		norm1: nn.NewLayerNorm(w, "norm1", c.Width), norm2: nn.NewLayerNorm(w, "norm2", c.Width),
		q: nn.NewLinear(w, "query", c.Width, c.Width, true), k: nn.NewLinear(w, "key", c.Width, c.Width, true),
		v: nn.NewLinear(w, "value", c.Width, c.Width, true), out: nn.NewLinear(w, "out", c.Width, c.Width, true),
		expand: nn.NewLinear(w, "expand", c.Width, c.Hidden, true), contract: nn.NewLinear(w, "contract", c.Hidden, c.Width, true),
		heads: c.Heads, causal: c.Causal, dropout: c.Dropout,
	}
}

func (l layer) apply(x *nn.Node) *nn.Node {
	h := l.norm1.Apply(x)
	a := l.out.Apply(nn.Attention(l.q.Apply(h), l.k.Apply(h), l.v.Apply(h), l.heads, l.causal))
	x = nn.Add(x, nn.Dropout(a, l.dropout))
	f := l.contract.Apply(nn.GELU(l.expand.Apply(l.norm2.Apply(x))))
	return nn.Add(x, nn.Dropout(f, l.dropout))
}

func (n *transformer) Dim() int { return n.cfg.Width }

// Steps maps x [N, C, T] to an encoding of every patch, [N, Dim, P].
func (n *transformer) Steps(x *nn.Node) *nn.Node {
	h := nn.SwapLast(n.patch.Apply(x))
	if s := h.Shape(); len(s) == 3 {
		h = nn.Add(h, x.Graph().Const(positions(s[1], s[2]), s[1], s[2]))
	}
	for _, l := range n.layers {
		h = l.apply(h)
	}
	return nn.SwapLast(n.norm.Apply(h))
}

func (n *transformer) Apply(x *nn.Node) *nn.Node { return nn.GlobalMean(n.Steps(x)) }

// positions is the sine-cosine code of section 3.5, [T, D].
func positions(t, d int) []float32 {
	out := make([]float32, t*d)
	for i := range t {
		for j := range d {
			angle := float64(i) / math.Pow(10000, float64(j/2*2)/float64(d))
			if j%2 == 0 {
				out[i*d+j] = float32(math.Sin(angle))
			} else {
				out[i*d+j] = float32(math.Cos(angle))
			}
		}
	}
	return out
}
