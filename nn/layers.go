package nn

import "fmt"

// LinearLayer is an affine map over the last axis, y = x·Wᵀ + b.
type LinearLayer struct {
	W, B *Param
	// Standard applies [Standardize] to the weights.
	Standard bool
}

// NewLinear declares a linear layer from in to out features.
func NewLinear(w *Weights, name string, in, out int, bias bool) *LinearLayer {
	s := w.Scope(name)
	l := &LinearLayer{W: s.Param("weight", KaimingUniform(in), out, in)}
	if bias {
		l.B = s.Param("bias", KaimingUniform(in), out)
	}
	return l
}

// NewXavierLinear is [NewLinear] with weights from [XavierUniform] and a bias of 0.
func NewXavierLinear(w *Weights, name string, in, out int, bias bool) *LinearLayer {
	s := w.Scope(name)
	l := &LinearLayer{W: s.Param("weight", XavierUniform(in, out), out, in)}
	if bias {
		l.B = s.Param("bias", Zeros, out)
	}
	return l
}

// Apply maps x [..., in] to [..., out].
func (l *LinearLayer) Apply(x *Node) *Node {
	return Linear(x, weightOf(x.g, l.W, l.Standard), optional(x.g, l.B))
}

// ConvLayer is a convolution over time.
type ConvLayer struct {
	W, B   *Param
	Config ConvConfig
	// Standard applies [Standardize] to the weights.
	Standard bool
}

// NewConv1D declares a convolution from in to out channels with k taps.
func NewConv1D(w *Weights, name string, in, out, k int, c ConvConfig, bias bool) *ConvLayer {
	s := w.Scope(name)
	l := &ConvLayer{Config: c, W: s.Param("weight", KaimingUniform(in*k), out, in, k)}
	if bias {
		l.B = s.Param("bias", KaimingUniform(in*k), out)
	}
	return l
}

// Apply maps x [N, in, T] to [N, out, T'].
func (l *ConvLayer) Apply(x *Node) *Node {
	return Conv1D(x, weightOf(x.g, l.W, l.Standard), optional(x.g, l.B), l.Config)
}

// weightOf brings a layer's weights into a graph, standardised if asked.
func weightOf(g *Graph, p *Param, standard bool) *Node {
	w := g.Param(p)
	if standard {
		return Standardize(w)
	}
	return w
}

// Affine is what a normalisation learns beside its statistics.
type Affine int

// A scale and a shift for each channel, a scale alone, or neither.
const (
	ScaleShift Affine = iota
	ScaleOnly
	NoAffine
)

// NormLayer is a normalisation with its parameters; nil is none.
type NormLayer struct {
	Gamma, Beta *Param
	apply       func(x, gamma, beta *Node) *Node
}

// Apply normalises x and keeps its shape.
func (l *NormLayer) Apply(x *Node) *Node {
	if l == nil {
		return x
	}
	gamma, beta := optional(x.g, l.Gamma), optional(x.g, l.Beta)
	if gamma != nil && beta == nil {
		beta = x.g.Const(make([]float32, l.Gamma.Shape[0]), l.Gamma.Shape...)
	}
	return l.apply(x, gamma, beta)
}

// NewNorm declares a normalisation of c features by its name: "batch", "layer", "group" (16 groups or fewer, of at
// least 4 features where there are so many: alone at one time stamp a feature would be normalised to 0), "group-ws" (the same, for layers whose weights are standardised), "actnorm" or "none", which is nil. Only batch
// normalisation can do without a scale, and actnorm always has a shift.
func NewNorm(w *Weights, name, kind string, c int, affine Affine) (*NormLayer, error) {
	switch kind {
	case "batch":
		return newBatchNorm(w, name, c, affine), nil
	case "layer":
		return newLayerNorm(w, name, c, affine.scaled()), nil
	case "group", "group-ws":
		groups := 16
		for groups > 1 && (c%groups != 0 || c < 4*groups) {
			groups /= 2
		}
		return newGroupNorm(w, name, c, groups, affine.scaled()), nil
	case "actnorm":
		return NewActNorm(w, name, c), nil
	case "none":
		return nil, nil
	}
	return nil, fmt.Errorf("norm is %q, want batch, layer, group, group-ws, actnorm or none", kind)
}

// normEps is the customary addition to a variance.
const normEps = 1e-5

// scaled is a, or a scale and a shift where it asks for neither.
func (a Affine) scaled() Affine {
	if a == NoAffine {
		return ScaleShift
	}
	return a
}

// NewBatchNorm declares a batch normalisation of c channels; without affine it has no scale and shift.
func NewBatchNorm(w *Weights, name string, c int, affine bool) *NormLayer {
	if !affine {
		return newBatchNorm(w, name, c, NoAffine)
	}
	return newBatchNorm(w, name, c, ScaleShift)
}

func newBatchNorm(w *Weights, name string, c int, affine Affine) *NormLayer {
	l, s := newNorm(w, name, c, affine)
	stats := &BatchStats{Mean: s.Buffer("running_mean", 0, c), Var: s.Buffer("running_var", 1, c), Momentum: 0.1}
	l.apply = func(x, gamma, beta *Node) *Node { return BatchNorm(x, gamma, beta, stats, normEps) }
	return l
}

// NewLayerNorm declares a normalisation over the last axis, of d features.
func NewLayerNorm(w *Weights, name string, d int) *NormLayer {
	return newLayerNorm(w, name, d, ScaleShift)
}

func newLayerNorm(w *Weights, name string, d int, affine Affine) *NormLayer {
	l, _ := newNorm(w, name, d, affine)
	l.apply = func(x, gamma, beta *Node) *Node { return LayerNorm(x, gamma, beta, normEps) }
	return l
}

// NewGroupNorm declares a normalisation of c channels in groups.
func NewGroupNorm(w *Weights, name string, c, groups int) *NormLayer {
	return newGroupNorm(w, name, c, groups, ScaleShift)
}

func newGroupNorm(w *Weights, name string, c, groups int, affine Affine) *NormLayer {
	l, _ := newNorm(w, name, c, affine)
	l.apply = func(x, gamma, beta *Node) *Node { return GroupNorm(x, gamma, beta, groups, normEps) }
	return l
}

func newNorm(w *Weights, name string, c int, affine Affine) (*NormLayer, *Weights) {
	s := w.Scope(name)
	l := &NormLayer{}
	if affine != NoAffine {
		l.Gamma = s.Param("weight", Ones, c)
	}
	if affine == ScaleShift {
		l.Beta = s.Param("bias", Zeros, c)
	}
	return l, s
}

// optional brings a parameter that may be absent into a graph.
func optional(g *Graph, p *Param) *Node {
	if p == nil {
		return nil
	}
	return g.Param(p)
}
