package kernel

import (
	"fmt"
	"math"
	"testing"
)

// checkRounded compares a convolution of rounded operands with float32's of operands that were rounded before.
func checkRounded[C convolution](t *testing.T, c, exact C, x, w, bias, dy []float32, sums [3]int) {
	t.Helper()
	var bx, bw, bdy []float32
	rx, rw, rdy := rounded(&bx, x), rounded(&bw, w), rounded(&bdy, dy)
	check := func(what string, n, terms int, got, want func(dst []float32)) {
		t.Helper()
		a, b := guarded(9, n), make([]float32, n)
		for j := range n {
			a[j] = float32(math.NaN())
		}
		got(a[:n])
		want(b)
		for j := range n {
			checkSum(t, a[j], float64(b[j]), 4*terms, "%s %+v [%d]", what, c, j)
		}
		checkGuard(t, what, a, n)
	}
	check("Forward", len(dy), sums[0], func(y []float32) { c.Forward(x, w, bias, y) }, func(y []float32) { exact.Forward(rx, rw, bias, y) })
	check("GradInput", len(x), sums[1], func(dx []float32) { c.GradInput(dy, w, dx) }, func(dx []float32) { exact.GradInput(rdy, rw, dx) })
	check("GradWeight", len(w), sums[2], func(dw []float32) { c.GradWeight(x, dy, dw) }, func(dw []float32) { exact.GradWeight(rx, rdy, dw) })
}

func TestBF16Conv(t *testing.T) {
	onEachBF16(t, func(t *testing.T) {
		for i, c := range append(convCases(), bf16Convs()...) {
			// Odd and even numbers of channels, on both sides of a block.
			c.CIn, c.COut, c.Precision = max(c.CIn, 8+i%5*9), max(c.COut, 8+i%3*13), BF16
			x, w, bias, dy := c.buffers()
			checkRounded(t, c, c.exact(), x, w, bias, dy, [3]int{c.CIn * c.K, c.COut * c.K, c.N * c.TOut})
		}
	})
}

func bf16Convs() []Conv {
	return []Conv{
		{N: 37, CIn: 40, TIn: 9, COut: 33, K: 3, Stride: 1, Dilation: 1, PadLeft: 1, TOut: 9}, // several samples to a panel
		{N: 19, CIn: 16, TIn: 30, COut: 16, K: 5, Stride: 3, Dilation: 2, PadLeft: 4, TOut: 10},
		{N: 1, CIn: 16, TIn: 2100, COut: 16, K: 7, Stride: 2, Dilation: 1, PadLeft: 3, TOut: 1050},
	}
}

func TestBF16Conv2D(t *testing.T) {
	onEachBF16(t, func(t *testing.T) {
		all := append(conv2DCases(), square2D(21, 40, 4, 4, 24, 3, 2, 1, 1), square2D(3, 260, 4, 4, 264, 3, 1, 1, 1))
		for i, c := range all {
			if c.Groups == 1 {
				c.CIn, c.COut = max(c.CIn, 8+i%5*9), max(c.COut, 8+i%3*13)
			}
			c.Precision = BF16
			x, w, bias, dy := c.buffers()
			if c.Groups > 1 {
				y, want := make([]float32, len(dy)), make([]float32, len(dy))
				c.Forward(x, w, bias, y)
				c.exact().Forward(x, w, bias, want)
				sameBits(t, fmt.Sprintf("%+v", c), y, want)
				continue
			}
			taps := c.KH * c.KW
			checkRounded(t, c, c.exact(), x, w, bias, dy, [3]int{2 * c.CIn * taps, 2 * c.COut * taps, 2 * c.N * c.HOut * c.WOut})
		}
	})
}

func TestBF16ConvThreads(t *testing.T) {
	defer SetThreads(0)
	onEachBF16(t, func(t *testing.T) {
		small := square2D(30, 24, 5, 5, 40, 3, 1, 1, 1)
		line := Conv{N: 11, CIn: 35, TIn: 300, COut: 19, K: 3, Stride: 1, Dilation: 8, PadLeft: 8, TOut: 300, Precision: BF16}
		small.Precision = BF16
		x, w, bias, dy := line.buffers()
		sx, sw, sb, sdy := small.buffers()
		var first [6][]float32
		for _, n := range []int{1, 2, 5} {
			SetThreads(n)
			got := [6][]float32{make([]float32, len(dy)), make([]float32, len(x)), make([]float32, len(w)),
				make([]float32, len(sdy)), make([]float32, len(sx)), make([]float32, len(sw))}
			line.Forward(x, w, bias, got[0])
			line.GradInput(dy, w, got[1])
			line.GradWeight(x, dy, got[2])
			small.Forward(sx, sw, sb, got[3])
			small.GradInput(sdy, sw, got[4])
			small.GradWeight(sx, sdy, got[5])
			if n == 1 {
				first = got
			}
			for i := range got {
				sameBits(t, fmt.Sprint(n, " threads, result ", i), got[i], first[i])
			}
		}
	})
}

func TestBF16ConvAllocates(t *testing.T) {
	if raceEnabled {
		t.Skip("counts allocations, and the race detector allocates: wants a run without it")
	}
	c := Conv{N: 4, CIn: 64, TIn: 256, COut: 64, K: 3, Stride: 1, Dilation: 4, PadLeft: 4, TOut: 256, Precision: BF16}
	x, w, bias, dy := c.buffers()
	onEachBF16(t, func(t *testing.T) {
		call := func() {
			c.Forward(x, w, bias, dy)
			c.GradInput(dy, w, x)
			c.GradWeight(x, dy, w)
		}
		if got := mallocs(call); got > 0 {
			t.Errorf("%v allocations a call", got)
		}
	})
}

func BenchmarkBF16Conv(b *testing.B) {
	defer SetThreads(0)
	SetThreads(1)
	run := func(name string, x, w, bias, dy []float32, c convolution, work int) {
		each := func(what string, f func()) {
			b.Run(name+"/"+what, func(b *testing.B) {
				for range b.N {
					f()
				}
				b.ReportMetric(2*float64(work)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
		each("forward", func() { c.Forward(x, w, bias, dy) })
		each("dx", func() { c.GradInput(dy, w, x) })
		each("dw", func() { c.GradWeight(x, dy, w) })
	}
	for _, p := range []Precision{Float32, BF16} {
		for _, ch := range []int{64, 320} {
			c := Conv{N: 32, CIn: ch, TIn: 256, COut: ch, K: 3, Stride: 1, Dilation: 1, PadLeft: 1, TOut: 256, Precision: p}
			x, w, bias, dy := c.buffers()
			run(fmt.Sprintf("line/%d/%s", ch, p), x, w, bias, dy, c, c.N*ch*ch*3*256)
		}
		for i, ch := range []int{64, 128, 256, 512} {
			c := square2D(64, ch, 32>>i, 32>>i, ch, 3, 1, 1, 1)
			c.Precision = p
			x, w, bias, dy := c.buffers()
			run(fmt.Sprintf("image/%d/%s", ch, p), x, w, bias, dy, c, c.N*ch*ch*9*c.HOut*c.WOut)
		}
	}
}
