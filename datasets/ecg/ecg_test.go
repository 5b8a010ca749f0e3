package ecg

import (
	"fmt"
	"testing"
)

func TestRecording(t *testing.T) {
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != samples {
		t.Fatalf("%d samples, want %d", s.Len(), samples)
	}
	lo, hi := s.Values[0][0], s.Values[0][0]
	for _, v := range s.Values[0] {
		lo, hi = min(lo, v), max(hi, v)
	}
	// An electrocardiogram stays within a few millivolts.
	if lo < -5 || hi > 5 || hi-lo < 1 {
		t.Errorf("values from %g to %g mV", lo, hi)
	}
}

func TestInjectedFaults(t *testing.T) {
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	before := append([]float32(nil), s.Values[0]...)
	broken, faults := Inject(s, 1)
	again, _ := Inject(s, 1)
	if len(faults) != 2*len(kinds) {
		t.Fatalf("%d faults, want every kind twice", len(faults))
	}
	inside := make([]bool, s.Len())
	for i, f := range faults {
		if f.Start < s.Len()/2 || i > 0 && f.Start <= faults[i-1].End {
			t.Errorf("fault %+v is misplaced", f)
		}
		for j := f.Start; j < f.End; j++ {
			inside[j] = true
		}
	}
	for i, v := range s.Values[0] {
		if v != before[i] {
			t.Fatal("the original was modified")
		}
		if broken.Values[0][i] != again.Values[0][i] {
			t.Fatal("the same seed gave other faults")
		}
		if (broken.PointLabels[i] == 1) != inside[i] || !inside[i] && broken.Values[0][i] != v {
			t.Fatalf("sample %d: label %g, changed %v", i, broken.PointLabels[i], broken.Values[0][i] != v)
		}
	}
}

func ExampleLoad() {
	s, err := Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Channels[0], s.Len()/Hz, "seconds")
	// Output: ECG (mV) 300 seconds
}
