package kernel

import (
	"fmt"
	"math"
	"testing"
)

// lineCases are shapes that go through the transforms: short and long sequences that do and do not end with a group of tiles, all
// ways to lay them out, same and causal padding and none.
func lineCases() []Conv {
	same := func(n, in, out, steps, d int) Conv {
		return Conv{N: n, CIn: in, COut: out, TIn: steps, TOut: steps, K: 3, Stride: 1, Dilation: d, PadLeft: d, Precision: Winograd}
	}
	causal := same(3, 64, 48, 150, 4)
	causal.PadLeft = 8
	valid := same(3, 40, 64, 90, 1)
	valid.PadLeft, valid.TOut = 0, 88
	return []Conv{
		same(11, 64, 64, 48, 1), same(9, 128, 136, 24, 1), same(5, 256, 256, 12, 1), same(3, 64, 72, 101, 1), same(2, 40, 33, 1000, 1),
		same(3, 64, 64, 96, 2), same(2, 64, 64, 100, 4), same(3, 64, 64, 96, 8), same(2, 72, 64, 700, 8),
		same(3, 64, 64, 128, 16), same(2, 64, 64, 250, 32), same(2, 64, 64, 256, 64), same(1, 64, 40, 1200, 48), same(1, 300, 300, 64, 1),
		causal, valid,
	}
}

// rms is the root mean square of the differences of got from want, as a share of that of want.
func rms(got []float32, want []float64) float64 {
	var d, w float64
	for i, v := range want {
		d += (float64(got[i]) - v) * (float64(got[i]) - v)
		w += v * v
	}
	return math.Sqrt(d / w)
}

// The errors against float64 stay below what docs/performance.md says, 8e-7 of the root mean square of the results up to 300
// channels.
func TestWinogradLine(t *testing.T) {
	wantAVX512(t)
	for _, c := range lineCases() {
		name := fmt.Sprintf("%+v", c)
		if !c.line(1) || !c.line(lineLeast) && c.TIn != 12 {
			t.Errorf("%s goes through no transforms", name)
		}
		x, w, bias, dy := c.buffers()
		y, dx, dw := make([]float64, len(dy)), make([]float64, len(x)), make([]float64, len(w))
		for j := range y {
			y[j] = float64(bias[j/c.TOut%c.COut])
		}
		c.each(func(iy, ix, iw int) {
			y[iy] += float64(x[ix]) * float64(w[iw])
			dx[ix] += float64(dy[iy]) * float64(w[iw])
			dw[iw] += float64(dy[iy]) * float64(x[ix])
		})
		plain := c
		plain.Precision = Float32
		check := func(what string, want []float64, f func(c Conv, dst []float32)) {
			t.Helper()
			got, direct := guarded(9, len(want)), make([]float32, len(want))
			for j := range want {
				got[j] = float32(math.NaN())
			}
			f(c, got[:len(want)])
			f(plain, direct)
			checkGuard(t, name, got, len(want))
			if e := rms(got[:len(want)], want); !(e < 8e-7) {
				t.Errorf("%s of %s is %.2g away, and %.2g the plain sums", what, name, e, rms(direct, want))
			}
		}
		check("output", y, func(c Conv, y []float32) { c.Forward(x, w, bias, y) })
		check("gradient by the input", dx, func(c Conv, dx []float32) { c.GradInput(dy, w, dx) })
		check("gradient by the weights", dw, func(c Conv, dw []float32) { c.GradWeight(x, dy, dw) })
	}
}

// A sample has the same bits in any batch and on any number of threads, and so has the gradient of the weights on any number. What
// follows a convolution gives the bits of one step after the other.
func TestWinogradLineBits(t *testing.T) {
	wantAVX512(t)
	defer SetThreads(0)
	for _, c := range lineCases() {
		name := fmt.Sprintf("%+v", c)
		x, w, bias, dy := c.buffers()
		a := After{Mean: random(5, c.COut), RStd: random(6, c.COut), ReLU: true, More: dy}
		in, out := c.CIn*c.TIn, c.COut*c.TOut
		y, dx, dw := make([]float32, len(dy)), make([]float32, len(x)), make([]float32, len(w))
		one := c
		one.N = 1
		for n := range c.N {
			one.Forward(x[n*in:(n+1)*in], w, bias, y[n*out:(n+1)*out])
			one.GradInput(dy[n*out:(n+1)*out], w, dx[n*in:(n+1)*in])
		}
		then := make([]float32, len(dy))
		BatchNormReLU(then, y, dy, nil, nil, a.Mean, a.RStd, c.N, c.COut, c.TOut)
		SetThreads(1)
		c.GradWeight(x, dy, dw)
		for _, threads := range []int{1, 2, 5} {
			SetThreads(threads)
			for _, v := range []struct {
				what string
				want []float32
				f    func(dst []float32)
			}{
				{"output", y, func(dst []float32) { c.Forward(x, w, bias, dst) }},
				{"what follows", then, func(dst []float32) { c.ForwardThen(x, w, bias, dst, a) }},
				{"gradient by the input", dx, func(dst []float32) { c.GradInput(dy, w, dst) }},
				{"gradient by the weights", dw, func(dst []float32) { c.GradWeight(x, dy, dst) }},
			} {
				got := make([]float32, len(v.want))
				v.f(got)
				sameBits(t, fmt.Sprint(v.what, " of ", name, " on ", threads, " threads"), got, v.want)
			}
		}
	}
}

// Where transforms do not pay, or are not asked for, the plain sums are computed.
func TestWinogradLineRule(t *testing.T) {
	yes := Conv{N: 1, CIn: 64, COut: 64, TIn: 96, TOut: 96, K: 3, Stride: 1, Dilation: 1, PadLeft: 1, Precision: Winograd}
	onEachISA(t, func(t *testing.T) {
		if got := yes.line(lineLeast); got != (active == isaAVX512) {
			t.Fatalf("transforms %v", got)
		}
		for _, change := range []func(c *Conv){
			func(c *Conv) { c.Precision = Float32 },
			func(c *Conv) { c.K = 5 },
			func(c *Conv) { c.Stride, c.TOut = 2, 48 },
			func(c *Conv) { c.Dilation, c.PadLeft = 3, 3 },   // no vector falls into threes
			func(c *Conv) { c.Dilation, c.PadLeft = 64, 64 }, // tiles of 256 steps
			func(c *Conv) { c.CIn = 4 },
			func(c *Conv) { c.CIn, c.COut = 8, 8 }, // the transforms take longer than the products
			func(c *Conv) { c.TIn, c.TOut = 3, 3 },
		} {
			c := yes
			change(&c)
			if c.line(1) {
				t.Errorf("%+v goes through transforms", c)
			}
		}
	})
}
