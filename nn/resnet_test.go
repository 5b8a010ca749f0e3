package nn

import (
	"fmt"
	"testing"

	"github.com/wavekin/wavekin/internal/kernel"
)

// residual is the basic block of ResNet-18 (He et al., 2016).
func residual(w *Weights, x *Node, from, to, stride int) *Node {
	conv := func(name string, x *Node, from, k, stride int) *Node {
		y := NewConv2D(w, name, from, to, k, Conv2DConfig{Stride: stride, Padding: k / 2}, false).Apply(x)
		return NewBatchNorm(w, name+"norm", to, true).Apply(y)
	}
	y := conv("second", ReLU(conv("first", x, from, 3, stride)), to, 3, 1)
	if from != to {
		x = conv("shortcut", x, from, 1, stride)
	}
	return ReLU(Add(y, x))
}

// resnet18 is ResNet-18 with the stem for images of 32 by 32.
func resnet18(w *Weights, x *Node, width int) *Node {
	h := ReLU(NewBatchNorm(w, "norm", width, true).Apply(NewConv2D(w, "stem", 3, width, 3, Conv2DConfig{Padding: 1}, false).Apply(x)))
	from := width
	for i := range 4 {
		to := width << i
		h = residual(w.Scope(fmt.Sprint("block", 2*i)), h, from, to, min(i, 1)+1)
		h = residual(w.Scope(fmt.Sprint("block", 2*i+1)), h, to, to, 1)
		from = to
	}
	return NewLinear(w, "fc", from, 10, true).Apply(GlobalMean(h))
}

// BenchmarkResNet18 is a training step: forward, backward, SGD.
func BenchmarkResNet18(b *testing.B) {
	defer kernel.SetThreads(0)
	for _, s := range [][2]int{{64, 128}, {16, 128}, {8, 256}} {
		width, batch := s[0], s[1]
		w := NewWeights(1)
		g := NewGraph(true)
		label := make([]float32, batch)
		for i := range label {
			label[i] = float32(i % 10)
		}
		x := g.Const(noise(batch*3*32*32, 2), batch, 3, 32, 32)
		p, err := g.Compile(CrossEntropy(resnet18(w, x, width), g.Const(label, batch)))
		if err != nil {
			b.Fatal(err)
		}
		momentum := map[*Param][]float32{}
		for _, q := range w.Trainable() {
			momentum[q] = make([]float32, len(q.Data))
		}
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("width%d/batch%d/%d", width, batch, threads), func(b *testing.B) {
				kernel.SetThreads(threads)
				for b.Loop() {
					if err := p.Run(); err != nil {
						b.Fatal(err)
					}
					for q, m := range momentum {
						kernel.SGD(q.Data, q.Grad, m, 0.01, 0.9, 1e-4, false)
					}
				}
			})
		}
	}
}
