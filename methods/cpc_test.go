package methods

import (
	"math"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/cpc"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// TestCPCContextSeesNoFuture follows the gradient from a context to the window: it reaches no time stamp that the first
// piece to be predicted sees, and does reach the context's own.
func TestCPCContextSeesNoFuture(t *testing.T) {
	for _, enc := range []encoders.Encoder{encoders.Strided{Width: 16, Out: 8}, trialEncoder, encoders.ResNet1D{Width: 4, Stages: 2, Norm: "group"},
		encoders.Transformer{Width: 8, Depth: 1, Heads: 2, Patch: 2}} {
		for _, kind := range []string{"gru", "conv", "transformer"} {
			w := nn.NewWeights(1)
			m := CPC{Context: cpc.ContextConfig{Kind: kind, Width: 8}}
			network, err := NetworkOf(m, w, enc, 1)
			if err != nil {
				t.Fatal(err)
			}
			net := network.(*pieceNet)
			pieces := func(x *nn.Node) *nn.Node {
				z, _, _ := net.pieces(x)
				return z
			}
			const at = 3
			_, _, ahead := net.cut([]int{trialLength})
			_, seen := reach(t, w, func(x *nn.Node) *nn.Node {
				return nn.Slice(net.context.Apply(pieces(x)), 1, 0, at+1)
			})
			begin, _ := reach(t, w, func(x *nn.Node) *nn.Node {
				return nn.Slice(pieces(x), 1, at+ahead, at+ahead+1)
			})
			if seen >= begin || seen < at {
				t.Errorf("%s, %s: context %d sees up to time stamp %d, and the first piece that it predicts begins at %d", enc.Name(), kind, at, seen, begin)
			}
		}
	}
}

// reach is the first and the last time stamp of a window that what is computed from it depends on, by the gradient.
func reach(t *testing.T, w *nn.Weights, from func(x *nn.Node) *nn.Node) (first, last int) {
	t.Helper()
	x := w.Param("x", nn.Normal(1), 1, 1, trialLength)
	g := nn.NewGraph(true)
	p, err := g.Compile(nn.Sum(nn.Square(from(g.Param(x)))))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	first = trialLength
	for i, v := range x.Grad {
		if v != 0 {
			first, last = min(first, i), i
		}
	}
	return first, last
}

func TestCPCAdaptsToTheLength(t *testing.T) {
	for _, c := range []struct{ length, patch, pieces int }{
		{8, 4, 3}, {24, 4, 11}, {60, 7, 18}, {128, 16, 15}, {512, 64, 15},
	} {
		n := &pieceNet{cfg: CPC{}}
		patch, _ := n.patch(c.length)
		if pieces, _, _ := n.cut([]int{c.length}); patch != c.patch || pieces != c.pieces {
			t.Errorf("window of %d: %d patches of %d, want %d of %d", c.length, pieces, patch, c.pieces, c.patch)
		}
	}
}

func TestCPCOnEveryEncoder(t *testing.T) {
	for _, enc := range append([]encoders.Encoder{encoders.Strided{Width: 8, Out: 8}}, sequenceEncoders...) {
		for _, m := range []CPC{{Feature: "both", Pool: "max"}, {Negatives: "across", Feature: "context", Pool: "last"}, {Negatives: "within", Context: cpc.ContextConfig{Kind: "conv", Width: 16}}} {
			tr := newTrial(t, m, enc)
			for range 6 {
				if l := tr.next(); math.IsNaN(l) {
					t.Fatalf("%s: the loss is NaN", enc.Name())
				}
			}
			tr.on([]int{3, 9}) // a last batch of two
			if got, want := len(tr.encode()[0]), tr.obj.(*cpcLoss).net.Dim(); got != want {
				t.Errorf("%s: encodings of %d numbers, Dim says %d", enc.Name(), got, want)
			}
		}
	}
}

// TestCPCStartsAtTheUniformValue: what it predicts at first is no better than chance.
func TestCPCStartsAtTheUniformValue(t *testing.T) {
	tr := newTrial(t, CPC{}, trialEncoder)
	near(t, "step 0", tr.next(), tr.obj.Uniform(trialBatch), 0.05)
}

// TestCPCPredicts: the accuracy of the first horizon rises above chance.
func TestCPCPredicts(t *testing.T) {
	tr := newTrial(t, CPC{}, trialEncoder)
	tr.rate = 0.3
	var near float64
	for i := range 150 {
		tr.next()
		if i >= 140 {
			near += tr.measure("accuracy_01") / 10
		}
	}
	chance := 1.0 / 129 // of 128 negatives and the true one
	if near < 2*chance {
		t.Errorf("the accuracy of the first horizon is %.3f, chance is %.3f", near, chance)
	}
}

func TestCPCRefusesBadSettings(t *testing.T) {
	for _, m := range []CPC{{Feature: "other"}, {Pool: "sum"}, {Negatives: "other"}, {Horizons: -1}, {Patch: trialLength}, {Context: cpc.ContextConfig{Kind: "lstm"}}} {
		if _, _, err := setUp(m, trialEncoder); err == nil {
			t.Errorf("%+v was accepted", m)
		}
	}
	for _, m := range []CPC{{Patch: 8}, {Overlap: -1}} { // which have nothing to say about the steps of such an encoder
		for _, enc := range []encoders.Encoder{encoders.Strided{Width: 8, Out: 8}, encoders.Audio{Width: 8}} {
			if _, _, err := setUp(m, enc); err == nil || !strings.Contains(err.Error(), "leave patch and overlap out") {
				t.Errorf("%+v on %s: %v", m, enc.Name(), err)
			}
		}
	}
}
