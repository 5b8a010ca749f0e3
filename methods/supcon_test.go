package methods

import (
	"maps"
	"math"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/nn"
)

// slowSupCon is eq. 2 of Khosla et al. (2020): class holds the class of each row.
func slowSupCon(z []float32, d int, tau float64, class []int) float64 {
	s := cosines(z, d)
	var total float64
	for i := range s {
		var all, sum float64
		for a := range s {
			if a != i {
				all += math.Exp(s[i][a] / tau)
			}
		}
		positives := 0
		for p := range s {
			if p != i && class[p] == class[i] {
				sum += math.Log(math.Exp(s[i][p]/tau) / all)
				positives++
			}
		}
		if positives > 0 {
			total -= sum / float64(positives)
		}
	}
	return total / float64(len(s))
}

func supConOf(samples, labels []int, tau float32) func(z *nn.Node) *nn.Node {
	return func(z *nn.Node) *nn.Node {
		rows := z.Shape()[0]
		targets := make([]float32, rows*rows)
		fillPositives(targets, samples, labels)
		return SupervisedContrast(z, z.Graph().Const(targets, rows, rows), tau)
	}
}

func TestSupCon(t *testing.T) {
	z := units(10, 6, 2)
	samples, labels := []int{3, 0, 4, 1, 2}, []int{0, 1, 1, 2, 0}
	// Sample 3 has class 2 alone, 0 and 4 share class 0, 1 and 2 share class 1.
	class := []int{2, 0, 0, 1, 1, 2, 0, 0, 1, 1}
	near(t, "twin", value(t, z, 6, supConOf(samples, labels, 0.2)), slowSupCon(z, 6, 0.2, class), 1e-5)
	checkGradient(t, "supcon", z, 6, supConOf(samples, labels, 0.5))
	near(t, "no labels", value(t, z, 6, supConOf(samples, nil, 0.2)), slowNTXent(z, 6, 0.2), 1e-5)
	// Samples 0 and 4 have no label: they are not positives of each other.
	near(t, "some without labels", value(t, z, 6, supConOf(samples, []int{-1, 1, 1, 2, -1}, 0.2)), slowSupCon(z, 6, 0.2, []int{2, 7, 8, 1, 1, 2, 7, 8, 1, 1}), 1e-5)
	near(t, "classes of one", value(t, z, 6, supConOf(samples, []int{0, 1, 2, 3, 4}, 0.2)), slowNTXent(z, 6, 0.2), 1e-5)
}

// TestSupConWithoutLabelsIsSimCLR compares whole steps, heads and encoder included.
func TestSupConWithoutLabelsIsSimCLR(t *testing.T) {
	loss := func(m Method, labels []int) float64 {
		tr := newTrial(t, m, trialEncoder)
		if o, ok := tr.obj.(*supcon); ok {
			o.labels = labels
		}
		return tr.next()
	}
	near(t, "step", loss(SupCon{Temperature: 0.2, Hidden: 256, Norm: "batch"}, nil), loss(SimCLR{Temperature: 0.2}, nil), 1e-6)
	if a, b := loss(SupCon{}, nil), loss(SupCon{BaseTemperature: 0.05}, nil); math.Abs(b-2*a) > 1e-5*b {
		t.Errorf("with a base temperature of half the temperature the loss is %g, want twice %g", b, a)
	}
	if _, _, err := setUp(SupCon{BaseTemperature: -1}, trialEncoder); err == nil {
		t.Error("a negative base temperature was accepted")
	}
}

// TestSupConHead: the head of the authors' networks/resnet_big.py is two linear layers with biases, as wide as an encoding and 128
// wide, and nothing else.
func TestSupConHead(t *testing.T) {
	w, _, err := setUp(SupCon{}, trialEncoder)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, p := range w.All() {
		if name, ok := strings.CutPrefix(p.Name, "method."); ok {
			got[name] = len(p.Data)
		}
	}
	want := map[string]int{"projector.linear0.weight": 16 * 16, "projector.linear0.bias": 16, "projector.linear1.weight": 128 * 16, "projector.linear1.bias": 128}
	if !maps.Equal(got, want) {
		t.Errorf("the head is %v, want %v", got, want)
	}
}
