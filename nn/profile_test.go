package nn

import (
	"math"
	"slices"
	"testing"
)

// TestProfile: a profile computes what a run computes, and counts operations and flops as by hand.
func TestProfile(t *testing.T) {
	build := func() (*Program, *Param) {
		w := NewWeights(1)
		g := NewGraph(true)
		x := g.Const(make([]float32, 2*3*10), 2, 3, 10)
		for i := range x.data {
			x.data[i] = float32(math.Sin(float64(i)))
		}
		q := w.Param("w", Normal(1), 4, 3, 5)
		h := GlobalMean(ReLU(Conv1D(x, g.Param(q), nil, ConvConfig{})))
		l := NewLinear(w, "linear", 4, 6, true)
		p, err := g.Compile(Mean(Square(l.Apply(h))))
		if err != nil {
			t.Fatal(err)
		}
		return p, q
	}
	p, q := build()
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	want := slices.Clone(q.Grad)
	p, q = build()
	costs, err := p.Profile(3)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(q.Grad, want) {
		t.Errorf("the gradient is %v, want that of a run, %v", q.Grad, want)
	}
	flops := map[string]float64{}
	for i, c := range costs {
		flops[c.Name] = c.Flops
		if c.Calls < 1 || c.Seconds < 0 || c.Bytes <= 0 || i > 0 && c.Seconds > costs[i-1].Seconds {
			t.Errorf("%+v after %v", c, costs[:i])
		}
	}
	// 2 samples x 4 channels x 10 time stamps x 3 channels x 5 taps, a multiplication and an addition each; the input wants no gradient.
	// The linear layer has 2 rows x 4 x 6, and two products of that size in its gradient.
	for name, n := range map[string]float64{"conv1d": 2400, "conv1d.dw": 2400, "linear": 96, "matmul": 96, "matmul+sumrows": 96} {
		if flops[name] != n {
			t.Errorf("%s: %g flops, want %g", name, flops[name], n)
		}
	}
	if _, there := flops["conv1d.dx"]; there {
		t.Error("a gradient by the input, which nobody asked for")
	}
}
