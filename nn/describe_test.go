package nn

import (
	"slices"
	"testing"
)

// TestOperation: a node tells how it is computed, down to parameters and inputs.
func TestOperation(t *testing.T) {
	w := NewWeights(1)
	l := NewConv1D(w, "c", 2, 3, 3, ConvConfig{Dilation: 2}, true)
	l.Standard = true
	g := NewGraph(false)
	x := g.Input("x", 4, 2, 9)
	y := Scale(l.Apply(x), 2)
	if o := y.Operation(); o.Name != "scale" || o.Settings != float32(2) {
		t.Errorf("%+v", o)
	}
	o := y.Operation().In[0].Operation()
	if o.Name != "conv1d" || o.Settings != (ConvConfig{Dilation: 2}) || len(o.In) != 3 || o.In[0] != x || o.In[2].Parameter() != l.B {
		t.Errorf("%+v", o)
	}
	if _, fixed := y.Values(); fixed {
		t.Error("what depends on an input has values")
	}
	if _, fixed := x.Values(); fixed {
		t.Error("an input has values")
	}
	values, fixed := o.In[1].Values()
	if !fixed || len(values) != 18 || values[0] == l.W.Data[0] {
		t.Errorf("standardised weights are %v of %v", values, l.W.Data)
	}
	var sum float32
	for _, v := range values[:6] {
		sum += v
	}
	if sum > 1e-5 || sum < -1e-5 {
		t.Errorf("they sum to %g", sum)
	}
}

// TestSketchMatrix: the dense matrix projects as the layer does.
func TestSketchMatrix(t *testing.T) {
	l := NewSketch(NewWeights(2), "s", 6, 4)
	x := []float32{1, -2, 3, 0.5, 0, 7}
	want, got := make([]float32, 4), make([]float32, 4)
	check := func() {
		t.Helper()
		clear(want)
		clear(got)
		l.row(want, x)
		m := l.Matrix()
		for j, v := range x {
			for k := range got {
				got[k] += v * m[j*4+k]
			}
		}
		for k := range got {
			if got[k] != want[k] {
				t.Errorf("column %d is %g, want %g", k, got[k], want[k])
			}
		}
	}
	check()
	// What is no column counts for nothing: a damaged file may have such numbers.
	for i, v := range []float32{0, 5, -5, 0.5, -0.5} {
		l.targets.Data[3*i] = v
	}
	check()
}

// TestDilations: those of a number of slots go from 1 to the largest at which nine taps fit, exponentially.
func TestDilations(t *testing.T) {
	for _, c := range []struct {
		slots, length int
		want          []float32
	}{{1, 257, []float32{1}}, {2, 257, []float32{1, 32}}, {3, 257, []float32{1, 5, 32}}, {6, 257, []float32{1, 2, 4, 8, 16, 32}}, {2, 256, []float32{1, 31}}, {3, 9, []float32{1, 1, 1}},
		{3, 4, []float32{1, 1, 1}}} {
		if got := spread(c.slots, c.length); !slices.Equal(got, c.want) {
			t.Errorf("%d slots of %d time stamps: %v, want %v", c.slots, c.length, got, c.want)
		}
	}
}

// TestPicksOfADamagedFile: a number that is no channel's is none, however large.
func TestPicksOfADamagedFile(t *testing.T) {
	l := NewKernelShares(NewWeights(1), "k", 3, 2, false)
	rows := []float32{1, 2, 10, 20, 100, 200}
	for i := range l.picks.Data {
		l.picks.Data[i] = []float32{1e30, -1, 3, -1e30, 2.5}[i%5]
	}
	for group, channels := range l.Picked(1) {
		sum := make([]float32, 2)
		for _, c := range channels {
			if c != 2 {
				t.Fatalf("channel %d of three", c)
			}
			sum[0], sum[1] = sum[0]+100, sum[1]+200
		}
		if got := l.series(&tapScratch{}, rows, 2, 1, group); !slices.Equal(got, sum) {
			t.Errorf("group %d: %v, want %v", group, got, sum)
		}
	}
}
