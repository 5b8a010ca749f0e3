package nn

import (
	"context"
	"fmt"
	"unsafe"

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
	slots   []slot
	// kept are the places that steps write beside their results.
	kept []*[]float32
	// also are nodes that are computed though no root depends on them.
	also []*G.Node
	// running is where gradients stand that are summed chunk by chunk, and sums those that are added up after a run.
	running map[*Param]*running
	sums    []gradCopy
	rounded []*Param
	// apart tells that no sum goes on from chunk to chunk.
	apart bool
}

// slot is an operand of a step that is a late leaf.
type slot struct {
	leaf *G.Node
	at   *[]float32
}

func newProgram(g *Graph) *Program {
	return &Program{g: g, buffers: map[*G.Node][]float32{}}
}

// bind brings the storage of a late leaf.
func (p *Program) bind(leaf *Node, data []float32) {
	for _, s := range p.slots {
		if s.leaf == leaf.expr {
			*s.at = data
		}
	}
}

// relocate moves the buffers to a larger arena. What they hold is lost.
func (p *Program) relocate(arena []float32) {
	moved := func(x []float32) []float32 {
		if len(x) == 0 || len(p.arena) == 0 {
			return x
		}
		at := (uintptr(unsafe.Pointer(&x[0])) - uintptr(unsafe.Pointer(&p.arena[0]))) / 4
		if at >= uintptr(len(p.arena)) {
			return x
		}
		return arena[at : int(at)+len(x) : int(at)+len(x)]
	}
	for i := range p.steps {
		s := &p.steps[i]
		s.out = moved(s.out)
		for k := range s.in {
			s.in[k] = moved(s.in[k])
		}
	}
	for _, at := range p.kept {
		*at = moved(*at)
	}
	for i := range p.copies {
		p.copies[i].src = moved(p.copies[i].src)
	}
	for i := range p.sums {
		p.sums[i].src = moved(p.sums[i].src)
	}
	for e, b := range p.buffers {
		p.buffers[e] = moved(b)
	}
	p.arena = arena
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
	p := newProgram(g)
	p.loss = loss
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
		if _, grads, err = g.gradients(loss, nil, nil); err != nil {
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
	if err := p.plan(roots, grads, func(q *Param) []float32 { return q.Grad }); err != nil {
		return nil, err
	}
	return p, nil
}

// gradients asks Gorgonia for the gradient of each parameter that out depends on: out is a scalar, or dy is the gradient by it. With
// a leaf x whose gradient is wanted it returns that too.
func (g *Graph) gradients(out, dy, x *Node) (dx *G.Node, grads map[*Param]*G.Node, err error) {
	reached := map[*G.Node]bool{out.expr: true}
	stack := []*G.Node{out.expr}
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
	if x != nil && x.grad && reached[x.expr] {
		wrt = append(wrt, x.expr)
	}
	grads = map[*Param]*G.Node{}
	if len(wrt) == 0 {
		return nil, grads, nil
	}
	var nodes G.Nodes
	if dy == nil {
		nodes, err = G.Grad(out.expr, wrt...)
	} else {
		nodes, err = G.Backpropagate(G.Nodes{out.expr}, G.Nodes{dy.expr}, wrt)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("gradient: %w", err)
	}
	for i, q := range params {
		grads[q] = g.own(nodes[i], q.Shape)
	}
	if len(nodes) > len(params) {
		dx = g.own(nodes[len(params)], x.shape)
	}
	return dx, grads, nil
}

// own is e, or a copy where it is but a view of a late leaf.
func (g *Graph) own(e *G.Node, shape []int) *G.Node {
	base := e
	for o, isOp := base.Op().(*op); isOp && o.alias; o, isOp = base.Op().(*op) {
		base = children(g, base)[0]
	}
	if n, ok := g.nodes[base]; !ok || !n.late {
		return e
	}
	return Host("copy", shape, func(in [][]float32, out []float32) { copy(out, in[0]) }, &Node{g: g, expr: e, shape: shape}).expr
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

// Bytes returns the size of the planned buffers, those of the graph's segments too.
func (p *Program) Bytes() int {
	n := len(p.arena)
	for m := p.g.below(); m != nil; m = m.below {
		n += len(m.arena)
	}
	return 4 * n
}

// Run computes the outputs, the loss and the gradients from the present inputs and parameters.
func (p *Program) Run() error { return p.run(context.Background()) }

// RunContext is [Program.Run], which it does not wait for when ctx is done: what computes then ends after its operation, and the program may not be
// used again. It is for a program with operations of many seconds.
func (p *Program) RunContext(ctx context.Context) error {
	ran := make(chan error, 1)
	go func() { ran <- p.run(ctx) }()
	select {
	case err := <-ran:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *Program) run(ctx context.Context) (err error) {
	at := 0
	defer func() {
		switch r := recover().(type) {
		case nil:
		case error:
			err = fmt.Errorf("%s: %w", p.steps[at].name, r)
		default:
			err = fmt.Errorf("%s: %v", p.steps[at].name, r)
		}
	}()
	p.g.runs++
	for i := range p.steps {
		at = i
		if err := ctx.Err(); err != nil {
			return err
		}
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

// addStep is what a sum of gradients runs.
func addStep(in [][]float32, out []float32) { kernel.Add(out, in[0], in[1]) }
