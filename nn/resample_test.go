package nn

import (
	"math"
	"testing"
)

// TestResample: a straight line stays straight, its ends stay, and each channel is stretched by itself.
func TestResample(t *testing.T) {
	for _, c := range []struct {
		length   int
		x, wants []float32
	}{
		{5, []float32{0, 2, 4, 1, 0, -1}, []float32{0, 1, 2, 3, 4, 1, 0.5, 0, -0.5, -1}},
		{2, []float32{0, 5, 4, 1, 7, -1}, []float32{0, 4, 1, -1}},
		{1, []float32{3, 5, 4, 1, 7, -1}, []float32{3, 1}},
		{3, []float32{0, 5, 4, 1, 7, -1}, []float32{0, 5, 4, 1, 7, -1}},
	} {
		got := run(t, func(x *Node) *Node { return Resample(x, c.length) }, c.x, nil, 1, 2, 3)
		for i, want := range c.wants {
			if math.Abs(float64(got[i]-want)) > 1e-6 {
				t.Errorf("to %d: %v, want %v", c.length, got, c.wants)
				break
			}
		}
	}
	if got := run(t, func(x *Node) *Node { return Resample(x, 3) }, []float32{4}, nil, 1, 1, 1); got[0] != 4 || got[2] != 4 {
		t.Errorf("one time stamp became %v", got)
	}
	g := NewGraph(false)
	if _, err := g.Compile(nil, Resample(g.Input("x", 2, 3), 4)); err == nil {
		t.Error("two axes were accepted")
	}
}

// TestSignedSum: one channel passes; of several, rows keep their products on the mean over many columns, and exchanging two
// channels makes another row.
func TestSignedSum(t *testing.T) {
	if got := run(t, SignedSum, []float32{1, 2, 3}, nil, 1, 1, 3); got[0] != 1 || got[1] != 2 || got[2] != 3 {
		t.Errorf("one channel became %v", got)
	}
	const c, d = 3, 20000
	a := noise(2*c*d, 5)
	out := run(t, SignedSum, a, nil, 2, c, d)
	var want, got, length float64
	for i := range c * d {
		want += float64(a[i]) * float64(a[i]) / c
	}
	for _, v := range out[:d] {
		length += float64(v) * float64(v)
	}
	// The cross terms have mean 0 and deviation below √(c·d): five of them.
	if math.Abs(length-want) > 5*math.Sqrt(c*d) {
		t.Errorf("squared length %g, want about %g", length, want)
	}
	swapped := append([]float32(nil), a...)
	copy(swapped[:d], a[d:2*d])
	copy(swapped[d:2*d], a[:d])
	for i, v := range run(t, SignedSum, swapped, nil, 2, c, d)[:d] {
		got += float64(v) * float64(out[i])
	}
	if got > 0.9*length {
		t.Errorf("exchanged channels have a product of %g with what they were, whose squared length is %g", got, length)
	}
}

// TestLearntWeights: values are found below the scope, buffers included; others begin as declared.
func TestLearntWeights(t *testing.T) {
	w := NewWeights(1).Scope("net").Learnt(func(name string) []float32 {
		return map[string][]float32{"a.w": {1, 2}, "a.mean": {3}, "b.w": {1, 2, 3}}[name]
	})
	a, mean := w.Scope("a").Param("w", Zeros, 2), w.Scope("a").Buffer("mean", 0, 1)
	b, c := w.Scope("b").Param("w", Ones, 2), w.Param("c", Ones, 1)
	if a.Name != "net.a.w" || a.Data[1] != 2 || mean.Data[0] != 3 || b.Data[0] != 1 || b.Data[1] != 1 || c.Data[0] != 1 {
		t.Errorf("%v %v %v %v", a, mean, b, c)
	}
}
