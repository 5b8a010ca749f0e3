package kernel

import (
	"math"
	"testing"
)

// TestAbove: every bit by its definition, at lengths around whole words, with NaN, infinities and numbers at the threshold.
func TestAbove(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, n := range []int{0, 1, 8, 63, 64, 65, 200, 1024} {
			x, bias := noise(uint64(n), n, 1), noise(uint64(n)+1, n, 1)
			const least = float32(0.25)
			for i := range x {
				switch i % 11 {
				case 3:
					x[i] = bias[i] + least
				case 5:
					x[i] = float32(math.NaN())
				case 7:
					x[i] = float32(math.Inf(1 - 2*(i%2)))
				}
			}
			mask := make([]uint64, (n+63)/64+1)
			for i := range mask {
				mask[i] = math.MaxUint64
			}
			Above(mask, x, bias, least)
			for i := range 64 * len(mask) {
				want := i >= (n+63)/64*64 || i < n && x[i]-bias[i] >= least
				if got := mask[i/64]>>(i%64)&1 == 1; got != want {
					t.Fatalf("n = %d: bit %d is %v, want %v", n, i, got, want)
				}
			}
		}
	})
}
