package methods

import (
	"math"
	"testing"
)

// TestBoundsAreIncluded: temperatures and momenta at an end of their range are taken, and those beyond it refused.
func TestBoundsAreIncluded(t *testing.T) {
	for v, want := range map[float64]float32{0: 0.5, 1e-4: 1e-4, 1e3: 1e3, 9e-5: -1, 1001: -1, -1: -1, math.Inf(1): -1} {
		if tau, err := temperature(v, 0.5); (err == nil) != (want > 0) || err == nil && tau != want {
			t.Errorf("temperature %g: %g, %v", v, tau, err)
		}
	}
	for v, want := range map[float64]float64{0: 0.9, 1: 1, 0.2: 0.2, -1: 0, 1.001: -1} {
		if m, err := checkMomentum(v, 0.9); (err == nil) != (want >= 0) || err == nil && m != want {
			t.Errorf("momentum %g: %g, %v", v, m, err)
		}
	}
	if _, err := checkMomentum(math.NaN(), 0.9); err == nil {
		t.Error("a momentum that is no number was taken")
	}
}

// TestTeacherMomentum: a schedule of its own counts first, from 0 to 1; else it stays, or rises to 1.
func TestTeacherMomentum(t *testing.T) {
	for _, c := range []struct {
		m     float64
		own   Schedule
		rises bool
		want  [2]float64 // at the first step and at the last of 101; -1 for an error
	}{
		{0, Schedule{}, false, [2]float64{0.9, 0.9}}, {0, Schedule{}, true, [2]float64{0.9, 1}}, {-1, Schedule{}, false, [2]float64{0, 0}},
		{0.5, Cosine(0, 1), false, [2]float64{0, 1}}, {2, Constant(0.3), true, [2]float64{0.3, 0.3}},
		{2, Schedule{}, false, [2]float64{-1}}, {0, Cosine(-0.1, 1), false, [2]float64{-1}}, {0, Cosine(0.5, 1.1), false, [2]float64{-1}},
	} {
		s, err := teacherMomentum(c.m, 0.9, c.own, c.rises)
		if (err == nil) != (c.want[0] >= 0) {
			t.Errorf("%+v: %v", c, err)
		}
		if err == nil && (math.Abs(s.At(0, 101)-c.want[0]) > 1e-9 || math.Abs(s.At(100, 101)-c.want[1]) > 1e-3) {
			t.Errorf("%+v goes from %g to %g", c, s.At(0, 101), s.At(100, 101))
		}
	}
}

// TestClustersAreDiagnosed: one cluster with nearly all samples, and clusters that change, but not before there is a second clustering.
func TestClustersAreDiagnosed(t *testing.T) {
	for _, c := range []struct {
		largest, nmi float64
		want         int
	}{{0.9, 0.3, 0}, {0.91, 0.3, 1}, {0.5, 0.29, 1}, {0.5, 0, 0}, {1, 0.1, 2}} {
		if got := diagnoseClusters(map[string]float64{"largest_cluster": c.largest, "nmi": c.nmi}, 8); len(got) != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
