package nn

import (
	"math"
	"testing"
)

func TestNormalisationGradients(t *testing.T) {
	for _, shape := range [][]int{{1, 4}, {3, 5}, {2, 3, 7}, {4, 1}} {
		checkGradient(t, "standardize", func(g *Graph, w *Weights) *Node { return Standardize(g.Param(operand(w, "x", shape...))) })
	}
	for _, shape := range [][]int{{6, 4}, {3, 4, 5}} {
		checkGradient(t, "actnorm", func(g *Graph, w *Weights) *Node {
			return NewActNorm(w, "n", 4).Apply(g.Param(operand(w, "x", shape...)))
		})
	}
	for _, groups := range []int{1, 2, 4} {
		checkGradient(t, "iternorm", func(g *Graph, w *Weights) *Node {
			return NewIterNorm(w, "n", 4, groups, 5).Apply(g.Param(operand(w, "x", 9, 4)))
		})
	}
	checkGradient(t, "standardised layers", func(g *Graph, w *Weights) *Node {
		c, l := NewConv1D(w, "c", 2, 3, 3, ConvConfig{}, true), NewLinear(w, "l", 5, 2, true)
		c.Standard, l.Standard = true, true
		return l.Apply(c.Apply(g.Param(operand(w, "x", 2, 2, 5))))
	})
}

// moments returns mean and biased deviation of every step-th value from start.
func moments(x []float32, start, step int) (mean, std float64) {
	n := 0.0
	for i := start; i < len(x); i += step {
		mean += float64(x[i])
		n++
	}
	mean /= n
	for i := start; i < len(x); i += step {
		std += (float64(x[i]) - mean) * (float64(x[i]) - mean)
	}
	return mean, math.Sqrt(std / n)
}

func TestStandardizePerUnitOverFanIn(t *testing.T) {
	w := noise(3*2*5, 4)
	got := results(t, func(g *Graph) *Node { return Standardize(g.Const(w, 3, 2, 5)) })
	for u := range 3 {
		m, s := moments(got[u*10:(u+1)*10], 0, 1)
		if math.Abs(m) > 1e-6 || math.Abs(s-1) > 1e-4 {
			t.Errorf("unit %d has mean %.2g and deviation %.4f, want 0 and 1", u, m, s)
		}
	}
	// A unit of equal weights has no deviation: eps keeps it at 0.
	for _, v := range results(t, func(g *Graph) *Node { return Standardize(g.Const([]float32{3, 3, 3, 3}, 1, 4)) }) {
		if v != 0 {
			t.Errorf("equal weights became %g", v)
		}
	}
	if v := results(t, func(g *Graph) *Node { return Standardize(g.Const([]float32{3, 4}, 2, 1)) }); v[0] != 3 || v[1] != 4 {
		t.Errorf("units with a single weight became %v, want them unchanged", v)
	}
}

func TestActNormKeepsTheFirstBatch(t *testing.T) {
	w := NewWeights(0)
	norm := NewActNorm(w, "n", 3)
	g := NewGraph(true)
	x := g.Input("x", 8, 3)
	y := norm.Apply(x)
	p, err := g.Compile(nil, y)
	if err != nil {
		t.Fatal(err)
	}
	run := func(data []float32) []float32 {
		t.Helper()
		if err := p.Set("x", data); err != nil {
			t.Fatal(err)
		}
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		return append([]float32(nil), p.Data(y)...)
	}
	first := noise(24, 7)
	got := run(first)
	for c := range 3 {
		if m, s := moments(got, c, 3); math.Abs(m) > 1e-5 || math.Abs(s-1) > 1e-3 {
			t.Errorf("channel %d of the first batch has mean %.2g and deviation %.4f, want 0 and 1", c, m, s)
		}
	}
	later := noise(24, 8)
	copy(later, first[:3])
	if again := run(later); again[0] != got[0] || again[1] != got[1] || again[2] != got[2] {
		t.Error("in a later batch the same sample came out differently")
	}
}

func TestIterNormWhitens(t *testing.T) {
	const n, d = 64, 4
	raw := noise(n*d, 3)
	for i := 0; i < len(raw); i += d {
		raw[i+1] += 0.5 * raw[i] // correlated within the group, and away from 0
		raw[i+2] = 2*raw[i+2] + 3
	}
	w := NewWeights(0)
	norm := NewIterNorm(w, "n", d, 1, 12)
	g := NewGraph(true)
	y := norm.Apply(g.Const(raw, n, d))
	p, err := g.Compile(nil, y)
	if err != nil {
		t.Fatal(err)
	}
	for range 200 { // long enough for the running statistics to settle
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
	}
	whitened := append([]float32(nil), p.Data(y)...)
	for a := range d {
		for b := range d {
			var c float64
			for i := range n {
				c += float64(whitened[i*d+a]) * float64(whitened[i*d+b]) / n
			}
			want := 0.0
			if a == b {
				want = 1
			}
			if math.Abs(c-want) > 2e-2 {
				t.Errorf("covariance of features %d and %d is %.3f, want %g", a, b, c, want)
			}
		}
	}
	for i, v := range results(t, func(g *Graph) *Node { return norm.Apply(g.Const(raw, n, d)) }) {
		if math.Abs(float64(v-whitened[i])) > 1e-3 {
			t.Fatalf("evaluation gives %g at %d, training gave %g", v, i, whitened[i])
		}
	}
}
