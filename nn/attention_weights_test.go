package nn

import (
	"math"
	"strings"
	"testing"
)

// TestAttentionWeights: weighing the values by them gives what Attention gives, and their gradient is right.
func TestAttentionWeights(t *testing.T) {
	const n, tokens, d, heads = 2, 5, 6, 3
	got := results(t, func(g *Graph) *Node {
		q, k, v := g.Const(noise(n*tokens*d, 1), n, tokens, d), g.Const(noise(n*tokens*d, 2), n, tokens, d), g.Const(noise(n*tokens*d, 3), n, tokens, d)
		a := AttentionWeights(q, k, heads)
		var each []*Node
		for h := range heads {
			p := Reshape(Slice(a, 1, h, h+1), n, tokens, tokens)
			each = append(each, BatchMatMul(p, Slice(v, 2, h*d/heads, (h+1)*d/heads), false, false))
		}
		return Sub(Concat(2, each...), Attention(q, k, v, heads, false))
	})
	for i, v := range got {
		if math.Abs(float64(v)) > 1e-6 {
			t.Fatalf("value %d differs from Attention by %g", i, v)
		}
	}
	checkGradient(t, "attention weights", func(g *Graph, w *Weights) *Node {
		return AttentionWeights(g.Param(operand(w, "q", 2, 1, 6)), g.Param(operand(w, "k", 2, 5, 6)), 3)
	})
	g := NewGraph(false)
	AttentionWeights(g.Input("q", 2, 1, 6), g.Input("k", 2, 5, 6), 4)
	if g.Err() == nil || !strings.Contains(g.Err().Error(), "4 heads") {
		t.Errorf("4 heads of width 6: %v", g.Err())
	}
}

// TestDropPath: a sample is left out or divided by 1-p as a whole, about as often as asked, and not in evaluation.
func TestDropPath(t *testing.T) {
	const n, p = 400, 0.25
	for _, train := range []bool{true, false} {
		g := NewGraph(train)
		ones := make([]float32, n*6)
		Ones(ones, nil)
		y := DropPath(g.Const(ones, n, 2, 3), p)
		prog, err := g.Compile(nil, AddScalar(y, 0), y)
		if err != nil {
			t.Fatal(err)
		}
		prog.Seed(3)
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		out, left := prog.Data(y), 0
		for i := range n {
			row := out[i*6 : (i+1)*6]
			want := float32(1)
			if train {
				want = 1 / (1 - p)
			}
			if train && row[0] == 0 {
				want = 0
				left++
			}
			for _, v := range row {
				if v != want {
					t.Fatalf("train %v: sample %d is %v, want %g throughout", train, i, row, want)
				}
			}
		}
		// 100 of 400 are expected, with a deviation of √(400·0.25·0.75) = 8.7.
		if train && (left < 65 || left > 135) {
			t.Errorf("%d of %d samples are left out, want about a quarter", left, n)
		}
	}
	checkGradient(t, "droppath", func(g *Graph, w *Weights) *Node { return DropPath(g.Param(operand(w, "x", 6, 2, 2)), 0.4) })
}

// TestXavierLayer: linear maps start within Glorot and Bengio's bound, biases at 0.
func TestXavierLayer(t *testing.T) {
	w := NewWeights(0)
	NewTransformerLayer(w, TransformerConfig{Width: 8, Heads: 2, Hidden: 32, Xavier: true})
	bound := math.Sqrt(6.0 / (8 + 32))
	for i, v := range w.Lookup("expand.weight").Data {
		if math.Abs(float64(v)) > bound {
			t.Fatalf("weight %d is %g, want at most %g", i, v, bound)
		}
	}
	for _, v := range w.Lookup("query.bias").Data {
		if v != 0 {
			t.Fatalf("a bias is %g", v)
		}
	}
}
