package nn

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// TestNormReLU: at once and one after the other, the same values, gradients and running statistics come out.
func TestNormReLU(t *testing.T) {
	for _, shape := range [][]int{{5, 3}, {2, 3, 19}, {3, 3, 3, 5}} {
		for i := range 8 {
			scale, sum, swap := i&1 != 0, i&2 != 0, i&4 != 0
			run := func(apart bool) []float32 {
				w := NewWeights(11)
				g := NewGraph(true)
				y := NewBatchNorm(w, "n", 3, scale).Apply(g.Param(operand(w, "x", shape...)))
				if sum {
					r := g.Param(operand(w, "r", shape...))
					if y = Add(y, r); swap {
						y = Add(r, y.in[0])
					}
				}
				if apart {
					y = Scale(y, 1) // hides what is before the ReLU
				}
				y = Mul(ReLU(y), g.Const(noise(size(shape), 3), shape...))
				if scale {
					copy(w.Lookup("n.bias").Data, []float32{0.3, -0.2, 0.1})
				}
				p, err := g.Compile(Sum(y), y)
				if err != nil {
					t.Fatal(err)
				}
				if err := p.Run(); err != nil {
					t.Fatal(err)
				}
				if slices.Contains(names(p), "relu") != apart {
					t.Fatalf("steps are %v", names(p))
				}
				out := append([]float32(nil), p.Data(y)...)
				for _, q := range w.All() {
					out = append(append(out, q.Grad...), q.Data...)
				}
				return out
			}
			once, after := run(false), run(true)
			for j, v := range after {
				if math.Abs(float64(once[j]-v)) > 1e-6*(1+math.Abs(float64(v))) {
					t.Fatalf("%v, scale %v, sum %v, swapped %v: number %d is %g, want %g", shape, scale, sum, swap, j, once[j], v)
				}
			}
		}
	}
}

// names of the steps of a program.
func names(p *Program) (all []string) {
	for _, s := range p.steps {
		all = append(all, s.name)
	}
	return all
}

// TestNormReLUGradients: against finite differences, with values that the difference step keeps off the kink.
func TestNormReLUGradients(t *testing.T) {
	for _, sum := range []bool{false, true} {
		checkGradient(t, fmt.Sprint("sum ", sum), func(g *Graph, w *Weights) *Node {
			x := operand(w, "x", 2, 2, 3, 2)
			for i := range x.Data { // half of a channel well above its mean, half well below
				x.Data[i] += float32(i%2*8 - 4)
			}
			y := NewBatchNorm(w, "n", 2, true).Apply(g.Param(x))
			if sum {
				y = Add(y, g.Param(w.Param("r", Normal(0.1), 2, 2, 3, 2)))
			}
			return ReLU(y)
		})
	}
}

// TestNormReLUUpdatesOnce: where the normalisation itself is needed too, a run still counts its batch once.
func TestNormReLUUpdatesOnce(t *testing.T) {
	for _, both := range []bool{false, true} {
		w := NewWeights(1)
		g := NewGraph(true)
		y := NewBatchNorm(w, "n", 1, true).Apply(g.Const([]float32{1, 3}, 2, 1))
		outs := []*Node{ReLU(y)}
		if both {
			outs = append(outs, Scale(y, 2))
		}
		p, err := g.Compile(nil, outs...)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
		}
		// A mean of 2 with momentum 0.1, twice: 2·(1 - 0.9²).
		if got := w.Lookup("n.running_mean").Data[0]; math.Abs(float64(got)-0.38) > 1e-6 {
			t.Errorf("both %v: running mean %g after two runs, want 0.38", both, got)
		}
	}
}
