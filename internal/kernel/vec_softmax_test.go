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

// The gradient of rows apart has the bits of its steps one after the other, in place too, and copies what it is told to.
func TestSoftmaxGradStrided(t *testing.T) {
	onEachISA(t, func(t *testing.T) {
		const rows = 6
		for _, cols := range []int{1, 7, 8, 12, 15, 16, 31, 32, 47, 65, 95, 128} {
			y, dy, want := noise(1, rows*cols, 1), noise(2, rows*cols, 1), make([]float32, rows*cols)
			y[0], dy[cols-1] = 0, y[cols-1] // a negative 0 is to stay one
			for r := range rows {
				a, b, d := y[r*cols:(r+1)*cols], dy[r*cols:(r+1)*cols], want[r*cols:(r+1)*cols]
				affine(d, b, dot(a, b), 1, 0)
				mul(d, d, a)
			}
			for _, gap := range []int{0, 5} {
				for _, copies := range []bool{false, true} {
					what := fmt.Sprintf("rows of %d, %d apart, copied %v", cols, gap, copies)
					s := stridedGrad{dy: spread(dy, rows, cols, cols+gap), y: spread(y, rows, cols, cols+1), rows: rows, cols: cols,
						dxStep: cols + gap, yStep: cols + 1, dyStep: cols + gap}
					s.dx = s.dy
					if copies {
						s.copied = spread(want, rows, cols, cols+gap)
					}
					s.run()
					sameBits(t, what, s.dx, spread(want, rows, cols, cols+gap))
					if copies {
						sameBits(t, what, s.copied, spread(y, rows, cols, cols+gap))
					}
				}
			}
		}
	})
}
