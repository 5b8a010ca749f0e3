package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wavekin/wavekin/internal/kernel"
)

// operand is one parameter of an operation under test.
func operand(w *Weights, name string, shape ...int) *Param { return w.Param(name, Normal(1), shape...) }

// checkGradient compares the gradients of a weighted sum of build's result with
// central differences, for every parameter that build declares.
func checkGradient(t *testing.T, name string, build func(g *Graph, w *Weights) *Node) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Helper()
		w := NewWeights(7)
		g := NewGraph(true)
		y := build(g, w)
		if g.err != nil {
			t.Fatal(g.err)
		}
		// Fixed random weights keep the gradients of different elements apart.
		mask := make([]float32, size(y.shape))
		Normal(1)(mask, rand.New(rand.NewPCG(1, 2)))
		if len(y.shape) > 0 {
			y = Sum(Mul(y, g.Const(mask, y.shape...)))
		}
		p, err := g.Compile(y)
		if err != nil {
			t.Fatal(err)
		}
		run := func() float64 {
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			return float64(p.Loss())
		}
		for _, q := range w.Trainable() {
			run() // the last run left the gradient at a shifted point
			grad := append([]float32(nil), q.Grad...)
			var diff, norm float64
			for i := range q.Data {
				const eps = 1e-2
				old := q.Data[i]
				q.Data[i] = old + eps
				up := run()
				q.Data[i] = old - eps
				down := run()
				q.Data[i] = old
				num := (up - down) / (2 * eps)
				diff += (num - float64(grad[i])) * (num - float64(grad[i]))
				norm += num*num + float64(grad[i])*float64(grad[i])
			}
			// Central differences in float32 are good to about 1 % over a whole tensor.
			if rel := math.Sqrt(diff / (norm + 1e-4)); rel > 1.5e-2 {
				t.Errorf("%s: gradient differs from finite differences by %.3g", q.Name, rel)
			}
		}
	})
}

func TestGradients(t *testing.T) {
	unaries := map[string]func(x *Node) *Node{
		"square": Square, "exp": Exp, "gelu": GELU, "fade": func(x *Node) *Node { return Fade(x, 40, 16) },
		"softmax": Softmax, "normalize": Normalize, "swaplast": SwapLast, "mean": Mean, "sum": Sum,
		"scale":     func(x *Node) *Node { return Scale(x, -1.5) },
		"addscalar": func(x *Node) *Node { return AddScalar(x, 2) },
		"log":       func(x *Node) *Node { return Log(AddScalar(Square(x), 0.5), 1e-6) },
		"sqrt":      func(x *Node) *Node { return Sqrt(AddScalar(Square(x), 0.5), 1e-6) },
		"reshape":   func(x *Node) *Node { return Reshape(x, size(x.shape)) },
		"slice":     func(x *Node) *Node { return Slice(x, len(x.shape)-1, 0, 1) },
		"sumlast":   SumLast,
		"meanlast":  MeanLast,
		"logsumexp": LogSumExp,
		"take":      func(x *Node) *Node { return Take(x, x.g.Const([]float32{0, 0, float32(x.shape[0] - 1)}, 3)) },
		"dropout":   func(x *Node) *Node { return Dropout(x, 0.3) },
	}
	for name, f := range unaries {
		for _, shape := range [][]int{{1, 1}, {3, 5}, {2, 3, 7}} {
			checkGradient(t, fmt.Sprint(name, shape), func(g *Graph, w *Weights) *Node {
				return f(g.Param(operand(w, "x", shape...)))
			})
		}
	}
	pair := func(name string, f func(a, b *Node) *Node, sa, sb []int) {
		checkGradient(t, fmt.Sprint(name, sa, sb), func(g *Graph, w *Weights) *Node {
			return f(g.Param(operand(w, "a", sa...)), g.Param(operand(w, "b", sb...)))
		})
	}
	for _, s := range [][]int{{1}, {5, 3}, {2, 3, 4}} {
		pair("add", Add, s, s)
		pair("sub", Sub, s, s)
		pair("mul", Mul, s, s)
	}
	checkGradient(t, "dotrows", func(g *Graph, w *Weights) *Node {
		return DotRows(g.Param(operand(w, "x", 2, 3)), g.Const(noise(12, 2), 4, 3), g.Const([]float32{0, 3, 3, 1, 1, 2}, 2, 3))
	})
	pair("addsuffix", Add, []int{3, 2, 5}, []int{2, 5})
	pair("concat0", func(a, b *Node) *Node { return Concat(0, a, b) }, []int{2, 3}, []int{4, 3})
	pair("concat1", func(a, b *Node) *Node { return Concat(1, a, b, a) }, []int{2, 3, 2}, []int{2, 1, 2})
	for i, s := range [][2][]int{{{3, 5}, {5, 2}}, {{5, 3}, {5, 2}}, {{3, 5}, {2, 5}}, {{5, 3}, {2, 5}}} {
		ta, tb := i&1 == 1, i&2 == 2
		pair(fmt.Sprintf("matmul %v %v ", ta, tb), func(a, b *Node) *Node { return MatMul(a, b, ta, tb) }, s[0], s[1])
		pair(fmt.Sprintf("batchmatmul %v %v ", ta, tb), func(a, b *Node) *Node { return BatchMatMul(a, b, ta, tb) },
			append([]int{2}, s[0]...), append([]int{2}, s[1]...))
	}
	for _, length := range []int{1, 4, 7, 11} {
		for _, steps := range []int{1, 7} {
			checkGradient(t, fmt.Sprint("resample ", steps, " to ", length), func(g *Graph, w *Weights) *Node {
				return Resample(g.Param(operand(w, "x", 2, 3, steps)), length)
			})
		}
	}
	checkGradient(t, "signedsum", func(g *Graph, w *Weights) *Node { return SignedSum(g.Param(operand(w, "x", 2, 3, 5))) })
	checkGradient(t, "sketch", func(g *Graph, w *Weights) *Node {
		l := NewSketch(w, "sketch", 4, 0)
		copy(l.inverse.Data, []float32{2, 0, -1, 0.5})
		return l.Apply(g.Param(operand(w, "x", 3, 4)))
	})
	checkGradient(t, "sketch to fewer", func(g *Graph, w *Weights) *Node {
		l := NewSketch(w, "sketch", 6, 3)
		copy(l.inverse.Data, []float32{2, 0, -1, 0.5, 1, 3})
		return l.Apply(g.Param(operand(w, "x", 3, 6)))
	})
	checkGradient(t, "meanfirst", func(g *Graph, w *Weights) *Node { return MeanFirst(g.Param(operand(w, "x", 4, 3))) })
}

func TestLayerGradients(t *testing.T) {
	type conv struct {
		n, cin, t, cout, k int
		bias               bool
		ConvConfig
	}
	for _, c := range []conv{
		{1, 1, 1, 1, 1, true, ConvConfig{}},
		{2, 3, 7, 5, 3, true, ConvConfig{Dilation: 2}},
		{3, 2, 11, 4, 3, false, ConvConfig{Stride: 2}},
		{2, 3, 9, 2, 4, true, ConvConfig{Padding: Causal, Dilation: 3}},
		{2, 2, 9, 3, 3, true, ConvConfig{Padding: Valid, Stride: 3}},
		{1, 2, 5, 2, 3, true, ConvConfig{Dilation: 8}},
	} {
		checkGradient(t, fmt.Sprintf("conv%+v", c), func(g *Graph, w *Weights) *Node {
			x := g.Param(operand(w, "x", c.n, c.cin, c.t))
			return NewConv1D(w, "conv", c.cin, c.cout, c.k, c.ConvConfig, c.bias).Apply(x)
		})
	}
	checkGradient(t, "linear", func(g *Graph, w *Weights) *Node {
		return NewLinear(w, "fc", 5, 3, true).Apply(g.Param(operand(w, "x", 2, 4, 5)))
	})
	norms := map[string]func(w *Weights) *NormLayer{
		"batchnorm":  func(w *Weights) *NormLayer { return NewBatchNorm(w, "n", 4, true) },
		"plainbatch": func(w *Weights) *NormLayer { return NewBatchNorm(w, "n", 4, false) },
		"groupnorm":  func(w *Weights) *NormLayer { return NewGroupNorm(w, "n", 4, 2) },
	}
	for _, kind := range []string{"batch", "layer", "group"} {
		norms[kind+" without shift"] = func(w *Weights) *NormLayer {
			l, err := NewNorm(w, "n", kind, map[string]int{"batch": 4, "layer": 5, "group": 4}[kind], ScaleOnly)
			if err != nil || l.Gamma == nil || l.Beta != nil {
				t.Errorf("%s: %+v, %v", kind, l, err)
			}
			return l
		}
	}
	for name, f := range norms {
		checkGradient(t, name, func(g *Graph, w *Weights) *Node {
			return f(w).Apply(g.Param(operand(w, "x", 3, 4, 5)))
		})
	}
	checkGradient(t, "groupnorm of features", func(g *Graph, w *Weights) *Node {
		return NewGroupNorm(w, "n", 4, 2).Apply(g.Param(operand(w, "x", 3, 4)))
	})
	checkGradient(t, "layernorm", func(g *Graph, w *Weights) *Node {
		return NewLayerNorm(w, "n", 5).Apply(g.Param(operand(w, "x", 3, 4, 5)))
	})
	for _, causal := range []bool{false, true} {
		checkGradient(t, fmt.Sprint("attention causal=", causal), func(g *Graph, w *Weights) *Node {
			p := func(n string) *Node { return g.Param(operand(w, n, 2, 5, 6)) }
			return Attention(p("q"), p("k"), p("v"), 3, causal)
		})
	}
	pools := map[string]func(x *Node) *Node{
		"globalmean": GlobalMean,
		"maxpool":    func(x *Node) *Node { return MaxPool1D(x, 2, 2) }, "globalmax": GlobalMax, "relu": ReLU,
	}
	for name, f := range pools {
		checkGradient(t, name, func(g *Graph, w *Weights) *Node {
			// Values further apart than the difference step keep the maximum and the kink in place.
			x := w.Param("x", func(d []float32, rng *rand.Rand) {
				for i, j := range rng.Perm(len(d)) {
					d[i] = 0.1*float32(j) - 1.55
				}
			}, 2, 2, 8)
			return f(g.Param(x))
		})
	}
	checkGradient(t, "crossentropy", func(g *Graph, w *Weights) *Node {
		return CrossEntropy(g.Param(operand(w, "x", 3, 4)), g.Const([]float32{2, 0, 3}, 3))
	})
	checkGradient(t, "softcrossentropy", func(g *Graph, w *Weights) *Node {
		return SoftCrossEntropy(g.Param(operand(w, "x", 2, 3)), g.Const([]float32{.2, .3, .5, 1, .5, 0}, 2, 3))
	})
}

func TestStopGradientIsExactlyZero(t *testing.T) {
	w := NewWeights(1)
	g := NewGraph(true)
	a, b := operand(w, "a", 3, 4), operand(w, "b", 3, 4)
	p, err := g.Compile(Sum(Mul(g.Param(a), StopGradient(Square(g.Param(b))))))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	for i, v := range b.Grad {
		if v != 0 {
			t.Fatalf("gradient behind the stop is %g at %d, want exactly 0", v, i)
		}
	}
	if a.Grad[0] != b.Data[0]*b.Data[0] {
		t.Errorf("gradient is %g, want %g", a.Grad[0], b.Data[0]*b.Data[0])
	}
}

// smallNet is a network with most operations in it.
func smallNet(g *Graph, w *Weights) *Node {
	x := g.Input("x", 4, 2, 33)
	h := NewConv1D(w, "c1", 2, 8, 3, ConvConfig{Dilation: 2}, true).Apply(x)
	h = GELU(NewBatchNorm(w, "n1", 8, true).Apply(h))
	h = Add(h, NewConv1D(w, "c2", 8, 8, 3, ConvConfig{}, true).Apply(h))
	s := NewLayerNorm(w, "n2", 8).Apply(SwapLast(h))
	s = Add(s, Attention(s, s, s, 2, false))
	z := Normalize(NewLinear(w, "fc", 8, 5, true).Apply(GlobalMax(SwapLast(s))))
	return Mean(Square(MatMul(z, z, false, true)))
}

func noise(n int, seed uint64) []float32 {
	d := make([]float32, n)
	Normal(1)(d, rand.New(rand.NewPCG(seed, 0)))
	return d
}

func TestSameBitsForAnyThreads(t *testing.T) {
	defer kernel.SetThreads(0)
	var want []float32
	for _, threads := range []int{1, 2, 5} {
		kernel.SetThreads(threads)
		w := NewWeights(3)
		g := NewGraph(true)
		_, got := lossAndGradients(t, g, w, smallNet(g, w))
		if want == nil {
			want = got
		}
		sameBits(t, threads, got, want)
	}
}

// lossAndGradients runs a network on noise [4, 2, 33] and returns its program, and the loss with all gradients behind it.
func lossAndGradients(t *testing.T, g *Graph, w *Weights, loss *Node) (*Program, []float32) {
	t.Helper()
	p, err := g.Compile(loss)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Set("x", noise(4*2*33, 5)); err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	got := []float32{p.Loss()}
	for _, q := range w.Trainable() {
		got = append(got, q.Grad...)
	}
	return p, got
}

func sameBits(t *testing.T, threads int, got, want []float32) {
	t.Helper()
	for i := range got {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%d threads: value %d is %g, one thread gave %g", threads, i, got[i], want[i])
		}
	}
}
