package nn

import (
	"fmt"
	"maps"

	"github.com/wavekin/wavekin/internal/kernel"
	G "gorgonia.org/gorgonia"
)

// SetRecompute makes [Segment] forget what lies inside of a segment until its gradient is wanted (Chen et al., 2016, "Training
// deep nets with sublinear memory cost"). It is for training graphs; call it before building.
func (g *Graph) SetRecompute(on bool) { g.recompute = on }

// SetChunk makes [InChunks] cut batches into chunks of so many samples; 0 means not at all. It is for training graphs; call it
// before building.
func (g *Graph) SetChunk(samples int) { g.chunk = max(0, samples) }

// Segment is apply(x), where apply builds a part of a network on x alone. In a graph for training with [Graph.SetRecompute] the
// values inside of it are dropped after the forward computation and computed again before the gradient, to the same bits: with
// the same dropout masks, and without another move of running statistics. apply is called more than once, on other graphs; it
// must build the same each time, and take its parameters from the graph of its operand. The first axis of x and of the result
// counts samples.
func Segment(x *Node, apply func(x *Node) *Node) *Node {
	if !ok(x) || !x.g.train || !x.g.recompute {
		return apply(x)
	}
	x.g.segments++
	return newSegment(x, x.Dim(0), apply)
}

// InChunks is apply(x) under the conditions of [Segment]. In a graph for training with [Graph.SetChunk] the samples of x go
// through it chunk by chunk, forward and backward, so that the values inside of it are those of one chunk at a time; the last
// chunk may be smaller. Gradients of parameters are summed in the order of the chunks. Statistics of a batch are then those of a
// chunk, and each chunk moves the running ones.
func InChunks(x *Node, apply func(x *Node) *Node) *Node {
	if !ok(x) || !x.g.train || x.g.chunk == 0 {
		return apply(x)
	}
	x.g.segments++
	if x.g.chunk >= x.Dim(0) {
		return apply(x)
	}
	return newSegment(x, x.g.chunk, apply)
}

// span is the samples from first on that a graph sees of a batch of whole, cut into chunks of size.
type span struct{ first, samples, size, whole int }

// running is where the sum of a gradient by a parameter stands between chunks.
type running struct {
	weights kernel.WeightSum
	exact   []float64
}

// before is how many of the n numbers of a tensor's samples come before the span; a graph without a span sees all.
func (s *span) before(n int) int {
	if s == nil {
		return 0
	}
	return s.first * (n / s.samples)
}

// segment is a part of a network with programs of its own, which compute in the memory below that of its graph.
type segment struct {
	outer   *Graph
	apply   func(x *Node) *Node
	n, size int // samples, and those of a chunk
	shape   []int
	drops   int     // dropouts before it
	grad    bool    // the gradient by its input is wanted
	parts   []*part // full chunks, and what is left of the samples
	params  []*Param
	sums    map[*Param][]float32 // their gradients
	crew    *crew                // or nil, where one process computes all chunks
	out     int                  // numbers of a sample in the result
	running map[*Param]*running
}

// part is how a number of samples is computed.
type part struct {
	*span
	forward, back *Program
	x, y          *Node // of forward
	in, dy        *Node // of back
	dx            *G.Node
	grads         map[*Param]*G.Node
}

func newSegment(x *Node, chunk int, do func(x *Node) *Node) *Node {
	g := x.g
	s := &segment{outer: g, apply: do, n: x.shape[0], size: chunk, shape: x.shape, drops: g.drops, grad: x.grad, sums: map[*Param][]float32{}, running: map[*Param]*running{}}
	if g.team != nil && chunk < s.n {
		s.crew = newCrew(g.team, s.n, chunk)
	}
	var uses map[*BatchStats]int
	if g.grouping != nil {
		uses = maps.Clone(g.grouping.uses)
	}
	counts := []int{chunk}
	if left := s.n % chunk; left > 0 {
		counts = append(counts, left)
	}
	var shape []int
	known := map[*Param]bool{}
	in := []*Node{x}
	flops := 0.0
	for _, n := range counts {
		p, err := s.part(n)
		if err != nil {
			return g.failf("%w", err)
		}
		if chunk == s.n && !p.y.grad || !computed(p.y) { // there is nothing to keep for a gradient
			if uses != nil {
				g.grouping.uses = uses
			}
			return do(x)
		}
		if len(p.y.shape) == 0 || p.y.shape[0]%n != 0 {
			return g.failf("a segment makes %v of %d samples, want whole samples in the first axis", p.y.shape, n)
		}
		shape = append([]int{p.y.shape[0] / n * s.n}, p.y.shape[1:]...)
		s.out = size(p.y.shape) / n
		for _, q := range p.forward.g.order {
			if q.Trainable && !known[q] {
				known[q] = true
				s.params, in = append(s.params, q), append(in, g.Param(q))
			}
		}
		for _, st := range p.forward.steps {
			flops += st.flops * float64(s.n/chunk)
		}
		s.parts = append(s.parts, p)
		g.cut.Statistics = g.cut.Statistics || p.forward.g.cut.Statistics
		g.drops = p.forward.g.drops
	}
	if c := s.crew; c != nil {
		c.perChunk = s.parts[0].forward.g.later.size()
		c.moments = make([]float32, c.perChunk*c.chunks)
	}
	o := &op{name: "segment", shape: shape, flops: flops, pure: true, forward: func(in [][]float32, out []float32) { s.run(in[0], out) }}
	if s.parts[0].y.grad {
		o.backward = s.backward
	}
	return apply(o, in...)
}

// computed tells whether a node is more than a view of a leaf.
func computed(y *Node) bool {
	for y.op != nil && y.op.alias {
		y = y.in[0]
	}
	return y.op != nil
}

// graph is an empty one for the samples of a span.
func (s *segment) graph(at *span, again bool) *Graph {
	o, g := s.outer, NewGraph(true)
	g.seed, g.precision, g.drops, g.again = o.seed, o.precision, s.drops, again
	g.span = o.span
	if at.samples < s.n {
		g.span = at // a chunk is computed again as it is
		if s.crew != nil {
			g.later = &deferral{}
		}
	} else {
		g.recompute = o.recompute
		if !again {
			g.grouping = o.grouping
		}
	}
	g.inner = true
	g.Share(o.below())
	return g
}

// part builds the forward computation of n samples.
func (s *segment) part(n int) (*part, error) {
	p := &part{span: &span{samples: n, size: s.size, whole: s.n}}
	g := s.graph(p.span, false)
	p.x = g.late(append([]int{n}, s.shape[1:]...), s.grad)
	p.y = s.apply(p.x)
	if g.err == nil && p.y.g != g {
		return nil, fmt.Errorf("a segment is not built on its operand")
	}
	var err error
	p.forward, err = g.Compile(nil, p.y)
	return p, err
}

// run computes the output.
func (s *segment) run(x, y []float32) {
	s.each(func(k int, p *part) {
		if c := s.crew; c != nil {
			p.forward.g.later.at = c.moments[k*c.perChunk:]
		}
		p.forward.bind(p.x, p.of(x))
		if err := p.forward.Run(); err != nil {
			panic(err)
		}
		copy(p.of(y), p.forward.buffers[p.y.expr])
	})
	if s.crew != nil {
		s.crew.share(y, s.out)
		s.move()
	}
}

// of is what belongs to the samples of the span among the numbers of all samples.
func (s *span) of(all []float32) []float32 {
	per := len(all) / s.whole
	return all[s.first*per : (s.first+s.samples)*per]
}

// each goes through the chunks of this process in order.
func (s *segment) each(do func(k int, p *part)) {
	from, to := 0, (s.n+s.size-1)/s.size
	if s.crew != nil {
		from, to = s.crew.from, s.crew.to
	}
	for k := from; k < to; k++ {
		p := s.parts[0]
		if (k+1)*s.size > s.n {
			p = s.parts[1]
		}
		p.first = k * s.size
		do(k, p)
	}
}

// backward builds the gradients: one operation computes them all, and those of parameters are read from where it sums them.
func (s *segment) backward(in []*Node, _, dy *Node) []*Node {
	x, g := in[0], s.outer
	s.hold(g)
	flops := 0.0
	for _, p := range s.parts {
		if err := s.differentiate(p); err != nil {
			g.failf("%w", err)
			return nil
		}
		for _, st := range p.back.steps {
			flops += st.flops * float64(s.n/s.size)
		}
	}
	shape := []int{1}
	if s.grad {
		shape = x.shape
	}
	dx := apply(&op{name: "segment.grad", shape: shape, flops: flops, forward: func(v [][]float32, dx []float32) { s.gradients(v[0], v[1], dx) }}, x, dy)
	grads := []*Node{nil}
	if s.grad {
		grads[0] = dx
	}
	for _, q := range s.params {
		read := apply(&op{name: "segment.dw", shape: q.Shape, forward: func(_ [][]float32, out []float32) { copy(out, s.sums[q]) }}, dx)
		read.data = s.sums[q]
		grads = append(grads, read)
	}
	return grads
}

// hold takes memory for the gradients by the parameters.
func (s *segment) hold(g *Graph) {
	c := s.crew
	if c == nil {
		for _, q := range s.params {
			s.sums[q], s.running[q] = g.scratch(len(q.Data)), &running{}
		}
		return
	}
	n := 0
	for _, q := range s.params {
		n += len(q.Data)
	}
	c.flat = g.scratch(n)
	for k := c.from; k < c.to; k++ {
		c.summands = append(c.summands, g.scratch(n))
	}
	n = 0
	for _, q := range s.params {
		s.sums[q] = c.flat[n : n+len(q.Data)]
		n += len(q.Data)
	}
}

// differentiate builds what computes the samples again, and their gradients.
func (s *segment) differentiate(p *part) error {
	g := s.graph(p.span, true)
	p.in = g.late(p.x.shape, s.grad)
	y := s.apply(p.in)
	p.dy = g.late(p.y.shape, false)
	if g.err != nil {
		return g.err
	}
	var err error
	if p.dx, p.grads, err = g.gradients(y, p.dy, p.in); err != nil {
		return err
	}
	var roots []*G.Node
	p.back = newProgram(g)
	p.back.also = impure(y)
	if p.dx != nil {
		roots = append(roots, p.dx)
	}
	for _, q := range g.order {
		if e, ok := p.grads[q]; ok {
			roots = append(roots, e)
		}
	}
	if s.size < s.n {
		p.back.running, p.back.apart = s.running, s.crew != nil
	}
	if err = p.back.plan(roots, p.grads, func(q *Param) []float32 { return s.sums[q] }); err == nil && p == s.parts[0] {
		for _, q := range p.back.rounded {
			if s.outer.rounded == nil {
				s.outer.rounded = map[*Param]bool{}
			}
			s.outer.rounded[q] = true
		}
	}
	return err
}

// impure are the operations that y depends on whose gradients may need what they leave behind. Where dy is given nothing else
// may need them.
func impure(y *Node) []*G.Node {
	var out []*G.Node
	seen := map[*Node]bool{}
	var look func(n *Node)
	look = func(n *Node) {
		if seen[n] || n.op == nil {
			return
		}
		seen[n] = true
		if !n.op.pure && !n.op.alias {
			out = append(out, n.expr)
		}
		for _, k := range n.in {
			look(k)
		}
	}
	look(y)
	return out
}

// gradients computes the gradient by the input, if it is wanted, and those by the parameters.
func (s *segment) gradients(x, dy, dx []float32) {
	s.each(func(k int, p *part) {
		p.back.bind(p.in, p.of(x))
		p.back.bind(p.dy, p.of(dy))
		if err := p.back.Run(); err != nil {
			panic(err)
		}
		if p.dx != nil {
			copy(p.of(dx), p.back.buffers[p.dx])
		}
		if s.crew != nil {
			s.put(k, p)
			return
		}
		for _, c := range p.back.sums {
			if p.first == 0 {
				copy(c.dst, c.src)
			} else {
				kernel.Add(c.dst, c.dst, c.src)
			}
		}
	})
	if c := s.crew; c != nil {
		if err := c.Sum(c.flat, c.summands); err != nil {
			panic(err)
		}
		if s.grad {
			c.share(dx, len(dx)/s.n)
		}
		return
	}
	for _, q := range s.params {
		if _, some := s.parts[0].grads[q]; !some {
			clear(s.sums[q])
		}
	}
}

// put keeps the gradients of a chunk by the parameters, with zeros for those that it does not depend on.
func (s *segment) put(k int, p *part) {
	own := s.crew.summands[k-s.crew.from]
	clear(own)
	at, i := 0, 0
	for _, q := range s.params {
		if i < len(p.back.rounded) && p.back.rounded[i] == q {
			copy(own[at:], p.back.sums[i].src)
			i++
		}
		at += len(q.Data)
	}
}
