package methods

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wavekin/wavekin/nn"
)

// TestTLossEqualsItsSlowTwin writes out the loss of the authors' losses/triplet_loss.py on encodings that are the values of the
// stretches themselves, whose first d are taken.
func TestTLossEqualsItsSlowTwin(t *testing.T) {
	const n, k, d, penalty = 5, 3, 4, 0.7
	o := &tLoss{net: passing{d}, cfg: TLoss{Negatives: k, Penalty: penalty}, length: d, least: 1}
	g := nn.NewGraph(true)
	var data [][]float32
	var views []*nn.Node
	for v := range 2 + k {
		data = append(data, features(n, d, uint64(v)))
		views = append(views, g.Const(data[v], n, 1, d))
	}
	loss := o.Build(Batch{Views: views})
	p, err := g.Compile(loss.Value, loss.Embeddings)
	if err != nil {
		t.Fatal(err)
	}
	loss.Before(Step{RNG: rand.New(rand.NewPCG(5, 5))})
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	softplus := func(a []float32, i int, b []float32, j int, sign float64) float64 {
		var s float64
		for c := range d {
			s += float64(a[i*d+c]) * float64(b[j*d+c])
		}
		return math.Log1p(math.Exp(sign * s))
	}
	var want float64
	for i := range n {
		want += softplus(data[0], i, data[1], i, -1) / n
	}
	rng := rand.New(rand.NewPCG(5, 5))
	for v := range k {
		for i := range n {
			want += penalty / k * softplus(data[0], i, data[2+v], rng.IntN(n), 1) / n
		}
	}
	near(t, "t-loss", float64(p.Loss()), want, 1e-5)
}

func TestTLossGradientAndClosedForms(t *testing.T) {
	z := features(8, 3, 4)
	of := func(z *nn.Node) *nn.Node {
		s := dots(nn.Slice(z, 0, 0, 4), nn.Slice(z, 0, 4, 8))
		return nn.Add(logistic(s, true), nn.Scale(logistic(s, false), 0.5))
	}
	checkGradient(t, "logistic", z, 3, of)
	// Encodings of 0 have inner products of 0, and σ(0) = 1/2.
	near(t, "encodings of 0", value(t, make([]float32, 24), 3, of), 1.5*math.Log(2), 1e-6)
	for _, x := range []float32{-300, 300} { // far out neither overflows
		got := value(t, []float32{x}, 1, func(z *nn.Node) *nn.Node { return logistic(nn.Reshape(z, 1), true) })
		near(t, "far out", got, math.Max(0, -float64(x)), 1e-6)
	}
	// Encodings that are all the same: the least of log(1+e^-s) + p·log(1+e^s) over s, found by search.
	for _, p := range []float64{1, 10, 0.2} {
		least := math.Inf(1)
		for s := -6.0; s < 6; s += 1e-3 {
			least = math.Min(least, math.Log1p(math.Exp(-s))+p*math.Log1p(math.Exp(s)))
		}
		near(t, "uniform", (&tLoss{cfg: TLoss{Penalty: p}}).Uniform(0), least, 1e-4)
	}
}

// TestTLossStretches: a part lies in its anchor, negatives have the part's length and lie in the anchor's room, and lengths reach
// from one time stamp to the window's.
func TestTLossStretches(t *testing.T) {
	_, obj, err := setUp(TLoss{Crops: 64}, trialEncoder)
	if err != nil {
		t.Fatal(err)
	}
	o, rng := obj.(*tLoss), rand.New(rand.NewPCG(1, 2))
	shortest, longest := trialLength, 0
	for range 400 {
		spans := o.Crops(rng, trialLength)
		if len(spans) != 12 || spans[0].From != 0 {
			t.Fatalf("stretches %v", spans)
		}
		part := spans[1].To - spans[1].From
		shortest, longest = min(shortest, part), max(longest, part)
		for _, s := range spans[1:] {
			if s.From < 0 || s.To > spans[0].To || s.To-s.From != part || part < 1 {
				t.Fatalf("stretches %v", spans)
			}
		}
	}
	if shortest > 2 || longest < trialLength-1 {
		t.Errorf("parts are %d to %d long, want 1 to %d", shortest, longest, trialLength)
	}
}

func TestTLossStartsAndRefuses(t *testing.T) {
	for _, m := range []TLoss{{Negatives: -1}, {Penalty: -1}, {Crops: -1}, {Crops: 300}, {Negatives: 257}} {
		if _, _, err := setUp(m, trialEncoder); err == nil {
			t.Errorf("%+v was accepted", m)
		}
	}
	p := TLoss{}.Preset() // default_hyperparameters.json of the authors' code
	if n := len(TLoss{}.Needs().Views); p.Batch != 10 || p.LR != 1e-3 || p.Decay != -1 || n != 2+10 {
		t.Errorf("%+v, %d views", p, n)
	}
	// Views are asked for before settings are looked at.
	if n := len(TLoss{Negatives: 1 << 20}.Needs().Views); n > 2+256 {
		t.Errorf("%d views", n)
	}
}
