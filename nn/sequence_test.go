package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wavekin/wavekin/internal/kernel"
)

// slowGRU runs the equations in the comment of GRULayer, one number after the other.
func slowGRU(x, wi, bi, u, b []float32, n, t, d, h int) []float64 {
	sigmoid := func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }
	out := make([]float64, n*t*h)
	for s := range n {
		state := make([]float64, h)
		for i := range t {
			in, rec := make([]float64, 3*h), make([]float64, 3*h)
			for j := range 3 * h {
				in[j], rec[j] = float64(bi[j]), float64(b[j])
				for k := range d {
					in[j] += float64(wi[j*d+k]) * float64(x[(s*t+i)*d+k])
				}
				for k := range h {
					rec[j] += float64(u[j*h+k]) * state[k]
				}
			}
			next := make([]float64, h)
			for j := range h {
				r, z := sigmoid(in[j]+rec[j]), sigmoid(in[h+j]+rec[h+j])
				next[j] = (1-z)*math.Tanh(in[2*h+j]+r*rec[2*h+j]) + z*state[j]
				out[(s*t+i)*h+j] = next[j]
			}
			state = next
		}
	}
	return out
}

func TestGRU(t *testing.T) {
	for _, s := range [][4]int{{1, 1, 1, 1}, {2, 5, 3, 4}, {3, 4, 2, 9}} {
		n, steps, d, h := s[0], s[1], s[2], s[3]
		checkGradient(t, fmt.Sprint("gru", s), func(g *Graph, w *Weights) *Node {
			return NewGRU(w, "gru", d, h).Apply(g.Param(operand(w, "x", n, steps, d)))
		})
		w := NewWeights(4)
		l := NewGRU(w, "gru", d, h)
		x := noise(n*steps*d, 3)
		got := results(t, func(g *Graph) *Node { return l.Apply(g.Const(x, n, steps, d)) })
		want := slowGRU(x, l.in.W.Data, l.in.B.Data, l.U.Data, l.B.Data, n, steps, d, h)
		for i, v := range want {
			if math.Abs(float64(got[i])-v) > 1e-5 {
				t.Fatalf("%v: state %d is %g, want %g", s, i, got[i], v)
			}
		}
	}
}

func TestHierarchicalContrastGradient(t *testing.T) {
	for _, c := range []Hierarchy{{Instance: 0.5}, {Instance: 1}, {Instance: 0}, {Instance: 0.3, First: 1}} {
		for _, s := range [][]int{{3, 4, 7}, {1, 3, 4}, {2, 5, 1}} {
			if c.Instance == 0 && s[2] == 1 || c.Instance == 1 && s[0] == 1 {
				continue // nothing is told apart
			}
			checkGradient(t, fmt.Sprint("hierarchicalcontrast", c, s), func(g *Graph, w *Weights) *Node {
				far := func(d []float32, rng *rand.Rand) { // far enough apart for the maximum to stay where it is
					for i, j := range rng.Perm(len(d)) {
						d[i] = (0.05*float32(j) - 0.025*float32(len(d))) / 2
					}
				}
				return HierarchicalContrast(g.Param(w.Param("a", far, s...)), g.Param(w.Param("b", far, s...)), c)
			})
		}
	}
}

// TestUniformHierarchy: encodings of zeros tell nothing apart.
func TestUniformHierarchy(t *testing.T) {
	for _, s := range [][]int{{3, 4, 7}, {5, 2, 16}, {2, 3, 1}} {
		for _, c := range []Hierarchy{{Instance: 0.5}, {Instance: 0.25, First: 1}} {
			zero := make([]float32, size(s))
			got := results(t, func(g *Graph) *Node { return HierarchicalContrast(g.Const(zero, s...), g.Const(zero, s...), c) })
			if want := UniformHierarchy(s[0], s[2], c); math.Abs(float64(got[0])-want) > 1e-4 {
				t.Errorf("%v, %+v: %g, want %g", s, c, got[0], want)
			}
		}
	}
}

func TestHideSteps(t *testing.T) {
	x := make([]float32, 8*3*50)
	Ones(x, nil)
	run := func(train bool) []float32 {
		g := NewGraph(train)
		y := HideSteps(g.Const(x, 8, 3, 50), 0.5)
		p, err := g.Compile(nil, Scale(y, 1), y)
		if err != nil {
			t.Fatal(err)
		}
		p.Seed(9)
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		return p.Data(y)
	}
	for i, v := range run(false) {
		if v != 1 {
			t.Fatalf("in evaluation, number %d is %g", i, v)
		}
	}
	y, seen := run(true), 0
	for n := range 8 {
		for s := range 50 {
			at := n*150 + s
			if y[at] != y[at+50] || y[at] != y[at+100] || y[at] != 0 && y[at] != 1 {
				t.Fatalf("sample %d, step %d: channels are %g, %g, %g", n, s, y[at], y[at+50], y[at+100])
			}
			seen += int(y[at])
		}
	}
	// 400 draws at one half: 200 ± 4 standard deviations of 10.
	if seen < 160 || seen > 240 {
		t.Errorf("%d of 400 steps were left, want about 200", seen)
	}
	checkGradient(t, "hidesteps", func(g *Graph, w *Weights) *Node { return HideSteps(g.Param(operand(w, "x", 2, 3, 4)), 0.4) })
}

// sequenceNet has the operations of this file in it.
func sequenceNet(g *Graph, w *Weights) *Node {
	h := NewConvBlock(w, 2, 8, 3, ConvConfig{Padding: Causal}).Apply(HideSteps(g.Input("x", 4, 2, 33), 0.3))
	c := NewGRU(w, "gru", 8, 8).Apply(SwapLast(h))
	c = NewTransformerLayer(w.Scope("layer"), TransformerConfig{Width: 8, Heads: 2, Hidden: 16}).Apply(c)
	return HierarchicalContrast(h, SwapLast(c), Hierarchy{Instance: 0.5})
}

func TestSequenceOperationsAreCalm(t *testing.T) {
	defer kernel.SetThreads(0)
	var want []float32
	memory := &Memory{}
	for _, threads := range []int{1, 2, 5} {
		kernel.SetThreads(threads)
		w := NewWeights(3)
		g := NewGraph(true)
		g.Share(memory)
		p, got := lossAndGradients(t, g, w, sequenceNet(g, w))
		if want == nil {
			want = got
		}
		sameBits(t, threads, got, want)
		if raceEnabled {
			continue
		}
		if n := testing.AllocsPerRun(10, func() { _ = p.Run() }); n > 300 {
			t.Errorf("%d threads: a step allocates %g times, want few for what starting goroutines takes", threads, n)
		}
	}
}

// TestSharedMemory: programs that take turns in one memory give what they give in memories of their own.
func TestSharedMemory(t *testing.T) {
	run := func(share func(g *Graph)) []float32 {
		w := NewWeights(3)
		var progs []*Program
		for _, l := range []int{5, 33, 9} {
			g := NewGraph(true)
			share(g)
			c := NewGRU(w, "gru", 2, 4).Apply(g.Const(noise(3*l*2, uint64(l)), 3, l, 2))
			p, err := g.Compile(HierarchicalContrast(SwapLast(c), SwapLast(Square(c)), Hierarchy{Instance: 0.5}))
			if err != nil {
				t.Fatal(err)
			}
			progs = append(progs, p)
		}
		var out []float32
		for _, i := range []int{0, 1, 2, 1, 0, 2} {
			if err := progs[i].Run(); err != nil {
				t.Fatal(err)
			}
			out = append(append(out, progs[i].Loss()), w.All()[0].Grad...)
		}
		return out
	}
	m := &Memory{}
	want, got := run(func(*Graph) {}), run(func(g *Graph) { g.Share(m) })
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("number %d is %g in a shared memory, %g alone", i, got[i], want[i])
		}
	}
}

func TestPatches(t *testing.T) {
	x := []float32{0, 1, 2, 3, 4, 5, 6, 7, 8}
	got := results(t, func(g *Graph) *Node { return Patches(g.Const(x, 1, 1, 9), 4, 2) })
	want := []float32{0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7}
	for i := range want {
		if len(got) != len(want) || got[i] != want[i] {
			t.Fatalf("patches %v, want %v", got, want)
		}
	}
	for _, s := range [][5]int{{2, 3, 9, 4, 2}, {1, 1, 5, 5, 1}, {3, 2, 11, 3, 4}} {
		checkGradient(t, fmt.Sprint("patches", s), func(g *Graph, w *Weights) *Node {
			return Patches(g.Param(operand(w, "x", s[0], s[1], s[2])), s[3], s[4])
		})
	}
}

// TestPatchesOfImages looks up every value of every patch, where they fill the image and where they leave a margin.
func TestPatchesOfImages(t *testing.T) {
	for _, s := range [][6]int{{2, 3, 8, 8, 4, 2}, {1, 2, 7, 10, 3, 4}, {3, 1, 4, 4, 4, 4}} {
		n, c, h, w, side, hop := s[0], s[1], s[2], s[3], s[4], s[5]
		x := noise(n*c*h*w, 2)
		got := results(t, func(g *Graph) *Node { return Patches(g.Const(x, n, c, h, w), side, hop) })
		rows, cols := (h-side)/hop+1, (w-side)/hop+1
		top, left := (h-side-(rows-1)*hop)/2, (w-side-(cols-1)*hop)/2
		at := 0
		for i := range n {
			for p := range rows * cols {
				for j := range c {
					for y := range side {
						for z := range side {
							want := x[((i*c+j)*h+top+p/cols*hop+y)*w+left+p%cols*hop+z]
							if got[at] != want {
								t.Fatalf("%v: value %d is %g, want %g", s, at, got[at], want)
							}
							at++
						}
					}
				}
			}
		}
		if at != len(got) {
			t.Errorf("%v: %d values, want %d", s, len(got), at)
		}
		checkGradient(t, fmt.Sprint("patches", s), func(g *Graph, ws *Weights) *Node {
			return Patches(g.Param(operand(ws, "x", n, c, h, w)), side, hop)
		})
	}
}
