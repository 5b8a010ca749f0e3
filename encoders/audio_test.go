package encoders

import (
	"testing"

	"github.com/wavekin/wavekin/nn"
)

// TestAudioSeesItsSpan: step j depends on time stamps 160·j-464 to 160·j, the first and the last of them included, and on no other.
func TestAudioSeesItsSpan(t *testing.T) {
	w := nn.NewWeights(3)
	net, err := Audio{Width: 6}.New(w, 1)
	if err != nil {
		t.Fatal(err)
	}
	seq := net.(Causal)
	// The strides and taps of the paper: 5·4·2·2·2, and 1 + 9 + 7·5 + 3·20 + 3·40 + 3·80.
	if seq.Stride() != 160 || seq.Span() != 465 || net.Dim() != 6 {
		t.Errorf("stride %d, span %d, dim %d", seq.Stride(), seq.Span(), net.Dim())
	}
	const l, step = 1100, 5
	seen := map[int]bool{}
	for trial := range 5 { // ReLU hides some ways
		x := w.Param("x", nn.Normal(1), 1, 1, l)
		for i := range x.Data {
			x.Data[i] += float32((i*(trial+3))%7) / 7
		}
		g := nn.NewGraph(true)
		y := seq.Steps(g.Param(x))
		if n := y.Dim(2); n != 7 { // 1100/160, rounded up
			t.Fatalf("%d steps, want 7", n)
		}
		p, err := g.Compile(nn.Sum(nn.Slice(y, 2, step, step+1)))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		for i, v := range x.Grad {
			if v != 0 {
				seen[i] = true
			}
		}
	}
	first, last := l, 0
	for i := range seen {
		first, last = min(first, i), max(last, i)
	}
	if first != 160*step-464 || last != 160*step {
		t.Errorf("step %d depends on time stamps %d to %d, want %d to %d", step, first, last, 160*step-464, 160*step)
	}
}
