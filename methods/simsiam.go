package methods

import (
	"cmp"
	"math"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// SimSiam predicts one view's projection from the other's, with shared weights and a stop-gradient (Chen and He, 2021,
// algorithm 1). It has no negatives; what keeps it from collapse is the stop-gradient.
type SimSiam struct {
	// Hidden and Out are the widths of the projector; 0 means 256 each.
	Hidden int `json:"hidden,omitempty" toml:"hidden"`
	Out    int `json:"out,omitempty" toml:"out"`
	// Layers is the depth of the projector; 0 means 3.
	Layers int `json:"layers,omitempty" toml:"layers"`
	// Bottleneck is the inner width of the predictor; 0 means a quarter of Out.
	Bottleneck int `json:"bottleneck,omitempty" toml:"bottleneck"`
	// Norm stands in the heads: "batch" (the default), "layer", "group", "group-ws", "actnorm" or "none".
	Norm string `json:"norm,omitempty" toml:"norm"`
	// FallingPredictor lets the predictor's learning rate fall with that of the rest. It stays at its peak otherwise, as in the authors'
	// command (--fix-pred-lr; section 4.2).
	FallingPredictor bool `json:"falling_predictor,omitempty" toml:"falling_predictor"`
	// NoStopGradient and NoPredictor leave out what keeps the method from collapse, to see it collapse.
	NoStopGradient bool `json:"no_stop_gradient,omitempty" toml:"no_stop_gradient"`
	NoPredictor    bool `json:"no_predictor,omitempty" toml:"no_predictor"`
}

// Name returns "simsiam".
func (SimSiam) Name() string { return "simsiam" }

// Needs returns two views.
func (SimSiam) Needs() Needs { return Needs{} }

// Head is the projector, see [Keeper].
func (m SimSiam) Head(_ *nn.Weights, _ int) (string, Head) {
	return "projector", Head{Hidden: cmp.Or(m.Hidden, 256), Out: cmp.Or(m.Out, 256), Layers: cmp.Or(m.Layers, 3), Norm: cmp.Or(m.Norm, "batch"), Last: "plain"}
}

// New declares projector and predictor.
func (m SimSiam) New(s Setup) (Objective, error) {
	m.Out, m.Norm = cmp.Or(m.Out, 256), cmp.Or(m.Norm, "batch")
	m.Bottleneck = cmp.Or(m.Bottleneck, max(1, m.Out/4))
	projector, err := newProjector(m, s)
	if err != nil {
		return nil, err
	}
	predictor, err := newHead(s.Weights.Scope("predictor"), m.Out, Head{Hidden: m.Bottleneck, Out: m.Out, Layers: 2, Norm: m.Norm, BiasOut: true})
	if err != nil {
		return nil, err
	}
	return &simsiam{net: s.Net, projector: projector, predictor: predictor, cfg: m, prefix: s.Weights.Name("predictor.")}, nil
}

type simsiam struct {
	net                  encoders.Network
	projector, predictor *head
	cfg                  SimSiam
	prefix               string
}

func (o *simsiam) Build(b Batch) Loss {
	var z, p [2]*nn.Node
	for i, x := range b.Views {
		z[i] = o.projector.apply(o.net.Apply(x))
		p[i] = z[i]
		if !o.cfg.NoPredictor {
			p[i] = o.predictor.apply(z[i])
		}
	}
	if !o.cfg.NoStopGradient {
		return Loss{Value: negativeCosine(p[0], nn.StopGradient(z[1]), p[1], nn.StopGradient(z[0])), Embeddings: unitViews(z[:])}
	}
	return Loss{Value: negativeCosine(p[0], z[1], p[1], z[0]), Embeddings: unitViews(z[:])}
}

// Groups keeps the predictor's rate at its peak.
func (o *simsiam) Groups() []Group {
	return []Group{{Prefix: o.prefix, Steady: !o.cfg.FallingPredictor}}
}

// Uniform is NaN: there is nothing to tell apart.
func (o *simsiam) Uniform(int) float64 { return math.NaN() }

// Diagnose names what was left out.
func (o *simsiam) Diagnose(map[string]float64) []string {
	return append(collapseAdvice("stop-gradient", o.cfg.NoStopGradient), collapseAdvice("predictor", o.cfg.NoPredictor)...)
}
