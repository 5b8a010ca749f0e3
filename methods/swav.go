package methods

import (
	"cmp"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/kmeans"
	"github.com/wavekin/wavekin/nn"
)

// SwAV predicts, from one crop, to which prototypes another crop of the sample is assigned (Caron et al., 2020, eq. 2).
// The assignments are balanced over the batch and a queue, so that not all samples get the same.
type SwAV struct {
	MultiCrop
	// Prototypes is their number; 0 means a quarter of the samples, at least 8 and at most 512.
	Prototypes int `json:"prototypes,omitempty" toml:"prototypes"`
	// Temperature divides the similarities to the prototypes; 0 means 0.1.
	Temperature float64 `json:"temperature,omitempty" toml:"temperature"`
	// Epsilon is the smoothness of the codes; 0 means 0.05.
	Epsilon float64 `json:"epsilon,omitempty" toml:"epsilon"`
	// Rounds is how often Sinkhorn's algorithm runs over prototypes and samples; 0 means 3.
	Rounds int `json:"rounds,omitempty" toml:"rounds"`
	// Hidden and Out are the widths of the projector; 0 means 256 and 128.
	Hidden int `json:"hidden,omitempty" toml:"hidden"`
	Out    int `json:"out,omitempty" toml:"out"`
	// Norm stands in the projector: "batch" (the default), "layer", "group" or "none".
	Norm string `json:"norm,omitempty" toml:"norm"`
	// Queue is the number of earlier embeddings, for each long crop, that codes are balanced over as well; 0 means as many
	// as make batch and queue twice the prototypes, at most 3840; negative none.
	Queue int `json:"queue,omitempty" toml:"queue"`
	// QueueEpoch is the epoch, from 0, in which the queue begins to fill; it counts once it is full. 0 means 15, as in the authors' runs,
	// negative the first.
	QueueEpoch int `json:"queue_epoch,omitempty" toml:"queue_epoch"`
	// QueueFrom, where not 0, takes the place of QueueEpoch: the queue fills from the first step, and counts after this share of the
	// steps, or negative at once, when it is full.
	QueueFrom float64 `json:"queue_from,omitempty" toml:"queue_from"`
	// Freeze is the number of steps in which the prototypes stay as they were drawn; 0 means one epoch, bounded by FreezeShare, negative
	// none.
	Freeze int `json:"freeze,omitempty" toml:"freeze"`
	// FreezeShare is the share of the steps that the freeze lasts at most where Freeze is not given; 0 means 0.1, negative that
	// it lasts the epoch of the authors however short the run is.
	FreezeShare float64 `json:"freeze_share,omitempty" toml:"freeze_share"`
	// NoBalance takes the plain softmax for a code, to see the method collapse.
	NoBalance bool `json:"no_balance,omitempty" toml:"no_balance"`
}

// Name returns "swav".
func (SwAV) Name() string { return "swav" }

// Needs returns the long crops and then the short ones.
func (m SwAV) Needs() Needs { return Needs{Views: m.views(swavShort)} }

// Preset trains with milder views, since the crops are cut by the method.
func (SwAV) Preset() Preset { return cropPreset() }

// Head is the projector, see [Keeper].
func (m SwAV) Head(_ *nn.Weights, _ int) (string, Head) {
	return "projector", Head{Hidden: cmp.Or(m.Hidden, 256), Out: cmp.Or(m.Out, 128), Layers: 2, Norm: cmp.Or(m.Norm, "batch"), Bias: true}
}

// New declares projector, prototypes and queues.
func (m SwAV) New(s Setup) (Objective, error) {
	crops, err := m.check(swavShort)
	if err != nil {
		return nil, err
	}
	tau, err := temperature(m.Temperature, 0.1)
	if err != nil {
		return nil, err
	}
	m.Epsilon, m.Rounds, m.Out = cmp.Or(m.Epsilon, 0.05), cmp.Or(m.Rounds, 3), cmp.Or(m.Out, 128)
	m.Prototypes = cmp.Or(m.Prototypes, clustersFor(len(s.Samples)))
	queue := max(0, cmp.Or(m.Queue, min(3840, max(0, 2*m.Prototypes-s.Batch))))
	if m.Freeze, err = frozen(s, m.Freeze, m.FreezeShare); err != nil {
		return nil, err
	}
	switch {
	case m.Prototypes < 2 || m.Prototypes > 1<<20 || queue > 1<<20:
		return nil, fmt.Errorf("%d prototypes and a queue of %d, want 2 to %d prototypes and at most as many in the queue", m.Prototypes, queue, 1<<20)
	case !(m.Epsilon >= 0.005) || m.Epsilon > 100:
		return nil, fmt.Errorf("epsilon is %g, want 0.005 to 100", m.Epsilon)
	case m.Rounds < 1 || m.Rounds > 1000:
		return nil, fmt.Errorf("%d rounds, want 1 to 1000", m.Rounds)
	case !(m.QueueFrom <= 1):
		return nil, fmt.Errorf("queue_from is %g, want at most 1", m.QueueFrom)
	}
	o := &swav{net: s.Net, cfg: m, crops: crops, tau: tau, prefix: s.Weights.Name("prototypes"), batch: s.Batch}
	o.queueFill, o.queueFrom = m.queueSteps(s)
	if o.projector, err = newProjector(m, s); err != nil {
		return nil, err
	}
	o.prototypes = s.Weights.Param("prototypes", randomUnits(m.Out), m.Prototypes, m.Out)
	for i := range crops.Long {
		if queue > 0 {
			o.queues = append(o.queues, newQueue(s.Weights, fmt.Sprintf("queue%d", i), queue, m.Out))
		}
	}
	return o, nil
}

// queueSteps are the steps from which the queue fills, and from which it may count.
func (m SwAV) queueSteps(s Setup) (fill, count int) {
	if m.QueueFrom != 0 {
		return 0, int(max(0, m.QueueFrom) * float64(s.Steps))
	}
	fill = max(0, cmp.Or(m.QueueEpoch, 15)) * epochSteps(s)
	return fill, fill
}

type swav struct {
	net        encoders.Network
	projector  *head
	prototypes *nn.Param
	queues     []*queue
	cfg        SwAV
	crops      MultiCrop
	tau        float32
	queueFill  int  // the step in which the queue begins to fill
	queueFrom  int  // the step from which it may count
	queued     bool // whether the queue counts in this step
	batch      int
	prefix     string
}

func (o *swav) Build(b Batch) Loss {
	g := b.Views[0].Graph()
	n, views, long := b.Views[0].Dim(0), len(b.Views), o.crops.Long
	prototypes := g.Param(o.prototypes)
	z := nn.Normalize(o.projector.apply(embedCrops(o.net, b.Views)))
	scores := nn.MatMul(z, prototypes, false, true)
	loss := Loss{}
	loss.Before = func(s Step) {
		kmeans.Unit(o.prototypes.Data, o.cfg.Out)
		o.queued = len(o.queues) > 0 && s.Index >= o.queueFrom && o.queues[0].filled() == o.queues[0].size()
	}
	var codes []*nn.Node
	for i := range long {
		codes = append(codes, o.codes(nn.Slice(scores, 0, i*n, (i+1)*n), prototypes, i))
		loss.Keep = append(loss.Keep, nn.Slice(z, 0, i*n, (i+1)*n))
	}
	logits := nn.Scale(scores, 1/o.tau)
	q := nn.Concat(0, codes...)
	loss.Value = swapped(logits, q, long, views)
	loss.Embeddings = nn.StopGradient(nn.Slice(z, 0, 0, long*n))
	single, _ := entropies(q)
	_, usage := entropies(nn.Softmax(nn.StopGradient(logits)))
	loss.Measures = []Measure{{"code_entropy", single}, {"usage_entropy", usage}}
	loss.After = func(s Step, z [][]float32) {
		if s.Index < o.queueFill {
			return
		}
		for i, q := range o.queues {
			q.push(z[i])
		}
	}
	return loss
}

// codes are those of the scores of a long crop [N, K]: constants, balanced together with the queue under the prototypes of
// this step.
func (o *swav) codes(scores, prototypes *nn.Node, crop int) *nn.Node {
	g := scores.Graph()
	n, k := scores.Dim(0), o.cfg.Prototypes
	in := []*nn.Node{scores}
	rows := n
	if len(o.queues) > 0 {
		in = append(in, nn.MatMul(g.Param(o.queues[crop].keys), prototypes, false, true))
		rows += o.queues[crop].size()
	}
	sk := newSinkhorn(rows, k, o.cfg.Epsilon, o.cfg.Rounds)
	sk.unbalanced = o.cfg.NoBalance
	return nn.Host("sinkhorn", []int{n, k}, func(in [][]float32, out []float32) {
		if o.queued {
			sk.codes(out, in[0], in[1])
			return
		}
		sk.codes(out, in[0], nil)
	}, in...)
}

// Groups keeps the prototypes at first; they are decayed as everything is, and brought to length 1 before each step.
func (o *swav) Groups() []Group {
	return []Group{{Prefix: o.prefix, From: o.cfg.Freeze}}
}

// Uniform is log K.
func (o *swav) Uniform(int) float64 { return math.Log(float64(o.cfg.Prototypes)) }

// Diagnose tells when the predictions use few prototypes, or prototypes are more than can be used.
func (o *swav) Diagnose(measures map[string]float64) []string {
	out := collapseAdvice("balance over prototypes", o.cfg.NoBalance)
	k := float64(o.cfg.Prototypes)
	if used, ok := measures["usage_entropy"]; ok && used < 0.3*math.Log(k) {
		out = append(out, fmt.Sprintf("the predictions use about %.1f of %d prototypes; use a smaller epsilon, a longer freeze or fewer prototypes", math.Exp(used), o.cfg.Prototypes))
	}
	rows := o.batch
	if len(o.queues) > 0 {
		rows += o.queues[0].size()
	}
	if rows < o.cfg.Prototypes {
		out = append(out, fmt.Sprintf("%d prototypes share a batch and queue of %d samples; use at most that many prototypes, or a longer queue", o.cfg.Prototypes, rows))
	}
	return out
}
