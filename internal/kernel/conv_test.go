package kernel

import (
	"fmt"
	"math"
	"testing"
)

// convCases has same, causal and valid padding, strides, dilations up to and
// past the length, channel counts on both sides of a panel, and lengths with
// and without a tail.
func convCases() []Conv {
	var all []Conv
	for _, k := range []int{1, 2, 3, 5} {
		for _, d := range []int{1, 2, 7, 40, 300} {
			for _, t := range []int{1, 13, 40, 101} {
				c := Conv{N: 2, CIn: 5, TIn: t, COut: 3, K: k, Stride: 1, Dilation: d, TOut: t}
				c.PadLeft = d * (k - 1) / 2
				all = append(all, c)
				c.PadLeft, c.CIn, c.COut = d*(k-1), 1, 9
				all = append(all, c)
				if t > d*(k-1) {
					c.PadLeft, c.CIn, c.TOut = 0, 7, t-d*(k-1)
					all = append(all, c)
				}
				for _, s := range []int{2, 3} {
					c := Conv{N: 1, CIn: 35, TIn: t, COut: 4, K: k, Stride: s, Dilation: d, PadLeft: d * (k - 1) / 2, TOut: (t-1)/s + 1}
					all = append(all, c)
				}
			}
		}
	}
	for _, d := range []int{5, 64, 200, 1024} {
		all = append(all, Conv{N: 1, CIn: 64, TIn: 256, COut: 32, K: 3, Stride: 1, Dilation: d, PadLeft: d, TOut: 256})
	}
	return append(all,
		Conv{N: 1, CIn: 131, TIn: 70, COut: 17, K: 5, Stride: 1, Dilation: 3, PadLeft: 6, TOut: 70},    // terms in blocks
		Conv{N: 1, CIn: 33, TIn: 1000, COut: 6, K: 2, Stride: 1, Dilation: 450, PadLeft: 9, TOut: 559}, // taps far apart
		Conv{N: 1, CIn: 17, TIn: 600, COut: 6, K: 4, Stride: 2, Dilation: 90, PadLeft: 30, TOut: 180},
		Conv{N: 1, CIn: 2, TIn: 4, COut: 2, K: 3, Stride: 1, Dilation: 1, PadLeft: 20, TOut: 40}, // whole panels of padding
	)
}

func (c Conv) buffers() (x, w, bias, dy []float32) {
	return random(1, c.N*c.CIn*c.TIn), random(2, c.COut*c.CIn*c.K), random(3, c.COut), random(4, c.N*c.COut*c.TOut)
}

// each calls f for every product x[ix]*w[iw] that output iy is the sum of.
func (c Conv) each(f func(iy, ix, iw int)) {
	for n := range c.N {
		for o := range c.COut {
			for i := range c.CIn {
				for k := range c.K {
					for t := range c.TOut {
						if s := t*c.Stride - c.PadLeft + k*c.Dilation; s >= 0 && s < c.TIn {
							f((n*c.COut+o)*c.TOut+t, (n*c.CIn+i)*c.TIn+s, (o*c.CIn+i)*c.K+k)
						}
					}
				}
			}
		}
	}
}

func TestConv(t *testing.T) {
	cases := convCases()
	type twin struct{ y, dx, dw, db []float64 }
	twins := make([]twin, len(cases))
	for i, c := range cases {
		x, w, bias, dy := c.buffers()
		v := twin{make([]float64, len(dy)), make([]float64, len(x)), make([]float64, len(w)), make([]float64, len(bias))}
		for j := range dy {
			o := j / c.TOut % c.COut
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
				for j := range want {
					checkSum(t, got[j], want[j], terms, "%s %+v [%d]", what, c, j)
				}
				checkGuard(t, what, got, len(want))
			}
			check("Forward", twins[i].y, c.CIn*c.K, func(y []float32) { c.Forward(x, w, bias, y) })
			check("GradInput", twins[i].dx, c.COut*c.K, func(dx []float32) { c.GradInput(dy, w, dx) })
			check("GradWeight", twins[i].dw, c.N*c.TOut, func(dw []float32) { c.GradWeight(x, dy, dw) })
			check("GradBias", twins[i].db, c.N*c.TOut, func(db []float32) { c.GradBias(dy, db) })
		}
	})
}

// No bias is a bias of zero.
func TestConvNoBias(t *testing.T) {
	c := Conv{N: 2, CIn: 3, TIn: 37, COut: 5, K: 3, Stride: 1, Dilation: 2, PadLeft: 2, TOut: 37}
	x, w, bias, dy := c.buffers()
	clear(bias)
	onEachISA(t, func(t *testing.T) {
		want, got := make([]float32, len(dy)), make([]float32, len(dy))
		c.Forward(x, w, bias, want)
		c.Forward(x, w, nil, got)
		sameBits(t, "y", got, want)
	})
}

func TestConvEmpty(t *testing.T) {
	Conv{CIn: 2, TIn: 3, COut: 2, K: 1, Stride: 1, Dilation: 1, TOut: 3}.Forward(nil, make([]float32, 4), nil, nil)
	dw := []float32{1, 2, 3, 4}
	Conv{CIn: 2, TIn: 3, COut: 2, K: 1, Stride: 1, Dilation: 1, TOut: 3}.GradWeight(nil, nil, dw)
	sameBits(t, "dw of no samples", dw, make([]float32, 4))
	y := make([]float32, 3)
	Conv{N: 1, CIn: 1, TIn: 0, COut: 1, K: 3, Stride: 1, Dilation: 1, PadLeft: 3, TOut: 3}.Forward(nil, make([]float32, 3), []float32{7}, y)
	sameBits(t, "y of no input", y, []float32{7, 7, 7})
}

func TestConvThreads(t *testing.T) {
	defer SetThreads(0)
	onEachISA(t, func(t *testing.T) {
		for _, c := range []Conv{
			{N: 11, CIn: 35, TIn: 300, COut: 19, K: 3, Stride: 1, Dilation: 8, PadLeft: 8, TOut: 300},
			{N: 1, CIn: 1, TIn: 2000, COut: 64, K: 7, Stride: 2, Dilation: 1, PadLeft: 3, TOut: 1000},
		} {
			x, w, bias, dy := c.buffers()
			var first [4][]float32
			for _, n := range []int{1, 2, 5} {
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
					sameBits(t, fmt.Sprint(n, " threads, result ", i), got[i], first[i])
				}
			}
		}
	})
}

func TestConvAllocates(t *testing.T) {
	if raceEnabled {
		t.Skip("counts allocations, and the race detector allocates: wants a run without it")
	}
	defer SetThreads(0)
	for _, c := range []Conv{
		{N: 4, CIn: 64, TIn: 256, COut: 64, K: 3, Stride: 1, Dilation: 4, PadLeft: 4, TOut: 256},
		{N: 9, CIn: 64, TIn: 25, COut: 64, K: 3, Stride: 2, Dilation: 1, PadLeft: 1, TOut: 13}, // end to end
		{N: 9, CIn: 64, TIn: 96, COut: 64, K: 3, Stride: 1, Dilation: 1, PadLeft: 1, TOut: 96, Precision: Winograd},
	} {
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
				t.Errorf("%d threads: %v allocations a call of %+v", n, got, c)
			}
		}
	}
}

func ExampleConv() {
	// A moving average of three steps over one series, with the ends padded.
	c := Conv{N: 1, CIn: 1, TIn: 5, COut: 1, K: 3, Stride: 1, Dilation: 1, PadLeft: 1, TOut: 5}
	x := []float32{3, 6, 9, 12, 15}
	w := []float32{1. / 3, 1. / 3, 1. / 3}
	y := make([]float32, 5)
	c.Forward(x, w, nil, y)
	fmt.Printf("%.0f\n", y)
	// Output: [3 6 9 12 9]
}

func BenchmarkConv(b *testing.B) {
	defer SetThreads(0)
	was := active
	defer func() { active = was }()
	for _, c := range []Conv{
		{N: 32, CIn: 64, TIn: 256, COut: 64, K: 3, Stride: 1, Dilation: 1, PadLeft: 1, TOut: 256},
		{N: 32, CIn: 64, TIn: 256, COut: 64, K: 3, Stride: 1, Dilation: 64, PadLeft: 64, TOut: 256},
		{N: 32, CIn: 64, TIn: 256, COut: 64, K: 3, Stride: 1, Dilation: 1024, PadLeft: 1024, TOut: 256},
		{N: 32, CIn: 320, TIn: 256, COut: 320, K: 3, Stride: 1, Dilation: 1, PadLeft: 1, TOut: 256},
		{N: 32, CIn: 1, TIn: 256, COut: 64, K: 3, Stride: 1, Dilation: 1, PadLeft: 1, TOut: 256},
	} {
		x, w, bias, dy := c.buffers()
		work := 0 // of the products that are not with padding
		one := c
		one.N, one.CIn, one.COut = 1, 1, 1
		one.each(func(_, _, _ int) { work += 2 * c.N * c.CIn * c.COut })
		for _, i := range machineISAs()[1:] {
			active = i
			for _, threads := range []int{1, 2} {
				run := func(what string, f func()) {
					b.Run(fmt.Sprintf("%dx%d,d%d/%s/%s/%d", c.CIn, c.COut, c.Dilation, what, ISA(), threads), func(b *testing.B) {
						SetThreads(threads)
						for range b.N {
							f()
						}
						b.ReportMetric(float64(work)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
					})
				}
				run("forward", func() { c.Forward(x, w, bias, dy) })
				run("dx", func() { c.GradInput(dy, w, x) })
				run("dw", func() { c.GradWeight(x, dy, w) })
				run("db", func() { c.GradBias(dy, bias) })
			}
		}
	}
}
