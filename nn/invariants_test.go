//go:build invariants

package nn

import (
	"math"
	"strings"
	"testing"
)

// TestInvariantsBite runs operations that break each rule, and one that keeps them all.
func TestInvariantsBite(t *testing.T) {
	for _, c := range []struct {
		name, want string
		forward    func(in [][]float32, out []float32)
	}{
		{"good", "", func(in [][]float32, out []float32) { copy(out, in[0]) }},
		{"not a number", "value 2 of 4 is NaN", func(in [][]float32, out []float32) {
			copy(out, in[0])
			out[2] = float32(math.NaN())
		}},
		{"changes its operand", "operand 0 was changed", func(in [][]float32, out []float32) {
			copy(out, in[0])
			in[0][1]++
		}},
	} {
		g := NewGraph(false)
		x := g.Input("x", 4)
		p, err := g.Compile(nil, Apply(Op{Name: c.name, Shape: []int{4}, Forward: c.forward}, Square(x)))
		if err != nil {
			t.Fatal(err)
		}
		err = p.Run()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// TestInvariantsSeeSharedMemory moves a buffer of the plan onto one that is still to be read.
func TestInvariantsSeeSharedMemory(t *testing.T) {
	g := NewGraph(false)
	x := g.Input("x", 4)
	first := Square(x)
	second := Scale(x, 2)
	p, err := g.Compile(nil, Add(first, second))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Set("x", []float32{1, 2, 3, 4}); err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	old := p.steps[1].out
	p.steps[1].out = p.steps[0].out
	for i := range p.steps[2].in {
		if &p.steps[2].in[i][0] == &old[0] {
			p.steps[2].in[i] = p.steps[0].out
		}
	}
	if err := p.Run(); err == nil || !strings.Contains(err.Error(), "overwritten") {
		t.Errorf("%v, want an operand that was overwritten", err)
	}
}
