package nn

import (
	"slices"

	"github.com/wavekin/wavekin/internal/kernel"
)

// Op is an operation that this package does not have, defined by what it computes and by its gradient; see [Apply].
type Op struct {
	// Name is how errors call it.
	Name string
	// Settings are those that [Node.Operation] tells, for programs that translate a graph, such as a [RowMap]; nil for none.
	Settings any
	// Shape is the size of each axis of the result; empty for a scalar.
	Shape []int
	// Forward computes the result from the values of the operands, all row major. It must write all of out, which holds
	// anything before, leave in unchanged, keep neither, and give the same bits for any number of threads. A panic in it is
	// returned by [Program.Run] as an error.
	Forward func(in [][]float32, out []float32)
	// Backward builds the gradient of the loss by each operand from the operands, the result and grad, the gradient by the
	// result. It is called once, while the graph is compiled, and only where an operand depends on a trainable parameter.
	// The gradient of an operand has the operand's shape, and is nil for an operand that is a constant in the formula. With
	// no Backward the result is a constant: no gradient passes.
	//
	// What Forward computes for it, such as a mask, may be kept in a slice that both use. A node that reads such a slice
	// must have the result, or another node that depends on it, among its operands, so that it is computed afterwards.
	Backward func(in []*Node, result, grad *Node) []*Node
}

// Apply adds an operation on x, and on more operands if it has them, to their graph. A mistake in the Op is kept by the graph,
// as those of the operations in this package are.
func Apply(o Op, x *Node, more ...*Node) *Node {
	operands := append([]*Node{x}, more...)
	if !ok(operands...) {
		return bad(x)
	}
	g := x.g
	if slices.Contains(operands, nil) {
		return g.failf("%s: operand %d is nil", o.Name, slices.Index(operands, nil))
	}
	if o.Forward == nil {
		return g.failf("%s: no Forward", o.Name)
	}
	for _, d := range o.Shape {
		if d < 1 {
			return g.failf("%s: shape %v has an axis without elements", o.Name, o.Shape)
		}
	}
	return apply(&op{name: o.Name, shape: slices.Clone(o.Shape), about: o.Settings, forward: o.Forward, backward: o.Backward}, operands...)
}

// Parallel runs f over parts of [0, n) on the threads of the arithmetic, for the Forward of an [Op]. A part has at least grain
// elements, so that small work stays on one thread. Parts must not depend on each other.
func Parallel(n, grain int, f func(lo, hi int)) { kernel.Parallel(n, grain, f) }

// Host is [Apply] without a gradient: for a loss the result is a constant. f is a Forward as in [Op], and there is at least
// one operand.
func Host(name string, shape []int, f func(in [][]float32, out []float32), xs ...*Node) *Node {
	return Apply(Op{Name: name, Shape: shape, Forward: f}, xs[0], xs[1:]...)
}
