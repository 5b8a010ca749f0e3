package nn

import (
	"math"
	"testing"
)

// TestGroupsMoveRunningStatisticsOnce: with momentum 0.1 the running mean is 0.1 of the mean of the parts' means after a run
// and 1-0.9² of it after two, whatever the number of parts, and the variance is the mean of the parts' unbiased ones; with a
// ReLU in the same pass or by itself.
func TestGroupsMoveRunningStatisticsOnce(t *testing.T) {
	x := []float32{1, 3, 10, 14, -2, 2, 5, 5}
	// Pairs: means 2, 12, 0, 5, unbiased variances 2, 8, 8, 0. Fours: means 7 and 2.5, variances 110/3 and 33/3.
	for _, c := range []struct {
		parts          int
		mean, variance float64
	}{{4, 4.75, 4.5}, {2, 4.75, (110.0/3 + 33.0/3) / 2}} {
		for _, relu := range []bool{false, true} {
			w, g := NewWeights(1), NewGraph(true)
			norm := NewBatchNorm(w, "n", 1, true)
			y := InGroups(g.Const(x, 8, 1), c.parts, func(part *Node) *Node {
				h := norm.Apply(part)
				if relu {
					h = ReLU(h)
				}
				return h
			})
			p, err := g.Compile(nil, y)
			if err != nil {
				t.Fatal(err)
			}
			for run := 1; run <= 2; run++ {
				if err := p.Run(); err != nil {
					t.Fatal(err)
				}
				kept := math.Pow(0.9, float64(run))
				mean, variance := float64(w.Lookup("n.running_mean").Data[0]), float64(w.Lookup("n.running_var").Data[0])
				if math.Abs(mean-(1-kept)*c.mean) > 1e-5 || math.Abs(variance-(kept+(1-kept)*c.variance)) > 1e-4 {
					t.Errorf("%d parts, ReLU %v, run %d: mean %g and variance %g, want %g and %g", c.parts, relu, run, mean, variance, (1-kept)*c.mean, kept+(1-kept)*c.variance)
				}
			}
			// Each part is normalised by itself: the first pair comes out as -1 and 1.
			if first := p.Data(y)[1]; c.parts == 4 && math.Abs(float64(first)-1) > 1e-4 {
				t.Errorf("the second value is %g, want 1", first)
			}
		}
	}
}

// TestGroupsWhereANormStandsTwice: the uses in a network are kept apart, so that each moves the running mean once. The first
// sees 2 and 12, the mean 7; the second sees 3 times that: 0.9·0.7 + 0.1·21.
func TestGroupsWhereANormStandsTwice(t *testing.T) {
	w, g := NewWeights(1), NewGraph(true)
	norm := NewBatchNorm(w, "n", 1, false)
	y := InGroups(g.Const([]float32{1, 3, 10, 14}, 4, 1), 2, func(part *Node) *Node {
		return Add(norm.Apply(part), norm.Apply(Scale(part, 3)))
	})
	p, err := g.Compile(nil, y)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	got := float64(w.Lookup("n.running_mean").Data[0])
	if one, other := 0.9*0.7+0.1*21, 0.9*2.1+0.1*7; math.Abs(got-one) > 1e-5 && math.Abs(got-other) > 1e-5 {
		t.Errorf("running mean %g, want %g, or %g in the other order", got, one, other)
	}
}

// TestGroupsMustDivide says so on the graph.
func TestGroupsMustDivide(t *testing.T) {
	g := NewGraph(true)
	InGroups(g.Const(make([]float32, 5), 5, 1), 2, func(part *Node) *Node { return part })
	if g.Err() == nil {
		t.Error("a batch of 5 in 2 parts is accepted")
	}
}
