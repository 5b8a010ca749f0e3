package kernel

import (
	"fmt"
	"testing"
)

// Short sequences are computed end to end, to the bits of each on its own.
func TestConvFlat(t *testing.T) {
	type shape struct {
		channels, outs, steps, k, stride, dilation, pad int
		forward, back                                   bool // laid end to end in panels of 32
	}
	cases := []shape{
		{64, 64, 48, 3, 1, 1, 1, true, true},
		{64, 512, 12, 3, 1, 1, 1, true, true},
		{96, 256, 6, 3, 1, 1, 1, true, true},
		{64, 128, 48, 3, 2, 1, 0, true, true}, // the gradient sees every second step
		{64, 128, 25, 3, 2, 1, 1, true, true},
		{64, 128, 23, 1, 3, 1, 0, true, true},
		{3, 320, 7, 5, 1, 2, 4, true, false},      // causal; three outputs of the gradient are too few
		{64, 320, 7, 3, 1, 16, 16, true, true},    // one tap sees the input
		{40, 320, 34, 3, 1, 33, 33, false, false}, // panels see different taps
		{64, 64, 1, 3, 1, 1, 1, true, true},
	}
	const samples = 11
	onEachISA(t, func(t *testing.T) {
		flat := 0
		for _, s := range cases {
			c := Conv{N: samples, CIn: s.channels, COut: s.outs, TIn: s.steps, K: s.k, Stride: s.stride, Dilation: s.dilation, PadLeft: s.pad, TOut: (s.steps-1)/s.stride + 1}
			name := fmt.Sprintf("%+v", c)
			forward, back := c.forward(nil, nil, nil), c.backward(nil, nil)
			forward.taps, back.taps = c.K, c.K
			got := [2]bool{forward.flatten(samples), back.flatten(samples)}
			if active == isaAVX512 && got != [2]bool{s.forward, s.back} {
				t.Errorf("%s: laid end to end %v", name, got)
			}
			if got[0] || got[1] {
				flat++
			}
			x, w, bias, dy := c.buffers()
			y, dx := guarded(1, len(dy)), guarded(1, len(x))
			c.Forward(x, w, bias, y[:len(dy)])
			c.GradInput(dy, w, dx[:len(x)])
			checkGuard(t, name, y, len(dy))
			checkGuard(t, name, dx, len(x))
			one := c
			one.N = 1
			in, out := c.CIn*c.TIn, c.COut*c.TOut
			for n := range samples {
				want, wantX := make([]float32, out), make([]float32, in)
				one.Forward(x[n*in:(n+1)*in], w, bias, want)
				one.GradInput(dy[n*out:(n+1)*out], w, wantX)
				sameBits(t, name, y[n*out:(n+1)*out], want)
				sameBits(t, name+" gradient", dx[n*in:(n+1)*in], wantX)
			}
		}
		if flat < 3 {
			t.Errorf("%d cases laid end to end", flat)
		}
	})
}

// Rows are copied and nothing else is written.
func TestMoveRows(t *testing.T) {
	onEachISA(t, func(t *testing.T) {
		const rows, step = 3, 80
		src := noise(1, rows*step, 1)
		for n := 1; n <= 70; n++ {
			got, want := make([]float32, (rows-1)*(n+2)+n), make([]float32, (rows-1)*(n+2)+n)
			for r := range rows {
				copy(want[r*(n+2):][:n], src[r*step:])
			}
			moveRows(got, src[:(rows-1)*step+n], n+2, step, rows, n)
			sameBits(t, fmt.Sprint(n), got, want)
		}
	})
}
