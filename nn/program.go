package nn

import (
	"fmt"

	"github.com/wavekin/wavekin/internal/kernel"
	G "gorgonia.org/gorgonia"
)

// Program is a compiled graph: a list of steps over buffers that were planned
// once. Running it allocates nothing. It is not safe for concurrent use.
type Program struct {
	g       *Graph
	steps   []step
	buffers map[*G.Node][]float32
	copies  []gradCopy
	arena   []float32
	loss    *Node
	checks  checks
}

type step struct {
	name string
	// flops is what it computes, for a profile.
	flops float64
	run   func(in [][]float32, out []float32)
	in    [][]float32
	out   []float32
	// from are the steps that computed in, -1 for leaves; only with the build tag invariants.
	from []int
}

// gradCopy moves a gradient that shares its storage with something else.
type gradCopy struct{ dst, src []float32 }

// Compile plans the computation of loss and outputs. With a loss (a scalar), a
// run also writes the gradient of every trainable parameter that the graph uses
// into its Grad; loss may be nil. The first building mistake is returned here.
func (g *Graph) Compile(loss *Node, outputs ...*Node) (*Program, error) {
	if g.err != nil {
		return nil, g.err
	}
	p := &Program{g: g, buffers: map[*G.Node][]float32{}, loss: loss}
	roots := make([]*G.Node, 0, len(outputs)+len(g.order)+1)
	for _, n := range outputs {
		roots = append(roots, n.expr)
	}
	grads := map[*Param]*G.Node{}
	if loss != nil {
		if len(loss.shape) != 0 {
			return nil, fmt.Errorf("the loss has shape %v, want a scalar", loss.shape)
		}
		roots = append(roots, loss.expr)
		var err error
		if grads, err = g.gradients(loss); err != nil {
			return nil, err
		}
	}
	for _, q := range g.order {
		if e, ok := grads[q]; ok {
			roots = append(roots, e)
		} else {
			clear(q.Grad)
		}
	}
	if err := p.plan(roots, grads); err != nil {
		return nil, err
	}
	return p, nil
}

// gradients asks Gorgonia for the gradient of each parameter that the loss depends on.
func (g *Graph) gradients(loss *Node) (map[*Param]*G.Node, error) {
	reached := map[*G.Node]bool{loss.expr: true}
	stack := []*G.Node{loss.expr}
	for len(stack) > 0 {
		e := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		o, isOp := e.Op().(*op)
		if !isOp {
			continue
		}
		for i, c := range children(g, e) {
			if o.diff[i] && !reached[c] {
				reached[c] = true
				stack = append(stack, c)
			}
		}
	}
	var wrt G.Nodes
	var params []*Param
	for _, q := range g.order {
		if q.Trainable && reached[g.params[q].expr] {
			wrt = append(wrt, g.params[q].expr)
			params = append(params, q)
		}
	}
	out := map[*Param]*G.Node{}
	if len(wrt) == 0 {
		return out, nil
	}
	nodes, err := G.Grad(loss.expr, wrt...)
	if err != nil {
		return nil, fmt.Errorf("gradient: %w", err)
	}
	for i, q := range params {
		out[q] = nodes[i]
	}
	return out, nil
}

// children returns the operands of a node in order.
func children(g *Graph, e *G.Node) []*G.Node {
	it := g.expr.From(e.ID())
	var out []*G.Node
	for it.Next() {
		out = append(out, it.Node().(*G.Node))
	}
	return out
}

// Set copies data into the input of that name.
func (p *Program) Set(name string, data []float32) error {
	n, ok := p.g.inputs[name]
	if !ok {
		return fmt.Errorf("no input %q", name)
	}
	if len(data) != len(n.data) {
		return fmt.Errorf("input %q takes %d values (shape %v), got %d", name, len(n.data), n.shape, len(data))
	}
	copy(n.data, data)
	return nil
}

// Data returns the values of a leaf, or of an output that was named to Compile;
// they are valid until the next Run. It is nil for any other node.
func (p *Program) Data(n *Node) []float32 {
	if n.data != nil {
		return n.data
	}
	return p.buffers[n.expr]
}

// Loss returns the loss of the last run, or 0 without one.
func (p *Program) Loss() float32 {
	if p.loss == nil {
		return 0
	}
	return p.buffers[p.loss.expr][0]
}

// Seed sets what dropout masks are derived from; call it with the step number.
func (p *Program) Seed(s uint64) { *p.g.seed = s }

// Bytes returns the size of the planned buffers.
func (p *Program) Bytes() int { return 4 * len(p.arena) }

// Run computes the outputs, the loss and the gradients from the present inputs and parameters.
func (p *Program) Run() (err error) {
	at := 0
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: %v", p.steps[at].name, r)
		}
	}()
	p.g.runs++
	for i := range p.steps {
		at = i
		s := &p.steps[i]
		if !invariants {
			s.run(s.in, s.out)
			continue
		}
		if err := p.checks.run(i, s); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	for _, c := range p.copies {
		copy(c.dst, c.src)
	}
	return nil
}

// addStep is what a sum of gradients runs, which is the one stock operation that Gorgonia inserts.
func addStep(in [][]float32, out []float32) { kernel.Add(out, in[0], in[1]) }
