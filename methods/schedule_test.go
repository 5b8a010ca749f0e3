package methods

import (
	"math"
	"testing"
)

// TestScheduleOfSteps has InvaSpread's drops: x.1 from epoch 120 of 301, x.05 from 160 and x.01 from 200, of the first rate.
func TestScheduleOfSteps(t *testing.T) {
	s := Schedule{From: 0.03, Shape: "steps", Drops: "0.4:0.1 0.53:0.05  0.66:0.01"}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	for step, want := range map[int]float64{0: 0.03, 39: 0.03, 40: 0.003, 52: 0.003, 53: 0.0015, 65: 0.0015, 66: 0.0003, 99: 0.0003} {
		if got := s.At(step, 100); math.Abs(got-want) > 1e-12 {
			t.Errorf("step %d: %g, want %g", step, got, want)
		}
	}
	if n := testing.AllocsPerRun(10, func() { s.At(70, 100) }); n > 0 {
		t.Errorf("%g allocations in a step", n)
	}
	for _, drops := range []string{"", "0.4", "0.4:0.1 0.4:0.01", "0.4:-1", "1.2:0.1", "a:b", "0.4:0.1,0.8:0.01"} {
		if s.Drops = drops; s.Check() == nil {
			t.Errorf("drops %q were accepted", drops)
		}
	}
	if (Schedule{From: 1, Drops: "0.5:0.1"}).Check() == nil {
		t.Error("a cosine with drops was accepted")
	}
}

// TestWarmUpCountsAsItsAuthorsDo has the first steps of four of a warm-up to 0.8: those of wavekin, of SimCLR and MoCo v3 (rate·step/steps
// of the warm-up), and of SwAV and DINO (numpy's linspace from 0.2).
func TestWarmUpCountsAsItsAuthorsDo(t *testing.T) {
	for _, c := range []struct {
		at   string
		from float64
		want [5]float64
	}{
		{"", 0, [5]float64{0.2, 0.4, 0.6, 0.8, 0.8}},
		{"end", 0, [5]float64{0.2, 0.4, 0.6, 0.8, 0.8}},
		{"start", 0, [5]float64{0, 0.2, 0.4, 0.6, 0.8}},
		{"ends", 0.2, [5]float64{0.2, 0.4, 0.6, 0.8, 0.8}},
	} {
		s := Schedule{From: 0.8, To: 0.1, Warmup: 0.1, WarmFrom: c.from, WarmAt: c.at}
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		for step, want := range c.want {
			if got := s.At(step, 40); math.Abs(got-want) > 1e-12 {
				t.Errorf("warm-up at the %q, step %d: %g, want %g", c.at, step, got, want)
			}
		}
		// The shape begins at the end of the warm-up, whatever way it is counted: half a cosine over 36 steps.
		if got, want := s.At(22, 40), 0.1+0.35*(1+math.Cos(math.Pi*18/36)); math.Abs(got-want) > 1e-12 {
			t.Errorf("warm-up at the %q: %g in the middle of the cosine, want %g", c.at, got, want)
		}
	}
	if (Schedule{From: 1, WarmAt: "begin"}).Check() == nil {
		t.Error("a warm-up that is taken at the begin was accepted")
	}
}

// TestBoundsAreWhatAScheduleReaches compares them with all steps of a run.
func TestBoundsAreWhatAScheduleReaches(t *testing.T) {
	for _, s := range []Schedule{Constant(0.04), {From: 0.04, Shape: "constant"}, {From: 0.04, To: 0.07, Shape: "linear"}, Cosine(0.9, 1),
		{From: 0.5, Shape: "steps", Drops: "0.3:2 0.6:0.1"}, {From: 0.07, To: 0.07, Shape: "constant", Warmup: 0.3, WarmFrom: 0.04, WarmAt: "start"}} {
		lo, hi := math.Inf(1), math.Inf(-1)
		for step := range 5001 {
			lo, hi = math.Min(lo, s.At(step, 5000)), math.Max(hi, s.At(step, 5000))
		}
		if least, greatest := s.Bounds(); math.Abs(least-lo) > 1e-6 || math.Abs(greatest-hi) > 1e-6 {
			t.Errorf("%+v: bounds %g and %g, and it goes from %g to %g", s, least, greatest, lo, hi)
		}
	}
}

// TestFrozen: what is frozen at first stays so for an epoch, of 100 samples in batches of 10, or as many steps as are said, and by default
// for a tenth of the run at most.
func TestFrozen(t *testing.T) {
	for _, c := range []struct {
		total, given int
		share        float64
		want         int
	}{{1000, 0, 0, 10}, {100, 0, 0, 10}, {99, 0, 0, 9}, {60, 0, 0, 6}, {60, 0, 0.5, 10}, {12, 0, 0.5, 6}, {12, 0, -1, 10}, {5, 0, -1, 5}, {60, 40, 0, 40}, {60, -1, 0, 0}} {
		s := Setup{Samples: make([]Sample, 100), Batch: 10, Steps: c.total}
		if got, err := frozen(s, c.given, c.share); err != nil || got != c.want {
			t.Errorf("%+v: %d steps, %v", c, got, err)
		}
	}
	for _, share := range []float64{1.5, math.NaN()} {
		if _, err := frozen(Setup{}, 0, share); err == nil {
			t.Errorf("a share of %g was accepted", share)
		}
	}
}
