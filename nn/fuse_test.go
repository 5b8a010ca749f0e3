package nn

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
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
		want := all
		if p == BF16 {
			want = []string{"linear+gelu", "linear"}
		}
		if !slices.Equal(steps, want) {
			t.Errorf("%s: steps %v, want %v", p, steps, want)
		}
	}
}
