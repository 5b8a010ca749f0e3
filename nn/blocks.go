package nn

import "math"

// Blocks that more than one package builds networks from live in this file.

// ConvBlock is GELU, convolution, GELU, convolution, and a residual path around them, with a projection where the width
// changes (Yue et al., 2022).
type ConvBlock struct{ first, second, shortcut *ConvLayer }

// NewConvBlock declares a block from so many channels to so many, with k taps.
func NewConvBlock(w *Weights, from, to, k int, c ConvConfig) *ConvBlock {
	b := &ConvBlock{first: NewConv1D(w, "conv1", from, to, k, c, true), second: NewConv1D(w, "conv2", to, to, k, c, true)}
	if from != to {
		b.shortcut = NewConv1D(w, "shortcut", from, to, 1, ConvConfig{}, true)
	}
	return b
}

// Apply maps x [N, from, T] to [N, to, T].
func (b *ConvBlock) Apply(x *Node) *Node {
	y := b.second.Apply(GELU(b.first.Apply(GELU(x))))
	if b.shortcut != nil {
		x = b.shortcut.Apply(x)
	}
	return Add(y, x)
}

// TransformerConfig is the choice of [NewTransformerLayer].
type TransformerConfig struct {
	// Width is the size of a token, which Heads divides, and Hidden the width of the feed-forward layer.
	Width, Heads, Hidden int
	// Dropout is applied to the output of attention and feed-forward.
	Dropout float64
	// DropPath is applied to whole residual branches, see [DropPath].
	DropPath float64
	// Causal lets a token attend to its past only.
	Causal bool
	// Xavier starts the linear maps as [NewXavierLinear] does, and not as [NewLinear].
	Xavier bool
}

// TransformerLayer is pre-norm self-attention and a feed-forward layer (Vaswani et al., 2017).
type TransformerLayer struct {
	norm1, norm2     *NormLayer
	q, k, v, out     *LinearLayer
	expand, contract *LinearLayer
	cfg              TransformerConfig
}

// NewTransformerLayer declares a layer.
func NewTransformerLayer(w *Weights, c TransformerConfig) *TransformerLayer {
	linear := NewLinear
	if c.Xavier {
		linear = NewXavierLinear
	}
	return &TransformerLayer{
		norm1: NewLayerNorm(w, "norm1", c.Width), norm2: NewLayerNorm(w, "norm2", c.Width),
		q: linear(w, "query", c.Width, c.Width, true), k: linear(w, "key", c.Width, c.Width, true),
		v: linear(w, "value", c.Width, c.Width, true), out: linear(w, "out", c.Width, c.Width, true),
		expand: linear(w, "expand", c.Width, c.Hidden, true), contract: linear(w, "contract", c.Hidden, c.Width, true),
		cfg: c,
	}
}

// Apply maps tokens x [N, T, Width] to as many.
func (l *TransformerLayer) Apply(x *Node) *Node {
	h := l.norm1.Apply(x)
	return l.attend(x, h, h, l.cfg.Causal)
}

// First maps tokens x [N, T, Width] to the first of those that Apply maps them to, [N, 1, Width]. Nothing is computed for the
// others but what the first attends to.
func (l *TransformerLayer) First(x *Node) *Node {
	h := l.norm1.Apply(x)
	if l.cfg.Causal {
		return Slice(l.attend(x, h, h, true), 1, 0, 1)
	}
	return l.attend(Slice(x, 1, 0, 1), Slice(h, 1, 0, 1), h, false)
}

// attend is what the layer does for tokens x, which are asked when they are normalised, of those of h.
func (l *TransformerLayer) attend(x, asked, h *Node, causal bool) *Node {
	x = l.residual(x, l.out.Apply(Attention(l.q.Apply(asked), l.k.Apply(h), l.v.Apply(h), l.cfg.Heads, causal)))
	return l.residual(x, l.contract.Apply(GELU(l.expand.Apply(l.norm2.Apply(x)))))
}

func (l *TransformerLayer) residual(x, branch *Node) *Node {
	return Add(x, DropPath(Dropout(branch, l.cfg.Dropout), l.cfg.DropPath))
}

// Attention returns how much each of the queries from (inclusive) to (exclusive) among tokens x [N, T, Width] attends to
// each token, [N, Heads, to-from, T]; see [AttentionWeights]. A causal layer has none.
func (l *TransformerLayer) Attention(x *Node, from, to int) *Node {
	if l.cfg.Causal {
		return x.g.failf("attention weights of a causal layer")
	}
	h := l.norm1.Apply(x)
	return AttentionWeights(Slice(l.q.Apply(h), 1, from, to), l.k.Apply(h), l.cfg.Heads)
}

// Positions is the sine-cosine code of section 3.5 of Vaswani et al. (2017), [T, D].
func Positions(t, d int) []float32 {
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
