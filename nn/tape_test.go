package nn

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
)

// TestAgainstTapeMachine runs the same graph on Gorgonia's own machine.
func TestAgainstTapeMachine(t *testing.T) {
	w := NewWeights(3)
	g := NewGraph(true)
	loss := smallNet(g, w)
	input := noise(4*2*33, 5)
	copy(g.inputs["x"].data, input)
	p, err := g.Compile(loss)
	if err != nil {
		t.Fatal(err)
	}
	vm := G.NewTapeMachine(g.expr)
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	tape := float64(floats(loss.expr.Value())[0])
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	// Both run the same kernels on the same values; only the order of gradient sums may differ.
	if got := float64(p.Loss()); math.Abs(got-tape) > 1e-6*math.Abs(tape) {
		t.Errorf("executor: loss %g, Gorgonia's machine: %g", got, tape)
	}
	for q, n := range g.params {
		if !q.Trainable {
			continue
		}
		v, err := n.expr.Grad()
		if err != nil {
			t.Fatalf("%s: %v", q.Name, err)
		}
		for i, x := range floats(v) {
			if math.Abs(float64(x-q.Grad[i])) > 1e-5*(1+math.Abs(float64(x))) {
				t.Fatalf("%s: gradient %d is %g, Gorgonia's machine says %g", q.Name, i, q.Grad[i], x)
			}
		}
	}
}
