package methods

import (
	"cmp"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/cpc"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// TSTCC learns from a weak and a strong view of a window (Eldele et al., 2021): from the past of either view, summed up by a
// Transformer, it predicts the future of the other (eq. 3 and 4: a context chooses among the futures of the batch), and it contrasts the summaries of a sample with those of
// the others (eq. 5). It needs an encoder with an encoding for every step.
type TSTCC struct {
	// Horizons is how many steps ahead are predicted; 0 means a third of the steps there are.
	Horizons int `json:"horizons,omitempty" toml:"horizons"`
	// Steps is the most steps that are made of a window: finer encodings are pooled by their maximum. 0 means 16.
	Steps int `json:"steps,omitempty" toml:"steps"`
	// Hidden is the width of the Transformer, Inner that of its feed-forward layers and Depth the number of layers; 0 means
	// 100, 64 and 4, as published for HAR and Epilepsy.
	Hidden int `json:"hidden,omitempty" toml:"hidden"`
	Inner  int `json:"inner,omitempty" toml:"inner"`
	Depth  int `json:"depth,omitempty" toml:"depth"`
	// Out is the length of the summaries' projection; 0 means 32.
	Out int `json:"out,omitempty" toml:"out"`
	// Temperature divides the cosines of the summaries; 0 means 0.2.
	Temperature float64 `json:"temperature,omitempty" toml:"temperature"`
	// Temporal and Contextual are the weights of the two parts; 0 means 1 and 0.7, negative none.
	Temporal   float64 `json:"temporal,omitempty" toml:"temporal"`
	Contextual float64 `json:"contextual,omitempty" toml:"contextual"`
}

// Name returns "ts-tcc".
func (TSTCC) Name() string { return "ts-tcc" }

// Needs returns a weak and a strong view.
func (TSTCC) Needs() Needs { return Needs{Views: []View{{}, {Second: true}}, Sequences: true} }

// Preset is the authors' run on HAR: every time stamp scaled by N(2, 1.1) for the weak view, 1 to 7 segments permuted and noise
// of 0.8 for the strong one. Windows of a few dozen time stamps bear less.
func (TSTCC) Preset() Preset {
	return Preset{Batch: 128, LR: 3e-4, Decay: 3e-4, Beta2: 0.99, Views: augment.Spec{
		First:  augment.Pipeline{augment.ScaleSteps{}},
		Second: augment.Pipeline{augment.Permutation{Segments: 8}, augment.Jitter{Sigma: 0.8}},
	}}
}

// New declares the Transformer, the predictors and the projection.
func (m TSTCC) New(s Setup) (Objective, error) {
	if err := s.sequencesOnly("ts-tcc"); err != nil {
		return nil, err
	}
	net, ok := s.Net.(encoders.Sequencer)
	if !ok {
		return nil, fmt.Errorf("ts-tcc needs an encoder with an encoding for every step; %s has none", s.Encoder.Name())
	}
	m.Steps, m.Hidden, m.Depth, m.Out = cmp.Or(m.Steps, 16), cmp.Or(m.Hidden, 100), cmp.Or(m.Depth, 4), cmp.Or(m.Out, 32)
	tau, err := temperature(m.Temperature, 0.2)
	if err != nil {
		return nil, err
	}
	o := &tsTCC{net: net, tau: tau, temporal: float32(max(cmp.Or(m.Temporal, 1), 0)), contextual: float32(max(cmp.Or(m.Contextual, 0.7), 0))}
	if m.Steps < 2 || m.Out < 1 || o.temporal+o.contextual <= 0 {
		return nil, fmt.Errorf("ts-tcc with %d steps, %d out and weights of %g and %g: want at least 2 steps, 1 out and a weight above 0",
			m.Steps, m.Out, o.temporal, o.contextual)
	}
	steps := (s.Length + net.Stride() - 1) / net.Stride()
	o.pool = (steps + m.Steps - 1) / m.Steps
	if o.steps = steps / o.pool; o.steps < 2 {
		return nil, fmt.Errorf("ts-tcc needs at least 2 steps of a window, and %s makes %d of %d time stamps; use longer windows or an encoder with a smaller stride",
			s.Encoder.Name(), o.steps, s.Length)
	}
	if o.horizons = min(cmp.Or(m.Horizons, max(1, o.steps/3)), o.steps-1); o.horizons < 1 {
		return nil, fmt.Errorf("ts-tcc predicts %d steps, want at least 1", m.Horizons)
	}
	context := cpc.ContextConfig{Kind: "transformer", Width: m.Hidden, Depth: m.Depth, Inner: cmp.Or(m.Inner, 64)}
	if o.context, err = context.New(s.Weights.Scope("context"), net.Dim()); err != nil {
		return nil, err
	}
	o.ahead = cpc.NewBiasedPredictors(s.Weights.Scope("predictors"), m.Hidden, net.Dim(), o.horizons)
	o.head, err = newHead(s.Weights.Scope("projector"), m.Hidden, Head{Hidden: 2 * m.Out, Out: m.Out, Layers: 2, Norm: "batch", Bias: true, BiasOut: true})
	return o, err
}

type tsTCC struct {
	net                   encoders.Sequencer
	context               *cpc.Context
	ahead                 *cpc.Predictors
	head                  *head
	tau                   float32
	temporal, contextual  float32
	pool, steps, horizons int
}

// sequence maps x [N, C, T] to z [N, S, D], unit vectors, as the authors' code has them.
func (o *tsTCC) sequence(x *nn.Node) *nn.Node {
	z := o.net.Steps(x)
	if o.pool > 1 {
		z = nn.MaxPool1D(z, o.pool, o.pool)
	}
	return nn.Normalize(nn.SwapLast(z))
}

func (o *tsTCC) Build(b Batch) Loss {
	weak, strong := o.sequence(b.Views[0]), o.sequence(b.Views[1])
	g := weak.Graph()
	n, steps := weak.Dim(0), weak.Dim(1)
	at := newMoment(g, n, steps, o.horizons)
	// The context at a step of causal attention is that of the steps so far.
	past := []*nn.Node{at.now(o.context.Apply(weak)), at.now(o.context.Apply(strong))}
	future := []*nn.Node{strong, weak}
	var temporal *nn.Node
	loss := Loss{Before: at.draw}
	for v, c := range past {
		nce, right := o.ahead.Future(c, func(k int) *nn.Node { return at.later(future[v], k) })
		if v == 0 {
			temporal = nce
			loss.Measures = append(loss.Measures, Measure{"accuracy_01", right})
		} else {
			temporal = nn.Add(temporal, nce)
		}
	}
	p := nn.Normalize(o.head.apply(nn.Concat(0, past...)))
	contextual := NTXent(p, o.tau)
	loss.Value = nn.Add(nn.Scale(temporal, o.temporal), nn.Scale(contextual, o.contextual))
	loss.Embeddings = nn.StopGradient(p)
	return loss
}

// Uniform is 2 log N for the futures and log(2N-1) for the summaries, by their weights.
func (o *tsTCC) Uniform(n int) float64 {
	return float64(o.temporal)*2*math.Log(float64(n)) + float64(o.contextual)*math.Log(float64(2*n-1))
}

// moment is the step between past and future, drawn anew for each batch.
type moment struct {
	n, steps int
	index    [][]float32 // rows of [N·S], for the present and each horizon
	nodes    []*nn.Node
}

func newMoment(g *nn.Graph, n, steps, horizons int) *moment {
	m := &moment{n: n, steps: steps}
	for range horizons + 1 {
		m.index = append(m.index, make([]float32, n))
		m.nodes = append(m.nodes, g.Const(m.index[len(m.index)-1], n))
	}
	m.set(0)
	return m
}

func (m *moment) draw(s Step) { m.set(s.RNG.IntN(m.steps - len(m.index) + 1)) }

func (m *moment) set(t int) {
	for k, rows := range m.index {
		for i := range rows {
			rows[i] = float32(i*m.steps + t + k)
		}
	}
}

// now picks from x [N, S, D] the present [N, D], and later what is k+1 steps ahead.
func (m *moment) now(x *nn.Node) *nn.Node { return m.later(x, -1) }

func (m *moment) later(x *nn.Node, k int) *nn.Node {
	return nn.Take(nn.Reshape(x, m.n*m.steps, x.Dim(2)), m.nodes[k+1])
}
