//go:build !noasm && amd64

package kernel

import (
	"math"
	"testing"
)

// The loops of AVX-512 do what those of AVX2 do, to the bit.
func TestGELUWide(t *testing.T) {
	if bestISA() != isaAVX512 {
		t.Skip("wants a processor with AVX-512")
	}
	x := []float32{0, float32(math.Copysign(0, -1)), float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()),
		1e-40, -1e-40, 1e30, -1e30, 16, -16, 15.99, -15.99}
	for v := float32(-20); v < 20; v += 0.00137 {
		x = append(x, v)
	}
	n := len(x) &^ 15
	dy := noise(1, n, 1)
	got, want := make([]float32, n), make([]float32, n)
	geluAVX512(&got[0], &x[0], n)
	geluAVX2(&want[0], &x[0], n)
	sameBits(t, "GELU", got, want)
	geluGradAVX512(&got[0], &x[0], &dy[0], n)
	geluGradAVX2(&want[0], &x[0], &dy[0], n)
	sameBits(t, "GELUGrad", got, want)
}

func BenchmarkGELU(b *testing.B) {
	x, y := noise(1, 4096, 2), make([]float32, 4096)
	b.Run("avx2", func(b *testing.B) {
		for range b.N {
			geluAVX2(&y[0], &x[0], len(x))
		}
	})
	b.Run("avx512", func(b *testing.B) {
		if bestISA() != isaAVX512 {
			b.Skip("wants a processor with AVX-512")
		}
		for range b.N {
			geluAVX512(&y[0], &x[0], len(x))
		}
	})
}
