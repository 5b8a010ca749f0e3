package detect

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestDrift: even p-values hardly ever drift, also where their smallest are 1/(1+n); those of readings that have moved do.
func TestDrift(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	alarms := 0
	for range 2000 {
		d := &Drift{Window: 10}
		for i := range 300 {
			d.Add("a", i*10, math.Ceil(r.Float64()*101)/101)
			d.Add("a", i*10+5, 0.001) // overlaps the one before
			d.Add("a", i*10, math.NaN())
		}
		if m := d.Test(); m.Places != 300 {
			t.Fatalf("%+v", m)
		} else if m.Told() {
			alarms++
		}
	}
	if alarms > 6 { // 2 are expected
		t.Errorf("%d of 2000 runs of even p-values drift", alarms)
	}
	d := &Drift{Window: 1, Recent: 100}
	for i := range 500 {
		p := r.Float64()
		if i >= 380 {
			p *= 0.3 // normal has moved lately
		}
		d.Add("a", i, p)
		if m := d.Test(); i == 350 && m.Told() {
			t.Errorf("before: %+v", m)
		}
	}
	if m := d.Test(); !m.Told() || m.Places != 100 || m.Low < 0.2 || m.Low > 0.5 || math.Abs(m.Distance-0.7) > 0.1 {
		t.Errorf("after: %+v", m)
	}
	if m := new(Drift).Test(); m.Told() || m.P != 1 {
		t.Errorf("nothing: %+v", m)
	}
}

func ExampleDrift() {
	d := &Drift{Window: 24}
	for i := range 50 {
		d.Add("pump", i*24, 0.02) // every window is as unusual as one normal window in fifty
	}
	m := d.Test()
	fmt.Printf("%d windows, %.0f %% of them low, drift: %v\n", m.Places, 100*m.Low, m.Told())
	// Output: 50 windows, 100 % of them low, drift: true
}
