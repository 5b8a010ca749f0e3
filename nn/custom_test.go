package nn_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/nn"
)

// cube is x³ with its gradient, made from outside of the package.
func cube(x *nn.Node) *nn.Node {
	return nn.Apply(nn.Op{
		Name:  "cube",
		Shape: x.Shape(),
		Forward: func(in [][]float32, out []float32) {
			nn.Parallel(len(out), 1024, func(lo, hi int) {
				for i := lo; i < hi; i++ {
					v := in[0][i]
					out[i] = v * v * v
				}
			})
		},
		// The derivative is 3x².
		Backward: func(in []*nn.Node, _, grad *nn.Node) []*nn.Node {
			return []*nn.Node{nn.Mul(grad, nn.Scale(nn.Square(in[0]), 3))}
		},
	}, x)
}

func ExampleApply() {
	w := nn.NewWeights(0)
	x := w.Param("x", nn.Zeros, 3)
	copy(x.Data, []float32{-1, 0, 2})
	g := nn.NewGraph(true)
	y := cube(g.Param(x))
	prog, err := g.Compile(nn.Sum(y), y)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := prog.Run(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(prog.Data(y))
	fmt.Println(x.Grad)
	// Output:
	// [-1 0 8]
	// [3 0 12]
}

// TestCustomOperations holds two operands, one of them a constant in the formula, and a mask that is kept for the gradient.
func TestCustomOperations(t *testing.T) {
	w := nn.NewWeights(0)
	a, b := w.Param("a", nn.Normal(1), 4), w.Param("b", nn.Normal(1), 4)
	copy(a.Data, []float32{1, -2, 3, -4})
	copy(b.Data, []float32{5, 6, 7, 8})
	g := nn.NewGraph(true)
	positive := make([]float32, 4)
	y := nn.Apply(nn.Op{Name: "gate", Shape: []int{4},
		Forward: func(in [][]float32, out []float32) {
			for i, v := range in[0] {
				if positive[i] = 0; v > 0 {
					positive[i] = 1
				}
				out[i] = positive[i] * in[1][i]
			}
		},
		Backward: func(_ []*nn.Node, result, grad *nn.Node) []*nn.Node {
			mask := nn.Host("mask", []int{4}, func(_ [][]float32, out []float32) { copy(out, positive) }, result)
			return []*nn.Node{nil, nn.Mul(grad, mask)}
		},
	}, g.Param(a), g.Param(b))
	prog, err := g.Compile(nn.Sum(nn.Square(y)), y)
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(prog.Data(y), prog.Loss(), b.Grad, a.Grad); got != "[5 0 7 0] 74 [10 0 14 0] [0 0 0 0]" {
		t.Errorf("got %s", got)
	}
}

func TestMistakesInOperations(t *testing.T) {
	copyOf := func(in [][]float32, out []float32) { copy(out, in[0]) }
	for _, c := range []struct {
		name string
		op   nn.Op
		want string
	}{
		{"no forward", nn.Op{Name: "mine", Shape: []int{2}}, "mine: no Forward"},
		{"empty axis", nn.Op{Name: "mine", Shape: []int{2, 0}, Forward: copyOf}, "mine: shape [2 0] has an axis without elements"},
		{"too few gradients", nn.Op{Name: "mine", Shape: []int{2}, Forward: copyOf,
			Backward: func([]*nn.Node, *nn.Node, *nn.Node) []*nn.Node { return nil }}, "mine: 0 gradients for 1 operands"},
		{"another shape", nn.Op{Name: "mine", Shape: []int{2}, Forward: copyOf,
			Backward: func(_ []*nn.Node, _, grad *nn.Node) []*nn.Node { return []*nn.Node{nn.Concat(0, grad, grad)} }},
			"mine: the gradient by operand 0 has shape [4], want [2]"},
		{"a mistake in the gradient", nn.Op{Name: "mine", Shape: []int{2}, Forward: copyOf,
			Backward: func(_ []*nn.Node, _, grad *nn.Node) []*nn.Node { return []*nn.Node{nn.Slice(grad, 3, 0, 1)} }}, "slice: [0:1] along axis 3"},
		{"a panic", nn.Op{Name: "mine", Shape: []int{2}, Forward: func(in [][]float32, out []float32) { out[2] = 1 }}, "mine: runtime error: index out of range"},
	} {
		w := nn.NewWeights(0)
		g := nn.NewGraph(true)
		y := nn.Apply(c.op, g.Param(w.Param("x", nn.Ones, 2)))
		prog, err := g.Compile(nn.Sum(y))
		if err == nil {
			err = prog.Run()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

// TestFailureSticks: after a mistake everything that is built keeps the first error, has sizes to compute with, and never panics.
func TestFailureSticks(t *testing.T) {
	g := nn.NewGraph(true)
	x := g.Input("x", 4, 3)
	y := nn.Reshape(x, 5)
	if y.Dim(0) != 1 || y.Dim(7) != 1 || x.Dim(-1) != 3 {
		t.Errorf("sizes %d, %d of what failed and %d of what did not", y.Dim(0), y.Dim(7), x.Dim(-1))
	}
	z := nn.MatMul(nn.SwapLast(y), nn.Concat(0, y, x), false, true)
	z = nn.Reshape(nn.Take(cube(z), g.Const([]float32{7}, 1)), z.Dim(0)*y.Dim(3), -1)
	z = nn.Add(z, g.Const(make([]float32, 3), 4))
	if _, err := g.Compile(nn.Sum(z)); err == nil || err.Error() != "reshape: shapes [4 3] and [5] differ in their number of elements" {
		t.Error(err)
	}

	g = nn.NewGraph(true)
	if n := g.Input("x", 4, 3).Dim(2); n != 1 || g.Err() == nil || g.Err().Error() != "no axis 2 in shape [4 3]" {
		t.Errorf("an axis that does not exist has the size %d: %v", n, g.Err())
	}
}
