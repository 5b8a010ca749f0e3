package series

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"sync"
	"testing"

	"gonum.org/v1/gonum/dsp/fourier"
)

var lengths = []int{1, 2, 3, 4, 5, 7, 8, 12, 31, 64, 97, 100, 144, 257, 1000, 1021, 4096, 5003}

func TestRFFTAgainstGonum(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 18))
	for _, n := range lengths {
		wide := noise(rng, n, 3, 0)
		x := make([]float32, n)
		for i, v := range wide {
			x[i] = float32(v)
			wide[i] = float64(x[i])
		}
		want := fourier.NewFFT(n).Coefficients(nil, wide)
		for name, got := range map[string][]complex128{"float32": RFFT(x), "float64": RFFT(wide)} {
			if len(got) != len(want) {
				t.Fatalf("n %d %s: %d frequencies, want %d", n, name, len(got), len(want))
			}
			for k := range want {
				if cmplx.Abs(got[k]-want[k]) > 1e-10*float64(n) {
					t.Fatalf("n %d %s: X[%d] = %v, want %v", n, name, k, got[k], want[k])
				}
			}
		}
		if !near(IRFFT[float32](RFFT(x), n), x, 1e-5) {
			t.Errorf("n %d: the inverse is not the series", n)
		}
		for i, v := range IRFFT[float64](RFFT(wide), n) {
			if math.Abs(v-wide[i]) > 1e-10 {
				t.Fatalf("n %d: value %d is %v, want %v", n, i, v, wide[i])
			}
		}
	}
}

func TestSpectrumAwkward(t *testing.T) {
	if RFFT([]float32{}) != nil || IRFFT[float32](nil, 0) != nil || IRFFT[float64](nil, -1) != nil {
		t.Error("nothing has a spectrum")
	}
	if !same(IRFFT[float32](nil, 3), []float32{0, 0, 0}) {
		t.Error("missing frequencies are not 0")
	}
}

// The library keeps tables of factors; callers in several goroutines must not disturb each other.
func TestSpectrumConcurrently(t *testing.T) {
	x := noise(rand.New(rand.NewPCG(21, 22)), 771, 0, 0)
	want := IRFFT[float64](RFFT(x), len(x))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for n := 760; n <= 771; n++ {
				if got := IRFFT[float64](RFFT(x[:n]), n); n == 771 && !same(got, want) {
					t.Error("differs between goroutines")
				}
			}
		})
	}
	wg.Wait()
}
