package methods

import (
	"cmp"
	"math"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// BYOL predicts a slow teacher's projection of one view from the other view (Grill et al., 2020, eq. 2). It has no
// negatives; predictor, stop-gradient and the slow teacher keep it from collapse.
type BYOL struct {
	// Hidden and Out are the widths of projector and predictor; 0 means 512 and 128.
	Hidden int `json:"hidden,omitempty" toml:"hidden"`
	Out    int `json:"out,omitempty" toml:"out"`
	// Momentum is the share of the teacher that a step keeps at the start; half a cosine takes it to 1. 0 means 0.99,
	// negative that the teacher is the student of the step before, 1 that it stays as it was drawn.
	Momentum float64 `json:"momentum,omitempty" toml:"momentum"`
	// MomentumSchedule takes the place of Momentum, as in {from=0.99, shape="constant"}.
	MomentumSchedule Schedule `json:"momentum_schedule,omitzero" toml:"momentum_schedule"`
	// PredictorRate multiplies the predictor's learning rate; 0 means 1, as published. Runs of a few hundred steps on small sets
	// do well with 10, as CL-HAR (Qian et al., 2022) has it.
	PredictorRate float64 `json:"predictor_rate,omitempty" toml:"predictor_rate"`
	// Norm stands in the heads: "batch" (the default), "layer", "group", "group-ws", "actnorm" or "none".
	Norm string `json:"norm,omitempty" toml:"norm"`
	// NoStopGradient shares the weights with the teacher and lets the gradient through; NoPredictor compares the
	// projections themselves. Both are there to see the method collapse.
	NoStopGradient bool `json:"no_stop_gradient,omitempty" toml:"no_stop_gradient"`
	NoPredictor    bool `json:"no_predictor,omitempty" toml:"no_predictor"`
}

// Name returns "byol".
func (BYOL) Name() string { return "byol" }

// Needs returns two views.
func (BYOL) Needs() Needs { return Needs{} }

// Head is the projector, see [Keeper].
func (m BYOL) Head(_ *nn.Weights, _ int) (string, Head) {
	return "projector", Head{Hidden: cmp.Or(m.Hidden, 512), Out: cmp.Or(m.Out, 128), Layers: 2, Norm: cmp.Or(m.Norm, "batch")}
}

// New declares projector, predictor and teacher.
func (m BYOL) New(s Setup) (Objective, error) {
	_, head := m.Head(s.Weights, s.Net.Dim())
	momentum, err := teacherMomentum(m.Momentum, 0.99, m.MomentumSchedule, m.Momentum >= 0)
	if err != nil {
		return nil, err
	}
	o := &byol{net: s.Net, cfg: m, momentum: momentum, prefix: s.Weights.Name("predictor.")}
	if o.projector, err = newHead(s.Weights.Scope("projector"), s.Net.Dim(), head); err != nil {
		return nil, err
	}
	if o.predictor, err = newHead(s.Weights.Scope("predictor"), head.Out, head); err != nil {
		return nil, err
	}
	o.slow, err = newSlow(s, head)
	return o, err
}

type byol struct {
	net                  encoders.Network
	projector, predictor *head
	slow                 *slowNet
	momentum             Schedule
	cfg                  BYOL
	prefix               string
}

func (o *byol) Build(b Batch) Loss {
	var z, p, t [2]*nn.Node
	for i, x := range b.Views {
		z[i] = o.projector.apply(o.net.Apply(x))
		if p[i] = z[i]; !o.cfg.NoPredictor {
			p[i] = o.predictor.apply(z[i])
		}
		if t[i] = z[i]; !o.cfg.NoStopGradient {
			t[i] = o.slow.project(x)
		}
	}
	return Loss{
		Value:      regression(p[0], t[1], p[1], t[0]),
		Embeddings: unitViews(z[:]),
		After:      func(s Step, _ [][]float32) { o.slow.move(o.momentum.At(s.Index, s.Total)) },
	}
}

// Groups gives the predictor its own rate.
func (o *byol) Groups() []Group {
	return []Group{{Prefix: o.prefix, Rate: cmp.Or(o.cfg.PredictorRate, 1)}}
}

// Uniform is NaN: there is nothing to tell apart.
func (o *byol) Uniform(int) float64 { return math.NaN() }

// Diagnose names what was left out.
func (o *byol) Diagnose(map[string]float64) []string {
	out := append(collapseAdvice("stop-gradient", o.cfg.NoStopGradient), collapseAdvice("predictor", o.cfg.NoPredictor)...)
	if _, most := o.momentum.Bounds(); most == 0 {
		out = append(out, "the teacher has no momentum, so that its targets move with every step; 0.99 is usual")
	}
	return out
}

// regression is |n(p1) - n(t2)|² + |n(p2) - n(t1)|² = 4 - 2cos - 2cos, the mean over the batch; all [N, D].
func regression(p1, t2, p2, t1 *nn.Node) *nn.Node {
	return nn.AddScalar(nn.Scale(negativeCosine(p1, t2, p2, t1), 4), 4)
}
