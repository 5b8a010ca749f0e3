package nn

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wavekin/wavekin/internal/kernel"
)

// Outputs and gradients of layers in bf16 differ from those in float32, by about the rounding of the operands: half of 2^-8.
func TestPrecision(t *testing.T) {
	layers := map[string]struct {
		shape []int
		build func(w *Weights, x *Node) *Node
	}{
		"linear":              {[]int{5, 24}, func(w *Weights, x *Node) *Node { return NewLinear(w, "l", 24, 40, true).Apply(x) }},
		"linear without bias": {[]int{5, 24}, func(w *Weights, x *Node) *Node { return NewLinear(w, "l", 24, 40, false).Apply(x) }},
		"conv1d": {[]int{3, 16, 21}, func(w *Weights, x *Node) *Node {
			return NewConv1D(w, "c", 16, 24, 3, ConvConfig{Dilation: 2}, true).Apply(x)
		}},
		"conv2d": {[]int{3, 16, 7, 9}, func(w *Weights, x *Node) *Node {
			return NewConv2D(w, "c", 16, 24, 3, Conv2DConfig{Stride: 2, Padding: 1}, true).Apply(x)
		}},
		"attention": {[]int{3, 17, 16}, func(_ *Weights, x *Node) *Node { return Attention(x, x, x, 2, false) }},
	}
	for name, l := range layers {
		run := func(p Precision) (y, grad []float32) {
			w := NewWeights(3)
			g := NewGraph(true)
			g.SetPrecision(p)
			x := w.Param("x", Normal(1), l.shape...)
			h := l.build(w, g.Param(x))
			mask := make([]float32, size(h.shape))
			Normal(1)(mask, rand.New(rand.NewPCG(1, 2)))
			prog, err := g.Compile(Sum(Mul(h, g.Const(mask, h.shape...))), h)
			if err != nil {
				t.Fatal(name, err)
			}
			if err := prog.Run(); err != nil {
				t.Fatal(name, err)
			}
			for _, q := range w.Trainable() {
				grad = append(grad, q.Grad...)
			}
			return append(y, prog.Data(h)...), grad
		}
		y, grad := run(BF16)
		wantY, wantGrad := run(Float32)
		for what, pair := range map[string][2][]float32{"outputs": {y, wantY}, "gradients": {grad, wantGrad}} {
			if off := apart(pair[0], pair[1]); off < 1e-4 || off > 1e-2 {
				t.Errorf("%s: %s are %g off", name, what, off)
			}
		}
	}
}

// Outputs and gradients by Winograd's transforms are those of Float32 but for the last digits, of which some differ where there are
// instructions for the transforms.
func TestWinograd(t *testing.T) {
	run := func(p Precision) (all []float32) {
		g, w := NewGraph(true), NewWeights(1)
		g.SetPrecision(p)
		y := NewConv1D(w, "c", 64, 64, 3, ConvConfig{Dilation: 2}, true).Apply(g.Param(operand(w, "x", 2, 64, 48)))
		prog, err := g.Compile(Sum(Square(y)), y)
		if err != nil {
			t.Fatal(err)
		}
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		all = append(all, prog.Data(y)...)
		for _, q := range w.Trainable() {
			all = append(all, q.Grad...)
		}
		return all
	}
	off := apart(run(Winograd), run(Float32))
	if off > 1e-6 || (off > 0) != (kernel.ISA() == "avx512") {
		t.Errorf("outputs and gradients are %g off", off)
	}
}

// apart is the norm of the difference by that of b.
func apart(a, b []float32) float64 {
	var diff, norm float64
	for i := range b {
		d := float64(a[i] - b[i])
		diff += d * d
		norm += float64(b[i]) * float64(b[i])
	}
	return math.Sqrt(diff / norm)
}
