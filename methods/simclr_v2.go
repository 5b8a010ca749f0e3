package methods

import (
	"cmp"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// SimCLRv2 is SimCLR with a projector of three layers as wide as the encoding, whose first layers fine-tuning keeps (Chen
// et al., 2020b, sections 2 and 3), and with a memory if asked: keys of a slow teacher as further negatives.
type SimCLRv2 struct {
	// Temperature divides the cosine similarities; 0 means 0.1.
	Temperature float64 `json:"temperature,omitempty" toml:"temperature"`
	// Hidden is the width of the projector's inner layers; 0 means that of the encoding.
	Hidden int `json:"hidden,omitempty" toml:"hidden"`
	// Out is the length of the projection; 0 means 128.
	Out int `json:"out,omitempty" toml:"out"`
	// Layers is the depth of the projector; 0 means 3.
	Layers int `json:"layers,omitempty" toml:"layers"`
	// Norm stands in the projector: "batch" (the default), "layer", "group", "group-ws", "actnorm" or "none".
	Norm string `json:"norm,omitempty" toml:"norm"`
	// Shift gives the last normalisation a shift beside its scale, as programs before this setting did; that of the authors
	// has none.
	Shift bool `json:"shift,omitempty" toml:"shift"`
	// Memory adds a queue of keys from a slow teacher to the negatives in the batch.
	Memory bool `json:"memory,omitempty" toml:"memory"`
	// Queue is the number of keys; 0 means a tenth of the samples, at least two batches and at most 4096.
	Queue int `json:"queue,omitempty" toml:"queue"`
	// Momentum is the share of the teacher that a step keeps; 0 means 0.99, negative none. The paper, with 64 thousand
	// keys, has 0.999.
	Momentum float64 `json:"momentum,omitempty" toml:"momentum"`
	// MomentumSchedule takes the place of Momentum, as in {from=0.99, shape="constant"}.
	MomentumSchedule Schedule `json:"momentum_schedule,omitzero" toml:"momentum_schedule"`
}

// Name returns "simclr-v2".
func (SimCLRv2) Name() string { return "simclr-v2" }

// Needs returns two views.
func (SimCLRv2) Needs() Needs { return Needs{} }

// Preset returns larger batches, since the negatives are in them.
func (SimCLRv2) Preset() Preset { return Preset{Batch: 64, LR: 1e-3} }

// Head is the projector, see [Keeper].
func (m SimCLRv2) Head(_ *nn.Weights, dim int) (string, Head) {
	return "projector", Head{Hidden: cmp.Or(m.Hidden, dim), Out: cmp.Or(m.Out, 128), Layers: cmp.Or(m.Layers, 3), Norm: cmp.Or(m.Norm, "batch"), Last: scaleOr(m.Shift)}
}

// TunedLayers is 1: the paper fine-tunes from the first layer (section 4.2).
func (SimCLRv2) TunedLayers() int { return 1 }

// New declares the projector, and teacher and queue if there is a memory.
func (m SimCLRv2) New(s Setup) (Objective, error) {
	tau, err := temperature(m.Temperature, 0.1)
	if err != nil {
		return nil, err
	}
	_, h := m.Head(s.Weights, s.Net.Dim())
	o := &simclrV2{net: s.Net, tau: tau}
	if o.projector, err = newProjector(m, s); err != nil || !m.Memory {
		return o, err
	}
	if o.momentum, err = teacherMomentum(m.Momentum, 0.99, m.MomentumSchedule, false); err != nil {
		return nil, err
	}
	k := cmp.Or(m.Queue, min(4096, max(2*s.Batch, len(s.Samples)/10)))
	if k < 1 || k > 1<<22 {
		return nil, fmt.Errorf("simclr-v2: queue of %d keys, want 1 to %d", k, 1<<22)
	}
	if o.slow, err = newSlow(s, h); err != nil {
		return nil, err
	}
	o.queue = newQueue(s.Weights, "queue", k, h.Out)
	return o, nil
}

type simclrV2 struct {
	net       encoders.Network
	projector *head
	tau       float32
	// slow and queue are nil without a memory.
	slow     *slowNet
	queue    *queue
	momentum Schedule
}

func (o *simclrV2) Build(b Batch) Loss {
	z := nn.Normalize(o.projector.apply(encodeTogether(o.net, b.Views...)))
	if o.queue == nil {
		return Loss{Value: NTXent(z, o.tau), Embeddings: z}
	}
	keys := nn.Normalize(o.slow.project(nn.Concat(0, b.Views...)))
	return Loss{
		Value:      memoryNTXent(z, z.Graph().Param(o.queue.keys), o.tau),
		Embeddings: z,
		Keep:       []*nn.Node{keys},
		After: func(s Step, kept [][]float32) {
			o.slow.move(o.momentum.At(s.Index, s.Total))
			o.queue.push(kept[0])
		},
	}
}

// Uniform is log(2N-1+K), with the K keys of the memory.
func (o *simclrV2) Uniform(n int) float64 {
	k := 0
	if o.queue != nil {
		k = o.queue.size()
	}
	return math.Log(float64(2*n - 1 + k))
}

// memoryNTXent is [NTXent] with the rows of keys [K, D] as further negatives of every view.
func memoryNTXent(z, keys *nn.Node, tau float32) *nn.Node {
	g := z.Graph()
	rows := z.Dim(0)
	own := nn.Add(nn.Scale(nn.MatMul(z, z, false, true), 1/tau), g.Const(diagonal(rows, -hidden), rows, rows))
	logits := nn.Concat(1, own, nn.Scale(nn.MatMul(z, keys, false, true), 1/tau))
	return nn.CrossEntropy(logits, g.Const(partners(rows/2), rows))
}
