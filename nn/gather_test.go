package nn

import (
	"math"
	"slices"
	"testing"
)

// results runs one graph for inference and returns what a node came to.
func results(t *testing.T, build func(g *Graph) *Node) []float32 {
	t.Helper()
	g := NewGraph(false)
	n := build(g)
	p, err := g.Compile(nil, n)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(p.Data(n))
}

func TestGatherAndReduce(t *testing.T) {
	x := []float32{1, 2, 3, 4, 5, 6}
	for _, c := range []struct {
		name  string
		build func(g *Graph) *Node
		want  []float32
	}{
		{"take", func(g *Graph) *Node { return Take(g.Const(x, 3, 2), g.Const([]float32{2, 0, 2}, 3)) }, []float32{5, 6, 1, 2, 5, 6}},
		{"dotrows", func(g *Graph) *Node {
			return DotRows(g.Const(x[:4], 2, 2), g.Const(x, 3, 2), g.Const([]float32{2, 0, 1, 1}, 2, 2))
		}, []float32{17, 5, 25, 25}},
		{"sumlast", func(g *Graph) *Node { return SumLast(g.Const(x, 2, 3)) }, []float32{6, 15}},
		{"meanlast", func(g *Graph) *Node { return MeanLast(g.Const(x, 6)) }, []float32{3.5}},
		{"meanfirst", func(g *Graph) *Node { return MeanFirst(g.Const(x, 3, 2)) }, []float32{3, 4}},
		// log(3·e⁷) = 7 + log 3, also where exp overflows.
		{"logsumexp", func(g *Graph) *Node { return LogSumExp(g.Const([]float32{7, 7, 7, 500, 500, 500}, 2, 3)) },
			[]float32{7 + float32(math.Log(3)), 500 + float32(math.Log(3))}},
		// [1 2; 3 4]·[1 1]ᵀ and its transpose.
		{"batchmatmul", func(g *Graph) *Node {
			return BatchMatMul(g.Const([]float32{1, 2, 3, 4, 1, 2, 3, 4}, 2, 2, 2), g.Const([]float32{1, 1, 1, 1}, 2, 1, 2), false, true)
		}, []float32{3, 7, 3, 7}},
	} {
		got := results(t, c.build)
		for i := range c.want {
			if len(got) != len(c.want) || math.Abs(float64(got[i]-c.want[i])) > 1e-5 {
				t.Errorf("%s: got %v, want %v", c.name, got, c.want)
				break
			}
		}
	}
}

func TestIndexOutOfRangeFailsTheRun(t *testing.T) {
	for name, build := range map[string]func(g *Graph) *Node{
		"take": func(g *Graph) *Node { return Take(g.Const([]float32{1, 2}, 2, 1), g.Const([]float32{2}, 1)) },
		"dotrows": func(g *Graph) *Node {
			return DotRows(g.Const([]float32{1, 2}, 1, 2), g.Const([]float32{1, 2}, 1, 2), g.Const([]float32{1}, 1, 1))
		},
	} {
		g := NewGraph(false)
		p, err := g.Compile(nil, build(g))
		if err != nil {
			t.Fatal(err)
		}
		if p.Run() == nil {
			t.Errorf("%s took an index that does not exist", name)
		}
	}
}

func TestFrozenWeightsAreNotTrained(t *testing.T) {
	w := NewWeights(1)
	l := NewLinear(w.Frozen().Scope("teacher"), "head", 2, 3, true)
	if len(w.Trainable()) != 0 || len(w.All()) != 2 || l.W.Grad != nil {
		t.Errorf("a frozen layer declared %d trainable of %d", len(w.Trainable()), len(w.All()))
	}
	if l.W.Data[0] == 0 {
		t.Error("a frozen weight was not initialised")
	}
}
