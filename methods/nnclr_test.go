package methods

import (
	"math"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// slowNNCLR is eq. 4 of Dwibedi et al. (2021) for both directions: z and p hold the projections and predictions of both
// views, one behind the other; rows k of the queue for which own holds are not looked at.
func slowNNCLR(z, p, queue []float32, d int, tau float64, own func(i, k int) bool) float64 {
	dot := func(a []float32, i int, b []float32, j int) (s float64) {
		for k := range d {
			s += float64(a[i*d+k]) * float64(b[j*d+k])
		}
		return s
	}
	n := len(z) / d / 2
	var total float64
	for view := range 2 {
		for i := range n {
			best := -1
			for k := range len(queue) / d {
				if !own(i, k) && (best < 0 || dot(z, view*n+i, queue, k) > dot(z, view*n+i, queue, best)) {
					best = k
				}
			}
			var sum float64
			for j := range n {
				sum += math.Exp(dot(queue, best, p, (1-view)*n+j) / tau)
			}
			total -= math.Log(math.Exp(dot(queue, best, p, (1-view)*n+i)/tau) / sum)
		}
	}
	return total / float64(2*n)
}

// passing is an encoder that hands on the first D values of a window.
type passing struct{ d int }

func (p passing) Dim() int { return p.d }

func (p passing) Apply(x *nn.Node) *nn.Node {
	s := x.Shape()
	return nn.Slice(nn.Reshape(x, s[0], s[1]*s[2]), 1, 0, p.d)
}

var _ encoders.Network = passing{}

func TestNNCLR(t *testing.T) {
	const n, d = 6, 8
	w := nn.NewWeights(3)
	obj, err := NNCLR{Hidden: 12, Out: d, Queue: 9}.New(Setup{Weights: w, Encoder: trialEncoder, Net: passing{d}, Channels: 1, Length: d, Samples: make([]Sample, 20), Batch: n})
	if err != nil {
		t.Fatal(err)
	}
	o := obj.(*nnclr)
	g := nn.NewGraph(true)
	a, b := g.Const(units(n, d, 1), n, 1, d), g.Const(units(n, d, 2), n, 1, d)
	loss := o.Build(Batch{Views: []*nn.Node{a, b}})
	h := o.projector.apply(encodeTogether(o.net, a, b))
	z, p := nn.Normalize(h), nn.Normalize(o.predictor.apply(h))
	prog, err := g.Compile(loss.Value, z, p, loss.Keep[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	near(t, "twin", float64(prog.Loss()), slowNNCLR(prog.Data(z), prog.Data(p), o.queue.keys.Data, d, 0.1, func(int, int) bool { return false }), 1e-5)
	// The projector learns through the predictor only, and what goes into the queue are the first views' projections.
	for i, v := range prog.Data(loss.Keep[0]) {
		if v != prog.Data(z)[i] {
			t.Fatal("the queue does not get the first view")
		}
	}
	now := Step{Samples: []int{3, 1, 4, 11, 5, 9}}
	loss.After(now, [][]float32{prog.Data(loss.Keep[0])})
	loss.After(now, [][]float32{prog.Data(loss.Keep[0])})
	if want := []float32{11, 5, 9, 11, 5, 9, 3, 1, 4}; !slices.Equal(o.ids.Data, want) { // 12 rows, of which the last three wrap around
		t.Errorf("the queue holds the samples %v, want %v", o.ids.Data, want)
	}
	// With the same views again, the nearest row of a first view is its own, and is passed over.
	loss.Before(now)
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	near(t, "twin without own rows", float64(prog.Loss()), slowNNCLR(prog.Data(z), prog.Data(p), o.queue.keys.Data, d, 0.1, func(i, k int) bool {
		return float32(now.Samples[i]) == o.ids.Data[k]
	}), 1e-5)
	if o.queue.state.Data[0] != 12%9 || o.queue.filled() != 9 {
		t.Errorf("after 12 rows in a queue of 9: pointer %g, filled %d", o.queue.state.Data[0], o.queue.filled())
	}
	// A queue of one key leaves every row of logits without a choice: log N at any p.
	one := &nnclr{tau: 0.1}
	for i := 0; i < len(o.queue.keys.Data); i += d {
		copy(o.queue.keys.Data[i:i+d], o.queue.keys.Data[:d])
	}
	same := make([]float32, n*d)
	for i := range n {
		same[i*d] = 1
	}
	near(t, "collapsed", value(t, same, d, func(p *nn.Node) *nn.Node { return matching(p, p, one.tau) }), math.Log(n), 1e-6)
	near(t, "uniform", one.Uniform(n), math.Log(n), 1e-12)
}

func TestNearestRowsAreConstants(t *testing.T) {
	const d = 4
	keys := units(7, d, 4)
	checkGradient(t, "contrast with a constant", units(5, d, 3), d, func(p *nn.Node) *nn.Node {
		return matching(p.Graph().Const(keys[:5*d], 5, d), p, 0.5)
	})
	w := nn.NewWeights(1)
	z := w.Param("z", randomUnits(d), 5, d)
	g := nn.NewGraph(true)
	p, err := g.Compile(nn.Sum(nn.Mul(nearestRows(g.Param(z), g.Const(keys, 7, d), g.Const(make([]float32, 5), 5), g.Const([]float32{-1, -1, -1, -1, -1, -1, -1}, 7)), g.Const(units(5, d, 9), 5, d))))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	for _, v := range z.Grad {
		if v != 0 {
			t.Fatalf("the lookup passes a gradient of %g, want exactly 0", v)
		}
	}
	if _, _, err := setUp(NNCLR{Queue: -1}, trialEncoder); err == nil {
		t.Error("a negative queue was accepted")
	}
}
