package detect

import (
	"math"
	"testing"
)

// TestCalibration: the normal median is 0, what lies a normal spread above it log 2, and a thousand of them are cut off at log 101.
func TestCalibration(t *testing.T) {
	own := make([]float64, 101, 102) // the median is 50, the 99th percentile 99
	for i := range own {
		own[(i*37)%101] = float64(i)
	}
	spread := 99 - 0.95*50
	got := []float64{0, 50, 50 + spread, 50 + 1000*spread, math.NaN()}
	Calibrate(append(own, math.NaN())).Apply(got)
	for i, want := range []float64{0, 0, math.Ln2, math.Log(101)} {
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("%g at %d, want %g", got[i], i, want)
		}
	}
	if !math.IsNaN(got[4]) {
		t.Errorf("no score became %g", got[4])
	}
	if own[37] != 1 {
		t.Error("the normal scores were sorted in place")
	}
	for name, c := range map[string]struct {
		normal []float64
		want   float64
	}{"without normal scores": {nil, 0}, "equal ones": {[]float64{0, 0, 0}, math.Log(101)}} {
		one := []float64{1}
		Calibrate(c.normal).Apply(one)
		if math.Abs(one[0]-c.want) > 1e-12 {
			t.Errorf("%s: %g, want %g", name, one[0], c.want)
		}
	}
}
