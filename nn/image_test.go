package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/internal/kernel"
)

func TestImageGradients(t *testing.T) {
	type conv struct {
		n, cin, h, w, cout, k int
		bias                  bool
		Conv2DConfig
	}
	for _, c := range []conv{
		{1, 1, 1, 1, 1, 1, true, Conv2DConfig{}},
		{2, 3, 5, 4, 3, 3, true, Conv2DConfig{Padding: 1}},
		{2, 2, 6, 7, 3, 3, false, Conv2DConfig{Padding: 1, Stride: 2}},
		{2, 4, 4, 3, 6, 3, true, Conv2DConfig{Padding: 1, Groups: 2}},
		{2, 3, 4, 4, 3, 2, false, Conv2DConfig{Stride: 2, Groups: 3}},
		{1, 2, 5, 3, 2, 1, true, Conv2DConfig{Stride: 3}},
		{1, 2, 2, 1, 2, 5, true, Conv2DConfig{Padding: 3, Stride: 2}},
		{2, 8, 5, 6, 8, 3, false, Conv2DConfig{Padding: 1}},
	} {
		checkGradient(t, fmt.Sprintf("conv2d%+v", c), func(g *Graph, w *Weights) *Node {
			x := g.Param(operand(w, "x", c.n, c.cin, c.h, c.w))
			return NewConv2D(w, "conv", c.cin, c.cout, c.k, c.Conv2DConfig, c.bias).Apply(x)
		})
	}
	checkGradient(t, "standardised conv2d", func(g *Graph, w *Weights) *Node {
		c := NewConv2D(w, "c", 2, 3, 3, Conv2DConfig{Padding: 1}, true)
		c.Standard = true
		return c.Apply(g.Param(operand(w, "x", 2, 2, 3, 4)))
	})
	for _, kind := range []string{"batch", "group", "actnorm"} {
		checkGradient(t, kind, func(g *Graph, w *Weights) *Node {
			n, err := NewNorm(w, "n", kind, 8, ScaleShift)
			if err != nil {
				t.Fatal(err)
			}
			return n.Apply(g.Param(operand(w, "x", 2, 8, 3, 2)))
		})
	}
	pools := map[string]func(x *Node) *Node{
		"maxpool": func(x *Node) *Node { return MaxPool2D(x, 3, 2, 1) }, "maxpool of 2": func(x *Node) *Node { return MaxPool2D(x, 2, 2, 0) },
		"globalmean": GlobalMean, "globalmax": GlobalMax,
	}
	for name, f := range pools {
		checkGradient(t, name, func(g *Graph, w *Weights) *Node {
			// Values further apart than the difference step keep the maximum in place.
			x := w.Param("x", func(d []float32, rng *rand.Rand) {
				for i, j := range rng.Perm(len(d)) {
					d[i] = 0.1*float32(j) - 0.05*float32(len(d))
				}
			}, 2, 2, 4, 5)
			return f(g.Param(x))
		})
	}
}

// TestPool2D: padding never wins in a padded plane of minus ones.
func TestPool2D(t *testing.T) {
	down := make([]float32, 3*3)
	for i := range down {
		down[i] = -1
	}
	top := results(t, func(g *Graph) *Node { return MaxPool2D(g.Const(down, 1, 1, 3, 3), 3, 2, 1) })
	for i := range 4 {
		if top[i] != -1 {
			t.Errorf("window %d: the largest is %g, want -1", i, top[i])
		}
	}
	// Without padding and of one size, the pools of images are those of sequences of one row.
	row := noise(2*3*12, 8)
	for _, s := range [][2]int{{1, 1}, {2, 2}, {3, 1}} {
		k := s[0]
		high := results(t, func(g *Graph) *Node { return MaxPool2D(g.Const(tall(row, k), 2, 3, k, 12), k, s[1], 0) })
		line := results(t, func(g *Graph) *Node { return MaxPool1D(g.Const(row, 2, 3, 12), k, s[1]) })
		for i, v := range line {
			if high[i] != v {
				t.Fatalf("kernel %d: maximum %d is %g, in one row %g", k, i, high[i], v)
			}
		}
	}
}

// tall repeats each row of twelve k times.
func tall(x []float32, k int) []float32 {
	var out []float32
	for i := 0; i < len(x); i += 12 {
		for range k {
			out = append(out, x[i:i+12]...)
		}
	}
	return out
}

// TestStandardConv2D: the weights of an output have mean 0 and deviation 1 over channels and taps.
func TestStandardConv2D(t *testing.T) {
	w := noise(4*3*2*2, 4)
	got := results(t, func(g *Graph) *Node { return Standardize(g.Const(w, 4, 3, 2, 2)) })
	for u := range 4 {
		m, s := moments(got[u*12:(u+1)*12], 0, 1)
		if math.Abs(m) > 1e-6 || math.Abs(s-1) > 1e-4 {
			t.Errorf("unit %d has mean %.2g and deviation %.4f, want 0 and 1", u, m, s)
		}
	}
}

func TestImageMistakesAreReported(t *testing.T) {
	for _, c := range []struct {
		want string
		f    func(g *Graph) *Node
	}{
		{"does not fit", func(g *Graph) *Node {
			return Conv2D(g.Input("x", 1, 3, 4, 4), g.Input("w", 2, 2, 3, 3), nil, Conv2DConfig{})
		}},
		{"does not fit", func(g *Graph) *Node {
			return Conv2D(g.Input("x", 1, 4, 4, 4), g.Input("w", 3, 2, 3, 3), nil, Conv2DConfig{Groups: 2})
		}},
		{"smaller than the kernel", func(g *Graph) *Node {
			return Conv2D(g.Input("x", 1, 1, 2, 4), g.Input("w", 1, 1, 5, 5), nil, Conv2DConfig{Padding: 1})
		}},
		{"[N, C, H, W]", func(g *Graph) *Node {
			return Conv2D(g.Input("x", 1, 2, 4), g.Input("w", 1, 2, 3), nil, Conv2DConfig{})
		}},
		{"bias", func(g *Graph) *Node {
			return Conv2D(g.Input("x", 1, 1, 4, 4), g.Input("w", 2, 1, 3, 3), g.Input("b", 3), Conv2DConfig{})
		}},
		{"padding 2", func(g *Graph) *Node { return MaxPool2D(g.Input("x", 1, 1, 4, 4), 3, 2, 2) }},
		{"[N, C, H, W]", func(g *Graph) *Node { return GlobalMean(g.Input("x", 4, 4)) }},
	} {
		g := NewGraph(true)
		n := c.f(g)
		_, err := g.Compile(nil, n)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got error %v, want one with %q", err, c.want)
		}
	}
}

// imageNet has the operations over images in it.
func imageNet(g *Graph, w *Weights) *Node {
	x := Reshape(g.Input("x", 4, 2, 33), 4, 1, 6, 11)
	h := NewConv2D(w, "c1", 1, 16, 3, Conv2DConfig{Padding: 1}, true).Apply(x)
	h = ReLU(NewBatchNorm(w, "n1", 16, true).Apply(h))
	h = Add(h, NewConv2D(w, "c2", 16, 16, 3, Conv2DConfig{Padding: 1}, false).Apply(h))
	h = NewGroupNorm(w, "n2", 16, 4).Apply(MaxPool2D(h, 3, 2, 1))
	h = NewConv2D(w, "c3", 16, 8, 3, Conv2DConfig{Padding: 1, Stride: 2, Groups: 2}, true).Apply(MaxPool2D(h, 2, 1, 1))
	z := Normalize(NewLinear(w, "fc", 8, 5, true).Apply(Add(GlobalMax(h), GlobalMean(h))))
	return Mean(Square(MatMul(z, z, false, true)))
}

func TestImageOperationsAreCalm(t *testing.T) {
	defer kernel.SetThreads(0)
	var want []float32
	for _, threads := range []int{1, 2, 3} {
		kernel.SetThreads(threads)
		w := NewWeights(3)
		g := NewGraph(true)
		p, got := lossAndGradients(t, g, w, imageNet(g, w))
		if want == nil {
			want = got
		}
		sameBits(t, threads, got, want)
		if raceEnabled {
			continue
		}
		if n := testing.AllocsPerRun(10, func() { _ = p.Run() }); n > 100 {
			t.Errorf("%d threads: a step allocates %g times, want few for what starting goroutines takes", threads, n)
		}
	}
}

// TestImageNetLearns: a small network tells upright from lying bars, which no single pixel does.
func TestImageNetLearns(t *testing.T) {
	const n, size = 16, 8
	rng := rand.New(rand.NewPCG(5, 6))
	x, label := make([]float32, n*size*size), make([]float32, n)
	for i := range n {
		label[i] = float32(i % 2)
		at := rng.IntN(size)
		for j := range size {
			if i%2 == 0 {
				x[(i*size+at)*size+j] = 1
			} else {
				x[(i*size+j)*size+at] = 1
			}
		}
	}
	w := NewWeights(1)
	g := NewGraph(true)
	h := g.Const(x, n, 1, size, size)
	for i, c := range [][2]int{{1, 8}, {8, 8}} {
		s := w.Scope(fmt.Sprint("block", i))
		h = ReLU(NewBatchNorm(s, "n", c[1], true).Apply(NewConv2D(s, "c", c[0], c[1], 3, Conv2DConfig{Padding: 1}, false).Apply(h)))
	}
	p, err := g.Compile(CrossEntropy(NewLinear(w, "fc", 8, 2, true).Apply(GlobalMean(h)), g.Const(label, n)))
	if err != nil {
		t.Fatal(err)
	}
	first := 0.0
	for step := range 60 {
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		if step == 0 {
			first = float64(p.Loss())
		}
		for _, q := range w.Trainable() {
			kernel.Axpy(-0.2, q.Grad, q.Data)
		}
	}
	// Two classes cost ln 2 = 0.69 untold.
	if last := float64(p.Loss()); first < 0.4 || last > 0.1 {
		t.Errorf("loss went from %.3f to %.3f, want it from about 0.69 to below 0.1", first, last)
	}
}
