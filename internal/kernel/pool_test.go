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
