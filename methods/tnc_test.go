package methods

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wavekin/wavekin/nn"
)

// TestNeighbourhoodEqualsItsSlowTwin: the loss of epoch_run in the authors' tnc.py, from the logits of a discriminator.
func TestNeighbourhoodEqualsItsSlowTwin(t *testing.T) {
	const w = 0.05
	z := features(12, 1, 3)
	of := func(z *nn.Node) *nn.Node {
		x := nn.Reshape(z, 12)
		return neighbourhood(nn.Slice(x, 0, 0, 6), nn.Slice(x, 0, 6, 12), w)
	}
	var want float64
	for i, v := range z {
		p := 1 / (1 + math.Exp(-float64(v)))
		if i < 6 {
			want -= math.Log(p) / 6 / 2
		} else {
			want -= (w*math.Log(p) + (1-w)*math.Log(1-p)) / 6 / 2
		}
	}
	near(t, "loss", value(t, z, 1, of), want, 1e-5)
	near(t, "no answer", value(t, make([]float32, 12), 1, of), math.Log(2), 1e-6)
	checkGradient(t, "neighbourhood", z, 1, of)
}

// TestTNCPlaces: near stretches spread by Near widths where the ends do not hold them back, far ones keep their distance on the
// side that has more room, and all lie inside.
func TestTNCPlaces(t *testing.T) {
	const length, width, draws = 400, 10, 20
	o := &tnc{cfg: TNC{Width: width, Near: 2, Far: 10, Draws: draws}, length: length}
	rng := rand.New(rand.NewPCG(4, 4))
	starts := make([]int, 1+2*draws)
	var square float64
	count := 0
	for range 4000 {
		o.places(starts, rng)
		at := starts[0]
		for k, s := range starts {
			if s < 0 || s > length-width {
				t.Fatalf("a stretch begins at %d of %d", s, length)
			}
			if d := float64(s - at); k > 0 && k <= draws && at > 100 && at < 290 {
				square += d * d
				count++
			} else if k > draws && math.Abs(d) < 100 {
				t.Fatalf("a far stretch is %g from its anchor at %d, want at least 100", d, at)
			}
		}
	}
	near(t, "spread of the near", math.Sqrt(square/float64(count)), 20, 0.02)
}

// TestTNCTakesTheStretches: the encodings are those of the places drawn, kind by kind.
func TestTNCTakesTheStretches(t *testing.T) {
	const n, length, width = 3, 24, 4
	w := nn.NewWeights(1)
	obj, err := TNC{Width: width, Draws: 2, Dropout: -1}.New(Setup{Weights: w, Net: passing{2 * width}, Encoder: trialEncoder, Length: length, Channels: 2})
	if err != nil {
		t.Fatal(err)
	}
	o := obj.(*tnc)
	x := features(n, 2*length, 8) // two channels
	g := nn.NewGraph(true)
	loss := o.Build(Batch{Views: []*nn.Node{g.Const(x, n, 2, length)}})
	p, err := g.Compile(loss.Value, loss.Embeddings)
	if err != nil {
		t.Fatal(err)
	}
	loss.Before(Step{RNG: rand.New(rand.NewPCG(7, 7))})
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	// The discriminator on stretches taken one by one.
	at := func(sample, from int) []float64 {
		var v []float64
		for c := range 2 {
			for j := range width {
				v = append(v, float64(x[(sample*2+c)*length+from+j]))
			}
		}
		return v
	}
	layer := func(l *nn.LinearLayer, v []float64) []float64 {
		out := make([]float64, l.W.Shape[0])
		for i := range out {
			out[i] = float64(l.B.Data[i])
			for j, u := range v {
				out[i] += float64(l.W.Data[i*len(v)+j]) * u
			}
		}
		return out
	}
	rng, starts := rand.New(rand.NewPCG(7, 7)), make([]int, 5)
	var want float64
	for i := range n {
		o.places(starts, rng)
		for k, from := range starts[1:] {
			h := layer(o.in, append(at(i, starts[0]), at(i, from)...))
			for j := range h {
				h[j] = max(0, h[j])
			}
			told := 1 / (1 + math.Exp(-layer(o.out, h)[0]))
			if k < 2 {
				want -= math.Log(told) / (2 * n) / 2
			} else {
				want -= (0.05*math.Log(told) + 0.95*math.Log(1-told)) / (2 * n) / 2
			}
		}
	}
	near(t, "step", float64(p.Loss()), want, 1e-4)
}

// changing is a sample [T] that is in one of two states in either half: slow and quick waves.
func changing(dst []float32, rng *rand.Rand) {
	first := rng.IntN(2)
	phase := rng.Float64() * 6
	for i := range dst {
		speed := []float64{0.3, 1.4}[(first+i*2/len(dst))%2]
		dst[i] = float32(math.Sin(float64(i)*speed+phase) + 0.1*rng.NormFloat64())
	}
}

// TestTNCTellsStates: on samples whose state changes half-way the loss falls, and with an anchor that is drawn without regard to
// its neighbours (a Near of many samples) it cannot fall as far.
func TestTNCTellsStates(t *testing.T) {
	end := func(m TNC) float64 {
		w := nn.NewWeights(2)
		net, err := NetworkOf(m, w, trialEncoder, 1)
		if err != nil {
			t.Fatal(err)
		}
		obj, err := m.New(Setup{Weights: w.Scope("method"), Net: net, Encoder: trialEncoder, Length: 64, Channels: 1})
		if err != nil {
			t.Fatal(err)
		}
		g := nn.NewGraph(true)
		x := g.Input("x", 8, 1, 64)
		loss := obj.Build(Batch{Views: []*nn.Node{x}})
		p, err := g.Compile(loss.Value, loss.Embeddings)
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(3, 3))
		var late float64
		for step := range 300 {
			for i := range 8 {
				changing(p.Data(x)[i*64:(i+1)*64], rng)
			}
			loss.Before(Step{Index: step, RNG: rng})
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			for _, q := range w.Trainable() {
				for i := range q.Data {
					q.Data[i] -= 0.1 * q.Grad[i]
				}
			}
			if step >= 250 {
				late += float64(p.Loss()) / 50
			}
		}
		return late
	}
	sound, broken := end(TNC{Width: 8, Near: 0.5, Dropout: -1, Far: 3, Draws: 6}), end(TNC{Width: 8, Near: 0.5, Dropout: -1, Far: 3, Draws: 6, Unlabelled: 0.5})
	if sound > 0.5 {
		t.Errorf("the loss ends at %.3f, want well below log 2 = 0.693", sound)
	}
	// Where what is far counts as near half of the time, it can end no lower than half of log 2.
	if broken < math.Log(2)/2 {
		t.Errorf("with targets that say nothing of what is far the loss ends at %.3f", broken)
	}
	t.Logf("sound %.3f, broken %.3f", sound, broken)
}

func TestTNCStartsAndRefuses(t *testing.T) {
	tr := newTrial(t, TNC{Unlabelled: -1}, trialEncoder)
	near(t, "step 0", tr.next(), math.Log(2), 0.1)
	for _, m := range []TNC{{Width: -1}, {Width: 20}, {Near: -1}, {Far: -2}, {Draws: -1}, {Unlabelled: 1}, {Dropout: 1}} {
		if _, _, err := setUp(m, trialEncoder); err == nil {
			t.Errorf("%+v was accepted", m)
		}
	}
}
