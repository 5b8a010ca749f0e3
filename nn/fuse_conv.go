package nn

import (
	"slices"

	"github.com/wavekin/wavekin/internal/kernel"
	G "gorgonia.org/gorgonia"
)

// tail is a convolution, a normalisation by fixed statistics, and what may come after it, which one step computes.
type tail struct {
	conv, norm *G.Node
	more       *G.Node // added to the normalised output, or nil
	relu       bool
}

// chains finds convolutions and what comes after them: nothing but the next node of a chain may need what is between.
func (f *fusion) chains(order []*G.Node, uses map[*G.Node]int) {
	for _, e := range slices.Backward(order) {
		o, own := e.Op().(*op)
		switch {
		case !own:
		case o.name == "relu":
			f.relu(e, uses)
		case o.fixed != nil && !f.taken[e]:
			f.chain(e, e, uses, tail{})
		}
	}
}

// relu finds the chain that ends with e.
func (f *fusion) relu(e *G.Node, uses map[*G.Node]int) {
	k := f.operands[e][0]
	o, own := k.Op().(*op)
	if !own || uses[k] != 1 {
		return
	}
	if o.name != "add" {
		f.chain(e, k, uses, tail{relu: true})
		return
	}
	if f.from[k] != nil {
		return
	}
	two := f.operands[k]
	for i, n := range two {
		if uses[n] == 1 && f.chain(e, n, uses, tail{relu: true, more: two[1-i]}) {
			f.take(k)
			return
		}
	}
}

// chain notes that e is what t says of the normalisation norm, if that is one of a convolution.
func (f *fusion) chain(e, norm *G.Node, uses map[*G.Node]int, t tail) bool {
	o, own := norm.Op().(*op)
	if !own || o.fixed == nil {
		return false
	}
	conv := f.operands[norm][0]
	if c, own := conv.Op().(*op); !own || c.conv == nil || uses[conv] != 1 {
		return false
	}
	t.conv, t.norm = conv, norm
	operands := slices.Concat(f.operands[conv], f.operands[norm][1:])
	if t.more != nil {
		operands = append(operands, t.more)
	}
	f.take(conv)
	if norm != e {
		f.take(norm)
	}
	f.tails[e], f.operands[e] = &t, operands
	return true
}

// take leaves an operation to a later step.
func (f *fusion) take(e *G.Node) { f.taken[e], f.operands[e] = true, nil }

// step is how the chain is computed.
func (t *tail) step() (name string, run func(in [][]float32, out []float32), flops float64) {
	conv, norm := t.conv.Op().(*op), t.norm.Op().(*op)
	own, affine := len(conv.in), len(norm.in) > 1
	name = conv.name + "+norm"
	switch {
	case t.more != nil:
		name += "+add+relu"
	case t.relu:
		name += "+relu"
	}
	return name, func(in [][]float32, out []float32) {
		f := norm.fixed
		f.moments()
		a := kernel.After{Mean: f.mean, RStd: f.rstd, ReLU: t.relu}
		var bias []float32
		if own > 2 {
			bias = in[2]
		}
		rest := in[own:]
		if affine {
			a.Gamma, a.Beta, rest = rest[0], rest[1], rest[2:]
		}
		if t.more != nil {
			a.More = rest[0]
		}
		conv.conv.ForwardThen(in[0], in[1], bias, out, a)
	}, conv.flops
}
