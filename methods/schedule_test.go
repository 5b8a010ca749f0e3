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
