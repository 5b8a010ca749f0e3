package kernel

import (
	"fmt"
	"math"
	"testing"
)

// square2D is a convolution with a square kernel, whose output is as large as the padding allows.
func square2D(n, cin, h, w, cout, k, stride, pad, groups int) Conv2D {
	return Conv2D{N: n, CIn: cin, HIn: h, WIn: w, COut: cout, KH: k, KW: k, Stride: stride, Pad: pad, Groups: groups,
		HOut: (h+2*pad-k)/stride + 1, WOut: (w+2*pad-k)/stride + 1}
}

// conv2DCases has every stride up to 4 with every padding up to past the kernel, one-pixel images, kernels larger than the
// image, groups down to single channels, and channel counts on both sides of eight and of a panel.
func conv2DCases() []Conv2D {
	var all []Conv2D
	for _, size := range [][2]int{{1, 1}, {2, 3}, {5, 4}, {7, 9}} {
		for _, k := range []int{1, 2, 3, 5} {
			for _, stride := range []int{1, 2, 3, 4} {
				for _, pad := range []int{0, 1, 2, 5} {
					if size[0]+2*pad < k || size[1]+2*pad < k {
						continue
					}
					all = append(all, square2D(2, 3, size[0], size[1], 5, k, stride, pad, 1))
				}
			}
		}
	}
	return append(all,
		square2D(1, 1, 1, 1, 1, 1, 1, 0, 1),
		square2D(3, 16, 8, 8, 16, 3, 1, 1, 1),
		square2D(2, 17, 9, 7, 33, 3, 1, 1, 1),
		square2D(2, 35, 6, 10, 9, 3, 2, 1, 1),
		square2D(5, 8, 4, 4, 24, 3, 1, 1, 1),
		square2D(9, 8, 2, 2, 8, 3, 1, 1, 1),
		square2D(3, 24, 7, 7, 9, 3, 1, 1, 1),
		square2D(2, 9, 8, 12, 40, 3, 1, 0, 1),
		square2D(2, 10, 6, 8, 10, 3, 1, 2, 1),
		square2D(1, 8, 3, 130, 8, 3, 1, 1, 1),
		square2D(2, 12, 5, 6, 8, 3, 1, 1, 4),
		square2D(2, 6, 5, 6, 6, 3, 2, 1, 6), // depthwise
		square2D(2, 6, 7, 5, 12, 3, 1, 1, 6),
		square2D(2, 8, 9, 9, 8, 1, 2, 0, 1),
		square2D(1, 3, 40, 37, 8, 7, 2, 3, 1),
		square2D(1, 90, 6, 6, 20, 3, 1, 1, 1),  // more terms than depth
		square2D(1, 40, 33, 50, 8, 3, 1, 1, 1), // strips
		square2D(1, 40, 41, 50, 8, 3, 2, 1, 1),
		square2D(6, 10, 3, 3, 7, 3, 1, 2, 1), // an output larger than its input
		Conv2D{N: 2, CIn: 5, HIn: 6, WIn: 9, COut: 7, KH: 1, KW: 4, Stride: 1, Pad: 0, HOut: 6, WOut: 6, Groups: 1},     // oblong kernels
		Conv2D{N: 2, CIn: 4, HIn: 9, WIn: 6, COut: 18, KH: 3, KW: 2, Stride: 2, Pad: 1, HOut: 5, WOut: 3, Groups: 2},    // and fewer outputs
		Conv2D{N: 300, CIn: 1, HIn: 1, WIn: 2, COut: 1, KH: 1, KW: 1, Stride: 1, Pad: 0, HOut: 1, WOut: 2, Groups: 1},   // many small ones
		Conv2D{N: 1, CIn: 2, HIn: 5, WIn: 300, COut: 3, KH: 3, KW: 3, Stride: 1, Pad: 1, HOut: 5, WOut: 300, Groups: 1}, // rows longer than depth
	)
}

func (c Conv2D) buffers() (x, w, bias, dy []float32) {
	return random(1, c.N*c.CIn*c.HIn*c.WIn), random(2, c.COut*c.CIn/c.Groups*c.KH*c.KW), random(3, c.COut), random(4, c.N*c.COut*c.HOut*c.WOut)
}

// each calls f for every product x[ix]*w[iw] that output iy is the sum of: the definition, one number after the other.
func (c Conv2D) each(f func(iy, ix, iw int)) {
	cin, cout := c.CIn/c.Groups, c.COut/c.Groups
	for n := range c.N {
		for o := range c.COut {
			for i := range cin {
				from := n*c.CIn + o/cout*cin + i
				for a := range c.KH {
					for b := range c.KW {
						for h := range c.HOut {
							for w := range c.WOut {
								y, x := h*c.Stride-c.Pad+a, w*c.Stride-c.Pad+b
								if y >= 0 && y < c.HIn && x >= 0 && x < c.WIn {
									f(((n*c.COut+o)*c.HOut+h)*c.WOut+w, (from*c.HIn+y)*c.WIn+x, ((o*cin+i)*c.KH+a)*c.KW+b)
								}
							}
						}
					}
				}
			}
		}
	}
}

func TestConv2D(t *testing.T) {
	cases := conv2DCases()
	type twin struct{ y, dx, dw, db []float64 }
	twins := make([]twin, len(cases))
	for i, c := range cases {
		x, w, bias, dy := c.buffers()
		v := twin{make([]float64, len(dy)), make([]float64, len(x)), make([]float64, len(w)), make([]float64, len(bias))}
		for j := range dy {
			o := j / (c.HOut * c.WOut) % c.COut
			v.y[j] = float64(bias[o])
			v.db[o] += float64(dy[j])
		}
		c.each(func(iy, ix, iw int) {
			v.y[iy] += float64(x[ix]) * float64(w[iw])
			v.dx[ix] += float64(dy[iy]) * float64(w[iw])
			v.dw[iw] += float64(dy[iy]) * float64(x[ix])
		})
		twins[i] = v
	}
	onEachISA(t, func(t *testing.T) {
		for i, c := range cases {
			x, w, bias, dy := c.buffers()
			check := func(what string, want []float64, terms int, f func(dst []float32)) {
				t.Helper()
				got := guarded(9, len(want))
				for j := range want {
					got[j] = float32(math.NaN())
				}
				f(got[:len(want)])
				if c.winograd() {
					terms *= 9 // three times the tolerance: its error is about twice that of the plain sum
				}
				for j := range want {
					checkSum(t, got[j], want[j], terms, "%s %+v [%d]", what, c, j)
				}
				checkGuard(t, what, got, len(want))
			}
			check("Forward", twins[i].y, c.CIn/c.Groups*c.KH*c.KW, func(y []float32) { c.Forward(x, w, bias, y) })
			check("GradInput", twins[i].dx, c.COut/c.Groups*c.KH*c.KW, func(dx []float32) { c.GradInput(dy, w, dx) })
			check("GradWeight", twins[i].dw, c.N*c.HOut*c.WOut, func(dw []float32) { c.GradWeight(x, dy, dw) })
			check("GradBias", twins[i].db, c.N*c.HOut*c.WOut, func(db []float32) { c.GradBias(dy, db) })
		}
	})
}

// A convolution over images of one row is a convolution over sequences.
func TestConv2DOfOneRow(t *testing.T) {
	onEachISA(t, func(t *testing.T) {
		row := Conv2D{N: 2, CIn: 5, HIn: 1, WIn: 41, COut: 9, KH: 1, KW: 4, Stride: 2, HOut: 1, WOut: 19, Groups: 1}
		line := Conv{N: 2, CIn: 5, TIn: 41, COut: 9, K: 4, Stride: 2, Dilation: 1, TOut: 19}
		x, w, bias, dy := row.buffers()
		a, b := make([]float32, len(dy)), make([]float32, len(dy))
		row.Forward(x, w, bias, a)
		line.Forward(x, w, bias, b)
		for i := range a {
			checkSum(t, a[i], float64(b[i]), 20, "place %d", i)
		}
	})
}

func TestConv2DEmpty(t *testing.T) {
	c := Conv2D{CIn: 2, HIn: 3, WIn: 3, COut: 2, KH: 1, KW: 1, Stride: 1, HOut: 3, WOut: 3, Groups: 1}
	c.Forward(nil, make([]float32, 4), nil, nil)
	c.GradInput(nil, make([]float32, 4), nil)
	dw := []float32{1, 2, 3, 4}
	c.GradWeight(nil, nil, dw)
	sameBits(t, "dw of no samples", dw, make([]float32, 4))
}

// threaded2D has a case for each way the work is cut up.
func threaded2D() []Conv2D {
	return []Conv2D{
		square2D(11, 35, 9, 9, 19, 3, 1, 1, 1),
		square2D(1, 3, 40, 31, 33, 7, 2, 3, 1),
		square2D(33, 24, 4, 4, 10, 3, 1, 1, 1),
		square2D(17, 8, 9, 8, 16, 3, 2, 1, 2),
		square2D(20, 12, 12, 12, 8, 1, 1, 0, 1),
		square2D(9, 200, 6, 6, 200, 3, 1, 1, 1), // too many weights for shares of their sums
		square2D(3, 360, 5, 5, 330, 3, 2, 1, 1),
	}
}

func TestConv2DThreads(t *testing.T) {
	defer SetThreads(0)
	onEachISA(t, func(t *testing.T) {
		for _, c := range threaded2D() {
			if active == isaGo && c.CIn*c.COut > 1<<14 {
				continue // slow there
			}
			x, w, bias, dy := c.buffers()
			var first [4][]float32
			for _, n := range []int{1, 2, 3, 5} {
				SetThreads(n)
				got := [4][]float32{make([]float32, len(dy)), make([]float32, len(x)), make([]float32, len(w)), make([]float32, len(bias))}
				c.Forward(x, w, bias, got[0])
				c.GradInput(dy, w, got[1])
				c.GradWeight(x, dy, got[2])
				c.GradBias(dy, got[3])
				if n == 1 {
					first = got
				}
				for i := range got {
					sameBits(t, fmt.Sprintf("%+v, %d threads, result %d", c, n, i), got[i], first[i])
				}
			}
		}
	})
}

func TestConv2DAllocates(t *testing.T) {
	if raceEnabled {
		t.Skip("counts allocations, and the race detector allocates: wants a run without it")
	}
	defer SetThreads(0)
	for _, c := range threaded2D()[:4] {
		x, w, bias, dy := c.buffers()
		for _, n := range []int{1, 2} {
			SetThreads(n)
			call := func() {
				c.Forward(x, w, bias, dy)
				c.GradInput(dy, w, x)
				c.GradWeight(x, dy, w)
				c.GradBias(dy, bias)
			}
			if got := mallocs(call); got > 0 {
				t.Errorf("%+v, %d threads: %v allocations a call", c, n, got)
			}
		}
	}
}

// BenchmarkConv2D has the convolutions of a ResNet-18 on images of 32 by 32; the figures count the products of the plain sum.
func BenchmarkConv2D(b *testing.B) {
	defer SetThreads(0)
	for _, c := range []Conv2D{
		square2D(128, 3, 32, 32, 64, 3, 1, 1, 1),
		square2D(128, 64, 32, 32, 64, 3, 1, 1, 1),
		square2D(128, 64, 32, 32, 128, 3, 2, 1, 1),
		square2D(128, 64, 32, 32, 128, 1, 2, 0, 1),
		square2D(128, 128, 16, 16, 128, 3, 1, 1, 1),
		square2D(128, 128, 16, 16, 256, 3, 2, 1, 1),
		square2D(128, 256, 8, 8, 256, 3, 1, 1, 1),
		square2D(128, 256, 8, 8, 512, 3, 2, 1, 1),
		square2D(128, 512, 4, 4, 512, 3, 1, 1, 1),
		square2D(128, 8, 32, 32, 8, 3, 1, 1, 1),
		square2D(128, 16, 32, 32, 16, 3, 1, 1, 1),
		square2D(128, 16, 32, 32, 32, 3, 2, 1, 1),
		square2D(128, 32, 16, 16, 32, 3, 1, 1, 1),
	} {
		x, w, _, dy := c.buffers()
		work := 2 * float64(c.N*c.COut*c.HOut*c.WOut) * float64(c.CIn*c.KH*c.KW)
		for _, threads := range []int{1, 2} {
			run := func(what string, f func()) {
				b.Run(fmt.Sprintf("%dx%d,%d,k%d,s%d/%s/%d", c.CIn, c.COut, c.HIn, c.KH, c.Stride, what, threads), func(b *testing.B) {
					SetThreads(threads)
					for b.Loop() {
						f()
					}
					b.ReportMetric(work*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				})
			}
			run("forward", func() { c.Forward(x, w, nil, dy) })
			run("dx", func() { c.GradInput(dy, w, x) })
			run("dw", func() { c.GradWeight(x, dy, w) })
		}
	}
}

// TestWinogradError holds the transforms to what winograd.go says of them: 64 channels of normal inputs and weights, the
// error of an output against float64 in units of the outputs' deviation. Measured: 0.79e-6, twice that of the plain sum;
// with the points 0, ±1, ±2 it would be 1.5e-6.
func TestWinogradError(t *testing.T) {
	onEachISA(t, func(t *testing.T) {
		c := square2D(2, 64, 8, 8, 16, 3, 1, 1, 1)
		x, w := noise(81, c.N*c.CIn*64, 1), noise(82, c.COut*c.CIn*9, 1)
		y, want := make([]float32, c.N*c.COut*64), make([]float64, c.N*c.COut*64)
		c.each(func(iy, ix, iw int) { want[iy] += float64(x[ix]) * float64(w[iw]) })
		c.Forward(x, w, nil, y)
		var square, scale float64
		for i, v := range want {
			square += (float64(y[i]) - v) * (float64(y[i]) - v)
			scale += v * v
		}
		if rms := math.Sqrt(square / scale); !(rms < 1e-6) {
			t.Errorf("relative error %.3g, want below 1e-6", rms)
		} else {
			t.Logf("relative error %.3g", rms)
		}
	})
}

func ExampleConv2D() {
	// The differences from left to right in an image of one channel, with its edges padded.
	c := Conv2D{N: 1, CIn: 1, HIn: 3, WIn: 3, COut: 1, KH: 3, KW: 3, Stride: 1, Pad: 1, HOut: 3, WOut: 3, Groups: 1}
	x := []float32{
		1, 2, 4,
		1, 2, 4,
		1, 2, 4,
	}
	w := []float32{
		0, 0, 0,
		-1, 0, 1,
		0, 0, 0,
	}
	y := make([]float32, 9)
	c.Forward(x, w, nil, y)
	fmt.Println(y)
	// Output: [2 3 -2 2 3 -2 2 3 -2]
}
