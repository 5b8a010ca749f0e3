package methods

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// MoCoV3 contrasts predictions with a slow teacher's keys of the other view, in the batch (Chen, Xie and He, 2021,
// algorithm 1). The patch projection of a Transformer stays as it was drawn (section 4.2).
type MoCoV3 struct {
	// Temperature divides the cosine similarities; 0 means 0.2.
	Temperature float64 `json:"temperature,omitempty" toml:"temperature"`
	// Momentum is the share of the teacher that a step keeps at the start; half a cosine takes it to 1. 0 means 0.99,
	// negative none.
	Momentum float64 `json:"momentum,omitempty" toml:"momentum"`
	// MomentumSchedule takes the place of Momentum, as in {from=0.99, shape="constant"}.
	MomentumSchedule Schedule `json:"momentum_schedule,omitzero" toml:"momentum_schedule"`
	// Hidden and Out are the widths of projector and predictor; 0 means 256 and 128.
	Hidden int `json:"hidden,omitempty" toml:"hidden"`
	Out    int `json:"out,omitempty" toml:"out"`
	// Norm stands in the heads: "batch" (the default), "layer", "group", "group-ws", "actnorm" or "none".
	Norm string `json:"norm,omitempty" toml:"norm"`
	// TrainPatches lets the patch projection learn like everything else.
	TrainPatches bool `json:"train_patches,omitempty" toml:"train_patches"`
}

// Name returns "moco-v3".
func (MoCoV3) Name() string { return "moco-v3" }

// Needs returns two views.
func (MoCoV3) Needs() Needs { return Needs{} }

// Head is the projector, see [Keeper]. It has a layer more for a Transformer, as the authors' code has it.
func (m MoCoV3) Head(w *nn.Weights, _ int) (string, Head) {
	h := Head{Hidden: cmp.Or(m.Hidden, 256), Out: cmp.Or(m.Out, 128), Layers: 2, Norm: cmp.Or(m.Norm, "batch"), Last: "plain"}
	if hasPatches(w) {
		h.Layers = 3
	}
	return "projector", h
}

// Preset decays every parameter, as the authors' AdamW does.
func (MoCoV3) Preset() Preset { return Preset{Exempt: "none"} }

// New declares projector, predictor and teacher.
func (m MoCoV3) New(s Setup) (Objective, error) {
	tau, err := temperature(m.Temperature, 0.2)
	if err != nil {
		return nil, err
	}
	momentum, err := teacherMomentum(m.Momentum, 0.99, m.MomentumSchedule, true)
	if err != nil {
		return nil, err
	}
	_, projector := m.Head(s.Weights, s.Net.Dim())
	predictor := Head{Hidden: projector.Hidden, Out: projector.Out, Layers: 2, Norm: projector.Norm}
	// The predictor has the output normalisation for a Transformer alone, as the authors' code has it.
	if hasPatches(s.Weights) {
		predictor.Last = "plain"
	}
	o := &mocoV3{net: s.Net, tau: tau, momentum: momentum, patches: m.TrainPatches}
	if o.projector, err = newHead(s.Weights.Scope("projector"), s.Net.Dim(), projector); err != nil {
		return nil, err
	}
	if o.predictor, err = newHead(s.Weights.Scope("predictor"), projector.Out, predictor); err != nil {
		return nil, err
	}
	o.slow, err = newSlow(s, projector)
	return o, err
}

type mocoV3 struct {
	net                  encoders.Network
	projector, predictor *head
	slow                 *slowNet
	tau                  float32
	momentum             Schedule
	patches              bool
}

func (o *mocoV3) Build(b Batch) Loss {
	var q, k [2]*nn.Node
	for i, x := range b.Views {
		q[i] = nn.Normalize(o.predictor.apply(o.projector.apply(o.net.Apply(x))))
		k[i] = nn.Normalize(o.slow.project(x))
	}
	return Loss{
		Value:      nn.Add(nn.Scale(matching(q[0], k[1], o.tau), 2*o.tau), nn.Scale(matching(q[1], k[0], o.tau), 2*o.tau)),
		Embeddings: unitViews(q[:]),
		Before:     func(s Step) { o.slow.move(o.momentum.At(s.Index, s.Total)) },
	}
}

// Groups keeps the patch projection as it was drawn.
func (o *mocoV3) Groups() []Group {
	if o.patches {
		return nil
	}
	return []Group{{Prefix: patchPrefix, Rate: -1}}
}

// patchPrefix is how the names of a Transformer's patch projection begin.
const patchPrefix = "encoder.patch."

// hasPatches tells whether the encoder is a Transformer on patches.
func hasPatches(w *nn.Weights) bool {
	return slices.ContainsFunc(w.All(), func(p *nn.Param) bool { return strings.HasPrefix(p.Name, patchPrefix) })
}

// Uniform is 4τ·log N.
func (o *mocoV3) Uniform(n int) float64 { return 4 * float64(o.tau) * math.Log(float64(n)) }
