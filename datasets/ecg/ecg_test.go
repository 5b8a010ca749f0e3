package ecg

import (
	"fmt"
	"math"
	"testing"

	"github.com/wavekin/wavekin/series"
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
	before := append([]float64(nil), s.Values[0]...)
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

// TestValuesAreSciPys compares with what the documentation of
// scipy.misc.electrocardiogram (SciPy 1.10) prints for the same file.
func TestValuesAreSciPys(t *testing.T) {
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	x := s.Values[0]
	want := map[int]float64{0: -0.245, 1: -0.215, 2: -0.185, samples - 3: -0.405, samples - 2: -0.395, samples - 1: -0.385}
	for i, w := range want {
		if x[i] != w {
			t.Errorf("sample %d is %g mV, want %g", i, x[i], w)
		}
	}
	var sum, sq float64
	for _, v := range x {
		sum += float64(v)
		sq += float64(v) * float64(v)
	}
	mean := sum / samples
	if std := math.Sqrt(sq/samples - mean*mean); math.Abs(mean+0.16510875) > 1e-6 || math.Abs(std-0.5992473991177294) > 1e-6 {
		t.Errorf("mean %.8f and standard deviation %.8f, want -0.16510875 and 0.59924740", mean, std)
	}
}

// TestFaultsArePlain asks of every fault that it changes the signal by 0.15 mV
// or more in the mean.
func TestFaultsArePlain(t *testing.T) {
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(20) {
		broken, faults := Inject(s, seed)
		for _, f := range faults {
			var sum float64
			for i := f.Start; i < f.End; i++ {
				sum += math.Abs(float64(broken.Values[0][i] - s.Values[0][i]))
			}
			if mean := sum / float64(f.End-f.Start); mean < 0.15 {
				t.Errorf("seed %d: %+v changes the signal by %.2f mV only", seed, f, mean)
			}
		}
	}
}

func TestInjectIntoAnyLength(t *testing.T) {
	for n := range 20_000 / 37 {
		s := &series.Series{Values: [][]float64{make([]float64, 37*n), make([]float64, 37*n)}}
		out, faults := Inject(s, uint64(n))
		if len(out.Values) != 2 || len(out.PointLabels) != 37*n {
			t.Fatalf("%d samples: %d channels and %d labels", 37*n, len(out.Values), len(out.PointLabels))
		}
		for i := 1; i < len(faults); i++ {
			if faults[i].Start <= faults[i-1].End || faults[i].End > 37*n {
				t.Fatalf("%d samples: %+v after %+v", 37*n, faults[i], faults[i-1])
			}
		}
	}
	if _, faults := Inject(&series.Series{}, 1); len(faults) > 0 {
		t.Errorf("faults %v in no channel", faults)
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
