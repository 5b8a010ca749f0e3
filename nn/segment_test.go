package nn

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// deep is a network of segments in which everything stands that a segment must take care of: dropout, statistics of the batch,
// statistics of groups of it, residual sums, attention, shared weights.
type deep struct {
	in     *ConvLayer
	blocks []*ConvBlock
	norm   *NormLayer
	layer  *TransformerLayer
	groups int
	// convolutions leaves the attention out.
	convolutions bool
}

func newDeep(w *Weights, norm string, dropout float64, groups int) *deep {
	d := &deep{in: NewConv1D(w, "in", 2, 8, 1, ConvConfig{}, true), groups: groups}
	for i := range 3 {
		d.blocks = append(d.blocks, NewConvBlock(w.Scope(fmt.Sprint("block", i)), 8, 8, 3, ConvConfig{Dilation: 1 << i}))
	}
	d.norm, _ = NewNorm(w, "norm", norm, 8, ScaleShift)
	d.layer = NewTransformerLayer(w.Scope("layer"), TransformerConfig{Width: 8, Heads: 2, Hidden: 16, Dropout: dropout, DropPath: dropout})
	return d
}

func (d *deep) apply(x *Node) *Node {
	if d.groups == 1 {
		return InChunks(x, d.body)
	}
	return InChunks(x, func(x *Node) *Node { return InGroups(x, d.groups, d.body) })
}

func (d *deep) body(x *Node) *Node {
	h := HideSteps(d.in.Apply(x), 0.2)
	for _, b := range d.blocks {
		h = Segment(h, func(h *Node) *Node { return b.Apply(h) })
	}
	h = Segment(h, func(h *Node) *Node { return ReLU(Add(d.norm.Apply(h), h)) })
	if d.convolutions {
		return GlobalMax(h)
	}
	h = Segment(SwapLast(h), d.layer.Apply)
	return GlobalMean(SwapLast(h))
}

// trained runs some steps of descent and returns all weights, buffers and gradients after them, and the bytes planned.
func trained(t *testing.T, d *deep, w *Weights, recompute bool, chunk, views int) ([]float32, int) {
	t.Helper()
	return trainedBy(t, nil, d, w, recompute, chunk, views)
}

// trainedBy is trained in a process of a team.
func trainedBy(t *testing.T, team Team, d *deep, w *Weights, recompute bool, chunk, views int) ([]float32, int) {
	t.Helper()
	const n = 12
	g := NewGraph(true)
	g.SetTeam(team)
	var m Memory
	g.Share(&m)
	g.SetRecompute(recompute)
	g.SetChunk(chunk)
	var loss *Node
	for v := range views {
		x := g.Const(noise(n*2*32, uint64(v+1)), n, 2, 32)
		z := Normalize(d.apply(x))
		l := Sum(Square(MatMul(z, z, false, true)))
		if loss == nil {
			loss = l
		} else {
			loss = Add(loss, l)
		}
	}
	p, err := g.Compile(loss)
	if err != nil {
		t.Fatal(err)
	}
	for step := range 3 {
		p.Seed(uint64(step))
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		for _, q := range w.Trainable() {
			for i, dq := range q.Grad {
				q.Data[i] -= 1e-3 * dq
			}
		}
	}
	out := []float32{p.Loss()}
	for _, q := range w.All() {
		out = append(append(out, q.Data...), q.Grad...)
	}
	return out, p.Bytes()
}

// firstOther is the place of the first value of other bits, or -1.
func firstOther(a, b []float32) int {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return i
		}
	}
	return -1
}

// distance is that of a and b as a share of the length of a.
func distance(a, b []float32) float64 {
	var diff, norm float64
	for i, v := range a {
		diff += float64(v-b[i]) * float64(v-b[i])
		norm += float64(v) * float64(v)
	}
	return math.Sqrt(diff / norm)
}

// TestSegmentsKeepBits: what is forgotten and computed again comes out as it was, dropout masks and running statistics too.
func TestSegmentsKeepBits(t *testing.T) {
	for _, norm := range []string{"batch", "group", "layer", "actnorm", "none"} {
		for _, groups := range []int{1, 2} {
			if norm == "layer" {
				continue // over time, which is not what this network means
			}
			run := func(recompute bool) ([]float32, int) {
				w := NewWeights(5)
				return trained(t, newDeep(w, norm, 0.3, groups), w, recompute, 0, 2)
			}
			plain, before := run(false)
			again, after := run(true)
			if i := firstOther(plain, again); i >= 0 {
				t.Errorf("norm %s, %d groups: value %d of %d is %g with segments and %g without", norm, groups, i, len(plain), again[i], plain[i])
			}
			if after >= before {
				t.Errorf("norm %s, %d groups: %d bytes with segments, %d without", norm, groups, after, before)
			}
		}
	}
}

// TestChunksAgree: without statistics of the batch chunks change at most the rounding of sums over samples.
func TestChunksAgree(t *testing.T) {
	for _, chunk := range []int{1, 3, 4, 5} {
		for _, recompute := range []bool{false, true} {
			run := func(chunk int) ([]float32, int) {
				w := NewWeights(5)
				return trained(t, newDeep(w, "group", 0.3, 1), w, recompute, chunk, 2)
			}
			whole, before := run(0)
			parts, after := run(chunk)
			if off := distance(whole, parts); off > 1e-5 {
				t.Errorf("chunks of %d: the weights differ by %.2g of their length", chunk, off)
			}
			if after >= before {
				t.Errorf("chunks of %d, recompute %v: %d bytes, %d without chunks", chunk, recompute, after, before)
			}
		}
	}
}

// TestChunksKeepBits: without statistics of the batch, convolutions over time give the same bits in chunks of any size, and linear
// layers where a chunk's rows are pieces of the products: here 384 rows in all, in pieces of 192, which are 6 samples.
func TestChunksKeepBits(t *testing.T) {
	for _, c := range []struct {
		convolutions bool
		chunks       []int
	}{{true, []int{1, 2, 5, 6, 7, 11}}, {false, []int{6}}} {
		for _, norm := range []string{"group", "none"} {
			for _, chunk := range c.chunks {
				for _, views := range []int{1, 2} {
					for _, recompute := range []bool{false, true} {
						run := func(chunk int, recompute bool) []float32 {
							w := NewWeights(5)
							d := newDeep(w, norm, 0.3, 1)
							d.convolutions = c.convolutions
							out, _ := trained(t, d, w, recompute, chunk, views)
							return out
						}
						whole, parts := run(0, false), run(chunk, recompute)
						if i := firstOther(whole, parts); i >= 0 {
							t.Errorf("convolutions %v, norm %s, chunks of %d, %d views, recompute %v: value %d is %g, and %g at once",
								c.convolutions, norm, chunk, views, recompute, i, parts[i], whole[i])
						}
					}
				}
			}
		}
	}
}

// TestSegmentsAllocateNothing in a run, whatever they do.
func TestSegmentsAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("counts allocations, and the race detector allocates: wants a run without it")
	}
	for _, chunk := range []int{0, 5} {
		w, g := NewWeights(5), NewGraph(true)
		g.SetRecompute(true)
		g.SetChunk(chunk)
		p, err := g.Compile(Sum(newDeep(w, "batch", 0.3, 1).apply(g.Const(noise(12*2*32, 1), 12, 2, 32))))
		if err != nil {
			t.Fatal(err)
		}
		if n := allocated(p); n > 20_000 {
			t.Errorf("chunks of %d: a step allocates %d bytes, want at most 20000 for what starting goroutines takes", chunk, n)
		}
	}
}

// TestSegmentsOfMistakes: a segment is built on its operand alone, and the mistakes in it are those of the graph.
func TestSegmentsOfMistakes(t *testing.T) {
	for want, build := range map[string]func(x *Node) *Node{
		"different graphs": func(x *Node) *Node { return Segment(x, func(in *Node) *Node { return Add(in, x) }) },
		"no axis 7": func(x *Node) *Node {
			return Segment(x, func(in *Node) *Node { return SumLast(Scale(in, float32(in.Dim(7)))) })
		},
		"not built on": func(x *Node) *Node { return Segment(x, func(*Node) *Node { return Scale(x, 2) }) },
	} {
		g := NewGraph(true)
		g.SetRecompute(true)
		if _, err := g.Compile(nil, build(g.Input("x", 3, 2))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestChunksTellWhatTheyChange: which statistics are of a chunk, and how many gradients are summed in another order. Of the attention
// layer the weights of six linear maps are, where a chunk is no whole piece of their sums.
func TestChunksTellWhatTheyChange(t *testing.T) {
	for _, c := range []struct {
		norm         string
		convolutions bool
		chunk        int
		want         Chunks
	}{{"batch", true, 5, Chunks{Statistics: true, Rounded: 2}}, {"group", true, 5, Chunks{}}, {"group", false, 6, Chunks{}},
		{"group", false, 5, Chunks{Rounded: 6}}, {"batch", true, 12, Chunks{}}} {
		w, g := NewWeights(5), NewGraph(true)
		g.SetChunk(c.chunk)
		d := newDeep(w, c.norm, 0, 1)
		d.convolutions = c.convolutions
		x := g.Const(noise(12*2*32, 1), 12, 2, 32)
		if _, err := g.Compile(Sum(Add(d.apply(x), d.apply(x)))); err != nil {
			t.Fatal(err)
		}
		if got := g.Chunks(); got != c.want {
			t.Errorf("norm %s, convolutions %v, chunks of %d: %+v, want %+v", c.norm, c.convolutions, c.chunk, got, c.want)
		}
	}
}

func TestSegmentGradients(t *testing.T) {
	for _, chunk := range []int{0, 2} {
		for _, recompute := range []bool{false, true} {
			checkGradient(t, fmt.Sprint("segment, chunks of ", chunk, ", recompute ", recompute), func(g *Graph, w *Weights) *Node {
				g.SetChunk(chunk)
				g.SetRecompute(recompute)
				conv, lin := NewConv1D(w, "conv", 2, 3, 3, ConvConfig{}, true), NewLinear(w, "linear", 3, 3, true)
				return InChunks(g.Param(operand(w, "x", 5, 2, 6)), func(x *Node) *Node {
					h := Segment(x, func(x *Node) *Node { return GELU(conv.Apply(x)) })
					return Segment(SwapLast(h), func(h *Node) *Node { return Add(lin.Apply(GELU(lin.Apply(h))), h) })
				})
			})
		}
	}
}

// TestSegmentsThatGrow: the buffers of a segment move when a later one needs more memory, with all that its steps write.
func TestSegmentsThatGrow(t *testing.T) {
	const n, tokens, width = 4, 8, 16
	gradients := func(recompute bool) []float32 {
		w := NewWeights(5)
		g := NewGraph(true)
		g.SetRecompute(recompute)
		h := g.Const(noise(n*tokens*width, 1), n, tokens, width)
		for i := range 3 { // gradients are built from the last to the first, and each needs more than the one before
			layer := NewTransformerLayer(w.Scope(fmt.Sprint("layer", i)), TransformerConfig{Width: width, Heads: 2, Hidden: 1024 >> (3 * i)})
			h = Segment(h, layer.Apply)
		}
		p, err := g.Compile(Sum(Square(h)))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		var all []float32
		for _, q := range w.All() {
			all = append(all, q.Grad...)
		}
		return all
	}
	want, got := gradients(false), gradients(true)
	for i := range want {
		if want[i] != got[i] {
			t.Fatalf("gradient %d of %d is %g where everything is kept and %g where segments are computed again", i, len(want), want[i], got[i])
		}
	}
}
