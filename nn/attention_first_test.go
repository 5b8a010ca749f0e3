package nn

import "testing"

// TestFirst: a layer gives the first token alone what it gives it among the others, to the bit in the output, and the gradients of
// both are right.
func TestFirst(t *testing.T) {
	for _, causal := range []bool{false, true} {
		layer := func(w *Weights) *TransformerLayer {
			return NewTransformerLayer(w, TransformerConfig{Width: 6, Heads: 3, Hidden: 8, Causal: causal})
		}
		for _, p := range []Precision{Float32, BF16} {
			w := NewWeights(3)
			l, g := layer(w), NewGraph(false)
			g.SetPrecision(p)
			x := g.Param(operand(w, "x", 4, 7, 6))
			all, first := Slice(l.Apply(x), 1, 0, 1), l.First(x)
			prog, err := g.Compile(nil, all, first)
			if err != nil {
				t.Fatal(err)
			}
			if err := prog.Run(); err != nil {
				t.Fatal(err)
			}
			want := prog.Data(all)
			for i, v := range prog.Data(first) {
				if v != want[i] {
					t.Fatalf("causal %v, %v: value %d is %g, and %g among the others", causal, p, i, v, want[i])
				}
			}
		}
		checkGradient(t, "first token", func(g *Graph, w *Weights) *Node {
			return layer(w).First(g.Param(operand(w, "x", 2, 5, 6)))
		})
	}
	checkGradient(t, "attention of three queries", func(g *Graph, w *Weights) *Node {
		return Attention(g.Param(operand(w, "q", 2, 3, 6)), g.Param(operand(w, "k", 2, 5, 6)), g.Param(operand(w, "v", 2, 5, 6)), 2, false)
	})
	g := NewGraph(false)
	Attention(g.Input("q", 2, 3, 6), g.Input("k", 2, 5, 6), g.Input("v", 2, 5, 6), 2, true)
	if g.Err() == nil {
		t.Error("causal attention of three queries to five keys was accepted")
	}
}
