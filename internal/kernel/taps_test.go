package kernel

import (
	"fmt"
	"math"
	"testing"
)

// tapResponse is the response from its definition, in float64: weights -1 and 2, zeros beyond both ends.
func tapResponse(x []float32, k, d, at int) float64 {
	var weights [9]float64
	for i := range weights {
		weights[i] = -1
	}
	for _, i := range tapTriples[k] {
		weights[i] = 2
	}
	var sum float64
	for i, w := range weights {
		if j := at + (i-4)*d; j >= 0 && j < len(x) {
			sum += w * float64(x[j])
		}
	}
	return sum
}

// TestTapsAgainstTheDefinition: responses and counts of all kernels, on whole numbers, where float32 is exact.
func TestTapsAgainstTheDefinition(t *testing.T) {
	biases := []float32{-3, 0, 0.5, 1, 2, 7, -100}
	eachISA(t, func(t *testing.T) {
		var taps Taps
		for _, c := range [][2]int{{1, 1}, {7, 1}, {8, 1}, {9, 1}, {40, 1}, {40, 4}, {40, 5}, {64, 3}, {101, 12}, {250, 31}, {3, 9}} {
			x := noise(uint64(c[0]), c[0], 3)
			for i := range x {
				x[i] = float32(math.Round(float64(x[i])))
			}
			taps.Set(x, c[1])
			for k := range TapKernels {
				for _, inner := range []bool{false, true} {
					checkTaps(t, &taps, x, k, c[1], inner, biases)
				}
			}
		}
	})
}

func checkTaps(t *testing.T, taps *Taps, x []float32, k, d int, inner bool, biases []float32) {
	t.Helper()
	from, to := 0, len(x)
	if inner && len(x) > 8*d {
		from, to = 4*d, len(x)-4*d
	}
	if n := taps.Places(inner); n != to-from {
		t.Fatalf("%d places of %d at dilation %d, want %d", n, len(x), d, to-from)
	}
	got, counts := make([]float32, to-from), make([]int32, len(biases))
	taps.Response(got, k, inner)
	taps.Count(counts, biases, k, inner)
	want := make([]int32, len(biases))
	for i := from; i < to; i++ {
		r := tapResponse(x, k, d, i)
		if float64(got[i-from]) != r {
			t.Fatalf("kernel %d, dilation %d, place %d: %g, want %g", k, d, i, got[i-from], r)
		}
		for j, b := range biases {
			if r > float64(b) {
				want[j]++
			}
		}
	}
	if fmt.Sprint(counts) != fmt.Sprint(want) {
		t.Fatalf("kernel %d, dilation %d, inner %v: counts %v, want %v", k, d, inner, counts, want)
	}
}

// TestCountsOfEveryISAAgree: the assembly adds in the order of its twin, so that a tie falls to the same side.
func TestCountsOfEveryISAAgree(t *testing.T) {
	var results []string
	eachISA(t, func(t *testing.T) {
		var taps Taps
		text := ""
		for _, n := range []int{9, 33, 500} {
			x := noise(uint64(n), n, 1)
			taps.Set(x, max(1, n/16))
			for k := range TapKernels {
				r := make([]float32, n)
				taps.Response(r, k, false)
				counts := make([]int32, 5)
				taps.Count(counts, r[:5], k, k%2 == 1) // biases that are responses: one place is equal to each
				text += fmt.Sprint(counts)
			}
		}
		results = append(results, text)
	})
	for _, r := range results[1:] {
		if r != results[0] {
			t.Error("counts differ between instruction sets")
		}
	}
}

// TestSharesAreCounts: shares of all kernels at once are the counts of one after the other, at ties and of a series with a NaN too.
func TestSharesAreCounts(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		var taps Taps
		for _, c := range [][2]int{{0, 1}, {1, 1}, {8, 1}, {9, 1}, {15, 1}, {16, 2}, {17, 2}, {31, 1}, {127, 15}, {128, 15}, {128, 16}, {129, 3}, {40, 1}, {500, 31}, {3, 9}} {
			x := noise(uint64(c[0]), c[0], 1)
			if c[0] == 129 {
				x[77] = float32(math.NaN())
			}
			taps.Set(x, c[1])
			var biases, r [3 * TapKernels]float32
			for i := range biases {
				if biases[i] = float32(i%5) - 2; c[0] > 0 && i%4 > 0 {
					response := make([]float32, taps.Places(false))
					taps.Response(response, i%TapKernels, false)
					biases[i] = response[(7*i)%c[0]]
				}
			}
			for _, odd := range []bool{false, true} {
				taps.Shares(r[:], biases[:], odd)
				for i := range r {
					var count [1]int32
					k := i % TapKernels
					inner := (k%2 == 1) == odd
					taps.Count(count[:], biases[i:i+1], k, inner)
					if want := float32(count[0]) / float32(taps.Places(inner)); math.Float32bits(r[i]) != math.Float32bits(want) {
						t.Fatalf("%d time stamps, dilation %d, kernel %d, odd %v: %g, want %g", c[0], c[1], k, odd, r[i], want)
					}
				}
			}
		}
	})
}

// A NaN is above nothing, and there is nothing to count in an empty series.
func TestCountsWithoutNumbers(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		x := noise(1, 40, 1)
		x[20] = float32(math.NaN())
		var taps Taps
		taps.Set(x, 1)
		counts := make([]int32, 1)
		taps.Count(counts, []float32{-1e30}, 3, false)
		if counts[0] != 31 { // nine places see the gap
			t.Errorf("%d places above -1e30, want 31", counts[0])
		}
		taps.Set(nil, 1)
		if taps.Count(counts, []float32{0}, 0, true); counts[0] != 0 {
			t.Errorf("%d places of an empty series", counts[0])
		}
	})
}

func BenchmarkTaps(b *testing.B) {
	x := noise(1, 500, 1)
	counts, biases := make([]int32, 4), []float32{-1, 0, 1, 2}
	var taps Taps
	for b.Loop() {
		taps.Set(x, 16)
		for k := range TapKernels {
			taps.Count(counts, biases, k, k%2 == 1)
		}
	}
}

func BenchmarkTapShares(b *testing.B) {
	x := noise(1, 128, 1)
	shares, biases := make([]float32, TapKernels), make([]float32, TapKernels)
	var taps Taps
	for b.Loop() {
		taps.Set(x, 4)
		taps.Shares(shares, biases, true)
	}
}
