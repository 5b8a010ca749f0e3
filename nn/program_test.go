package nn

import (
	"fmt"
	"strings"
	"testing"
)

func TestBuildingMistakesAreReported(t *testing.T) {
	f := func(want string, build func(g *Graph) *Node) {
		t.Helper()
		g := NewGraph(true)
		n := build(g)
		_, err := g.Compile(nil, n)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
	f("shapes [2] and [3] differ", func(g *Graph) *Node { return Mul(g.Input("a", 2), g.Input("b", 3)) })
	f("declared twice", func(g *Graph) *Node { return Add(g.Input("a", 2), g.Input("a", 2)) })
	f("does not divide", func(g *Graph) *Node { x := g.Input("a", 1, 2, 5); return Attention(x, x, x, 2, false) })
	f("shorter than the kernel", func(g *Graph) *Node {
		return Conv1D(g.Input("x", 1, 1, 2), g.Input("w", 1, 1, 3), nil, ConvConfig{Padding: Valid})
	})
	f("without elements", func(g *Graph) *Node { return g.Input("a", 2, 0) })
	f("inner sizes", func(g *Graph) *Node { return MatMul(g.Input("a", 2, 3), g.Input("b", 2, 3), false, false) })
}

func TestSetChecksItsInput(t *testing.T) {
	g := NewGraph(false)
	x := g.Input("x", 2)
	p, err := g.Compile(nil, Scale(x, 2))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Set("x", []float32{1}); err == nil {
		t.Error("one value for an input of two was accepted")
	}
	if err := p.Set("y", nil); err == nil {
		t.Error("an unknown input was accepted")
	}
}

func TestLabelOutOfRangeFailsTheRun(t *testing.T) {
	g := NewGraph(false)
	loss := CrossEntropy(g.Input("x", 1, 3), g.Const([]float32{3}, 1))
	p, err := g.Compile(loss)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err == nil {
		t.Error("class 3 of 3 was accepted")
	}
}

func TestMemoryIsPlanned(t *testing.T) {
	g := NewGraph(false)
	x := g.Input("x", 64, 64)
	y := x
	for range 20 {
		y = GELU(y)
	}
	p, err := g.Compile(nil, y)
	if err != nil {
		t.Fatal(err)
	}
	// A chain needs the buffer that is read, the one that is written, and no more.
	if limit := 3 * 4 * 64 * 64; p.Bytes() > limit {
		t.Errorf("20 operations in a chain take %d bytes of buffers, want at most %d", p.Bytes(), limit)
	}
}

func TestRunAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("counts allocations, and the race detector allocates: wants a run without it")
	}
	w := NewWeights(3)
	g := NewGraph(true)
	p, err := g.Compile(smallNet(g, w))
	if err != nil {
		t.Fatal(err)
	}
	if n := allocated(p); n > 20_000 {
		t.Errorf("a step allocates %d bytes, want at most 20000 for what starting goroutines takes", n)
	}
}

func TestTwoSizesShareWeights(t *testing.T) {
	w := NewWeights(1)
	layer := NewLinear(w, "fc", 3, 2, true)
	for _, n := range []int{4, 1} {
		g := NewGraph(false)
		p, err := g.Compile(nil, layer.Apply(g.Input("x", n, 3)))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
	}
	if w.Count() != 8 {
		t.Errorf("%d parameters, want 8", w.Count())
	}
}

func ExampleGraph() {
	w := NewWeights(0)
	slope := w.Param("slope", Zeros, 1, 1)
	g := NewGraph(true)
	x, y := g.Input("x", 4, 1), g.Input("y", 4, 1)
	loss := Mean(Square(Sub(Linear(x, g.Param(slope), nil), y)))
	p, err := g.Compile(loss)
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = p.Set("x", []float32{1, 2, 3, 4})
	_ = p.Set("y", []float32{2, 4, 6, 8})
	for range 100 {
		if err := p.Run(); err != nil {
			fmt.Println(err)
			return
		}
		slope.Data[0] -= 0.05 * slope.Grad[0]
	}
	fmt.Printf("%.3f\n", slope.Data[0])
	// Output: 2.000
}

// allocated is how many bytes a run of a program takes.
func allocated(p *Program) int64 {
	return testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := p.Run(); err != nil {
				b.Fatal(err)
			}
		}
	}).AllocedBytesPerOp()
}
