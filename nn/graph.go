package nn

import (
	"fmt"
	"math/rand/v2"
	"weak"

	"github.com/wavekin/wavekin/internal/kernel"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Graph is a computation under construction, for fixed shapes.
type Graph struct {
	expr   *G.ExprGraph
	train  bool
	err    error
	nodes  map[*G.Node]*Node
	inputs map[string]*Node
	params map[*Param]*Node
	order  []*Param
	leaves int
	drops  int // dropouts so far
	seed   *uint64
	memory *Memory
	runs   uint64 // of its program
	fit    *rand.Rand
	// grouping is set while the parts of a batch are built.
	grouping *grouping
	// precision is that of the operands of layers.
	precision Precision
	// recompute and chunk are the settings of Segment and InChunks.
	recompute bool
	segments  int
	team      Team
	// later collects the moves of running statistics in a graph of a team; nil where they are made at once.
	later   *deferral
	cut     Chunks
	rounded map[*Param]bool
	chunk   int
	// span is which samples of a batch the graph sees; nil for all of them.
	span *span
	// apart keeps operations from being computed by others, which is what tests compare with.
	apart bool
	// again marks a graph that computes what was computed before in the same run: nothing learns from a batch twice.
	again bool
	// inner marks the graph of a segment, whose buffers may move between runs.
	inner bool
	// alone is the memory of segments where the graph shares none.
	alone Memory
}

// Node is one tensor of a graph.
type Node struct {
	g     *Graph
	expr  *G.Node
	shape []int
	// data is the storage of a leaf; nil for what an operation computes.
	data []float32
	// input and param say what a leaf is, about what is known of a constant.
	input bool
	param *Param
	about any
	// grad tells whether a trainable parameter lies below.
	grad bool
	// late marks a leaf without storage, which a program is given before each run.
	late bool
	// op and in are the operation that computes it, nil for a leaf, and its operands.
	op *op
	in []*Node
}

// NewGraph starts an empty graph; train chooses batch statistics and dropout.
func NewGraph(train bool) *Graph {
	return &Graph{expr: G.NewGraph(), train: train, nodes: map[*G.Node]*Node{},
		inputs: map[string]*Node{}, params: map[*Param]*Node{}, seed: new(uint64)}
}

// Memory is what the programs of several graphs compute in, where never two of them run at the same time: another length or
// batch size then costs no further buffers, and its first run finds warm ones. It grows to what the largest needs. What a
// program put out is then valid until the next run of any of them. The zero value is empty.
type Memory struct {
	arena, scratch []float32
	used           int
	below          *Memory // of the segments in those programs
	// movable are programs whose buffers move when the arena grows.
	movable []weak.Pointer[Program]
}

// Share makes the program of the graph compute in m. Call it before building.
func (g *Graph) Share(m *Memory) {
	g.memory = m
	m.used = 0
}

// Segments counts the uses of [Segment] and [InChunks] in the graph that its settings allow; 0 means that they have no effect.
func (g *Graph) Segments() int { return g.segments }

// Chunks is what [Graph.SetChunk] changes beside the memory.
type Chunks struct {
	// Statistics tells that some are of a chunk and would be of the batch.
	Statistics bool
	// Rounded is how many parameters have gradients whose sums over chunks are rounded otherwise than those over a batch at once. It
	// is 0 where the same bits come out: in float32 always of convolutions over time, biases, LayerNorm and GroupNorm, and of linear
	// layers where the rows of a chunk make whole pieces of their sum; not of convolutions over images.
	Rounded int
}

// Chunks returns what chunks changed in a compiled graph.
func (g *Graph) Chunks() Chunks {
	g.cut.Rounded = len(g.rounded)
	return g.cut
}

// below is what the segments of a graph compute in.
func (g *Graph) below() *Memory {
	m := g.memory
	if m == nil {
		m = &g.alone
	}
	if m.below == nil {
		m.below = &Memory{}
	}
	return m.below
}

// buffers returns room for the n numbers of a program's plan.
func (m *Memory) buffers(n int) []float32 {
	if m == nil {
		return kernel.Numbers(n)
	}
	if len(m.arena) < n {
		m.arena = kernel.Numbers(n)
	}
	return m.arena[:n:n]
}

// move makes the arena large enough for n numbers and p compute in it, and all the movable programs before it.
func (m *Memory) move(p *Program, n int) {
	if len(m.arena) < n {
		grown := kernel.Numbers(n)
		kept := m.movable[:0]
		for _, w := range m.movable {
			if q := w.Value(); q != nil {
				q.relocate(grown)
				kept = append(kept, w)
			}
		}
		m.arena, m.movable = grown, kept
	}
	p.arena = m.arena
	m.movable = append(m.movable, weak.Make(p))
}

// scratch returns n numbers of any value that belong to an operation from its forward to its backward computation.
func (g *Graph) scratch(n int) []float32 {
	m := g.memory
	if m == nil {
		return kernel.Numbers(n)
	}
	if m.used+n > len(m.scratch) {
		m.scratch, m.used = kernel.Numbers(max(n, 2*len(m.scratch))), 0
	}
	m.used += n
	return m.scratch[m.used-n : m.used : m.used]
}

// FitTo marks a graph whose program is run once, on samples that stand for all: what is neither trained nor fixed, such as
// the biases of [KernelShares], is then set from them, in the order of the computation, so that each layer is fitted to what
// those before it put out. The samples are one batch; rng is what layers draw from.
func (g *Graph) FitTo(rng *rand.Rand) { g.fit = rng }

// Train tells whether the graph is for training.
func (g *Graph) Train() bool { return g.train }

// Err returns the first mistake made while building, or nil. After it operations do nothing and return a node that is safe to
// build on, so that only [Graph.Compile] has to look.
func (g *Graph) Err() error { return g.err }

// Shape returns the size of each axis; empty for a scalar. Do not modify it. See [Node.Dim] for a single axis.
func (n *Node) Shape() []int { return n.shape }

// Dim returns the size of one axis; negative axes count from the last. On a node that could not be built it is 1, and an axis
// that does not exist is a mistake of the graph, so that shapes can be computed without looking for errors first.
func (n *Node) Dim(axis int) int {
	if n.expr == nil {
		return 1
	}
	i := axis
	if i < 0 {
		i += len(n.shape)
	}
	if i < 0 || i >= len(n.shape) {
		n.g.failf("no axis %d in shape %v", axis, n.shape)
		return 1
	}
	return n.shape[i]
}

// Graph returns the graph the node belongs to.
func (n *Node) Graph() *Graph { return n.g }

// Input declares a tensor that [Program.Set] fills before each run.
func (g *Graph) Input(name string, shape ...int) *Node {
	if _, ok := g.inputs[name]; ok {
		return g.failf("input %q declared twice", name)
	}
	n := g.leaf(shape, nil, false)
	n.input = true
	g.inputs[name] = n
	return n
}

// Param brings a parameter into the graph; its values are shared, not copied.
func (g *Graph) Param(p *Param) *Node {
	if n, ok := g.params[p]; ok {
		return n
	}
	n := g.leaf(p.Shape, p.Data, p.Trainable)
	n.param = p
	g.params[p] = n
	g.order = append(g.order, p)
	return n
}

// Const brings fixed values into the graph. The slice is shared: what is written
// into it between runs is what the next run reads.
func (g *Graph) Const(data []float32, shape ...int) *Node {
	if size(shape) != len(data) {
		return g.failf("constant of %d values for shape %v", len(data), shape)
	}
	return g.leaf(shape, data, false)
}

// late declares a leaf whose storage [Program.bind] brings.
func (g *Graph) late(shape []int, grad bool) *Node {
	if g.err != nil {
		return &Node{g: g, shape: []int{1}}
	}
	g.leaves++
	expr := G.NewTensor(g.expr, G.Float32, len(shape), G.WithShape(shape...), G.WithName(fmt.Sprintf("leaf%d", g.leaves)))
	n := &Node{g: g, expr: expr, shape: shape, grad: grad, late: true}
	g.nodes[expr] = n
	return n
}

func (g *Graph) leaf(shape []int, data []float32, grad bool) *Node {
	for _, d := range shape {
		if d < 1 {
			return g.failf("shape %v has an axis without elements", shape)
		}
	}
	if data == nil {
		data = kernel.Numbers(size(shape))
	}
	// A scalar leaf is kept as one element, since Gorgonia would make it a constant.
	s := append([]int(nil), shape...)
	if len(s) == 0 {
		s = []int{1}
	}
	g.leaves++
	value := tensor.New(tensor.WithShape(s...), tensor.WithBacking(data))
	expr := G.NewTensor(g.expr, G.Float32, len(s), G.WithShape(s...),
		G.WithName(fmt.Sprintf("leaf%d", g.leaves)), G.WithValue(value))
	n := &Node{g: g, expr: expr, shape: s, data: data, grad: grad}
	g.nodes[expr] = n
	return n
}

// failf records the first mistake and returns a node that is safe to build on.
func (g *Graph) failf(format string, args ...any) *Node {
	if g.err == nil {
		g.err = fmt.Errorf(format, args...)
	}
	return &Node{g: g, shape: []int{1}}
}

// ok tells whether building may go on with these operands.
func ok(ns ...*Node) bool {
	for _, n := range ns {
		if n == nil {
			continue
		}
		if n.g.err != nil {
			return false
		}
		if n.g != ns[0].g {
			ns[0].g.failf("operands belong to different graphs")
			return false
		}
	}
	return true
}

func bad(n *Node) *Node { return &Node{g: n.g, shape: []int{1}} }

func sameShape(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
