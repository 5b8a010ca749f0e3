package kernel

import (
	"math"
	"testing"
)

// TestDecode: every number by its definition, bit by bit, at lengths around whole eights.
func TestDecode(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, dim := range []int{1, 7, 8, 9, 16, 64, 67} {
			const rows = 5
			base, step := noise(uint64(dim), dim, 1), noise(uint64(dim)+1, dim, 1)
			codes, dst := make([]byte, rows*dim), make([]float32, rows*dim)
			for i := range codes {
				codes[i] = byte(37*i + i/3)
			}
			Decode(dst, codes, base, step)
			for i, v := range dst {
				product := float32(step[i%dim] * float32(codes[i])) // the conversion forbids to fuse
				if want := base[i%dim] + product; math.Float32bits(v) != math.Float32bits(want) {
					t.Fatalf("dim %d: number %d is %g, want %g", dim, i, v, want)
				}
			}
		}
	})
}
