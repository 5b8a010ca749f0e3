package methods

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// countedNet notes how often a network is applied, and to how many samples.
type countedNet struct {
	encoders.Network
	calls *[]int
}

func (c countedNet) Apply(x *nn.Node) *nn.Node {
	*c.calls = append(*c.calls, x.Shape()[0])
	return c.Network.Apply(x)
}

func TestCropsOfOneLengthAreOneBatch(t *testing.T) {
	w := nn.NewWeights(0)
	net, err := trialEncoder.New(w, 1)
	if err != nil {
		t.Fatal(err)
	}
	g := nn.NewGraph(false)
	var views []*nn.Node
	rng := rand.New(rand.NewPCG(1, 1))
	for i, l := range []int{20, 20, 10, 10, 10} {
		views = append(views, g.Input(fmt.Sprint("v", i), 3, 1, l))
	}
	var calls []int
	y := embedCrops(countedNet{net, &calls}, views)
	if fmt.Sprint(calls) != "[6 9]" {
		t.Errorf("the network was applied to batches of %v samples, want 6 and 9", calls)
	}
	alone := net.Apply(views[3])
	p, err := g.Compile(nil, y, alone)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range views {
		for i := range p.Data(v) {
			p.Data(v)[i] = float32(rng.NormFloat64())
		}
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	d := net.Dim()
	for i, v := range p.Data(alone) {
		near(t, "crop 3", float64(p.Data(y)[9*d+i]), float64(v), 1e-5)
	}
}

// TestCropsSuitEveryEncoder takes steps with long and short crops, some shorter than a patch, several channels, a small
// batch, and sets of few samples.
func TestCropsSuitEveryEncoder(t *testing.T) {
	for _, enc := range []encoders.Encoder{encoders.Conv{Width: 4, Depth: 2, Out: 8}, encoders.ResNet1D{Width: 4, Stages: 2},
		encoders.Transformer{Width: 8, Depth: 1, Heads: 2}, encoders.Transformer{Width: 8, Depth: 1, Heads: 2, Patch: 16}} {
		for _, m := range []Method{SwAV{}, DINO{}, DeepClusterV2{}, DeepCluster{}} {
			for _, c := range []struct{ samples, batch, length int }{{2, 2, 2}, {5, 3, 9}, {40, 8, 24}} {
				if err := fewSteps(m, enc, c.samples, c.batch, c.length); err != nil {
					t.Errorf("%s with %s, %+v: %v", m.Name(), enc.Name(), c, err)
				}
			}
		}
	}
}

func fewSteps(m Method, enc encoders.Encoder, samples, batch, length int) error {
	const channels = 2
	w := nn.NewWeights(1)
	net, err := NetworkOf(m, w, enc, channels)
	if err != nil {
		return err
	}
	obj, err := m.New(Setup{Weights: w.Scope("method"), Encoder: enc, Net: net, Channels: channels, Length: length,
		Samples: make([]Sample, samples), Batch: batch, Steps: 10})
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(1, 2))
	random := func(x []float32) {
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
	}
	if s, ok := obj.(Surveyor); ok {
		if err := s.Survey(0, rng, func() ([]float32, error) {
			g := nn.NewGraph(false)
			x := g.Input("x", samples, channels, length)
			y := s.Look(x)
			p, err := g.Compile(nil, y)
			if err != nil {
				return nil, err
			}
			random(p.Data(x))
			return p.Data(y), p.Run()
		}); err != nil {
			return err
		}
	}
	for step, n := range []int{batch, 2} {
		g := nn.NewGraph(true)
		var views []*nn.Node
		for i, v := range m.Needs().Views {
			l := length
			if v.Length > 0 {
				l = max(1, int(v.Length*float64(length)+0.5))
			}
			views = append(views, g.Input(fmt.Sprint("v", i), n, channels, l))
		}
		loss := obj.Build(Batch{Views: views})
		p, err := g.Compile(loss.Value, append([]*nn.Node{loss.Embeddings}, loss.Keep...)...)
		if err != nil {
			return err
		}
		for _, v := range views {
			random(p.Data(v))
		}
		now := Step{Index: step, Total: 10, Samples: []int{1, 0, 2, 3, 4, 5, 6, 7}[:n], RNG: rng}
		if loss.Before != nil {
			loss.Before(now)
		}
		if err := p.Run(); err != nil {
			return err
		}
		if l := float64(p.Loss()); math.IsNaN(l) || math.IsInf(l, 0) {
			return fmt.Errorf("the loss is %g", l)
		}
		var kept [][]float32
		for _, k := range loss.Keep {
			kept = append(kept, p.Data(k))
		}
		if loss.After != nil {
			loss.After(now, kept)
		}
	}
	return nil
}
