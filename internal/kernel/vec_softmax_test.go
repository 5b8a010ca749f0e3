package kernel

import (
	"fmt"
	"testing"
)

// Rows apart have the bits of rows one behind the other, for any number of them, in place too; what lies between stays.
func TestSoftmaxStrided(t *testing.T) {
	onEachISA(t, func(t *testing.T) {
		for rows := 1; rows <= 5; rows++ {
			for _, cols := range []int{1, 15, 16, 33, 65, 128} {
				x := noise(1, rows*cols, 8)
				want := make([]float32, rows*cols)
				softmaxRows(want, x, cols, 0, rows)
				for _, gap := range []int{0, 1, 16} {
					for _, inPlace := range []bool{false, true} {
						what := fmt.Sprintf("%d rows of %d, %d apart, in place %v", rows, cols, gap, inPlace)
						apart := spread(x, rows, cols, cols+gap)
						s := strided{dst: make([]float32, rows*(cols+3)), x: apart, rows: rows, cols: cols, dstStep: cols + 3, xStep: cols + gap}
						if inPlace {
							s.dst, s.dstStep = apart, s.xStep
						}
						kept := spread(want, rows, cols, s.dstStep)
						for r := range rows {
							copy(kept[r*s.dstStep+cols:(r+1)*s.dstStep], s.dst[r*s.dstStep+cols:])
						}
						s.softmax()
						sameBits(t, what, s.dst, kept)
					}
				}
			}
		}
	})
}

// spread is rows of x with step numbers from one to the next, those between 7.
func spread(x []float32, rows, cols, step int) []float32 {
	y := make([]float32, rows*step)
	for i := range y {
		y[i] = 7
	}
	for r := range rows {
		copy(y[r*step:], x[r*cols:(r+1)*cols])
	}
	return y
}
