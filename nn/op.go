package nn

import (
	"encoding/binary"
	"fmt"
	"hash"
	"sync/atomic"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// op is one operation on Gorgonia's graph, made of two closures.
type op struct {
	name  string
	graph *Graph
	id    uint64
	in    [][]int
	shape []int
	diff  []bool
	// forward computes out from the operands; out may hold anything before.
	forward func(in [][]float32, out []float32)
	// backward builds, for each operand that wants one, the node of its gradient.
	backward func(in []*Node, out, grad *Node) []*Node
	// about are its settings, for Operation.
	about any
	// flops is how many multiplications and additions it takes, for a profile; 0 where it moves values more than it computes.
	flops float64
	// resume returns forward for a gradient by a parameter whose batch comes in the chunks of a span: it goes on with the sum in out
	// and has, after the last chunk, the bits of the batch at once. It is nil where that cannot be.
	resume func(s *span, r *running) func(in [][]float32, out []float32)
	// pure tells that its gradients need nothing that forward leaves behind.
	pure bool
	// after tells that it reads nothing of its operand, but what that left elsewhere.
	after bool
	// alias marks a view: out is the storage of operand 0.
	alias bool
	// forms are other ways to compute it, to the same bits.
	forms forms
	// norm is what a batch normalisation in training computes with; nil for any other operation.
	norm *batchNorm
	// conv is what a convolution, and fixed what a normalisation by statistics that are not the batch's, computes with; nil for
	// any other operation.
	conv  convolution
	fixed *fixedNorm
}

// Ops of equal hash are merged by Gorgonia, so every op gets a number of its own.
var opCount atomic.Uint64

// apply adds an operation to the graph of its operands.
func apply(o *op, in ...*Node) *Node {
	g := in[0].g
	if g.err != nil {
		return bad(in[0])
	}
	o.graph = g
	o.id = opCount.Add(1)
	exprs := make([]*G.Node, len(in))
	grad := false
	for i, n := range in {
		exprs[i] = n.expr
		o.in = append(o.in, n.shape)
		want := n.grad && o.backward != nil
		o.diff = append(o.diff, want)
		grad = grad || want
	}
	expr, err := G.ApplyOp(o, exprs...)
	if err != nil {
		return g.failf("%s: %w", o.name, err)
	}
	n := &Node{g: g, expr: expr, shape: o.shape, grad: grad, op: o, in: in}
	g.nodes[expr] = n
	return n
}

func (o *op) Arity() int { return len(o.in) }

func (o *op) Type() hm.Type {
	ts := make([]hm.Type, 0, len(o.in)+1)
	for _, s := range o.in {
		ts = append(ts, typeOf(s))
	}
	return hm.NewFnType(append(ts, typeOf(o.shape))...)
}

func typeOf(shape []int) hm.Type {
	if len(shape) == 0 {
		return G.Float32
	}
	return G.TensorType{Dims: len(shape), Of: G.Float32}
}

func (o *op) InferShape(...G.DimSizer) (tensor.Shape, error) {
	if len(o.shape) == 0 {
		return tensor.ScalarShape(), nil
	}
	return append(tensor.Shape(nil), o.shape...), nil
}

// Do lets Gorgonia's own machine run the op; the executor of this package does not use it.
func (o *op) Do(vs ...G.Value) (v G.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: %v", o.name, r)
		}
	}()
	in := make([][]float32, len(vs))
	for i, v := range vs {
		in[i] = floats(v)
	}
	out := make([]float32, size(o.shape))
	if o.alias {
		copy(out, in[0])
	} else {
		o.forward(in, out)
	}
	if len(o.shape) == 0 {
		s := G.F32(out[0])
		return &s, nil
	}
	return tensor.New(tensor.WithShape(o.shape...), tensor.WithBacking(out)), nil
}

func floats(v G.Value) []float32 {
	switch d := v.Data().(type) {
	case []float32:
		return d
	case float32:
		return []float32{d}
	}
	return nil
}

func (o *op) ReturnsPtr() bool     { return false }
func (o *op) CallsExtern() bool    { return false }
func (o *op) OverwritesInput() int { return -1 }
func (o *op) String() string       { return fmt.Sprintf("%s#%d", o.name, o.id) }
func (o *op) Hashcode() uint32     { return uint32(o.id) }

func (o *op) WriteHash(h hash.Hash) { _ = binary.Write(h, binary.LittleEndian, o.id) }

func (o *op) DiffWRT(int) []bool { return o.diff }

func (o *op) SymDiff(inputs G.Nodes, output, grad *G.Node) (G.Nodes, error) {
	in := make([]*Node, len(inputs))
	for i, e := range inputs {
		in[i] = o.wrap(e, o.in[i])
	}
	grads := o.backward(in, o.wrap(output, o.shape), o.wrap(grad, o.shape))
	if o.graph.err != nil {
		return nil, o.graph.err
	}
	if len(grads) != len(inputs) {
		return nil, fmt.Errorf("%s: %d gradients for %d operands", o.name, len(grads), len(inputs))
	}
	out := make(G.Nodes, len(inputs))
	for i, n := range grads {
		if n == nil && o.diff[i] {
			// Gorgonia asks for the gradient of every operand that has one.
			n = Host("zero", o.in[i], func(_ [][]float32, out []float32) { clear(out) }, o.wrap(grad, o.shape))
		}
		if n == nil {
			continue
		}
		if size(n.shape) != size(o.in[i]) {
			return nil, fmt.Errorf("%s: the gradient by operand %d has shape %v, want %v", o.name, i, n.shape, o.in[i])
		}
		out[i] = n.expr
	}
	return out, nil
}

// wrap finds the Node of a Gorgonia node, or makes one for a sum that Gorgonia built.
func (o *op) wrap(e *G.Node, shape []int) *Node {
	if n, ok := o.graph.nodes[e]; ok {
		return n
	}
	return &Node{g: o.graph, expr: e, shape: shape}
}
