package methods

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// The trials use sets of a few noisy waveforms: small enough for a test, and with classes that an
// encoder can tell apart.
const (
	trialSamples = 64
	trialBatch   = 16
	trialLength  = 48
	trialClasses = 4
)

var trialEncoder = encoders.Conv{Width: 8, Depth: 2, Out: 16}

// setUp builds a method on fresh weights, as the trainer does.
func setUp(m Method, enc encoders.Encoder) (*nn.Weights, Objective, error) {
	w := nn.NewWeights(1)
	shape := trialShape(enc)
	net, err := NetworkOf(m, w, enc, shape[0])
	if err != nil {
		return nil, nil, err
	}
	s := Setup{Weights: w.Scope("method"), Encoder: enc, Net: net, Channels: shape[0], Batch: trialBatch, Steps: 200}
	if s.Length = shape[1]; len(shape) == 3 {
		s.Length, s.Height, s.Width = 0, shape[1], shape[2]
	}
	for i := range trialSamples {
		s.Samples = append(s.Samples, Sample{Series: i})
		s.Labels = append(s.Labels, i%trialClasses)
	}
	obj, err := m.New(s)
	return w, obj, err
}

// trial trains a method by plain gradient descent on one batch after the other.
type trial struct {
	t       *testing.T
	method  Method
	encoder encoders.Encoder
	weights *nn.Weights
	obj     Objective
	shape   []int // of a sample, channels first
	views   []View
	progs   map[string]*trialProgram
	rng     *rand.Rand
	step    int
	rate    float32
	noise   float64
	last    *trialProgram // of the step before
	order   []int         // of the samples in the epoch
}

type trialProgram struct {
	prog  *nn.Program
	views []*nn.Node
	loss  Loss
}

func newTrial(t *testing.T, m Method, enc encoders.Encoder) *trial {
	t.Helper()
	w, obj, err := setUp(m, enc)
	if err != nil {
		t.Fatal(err)
	}
	tr := &trial{t: t, method: m, encoder: enc, weights: w, obj: obj, shape: trialShape(enc), views: m.Needs().Views, progs: map[string]*trialProgram{},
		rng: rand.New(rand.NewPCG(3, 4)), rate: 0.1, noise: 0.1}
	if encoders.Axes(enc) == 2 {
		tr.noise = 0.3
	}
	if len(tr.views) == 0 {
		tr.views = make([]View, 2)
	}
	return tr
}

// draw writes a sample with its noise.
func (tr *trial) draw(dst []float32, shape []int, i, from int, rng *rand.Rand) {
	if len(shape) == 3 {
		picture(dst, shape, i)
	} else {
		waveform(dst, i, from, 1)
	}
	for k := range dst {
		dst[k] += float32(tr.noise * rng.NormFloat64())
	}
}

// waveform is a sample without noise; samples i and i+trialClasses are alike.
func waveform(dst []float32, i, from int, share float64) {
	for k := range dst {
		at := float64(from) + float64(k)*share
		dst[k] = float32(math.Sin(at * float64(i%trialClasses+1) * 0.2))
	}
}

func (tr *trial) program(n int, spans []Span) *trialProgram {
	tr.t.Helper()
	key := fmt.Sprint(n, spans)
	if p, ok := tr.progs[key]; ok {
		return p
	}
	g := nn.NewGraph(true)
	p := &trialProgram{}
	for i, v := range tr.views {
		shape := append([]int{n}, tr.shape...)
		for k := range shape[2:] {
			if v.Length > 0 {
				shape[2+k] = int(v.Length*float64(shape[2+k]) + 0.5)
			}
			if spans != nil {
				shape[2+k] = spans[i].To - spans[i].From
			}
		}
		p.views = append(p.views, g.Input(fmt.Sprint("view", i), shape...))
	}
	p.loss = tr.obj.Build(Batch{Views: p.views, Spans: spans})
	outputs := append([]*nn.Node{p.loss.Embeddings}, p.loss.Keep...)
	for _, m := range p.loss.Measures {
		outputs = append(outputs, m.Node)
	}
	var err error
	if p.prog, err = g.Compile(p.loss.Value, outputs...); err != nil {
		tr.t.Fatal(err)
	}
	tr.progs[key] = p
	return p
}

// next takes a step on the next trialBatch samples, and returns its loss, before the update.
func (tr *trial) next() float64 {
	tr.t.Helper()
	if tr.order == nil || tr.step%(trialSamples/trialBatch) == 0 {
		tr.begin(tr.step / (trialSamples / trialBatch))
	}
	at := tr.step * trialBatch % trialSamples
	return tr.on(tr.order[at : at+trialBatch])
}

// begin starts an epoch: the method looks at all samples, and may choose their order.
func (tr *trial) begin(epoch int) {
	tr.t.Helper()
	if s, ok := tr.obj.(Surveyor); ok {
		rng := rand.New(rand.NewPCG(9, uint64(epoch)))
		look := func() []float32 { return tr.look(s.Look) }
		if p, ok := tr.obj.(Previewer); ok {
			look = func() (all []float32) {
				for range p.Previews() {
					all = append(all, tr.look(s.Look)...)
				}
				return all
			}
		}
		if err := s.Survey(epoch, rng, func() ([]float32, error) { return look(), nil }); err != nil {
			tr.t.Fatal(err)
		}
	}
	tr.order = make([]int, trialSamples)
	for i := range tr.order {
		tr.order[i] = i
	}
	if s, ok := tr.obj.(Sampler); ok {
		s.Draw(tr.order, rand.New(rand.NewPCG(10, uint64(epoch))))
	}
}

func (tr *trial) on(samples []int) float64 {
	tr.t.Helper()
	var spans []Span
	if c, ok := tr.obj.(Cropper); ok {
		spans = c.Crops(tr.rng, trialLength)
	}
	p := tr.program(len(samples), spans)
	for v, node := range p.views {
		data := p.prog.Data(node)
		l := len(data) / len(samples)
		for i, s := range samples {
			x := data[i*l : (i+1)*l]
			from := 0
			if spans != nil {
				from = spans[v].From
			}
			tr.draw(x, node.Shape()[1:], s, from, tr.rng)
			tr.views[v].Then.Apply([][]float32{x}, nil)
		}
	}
	now := Step{Index: tr.step, Total: 200, Samples: samples, RNG: tr.rng}
	if p.loss.Before != nil {
		p.loss.Before(now)
	}
	if err := p.prog.Run(); err != nil {
		tr.t.Fatal(err)
	}
	for _, q := range tr.weights.Trainable() {
		rate := tr.rateOf(q)
		for i := range q.Data {
			q.Data[i] -= rate * q.Grad[i]
		}
	}
	if p.loss.After != nil {
		var kept [][]float32
		for _, k := range p.loss.Keep {
			kept = append(kept, p.prog.Data(k))
		}
		p.loss.After(now, kept)
	}
	tr.step++
	tr.last = p
	return float64(p.prog.Loss())
}

// rateOf is the rate of a parameter in this step: the method's groups freeze parts, for a while or for good, and multiply rates.
func (tr *trial) rateOf(q *nn.Param) float32 {
	o, ok := tr.obj.(Grouper)
	if !ok {
		return tr.rate
	}
	for _, g := range o.Groups() {
		switch {
		case !strings.HasPrefix(q.Name, g.Prefix) || g.Vectors && len(q.Shape) > 1:
		case g.Rate < 0 || tr.step < g.From:
			return 0
		default:
			return tr.rate * float32(cmp.Or(g.Rate, 1))
		}
	}
	return tr.rate
}

// spread is the collapse instrument on the embeddings of the step before: the mean over dimensions of the standard
// deviation of the unit vectors, over √(1/D), which is what independent directions have. 1 is healthy, 0 collapsed.
func (tr *trial) spread() float64 {
	z := tr.last.prog.Data(tr.last.loss.Embeddings)
	return deviation(z, tr.last.loss.Embeddings.Shape()[1])
}

// deviation is the spread of rows of d numbers.
func deviation(z []float32, d int) float64 {
	n := float64(len(z) / d)
	var std float64
	for j := range d {
		var sum, sq float64
		for i := j; i < len(z); i += d {
			sum += float64(z[i])
			sq += float64(z[i]) * float64(z[i])
		}
		std += math.Sqrt(max(0, sq/n-sum*sum/n/n)) / float64(d)
	}
	return std * math.Sqrt(float64(d))
}

// measure returns the value of a measure in the last step.
func (tr *trial) measure(name string) float64 {
	tr.t.Helper()
	for _, m := range tr.last.loss.Measures {
		if m.Name == name {
			return float64(tr.last.prog.Data(m.Node)[0])
		}
	}
	tr.t.Fatalf("no measure %q", name)
	return 0
}

// encode returns the unit encodings of all samples by the deployed network.
func (tr *trial) encode() [][]float32 {
	tr.t.Helper()
	if d, ok := tr.obj.(Deployer); ok {
		d.Deploy()
	}
	net, err := NetworkOf(tr.method, tr.weights, tr.encoder, tr.shape[0])
	if err != nil {
		tr.t.Fatal(err)
	}
	out := tr.look(func(x *nn.Node) *nn.Node { return nn.Normalize(net.Apply(x)) })
	d := len(out) / trialSamples
	var h [][]float32
	for i := range trialSamples {
		h = append(h, append([]float32(nil), out[i*d:(i+1)*d]...))
	}
	return h
}

// look computes what f builds, in evaluation mode, from all samples.
func (tr *trial) look(f func(x *nn.Node) *nn.Node) []float32 {
	tr.t.Helper()
	g := nn.NewGraph(false)
	x := g.Input("x", append([]int{trialSamples}, tr.shape...)...)
	y := f(x)
	p, err := g.Compile(nil, y)
	if err != nil {
		tr.t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(8, 8))
	data := p.Data(x)
	l := len(data) / trialSamples
	for i := range trialSamples {
		tr.draw(data[i*l:(i+1)*l], tr.shape, i, 0, rng)
	}
	if err := p.Run(); err != nil {
		tr.t.Fatal(err)
	}
	return p.Data(y)
}

// neighbours is the share of samples whose nearest other sample, by cosine, is of their class.
func neighbours(h [][]float32) float64 {
	right := 0
	for i, a := range h {
		best, at := float32(-2), 0
		for j, b := range h {
			var dot float32
			for k := range a {
				dot += a[k] * b[k]
			}
			if j != i && dot > best {
				best, at = dot, j
			}
		}
		if at%trialClasses == i%trialClasses {
			right++
		}
	}
	return float64(right) / float64(len(h))
}

// short are the settings of configs/short, where a method that is set as published takes more than a few hundred steps.
var short = map[string]string{"cmc": `{"form":"batch"}`, "deepcluster": `{"top_rate":10,"norm":"batch","reassign":-1}`, "dino": `{"norm":"batch","momentum":0.9}`}

// TestEveryMethodLearns holds every method of the catalogue to the same demands: over 200 steps the
// loss ends below where the method knows nothing, and nearest neighbours share their class.
func TestEveryMethodLearns(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			m, err := ByName(name, []byte(short[name]))
			if err != nil {
				t.Fatal(err)
			}
			learns(t, m)
		})
	}
}

// learns trains a method for 200 steps and holds it to the demands of [TestEveryMethodLearns].
func learns(t *testing.T, m Method) {
	t.Helper()
	learnsAt(t, m, cmp.Or(rates[m.Name()], 0.1))
}

// learnsAt takes a rate of its own, for losses of another scale.
func learnsAt(t *testing.T, m Method, rate float32) {
	t.Helper()
	learnsOn(t, m, trialEncoder, rate)
}

// learnsOn takes an encoder of windows or of images.
func learnsOn(t *testing.T, m Method, enc encoders.Encoder, rate float32) {
	t.Helper()
	tr := newTrial(t, m, enc)
	tr.rate = rate
	steps := 200
	if encoders.Axes(enc) == 2 {
		steps = 120
	}
	var early, late float64
	for i := range steps {
		l := tr.next()
		if math.IsNaN(l) {
			t.Fatalf("the loss is NaN at step %d", i)
		}
		if i < 20 {
			early += l / 20
		}
		if i >= steps-20 {
			late += l / 20
		}
	}
	if late >= early {
		t.Errorf("the loss went from %.3f to %.3f", early, late)
	}
	if u := tr.obj.Uniform(trialBatch); !math.IsNaN(u) && late > cmp.Or(floors[m.Name()], 0.9)*u {
		t.Errorf("the loss ends at %.3f; telling nothing apart is %.3f", late, u)
	}
	if s := tr.spread(); s < cmp.Or(spreads[m.Name()], 0.1) {
		t.Errorf("the embeddings' spread is %.2g, want it well above 0", s)
	}
	if right := neighbours(tr.encode()); right < 0.9 {
		t.Errorf("%.0f %% of nearest neighbours are of the same class, want 90", 100*right)
	}
}

// floors are for methods that can only go so far below the uniform value: how far of it is still well learnt. TS2Vec is to
// tell steps apart that lie a period apart, and waveforms of one class; to TNC a waveform looks alike a period away.
var floors = map[string]float64{"ts2vec": 0.95, "tnc": 0.98}

// spreads are for methods whose embeddings need not be centred: DeepCluster learns from them behind a normalisation.
var spreads = map[string]float64{"deepcluster": 0.05}

// rates are for methods whose loss is flat at the start, so that plain descent needs a larger step: CPC's scores are
// products of small numbers. DeepCluster's last layer takes ten times the rate.
var rates = map[string]float32{"cpc": 0.3, "deepcluster": 0.03}
