package nn

import "testing"

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
