package nn

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// A normalisation by fixed statistics, and what is behind it, is computed by the convolution before it where nothing else reads
// what is between, with the same bits.
func TestFuseNorm(t *testing.T) {
	for _, shape := range [][]int{{3, 4, 19}, {2, 4, 6, 5}} {
		for _, scale := range []bool{true, false} {
			run := func(between bool) (y []float32, steps []string) {
				w := NewWeights(3)
				g := NewGraph(false)
				x := g.Input("x", shape...)
				layer := func(name string, k int, bias bool, x *Node) *Node {
					n := NewBatchNorm(w, name+".norm", 4, scale)
					for i := range 4 {
						w.Lookup(name + ".norm.running_mean").Data[i] = float32(i) / 8
						w.Lookup(name + ".norm.running_var").Data[i] = float32(i+1) / 2
					}
					if len(shape) == 4 {
						return n.Apply(NewConv2D(w, name, 4, 4, k, Conv2DConfig{Padding: k / 2}, bias).Apply(x))
					}
					return n.Apply(NewConv1D(w, name, 4, 4, k, ConvConfig{}, bias).Apply(x))
				}
				first := layer("first", 3, true, x)
				second := layer("second", 3, false, ReLU(first))
				sum := Add(layer("shortcut", 1, false, x), second)
				h := ReLU(sum)
				last := ReLU(Add(layer("third", 3, false, h), h))
				outputs := []*Node{last}
				if between {
					outputs = append(outputs, first, first.in[0], second, second.in[0], sum, sum.in[0], sum.in[0].in[0], last.in[0], last.in[0].in[0])
				}
				p, err := g.Compile(nil, outputs...)
				if err != nil {
					t.Fatal(err)
				}
				if err := p.Set("x", noise(size(shape), 5)); err != nil {
					t.Fatal(err)
				}
				if err := p.Run(); err != nil {
					t.Fatal(err)
				}
				return slices.Clone(p.Data(last)), names(p)
			}
			y, steps := run(false)
			apart, all := run(true)
			for i := range y {
				if math.Float32bits(y[i]) != math.Float32bits(apart[i]) {
					t.Fatalf("%v: output %d is %v, and %v step by step", shape, i, y[i], apart[i])
				}
			}
			name := "conv1d"
			if len(shape) == 4 {
				name = "conv2d"
			}
			if slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, "+relu") }) {
				t.Errorf("steps %v where what is between is read", all)
			}
			if want := []string{name + "+norm+relu", name + "+norm", name + "+norm+add+relu", name + "+norm+add+relu"}; !slices.Equal(steps, want) {
				t.Errorf("steps %v, want %v", steps, want)
			}
		}
	}
}
