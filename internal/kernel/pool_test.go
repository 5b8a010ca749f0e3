package kernel

import (
	"fmt"
	"math"
	"testing"
)

func TestPool(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, s := range [][4]int{{1, 1, 1, 1}, {2, 7, 2, 2}, {3, 11, 3, 1}, {3, 10, 2, 3}, {2, 13, 13, 1}, {0, 5, 2, 2}} {
			rows, length, kernel, stride := s[0], s[1], s[2], s[3]
			tout := (length-kernel)/stride + 1
			x, dy := noise(21, rows*length, 1), noise(22, rows*tout, 1)
			y, arg := make([]float32, rows*tout), make([]int32, rows*tout)
			dmax := noise(23, rows*length, 1) // must be overwritten
			MaxPool(y, arg, x, rows, length, kernel, stride, tout)
			MaxPoolGrad(dmax, dy, arg, rows, length, tout)
			wantMax := make([]float64, len(x))
			for r := range rows {
				for j := range tout {
					top, at := math.Inf(-1), 0
					for k := range kernel {
						i := r*length + j*stride + k
						v := float64(x[i])
						if v > top {
							top, at = v, i
						}
					}
					wantMax[at] += float64(dy[r*tout+j])
					if float64(y[r*tout+j]) != top || int(arg[r*tout+j]) != at-r*length {
						t.Errorf("%v: max %v at %d, want %v at %d", s, y[r*tout+j], arg[r*tout+j], top, at-r*length)
					}
				}
			}
			for i := range x {
				near(t, fmt.Sprint(s, " dmax ", i), dmax[i], wantMax[i], 3e-7)
			}
			if kernel != length {
				continue
			}
			gy, garg, gm := make([]float32, rows), make([]int32, rows), make([]float32, rows)
			gdx, gdm := make([]float32, len(x)), make([]float32, len(x))
			GlobalMax(gy, garg, x, rows, length)
			GlobalMean(gm, x, rows, length)
			GlobalMaxGrad(gdx, dy, garg, rows, length)
			GlobalMeanGrad(gdm, dy, rows, length)
			for r := range rows {
				var sum float64
				for _, v := range x[r*length : (r+1)*length] {
					sum += float64(v)
				}
				near(t, "global mean", gm[r], sum/float64(length), 3e-7)
				if gy[r] != y[r] || garg[r] != arg[r] {
					t.Errorf("global max %v at %d", gy[r], garg[r])
				}
			}
			for i := range x {
				if gdx[i] != dmax[i] {
					t.Errorf("global gradients differ at %d", i)
				}
				near(t, fmt.Sprint(s, " dmean ", i), gdm[i], float64(dy[i/length])/float64(length), 3e-7)
			}
		}
		y, arg, nan := make([]float32, 2), make([]int32, 2), float32(math.NaN())
		GlobalMax(y, arg, []float32{1, nan, 2, 5, 5, 3}, 2, 3)
		if y[0] == y[0] || arg[0] != 1 || y[1] != 5 || arg[1] != 0 {
			t.Errorf("NaN and ties: %v %v", y, arg)
		}
	})
}

// The largest of a row found by vectors is the one that the loop of MaxPool finds, with its position, whatever is in the row.
func TestGlobalMaxBesideMaxPool(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		inf, nan, zero := float32(math.Inf(1)), float32(math.NaN()), float32(math.Copysign(0, -1))
		for _, length := range []int{1, 7, 16, 33, 200} {
			for i, odd := range [][]float32{nil, {nan}, {nan, nan}, {inf}, {-inf, inf}, {inf, nan, inf}, {9, 9}, {zero, 0}} {
				x := noise(uint64(31+i), length, 1)
				if i == 7 {
					clear(x) // the largest are zeros of both signs
				}
				for j, v := range odd {
					x[(5+j*11)%length] = v
				}
				y, arg, want, at := make([]float32, 1), make([]int32, 1), make([]float32, 1), make([]int32, 1)
				GlobalMax(y, arg, x, 1, length)
				MaxPool(want, at, x, 1, length, length, 1, 1)
				if math.Float32bits(y[0]) != math.Float32bits(want[0]) || arg[0] != at[0] {
					t.Errorf("%d numbers with %v: %v at %d, want %v at %d", length, odd, y[0], arg[0], want[0], at[0])
				}
			}
		}
		low := []float32{-inf, -inf, -inf}
		y, arg := []float32{0}, []int32{9}
		if GlobalMax(y, arg, low, 1, 3); y[0] != -inf || arg[0] != 0 {
			t.Errorf("of nothing above -Inf: %v at %d", y, arg)
		}
	})
}

// Rows with a NaN among others are those of MaxPool, too.
func TestGlobalMaxOfRowsWithNaN(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, length := range []int{1, 8, 16, 17} {
			const rows = 9
			x := noise(5, rows*length, 1)
			for _, r := range []int{0, 3, 4, 8} {
				x[r*length+length/2] = float32(math.NaN())
			}
			var y, want [rows]float32
			var arg, at [rows]int32
			GlobalMax(y[:], arg[:], x, rows, length)
			MaxPool(want[:], at[:], x, rows, length, length, 1, 1)
			sameBits(t, fmt.Sprint(length), y[:], want[:])
			if arg != at {
				t.Errorf("%d numbers: at %v, want %v", length, arg, at)
			}
		}
	})
}
