package methods

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// TNC is temporal neighbourhood coding (Tonekaboni et al., 2021, eq. 1): a discriminator tells, from the encodings of two short
// stretches of a sample, whether they are near each other in time. What is far counts as unlabelled, since a state may come
// again: with a small weight as near. It is for samples whose state changes within them, and needs no augmentations.
type TNC struct {
	// Width is the length of a stretch in time stamps; 0 means a sixteenth of the sample.
	Width int `json:"width,omitempty" toml:"width"`
	// Near is the standard deviation of the distance of neighbours, in stretches; 0 means 2, the middle of the 1 to 3 that a test
	// for stationarity chooses among in the authors' code, for each anchor; there is no such test here. Far is the distance from
	// which on stretches count as far, in stretches; 0 means 5 times Near. A sample that has no room for it takes what there is.
	Near float64 `json:"near,omitempty" toml:"near"`
	Far  float64 `json:"far,omitempty" toml:"far"`
	// Draws is how many near and how many far stretches there are for each sample in a step; 0 means 20.
	Draws int `json:"draws,omitempty" toml:"draws"`
	// Unlabelled is the weight with which what is far counts as near; 0 means 0.05, negative none.
	Unlabelled float64 `json:"unlabelled,omitempty" toml:"unlabelled"`
	// Dropout is that of the discriminator; 0 means 0.5, negative none.
	Dropout float64 `json:"dropout,omitempty" toml:"dropout"`
}

// Name returns "tnc".
func (TNC) Name() string { return "tnc" }

// Needs returns the whole sample, from which the objective takes stretches.
func (TNC) Needs() Needs { return Needs{Views: []View{{}}, Sequences: true} }

// Preset is the authors' run on simulated series, without augmentations.
func (TNC) Preset() Preset {
	return Preset{Batch: 10, LR: 1e-3, Decay: 1e-5, Views: augment.Spec{First: augment.Pipeline{augment.Identity{}}}}
}

// New declares the discriminator: twice the encodings' length, four times, 1.
func (m TNC) New(s Setup) (Objective, error) {
	if err := s.sequencesOnly("tnc"); err != nil {
		return nil, err
	}
	least := 1
	if n, ok := s.Net.(encoders.Sequencer); ok {
		least = n.Stride()
	}
	m.Width, m.Near, m.Far, m.Draws = cmp.Or(m.Width, max(2, least, s.Length/16)), cmp.Or(m.Near, 2), cmp.Or(m.Far, 5*cmp.Or(m.Near, 2)), cmp.Or(m.Draws, 20)
	m.Unlabelled, m.Dropout = max(cmp.Or(m.Unlabelled, 0.05), 0), max(cmp.Or(m.Dropout, 0.5), 0)
	switch {
	case m.Width < 1 || 3*m.Width > s.Length:
		return nil, fmt.Errorf("tnc's stretches are of %d time stamps, want at least 1, and at most a third of the samples' %d; use longer windows", m.Width, s.Length)
	case !(m.Near > 0) || !(m.Far > 0) || math.IsInf(m.Near+m.Far, 0) || m.Draws < 1 || m.Draws > 1024:
		return nil, fmt.Errorf("tnc: near %g and far %g with %d draws, want above 0, and 1 to 1024 draws", m.Near, m.Far, m.Draws)
	case !(m.Unlabelled < 1) || !(m.Dropout < 1):
		return nil, fmt.Errorf("tnc: a weight of %g for what is far and a dropout of %g, want below 1", m.Unlabelled, m.Dropout)
	}
	d := s.Net.Dim()
	w := s.Weights.Scope("discriminator")
	return &tnc{net: s.Net, cfg: m, length: s.Length,
		in: nn.NewXavierLinear(w, "linear0", 2*d, 4*d, true), out: nn.NewXavierLinear(w, "linear1", 4*d, 1, true)}, nil
}

type tnc struct {
	net     encoders.Network
	cfg     TNC
	length  int
	in, out *nn.LinearLayer
}

// places draws where the stretches of a sample begin: the anchor, then those near, then those far, on the side of the sample
// that has more room, all inside.
func (o *tnc) places(starts []int, rng *rand.Rand) {
	w, room := o.cfg.Width, o.length-o.cfg.Width // starts are 0 to room
	far := min(int(o.cfg.Far*float64(w)+0.5), (room+1)/2)
	at := rng.IntN(room + 1)
	starts[0] = at
	for k := range o.cfg.Draws {
		near := at + int(math.Round(rng.NormFloat64()*o.cfg.Near*float64(w)))
		starts[1+k] = min(max(near, 0), room)
		if at > room/2 {
			starts[1+o.cfg.Draws+k] = rng.IntN(max(1, at-far+1))
		} else {
			starts[1+o.cfg.Draws+k] = at + far + rng.IntN(max(1, room-at-far+1))
		}
	}
}

// Build takes the stretches out of the samples x [N, C, T] and compares the anchor of each with the others.
func (o *tnc) Build(b Batch) Loss {
	x := b.Views[0]
	g, w := x.Graph(), o.cfg.Width
	n, c, t := x.Dim(0), x.Dim(1), x.Dim(2)
	m := 1 + 2*o.cfg.Draws
	rows := make([]float32, n*m*w)
	cut := nn.Take(nn.Reshape(nn.SwapLast(x), n*t, c), g.Const(rows, len(rows)))
	// Stretches lie by kind and then by sample: all anchors, the first neighbour of each, ...
	z := o.net.Apply(nn.SwapLast(nn.Reshape(cut, m*n, w, c)))
	anchors := nn.Slice(z, 0, 0, n)
	again := make([]float32, (m-1)*n)
	for i := range again {
		again[i] = float32(i % n)
	}
	pairs := nn.Concat(1, nn.Take(anchors, g.Const(again, len(again))), nn.Slice(z, 0, n, m*n))
	h := nn.Dropout(nn.ReLU(o.in.Apply(pairs)), o.cfg.Dropout)
	told := nn.Reshape(o.out.Apply(h), (m-1)*n)
	half := o.cfg.Draws * n
	near, far := nn.Slice(told, 0, 0, half), nn.Slice(told, 0, half, 2*half)
	starts := make([]int, m)
	return Loss{
		Value:      neighbourhood(near, far, float32(o.cfg.Unlabelled)),
		Embeddings: unitViews([]*nn.Node{anchors}),
		Before: func(s Step) {
			for i := range n {
				o.places(starts, s.RNG)
				for k, from := range starts {
					for j := range w {
						rows[(k*n+i)*w+j] = float32(i*t + from + j)
					}
				}
			}
		},
	}
}

// neighbourhood is half the cross-entropy of what is near, and of what is far, which counts as near with weight w.
func neighbourhood(near, far *nn.Node, w float32) *nn.Node {
	unlabelled := nn.Add(nn.Scale(logistic(far, true), w), nn.Scale(logistic(far, false), 1-w))
	return nn.Scale(nn.Add(logistic(near, true), unlabelled), 0.5)
}

// Uniform is log 2.
func (o *tnc) Uniform(int) float64 { return math.Log(2) }
