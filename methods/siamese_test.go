package methods

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// TestSiameseMethodsByHand has the views x1 = (4, 3) and x2 = (5, 12), an encoder and heads that change nothing, and so
// cos(p1, x2) = cos(p2, x1) = 56/65. The gradient of -cos(p, t) is (cos·p/|p| - t/|t|)/|p|: (99, -132)/1625 at p1 and
// (-396, 165)/10985 at p2. Nothing comes back through the targets: the derivative in x1 and x2 is that of the predictions alone.
func TestSiameseMethodsByHand(t *testing.T) {
	const cos = 56.0 / 65
	for _, c := range []struct {
		method Method
		loss   float64
		weight float64 // of a cosine in the loss
	}{
		{BYOL{Hidden: 2, Out: 2, Norm: "none"}, 4 - 2*cos - 2*cos, 2},
		{SimSiam{Hidden: 2, Out: 2, Layers: 2, Bottleneck: 2, Norm: "none"}, -0.5*cos - 0.5*cos, 0.5},
	} {
		w := nn.NewWeights(1)
		x := [2]*nn.Param{given(w, "x1", 4, 3), given(w, "x2", 5, 12)}
		net, err := NetworkOf(c.method, w, unchanged{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		obj, err := c.method.New(Setup{Weights: w.Scope("method"), Encoder: unchanged{}, Net: net, Channels: 1, Length: 2,
			Samples: make([]Sample, 2), Batch: 1, Steps: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range w.All() {
			if strings.HasSuffix(p.Name, "weight") && strings.HasPrefix(p.Name, "method.") {
				copy(p.Data, []float32{1, 0, 0, 1})
			} else if strings.HasSuffix(p.Name, "bias") {
				clear(p.Data)
			}
		}
		g := nn.NewGraph(true)
		loss := obj.Build(Batch{Views: []*nn.Node{g.Param(x[0]), g.Param(x[1])}})
		p, err := g.Compile(loss.Value)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		near(t, c.method.Name(), float64(p.Loss()), c.loss, 1e-6)
		for i, want := range [][]float64{{99.0 / 1625, -132.0 / 1625}, {-396.0 / 10985, 165.0 / 10985}} {
			for j, v := range want {
				near(t, c.method.Name()+"'s gradient in "+x[i].Name, float64(x[i].Grad[j]), c.weight*v, 1e-6)
			}
		}
		// That of the predictor's last layer is Σ g·pᵀ.
		last := w.Lookup("method.predictor.linear1.weight")
		for i, g := range [][]float64{{99.0 / 1625, -396.0 / 10985}, {-132.0 / 1625, 165.0 / 10985}} {
			for j, p := range [][]float64{{4, 5}, {3, 12}} {
				near(t, c.method.Name()+"'s gradient in the predictor", float64(last.Grad[2*i+j]), c.weight*(g[0]*p[0]+g[1]*p[1]), 1e-6)
			}
		}
	}
}

// given declares a sample of one channel.
func given(w *nn.Weights, name string, values ...float32) *nn.Param {
	return w.Param(name, func(d []float32, _ *rand.Rand) { copy(d, values) }, 1, 1, len(values))
}

// unchanged is an encoder that changes nothing; a teacher must have something to follow.
type unchanged struct{}

func (unchanged) Name() string { return "unchanged" }

func (unchanged) New(w *nn.Weights, channels int) (encoders.Network, error) {
	w.Param("unused", nn.Zeros, 1)
	return passNet{2 * channels}, nil
}
