package nn

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/internal/kernel"
)

// GELU behind a linear layer is computed by that where nothing else reads what is between, with the same bits.
func TestFuse(t *testing.T) {
	const n, in, hidden, out = 3, 24, 40, 9
	x := make([]float32, n*5*in)
	Normal(1)(x, rand.New(rand.NewPCG(1, 2)))
	for _, p := range []Precision{Float32, BF16} {
		run := func(between bool) (y []float32, steps []string) {
			w := NewWeights(3)
			g := NewGraph(false)
			g.SetPrecision(p)
			h := NewLinear(w, "first", in, hidden, true).Apply(g.Input("x", n, 5, in))
			last := NewLinear(w, "second", hidden, out, true).Apply(GELU(h))
			outputs := []*Node{last}
			if between {
				outputs = append(outputs, h)
			}
			prog, err := g.Compile(nil, outputs...)
			if err != nil {
				t.Fatal(err)
			}
			if err := prog.Set("x", x); err != nil {
				t.Fatal(err)
			}
			if err := prog.Run(); err != nil {
				t.Fatal(err)
			}
			for _, s := range prog.steps {
				steps = append(steps, s.name)
			}
			return slices.Clone(prog.Data(last)), steps
		}
		y, steps := run(false)
		apart, all := run(true)
		for i := range y {
			if math.Float32bits(y[i]) != math.Float32bits(apart[i]) {
				t.Fatalf("%s: output %d is %v, and %v step by step", p, i, y[i], apart[i])
			}
		}
		if !slices.Equal(all, []string{"linear", "gelu", "linear"}) {
			t.Errorf("%s: steps %v where what is between is read", p, all)
		}
		want := []string{"linear+gelu+linear"}
		if p == BF16 && !kernel.CanNarrow() {
			want = []string{"linear+gelu", "linear"}
		}
		if !slices.Equal(steps, want) {
			t.Errorf("%s: steps %v, want %v", p, steps, want)
		}
	}
}

// What a program of Transformers computes, its gradients too, has the bits of one operation after the other: those of a program
// of which every value is wanted, so that nothing is fused or narrow.
func TestFusedTransformer(t *testing.T) {
	const n, tokens, width = 3, 13, 24
	x := make([]float32, n*tokens*width)
	Normal(1)(x, rand.New(rand.NewPCG(1, 2)))
	for _, p := range []Precision{Float32, BF16} {
		for _, train := range []bool{false, true} {
			for _, hidden := range []int{40, 41} { // rows of odd length are never narrow
				run := func(all bool) (values []float32, steps []string) {
					w := NewWeights(3)
					g := NewGraph(train)
					g.SetPrecision(p)
					g.apart = all
					y := g.Input("x", n, tokens, width)
					for _, name := range []string{"first", "second"} {
						y = NewTransformerLayer(w.Scope(name), TransformerConfig{Width: width, Heads: 2, Hidden: hidden, Causal: name == "first"}).Apply(y)
					}
					// Three layers in a row, of which only two are taken together.
					y = GELU(NewLinear(w, "b", 40, width, true).Apply(GELU(NewLinear(w, "a", width, 40, true).Apply(y))))
					y = NewLinear(w, "c", width, width, true).Apply(y)
					outputs := []*Node{y}
					if all {
						for _, node := range g.nodes {
							if node.op != nil && node.op.name != "reshape" {
								outputs = append(outputs, node)
							}
						}
					}
					var loss *Node
					if train {
						loss = Sum(Mul(y, y))
					}
					prog, err := g.Compile(loss, outputs...)
					if err != nil {
						t.Fatal(err)
					}
					if err := prog.Set("x", x); err != nil {
						t.Fatal(err)
					}
					if err := prog.Run(); err != nil {
						t.Fatal(err)
					}
					values = slices.Clone(prog.Data(y))
					for _, q := range w.Trainable() {
						values = append(values, q.Grad...)
					}
					for _, s := range prog.steps {
						steps = append(steps, s.name)
					}
					return values, steps
				}
				got, fused := run(false)
				want, apart := run(true)
				for i := range want {
					if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
						t.Fatalf("%s, training %v, hidden %d: value %d is %v, and %v step by step", p, train, hidden, i, got[i], want[i])
					}
				}
				if slices.Contains(apart, "linear+add") || !slices.Contains(fused, "linear+add") {
					t.Errorf("%s, training %v: steps %v, and step by step %v", p, train, fused, apart)
				}
				for _, name := range []string{"matmul+add", "matmul+gelugrad", "matmul+sumrows", "linear+gelu", "normgrad+add"} {
					if train && p == Float32 && (slices.Contains(apart, name) || !slices.Contains(fused, name)) {
						t.Errorf("training without %s: steps %v, and step by step %v", name, fused, apart)
					}
				}
				if !train && (p == Float32 || hidden%2 == 0 && kernel.CanNarrow()) && !slices.Contains(fused, "linear+gelu+linear+add") {
					t.Errorf("%s: steps %v", p, fused)
				}
			}
		}
	}
}
