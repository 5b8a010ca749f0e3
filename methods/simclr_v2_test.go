package methods

import (
	"math"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/nn"
)

// slowMemory is NT-Xent over [in-batch 2N-2, keys] term by term; the last k rows of z are the keys.
func slowMemory(z []float32, d, k int, tau float64) float64 {
	s := cosines(z, d)
	rows := len(s) - k
	var total float64
	for i := range rows {
		var sum float64
		for j := range len(s) {
			if j != i {
				sum += math.Exp(s[i][j] / tau)
			}
		}
		total += -s[i][(i+rows/2)%rows]/tau + math.Log(sum)
	}
	return total / float64(rows)
}

// TestLastNormWithoutShift: the projector of both versions ends with a scale, and with shift with both, which begins as the same.
func TestLastNormWithoutShift(t *testing.T) {
	for name, both := range map[string][2]Method{"norm1": {SimCLR{}, SimCLR{Shift: true}}, "norm2": {SimCLRv2{}, SimCLRv2{Shift: true}}} {
		var losses [2]float64
		for i, m := range both {
			tr := newTrial(t, m, trialEncoder)
			at := "method.projector." + name
			if scale, shift := tr.weights.Lookup(at+".weight"), tr.weights.Lookup(at+".bias"); scale == nil || (shift != nil) != (i == 1) {
				t.Errorf("%+v: scale %v, shift %v", m, scale != nil, shift != nil)
			}
			losses[i] = tr.next()
		}
		if losses[0] != losses[1] {
			t.Errorf("%s: the first losses are %g and %g", name, losses[0], losses[1])
		}
	}
}

func memoryOf(k int, tau float32) func(z *nn.Node) *nn.Node {
	return func(z *nn.Node) *nn.Node {
		rows := z.Shape()[0] - k
		return memoryNTXent(nn.Slice(z, 0, 0, rows), nn.Slice(z, 0, rows, rows+k), tau)
	}
}

func TestMemoryNTXent(t *testing.T) {
	for _, k := range []int{1, 5, 12} {
		for _, tau := range []float64{0.1, 0.5} {
			z := units(8+k, 6, uint64(k))
			near(t, "memory", value(t, z, 6, memoryOf(k, float32(tau))), slowMemory(z, 6, k, tau), 1e-5)
		}
	}
	checkGradient(t, "memory", units(11, 5, 3), 5, memoryOf(3, 0.5))
	same := make([]float32, (64+100)*4)
	for i := range 64 + 100 {
		same[i*4] = 1
	}
	// Collapsed vectors: log(2N-1+K), N = 32, K = 100.
	near(t, "memory collapsed", value(t, same, 4, memoryOf(100, 0.2)), math.Log(163), 1e-5)
	// Independent vectors: log(2N-1+K) + 1/(2 D tau²), as for NT-Xent without the memory.
	near(t, "memory step 0", value(t, units(512+256, 128, 4), 128, memoryOf(256, 0.5)), math.Log(767)+1/(2*128*0.25), 5e-3)
}

func TestMemoryVariantLearnsAndKeepsItsKeys(t *testing.T) {
	tr := newTrial(t, SimCLRv2{Memory: true, Queue: 20, Hidden: 32, Out: 16}, trialEncoder)
	o := tr.obj.(*simclrV2)
	var first, last float64
	for i := range 120 {
		l := tr.next()
		if i == 0 {
			first = l
			// 2N = 32 keys in a ring of 20: the last 20 are there, the newest at row 11.
			keys := tr.last.prog.Data(tr.last.loss.Keep[0])
			if got := o.queue.keys.Data[11*16 : 12*16]; !slices.Equal(got, keys[31*16:]) || o.queue.filled() != 20 {
				t.Errorf("after one batch %d keys; row 11 is not the newest key", o.queue.filled())
			}
			for _, p := range tr.weights.All() {
				if len(p.Name) > 14 && p.Name[:14] == "method.teacher" && p.Grad != nil {
					t.Errorf("%s has a gradient", p.Name)
				}
			}
		}
		last = l
	}
	if last > 0.7*first || tr.spread() < 0.5 {
		t.Errorf("the loss went from %.3f to %.3f, spread %.2f", first, last, tr.spread())
	}
}

func TestProjectorKeepsItsFirstLayers(t *testing.T) {
	m := SimCLRv2{Hidden: 6, Out: 4}
	whole, part := nn.NewWeights(5), nn.NewWeights(5)
	if _, err := NewProjector(m, whole, 8, 3); err != nil {
		t.Fatal(err)
	}
	p, err := NewProjector(m, part, 8, 1)
	if err != nil {
		t.Fatal(err)
	}
	if p.Dim() != 6 {
		t.Errorf("the first layer gives %d numbers, want 6", p.Dim())
	}
	for _, q := range part.All() {
		if w := whole.Lookup(q.Name); w == nil || !slices.Equal(w.Data, q.Data) {
			t.Errorf("%s is not the whole projector's", q.Name)
		}
	}
	// Behind an inner layer stands its activation, behind the last none.
	g := nn.NewGraph(true)
	y := p.Apply(g.Const(units(5, 8, 1), 5, 8))
	prog, err := g.Compile(nil, y)
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	if slices.Min(prog.Data(y)) < 0 {
		t.Error("no activation behind the first layer")
	}
	for _, layers := range []int{0, 4} {
		if _, err := NewProjector(m, nn.NewWeights(0), 8, layers); err == nil {
			t.Errorf("%d layers of three were accepted", layers)
		}
	}
}
