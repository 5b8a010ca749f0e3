package methods

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// MoCo is what the first two versions of momentum contrast have in common: a queue of keys from a slow teacher.
type MoCo struct {
	// Temperature divides the cosine similarities; 0 means 0.1 in the first version and 0.2 in the second.
	Temperature float64 `json:"temperature,omitempty" toml:"temperature"`
	// Queue is the number of keys that are kept; 0 means a tenth of the samples, at least two batches and at most 4096.
	Queue int `json:"queue,omitempty" toml:"queue"`
	// Momentum is the share of the teacher that a step keeps; 0 means 0.99, negative none.
	Momentum float64 `json:"momentum,omitempty" toml:"momentum"`
	// MomentumSchedule takes the place of Momentum, as in {from=0.99, shape="constant"}.
	MomentumSchedule Schedule `json:"momentum_schedule,omitzero" toml:"momentum_schedule"`
	// Out is the length of the embedding; 0 means 128.
	Out int `json:"out,omitempty" toml:"out"`
	// Groups is into how many groups, shuffled for the keys, a batch is split for batch normalisation; 0 means 4 where
	// the encoder has any, else 1.
	Groups int `json:"groups,omitempty" toml:"groups"`
	// Symmetric takes either view as the query, against the same queue unless there are two, and sums the two losses, as the authors' CIFAR-10 demo
	// does: the gradient is about twice that of one direction.
	Symmetric bool `json:"symmetric,omitempty" toml:"symmetric"`
	// TwoQueues keeps the keys of either view in a queue of its own, of Queue keys each; it goes with Symmetric.
	TwoQueues bool `json:"two_queues,omitempty" toml:"two_queues"`
}

// MoCoV1 is momentum contrast (He et al., 2020, algorithm 1): one linear layer on the encoder.
type MoCoV1 struct{ MoCo }

// Name returns "moco-v1".
func (MoCoV1) Name() string { return "moco-v1" }

// Needs returns two views.
func (MoCoV1) Needs() Needs { return Needs{} }

// New declares the linear head, the teacher and the queue.
func (m MoCoV1) New(s Setup) (Objective, error) {
	m.Temperature = cmp.Or(m.Temperature, 0.1)
	_, head := m.Head(s.Weights, s.Net.Dim())
	return m.build(s, head)
}

// Head is the projector, see [Keeper].
func (m MoCoV1) Head(_ *nn.Weights, _ int) (string, Head) {
	return "projector", Head{Hidden: 1, Out: cmp.Or(m.Out, 128), Layers: 1, Norm: "none", Bias: true}
}

// MoCoV2 is momentum contrast with an MLP head (Chen et al., 2020): no normalisation in it, and a higher temperature.
type MoCoV2 struct {
	MoCo
	// Hidden is the width of the head; 0 means 256.
	Hidden int `json:"hidden,omitempty" toml:"hidden"`
}

// Name returns "moco-v2".
func (MoCoV2) Name() string { return "moco-v2" }

// Needs returns two views.
func (MoCoV2) Needs() Needs { return Needs{} }

// New declares the head, the teacher and the queue.
func (m MoCoV2) New(s Setup) (Objective, error) {
	m.Temperature = cmp.Or(m.Temperature, 0.2)
	_, head := m.Head(s.Weights, s.Net.Dim())
	return m.build(s, head)
}

// Head is the projector, see [Keeper].
func (m MoCoV2) Head(_ *nn.Weights, _ int) (string, Head) {
	return "projector", Head{Hidden: cmp.Or(m.Hidden, 256), Out: cmp.Or(m.Out, 128), Layers: 2, Norm: "none", Bias: true}
}

func (m MoCo) build(s Setup, head Head) (*moco, error) {
	tau, err := temperature(m.Temperature, 0.1)
	if err != nil {
		return nil, err
	}
	momentum, err := teacherMomentum(m.Momentum, 0.99, m.MomentumSchedule, false)
	if err != nil {
		return nil, err
	}
	k := cmp.Or(m.Queue, min(4096, max(2*s.Batch, len(s.Samples)/10)))
	groups := cmp.Or(m.Groups, groupsFor(s.Weights))
	if k < 1 || k > 1<<22 || groups < 1 {
		return nil, fmt.Errorf("queue of %d keys, batches in %d groups: want 1 to %d keys and at least 1 group", k, groups, 1<<22)
	}
	o := &moco{net: s.Net, tau: tau, momentum: momentum, groups: groups, symmetric: m.Symmetric, samples: len(s.Samples)}
	if o.projector, err = newHead(s.Weights.Scope("projector"), s.Net.Dim(), head); err != nil {
		return nil, err
	}
	if o.slow, err = newSlow(s, head); err != nil {
		return nil, err
	}
	if m.TwoQueues && !m.Symmetric {
		return nil, errors.New("two queues are for symmetric = true; with one direction there are keys of one view alone")
	}
	o.queues = []*queue{newQueue(s.Weights, "queue", k, head.Out)}
	if m.TwoQueues {
		o.queues = append(o.queues, newQueue(s.Weights, "queue1", k, head.Out))
	}
	return o, nil
}

// groupsFor is 4 if the encoder normalises over the batch: then a sample could be recognised by its batch's statistics.
func groupsFor(w *nn.Weights) int {
	if hasBatchStats(w) {
		return 4
	}
	return 1
}

type moco struct {
	net       encoders.Network
	projector *head
	slow      *slowNet
	queues    []*queue // one, or one for the queries of each view
	tau       float32
	momentum  Schedule
	groups    int
	symmetric bool
	samples   int
}

func (o *moco) Build(b Batch) Loss {
	x := b.Views
	shuffle := newShuffle(x[0].Graph(), x[0].Dim(0))
	loss := Loss{Before: func(s Step) {
		o.slow.move(o.momentum.At(s.Index, s.Total))
		shuffle.draw(s)
	}}
	var parts, seen []*nn.Node
	for i := range 2 {
		if i == 1 && !o.symmetric {
			break
		}
		q := nn.Normalize(o.projector.apply(inGroups(o.net, x[i], o.groups)))
		k := nn.Normalize(nn.StopGradient(o.slow.projector.apply(shuffle.apply(o.slow.net, x[1-i], o.groups))))
		parts = append(parts, InfoNCE(q, k, q.Graph().Param(o.queueOf(i).keys), o.tau))
		loss.Keep = append(loss.Keep, k)
		seen = append(seen, q, k)
	}
	loss.Value = parts[0]
	if o.symmetric {
		loss.Value = nn.Add(parts[0], parts[1])
	}
	loss.Embeddings = unitViews(seen[:2])
	// Both directions may use the same queue, so that the keys go in only now.
	loss.After = func(_ Step, keys [][]float32) {
		for i, k := range keys {
			o.queueOf(i).push(k)
		}
	}
	return loss
}

// queueOf is the queue that the queries of a view are compared with.
func (o *moco) queueOf(view int) *queue { return o.queues[view%len(o.queues)] }

// size is the number of keys that a query is compared with.
func (o *moco) size() int { return o.queues[0].size() }

// Uniform is log(K+1) for each direction.
func (o *moco) Uniform(int) float64 {
	one := math.Log(float64(o.size() + 1))
	if o.symmetric {
		return 2 * one
	}
	return one
}

// Diagnose warns when the queue holds many of the samples' own keys.
func (o *moco) Diagnose(map[string]float64) []string {
	if 10*o.size() <= o.samples || o.samples >= 1000 && 4*o.size() <= o.samples {
		return nil
	}
	return []string{fmt.Sprintf("the queue holds %d keys, more than a tenth of the %d samples: a sample meets its own keys as negatives; use more data, a smaller queue, or simclr",
		o.size(), o.samples)}
}

// inGroups is [nn.InGroups]; a batch that does not divide, or whose parts would hold a single sample, is one part.
func inGroups(net encoders.Network, x *nn.Node, groups int) *nn.Node {
	n := x.Dim(0)
	if groups <= 1 || n%groups != 0 || n/groups < 2 {
		return net.Apply(x)
	}
	return nn.InGroups(x, groups, net.Apply)
}

// shuffle is a permutation of the batch, drawn anew in each step, with its inverse.
type shuffle struct {
	there, back []float32
	order       []int
	thereN      *nn.Node
	backN       *nn.Node
}

func newShuffle(g *nn.Graph, n int) *shuffle {
	s := &shuffle{there: make([]float32, n), back: make([]float32, n), order: make([]int, n)}
	for i := range n {
		s.order[i] = i
	}
	s.thereN, s.backN = g.Const(s.there, n), g.Const(s.back, n)
	return s
}

// draw starts from the identity, so that the step's generator alone decides.
func (s *shuffle) draw(step Step) {
	for i := range s.order {
		s.order[i] = i
	}
	step.RNG.Shuffle(len(s.order), func(i, j int) { s.order[i], s.order[j] = s.order[j], s.order[i] })
	for i, at := range s.order {
		s.there[i], s.back[at] = float32(at), float32(i)
	}
}

// apply encodes the shuffled batch in groups and puts the rows back in order.
func (s *shuffle) apply(net encoders.Network, x *nn.Node, groups int) *nn.Node {
	if groups <= 1 {
		return net.Apply(x)
	}
	return nn.Take(inGroups(net, nn.Take(x, s.thereN), groups), s.backN)
}
