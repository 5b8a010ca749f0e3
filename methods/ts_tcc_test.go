package methods

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/cpc"
	"github.com/wavekin/wavekin/nn"
)

// TestTSTCCLossEqualsItsSlowTwin writes out eq. 3 to 6 of Eldele et al. (2021), from the encodings, contexts and projections
// of networks that have no batch statistics but those of the projection, which is applied to the same rows.
func TestTSTCCLossEqualsItsSlowTwin(t *testing.T) {
	w, obj, err := setUp(TSTCC{Hidden: 8, Depth: 1, Horizons: 3, Steps: 12, Out: 4}, trialEncoder)
	if err != nil {
		t.Fatal(err)
	}
	o := obj.(*tsTCC)
	const n, h = 5, 8
	x := [2][]float32{units(n, trialLength, 1), units(n, trialLength, 2)}
	g := nn.NewGraph(true)
	views := []*nn.Node{g.Const(x[0], n, 1, trialLength), g.Const(x[1], n, 1, trialLength)}
	loss := o.Build(Batch{Views: views})
	p, err := g.Compile(loss.Value, loss.Embeddings)
	if err != nil {
		t.Fatal(err)
	}
	loss.Before(Step{RNG: rand.New(rand.NewPCG(6, 6))})
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	now := rand.New(rand.NewPCG(6, 6)).IntN(12 - 3)

	var z, c [2][]float32
	for v := range 2 {
		z[v] = output(t, func(g *nn.Graph) *nn.Node { return o.sequence(g.Const(x[v], n, 1, trialLength)) })
		c[v] = output(t, func(g *nn.Graph) *nn.Node { return o.context.Apply(o.sequence(g.Const(x[v], n, 1, trialLength))) })
	}
	d := o.net.Dim()
	for _, rows := range z { // the encoding of a step has length 1 (the authors' trainer.py)
		for at := 0; at < len(rows); at += d {
			var square float64
			for _, u := range rows[at : at+d] {
				square += float64(u) * float64(u)
			}
			near(t, "length of an encoding", square, 1, 1e-5)
		}
	}
	var want float64
	for v := range 2 {
		for k := range 3 {
			m := w.Lookup(fmt.Sprintf("method.predictors.horizon%d.weight", k)).Data
			bias := w.Lookup(fmt.Sprintf("method.predictors.horizon%d.bias", k)).Data
			score := func(i, j int) (s float64) { // the context of sample i and the other view's future of sample j
				for a := range d {
					s += float64(z[1-v][(j*12+now+k+1)*d+a]) * float64(bias[a])
					for b := range h {
						s += float64(z[1-v][(j*12+now+k+1)*d+a]) * float64(m[a*h+b]) * float64(c[v][(i*12+now)*h+b])
					}
				}
				return s
			}
			for i := range n {
				var sum float64
				for j := range n {
					sum += math.Exp(score(i, j))
				}
				want += (math.Log(sum) - score(i, i)) / (3 * n)
			}
		}
	}
	want += 0.7 * slowNTXent(p.Data(loss.Embeddings), 4, 0.2)
	near(t, "ts-tcc", float64(p.Loss()), want, 1e-4)
}

// output runs a graph for training and returns what a node came to.
func output(t *testing.T, build func(g *nn.Graph) *nn.Node) []float32 {
	t.Helper()
	g := nn.NewGraph(true)
	y := build(g)
	p, err := g.Compile(nil, y)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	return p.Data(y)
}

func TestFutureGradientAndUniform(t *testing.T) {
	z := units(8, 5, 3)
	w := nn.NewWeights(1)
	ahead := cpc.NewPredictors(w, 5, 5, 2)
	f := func(z *nn.Node) *nn.Node {
		loss, _ := ahead.Future(nn.Slice(z, 0, 0, 4), func(int) *nn.Node { return nn.Slice(z, 0, 4, 8) })
		return loss
	}
	checkGradient(t, "future", z, 5, f)
	near(t, "equal futures", value(t, make([]float32, 40), 5, f), math.Log(4), 1e-6)
}

func TestTSTCCStartsAtTheUniformValue(t *testing.T) {
	tr := newTrial(t, TSTCC{Contextual: -1}, trialEncoder)
	near(t, "step 0", tr.next(), 2*math.Log(trialBatch), 0.05)
	near(t, "uniform", tr.obj.Uniform(trialBatch), 2*math.Log(trialBatch), 1e-6)
}

// TestTSTCCTrainsAsPublished: the figures are those of config_files/HAR_Configs.py of the authors' code, and of models/TC.py.
func TestTSTCCTrainsAsPublished(t *testing.T) {
	p := TSTCC{}.Preset()
	if p.Batch != 128 || p.LR != 3e-4 || p.Beta2 != 0.99 || p.Decay != 3e-4 || p.Views.String() != "scale-steps(1.1,2);permutation(8)|jitter(0.8)" {
		t.Errorf("%+v, views %s", p, p.Views)
	}
	w, _, err := setUp(TSTCC{}, trialEncoder)
	if err != nil {
		t.Fatal(err)
	}
	for name, shape := range map[string][]int{"context.in.weight": {100, 16}, "context.layer3.norm1.weight": {100}, "predictors.horizon0.bias": {16}} {
		if q := w.Lookup("method." + name); q == nil || !slices.Equal(q.Shape, shape) {
			t.Errorf("%s is not %v: %v", name, shape, q)
		}
	}
}

func TestTSTCCOnEveryEncoder(t *testing.T) {
	for _, enc := range sequenceEncoders {
		tr := newTrial(t, TSTCC{Depth: 1}, enc)
		for range 6 {
			if l := tr.next(); math.IsNaN(l) {
				t.Fatalf("%s: the loss is NaN", enc.Name())
			}
		}
		tr.on([]int{3, 9}) // a last batch of two
	}
	for _, m := range []TSTCC{{Temperature: -1}, {Steps: 1}, {Out: -1}, {Hidden: -1}, {Horizons: -3}, {Temporal: -1, Contextual: -1}} {
		if _, _, err := setUp(m, trialEncoder); err == nil {
			t.Errorf("%+v was accepted", m)
		}
	}
}
