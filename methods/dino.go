package methods

import (
	"cmp"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// DINO matches, from every crop, the sharpened and centred output of a slow teacher on the long crops (Caron et al., 2021,
// algorithm 1). The teacher is what is deployed. Sharpening and centring together keep it from collapse.
type DINO struct {
	MultiCrop
	// Outputs is the length K of the distributions; 0 means four for each sample, at least 64 and at most 1024.
	Outputs int `json:"outputs,omitempty" toml:"outputs"`
	// Hidden is the width of the head and Bottleneck that of the unit vectors before its last layer; 0 means 256 and 64.
	Hidden     int `json:"hidden,omitempty" toml:"hidden"`
	Bottleneck int `json:"bottleneck,omitempty" toml:"bottleneck"`
	// Layers is the depth of the head up to those vectors; 0 means 3.
	Layers int `json:"layers,omitempty" toml:"layers"`
	// Norm stands before each GELU of the head: "none" (the default, as published), "batch", "layer" or "group". Encodings of small sets
	// are much alike at first; without batch normalisation the centred outputs may then be close to uniform, and stay so.
	Norm string `json:"norm,omitempty" toml:"norm"`
	// Temperature divides the student's outputs; 0 means 0.1.
	Temperature float64 `json:"temperature,omitempty" toml:"temperature"`
	// TeacherTemperature divides the teacher's; the zero value means 0.04 throughout. To sharpen, lower it.
	TeacherTemperature Schedule `json:"teacher_temperature,omitzero" toml:"teacher_temperature"`
	// CentreMomentum is the share of the centre that a step keeps; 0 means 0.9.
	CentreMomentum float64 `json:"centre_momentum,omitempty" toml:"centre_momentum"`
	// Momentum is the share of the teacher that a step keeps at the start; half a cosine takes it to 1. 0 means 0.996, as published for
	// runs of 100,000 steps; negative that it is the student of the step before. In short runs the teacher's memory, 1/(1-m)
	// steps, should be a twentieth of the run.
	Momentum float64 `json:"momentum,omitempty" toml:"momentum"`
	// MomentumSchedule takes the place of Momentum, as in {from=0.99, shape="constant"}.
	MomentumSchedule Schedule `json:"momentum_schedule,omitzero" toml:"momentum_schedule"`
	// FreezeLast is the number of steps in which the last layer stays as it was drawn; 0 means one epoch, bounded by FreezeShare,
	// negative none.
	FreezeLast int `json:"freeze_last,omitempty" toml:"freeze_last"`
	// FreezeShare is the share of the steps that the freeze lasts at most where FreezeLast is not given; 0 means 0.1, negative
	// that it lasts the epoch of the authors however short the run is.
	FreezeShare float64 `json:"freeze_share,omitempty" toml:"freeze_share"`
	// TrainGain trains the gain of each output, which is fixed at 1 otherwise; the authors' norm_last_layer = false.
	TrainGain bool `json:"train_gain,omitempty" toml:"train_gain"`
	// NoCentre and NoSharpening (a teacher's temperature of 1) leave out what keeps the method from collapse to one output
	// (unless batch normalisation in the head does), and to the uniform distribution, to see it collapse.
	NoCentre     bool `json:"no_centre,omitempty" toml:"no_centre"`
	NoSharpening bool `json:"no_sharpening,omitempty" toml:"no_sharpening"`
}

// Name returns "dino".
func (DINO) Name() string { return "dino" }

// Needs returns the long crops and then the short ones.
func (m DINO) Needs() Needs { return Needs{Views: m.views(dinoShort)} }

// Preset is the paper's training, with a rate for small sets: each parameter's gradient is bounded by itself, and the
// weight decay rises.
func (DINO) Preset() Preset {
	p := cropPreset()
	p.ClipEach, p.DecaySchedule = 3, Cosine(0.04, 0.4)
	return p
}

// Head is the head without its last layer, see [Keeper]. Its weights are drawn as the authors' trunc_normal_ does: from N(0, 0.02²)
// between -2 and 2, which cuts nothing off.
func (m DINO) Head(_ *nn.Weights, _ int) (string, Head) {
	return "head", Head{Hidden: cmp.Or(m.Hidden, 256), Out: cmp.Or(m.Bottleneck, 64), Layers: cmp.Or(m.Layers, 3), Norm: cmp.Or(m.Norm, "none"), Bias: true, GELU: true, Std: 0.02}
}

// New declares the head, the teacher and the centre.
func (m DINO) New(s Setup) (Objective, error) {
	crops, err := m.check(dinoShort)
	if err != nil {
		return nil, err
	}
	tau, err := temperature(m.Temperature, 0.1)
	if err != nil {
		return nil, err
	}
	momentum, err := teacherMomentum(m.Momentum, 0.996, m.MomentumSchedule, m.Momentum >= 0)
	if err != nil {
		return nil, err
	}
	if m.TeacherTemperature == (Schedule{}) {
		m.TeacherTemperature = Constant(0.04)
	}
	if m.NoSharpening {
		m.TeacherTemperature = Constant(1)
	}
	if err := m.TeacherTemperature.Check(); err != nil {
		return nil, err
	}
	m.Outputs, m.Hidden, m.Bottleneck = cmp.Or(m.Outputs, min(1024, max(64, 4*len(s.Samples)))), cmp.Or(m.Hidden, 256), cmp.Or(m.Bottleneck, 64)
	m.Layers = cmp.Or(m.Layers, 3)
	m.CentreMomentum = cmp.Or(m.CentreMomentum, 0.9)
	if m.FreezeLast, err = frozen(s, m.FreezeLast, m.FreezeShare); err != nil {
		return nil, err
	}
	switch least, greatest := m.TeacherTemperature.Bounds(); {
	case least < 1e-4:
		return nil, fmt.Errorf("the teacher's temperature goes from %g to %g, want at least 0.0001", least, greatest)
	case m.Outputs < 2 || m.Outputs > 1<<20 || m.Hidden < 1 || m.Bottleneck < 1:
		return nil, fmt.Errorf("%d outputs, hidden %d, bottleneck %d: want 2 to 1048576, and at least 1 and 1", m.Outputs, m.Hidden, m.Bottleneck)
	case m.Layers < 1 || m.Layers > 8:
		return nil, fmt.Errorf("dino's head has %d layers, want 1 to 8", m.Layers)
	case !(m.CentreMomentum >= 0) || m.CentreMomentum > 1:
		return nil, fmt.Errorf("the centre's momentum is %g, want 0 to 1", m.CentreMomentum)
	}
	o := &dino{net: s.Net, cfg: m, crops: crops, tau: tau, momentum: momentum, last: s.Weights.Name("head.last")}
	if o.head, err = newDinoHead(s.Weights.Scope("head"), s.Net.Dim(), m); err != nil {
		return nil, err
	}
	o.centre = s.Weights.Buffer("centre", 0, m.Outputs)
	return o, o.declareTeacher(s)
}

// declareTeacher declares a frozen copy of the network and the head.
func (o *dino) declareTeacher(s Setup) error {
	var err error
	if o.slowNet, o.body, err = slowEncoder(s, "teacher.encoder"); err != nil {
		return err
	}
	if o.slowHead, err = newDinoHead(s.Weights.Frozen().Scope("teacher.head"), o.slowNet.Dim(), o.cfg); err != nil {
		return err
	}
	o.top = &teacher{}
	return o.top.pair(s.Weights, s.Weights.Name("teacher.head."), s.Weights.Name("head."))
}

type dino struct {
	net, slowNet   encoders.Network
	head, slowHead *dinoHead
	body, top      *teacher
	centre         *nn.Param
	cfg            DINO
	crops          MultiCrop
	tau            float32
	momentum       Schedule
	last           string
}

func (o *dino) Build(b Batch) Loss {
	g := b.Views[0].Graph()
	n, long := b.Views[0].Dim(0), o.crops.Long
	z := o.head.bottleneck(embedCrops(o.net, b.Views))
	logits := nn.Scale(o.head.outputs(z), 1/o.tau)
	teacher := nn.StopGradient(o.slowHead.outputs(o.slowHead.bottleneck(embedCrops(o.slowNet, b.Views[:long]))))
	sharp := []float32{1}
	p := sharpen(teacher, g.Param(o.centre), g.Const(sharp, 1))
	loss := Loss{Value: swapped(logits, p, long, len(b.Views)), Keep: []*nn.Node{nn.MeanFirst(teacher)},
		Embeddings: nn.StopGradient(nn.Slice(z, 0, 0, long*n))}
	single, mean := entropies(p)
	kl := nn.Host("kl", []int{1}, func(in [][]float32, out []float32) { out[0] = in[0][0] - in[1][0] }, loss.Value, single)
	loss.Measures = []Measure{{"teacher_entropy", single}, {"teacher_mean_entropy", mean}, {"kl", kl}}
	loss.Before = func(s Step) { sharp[0] = float32(1 / o.cfg.TeacherTemperature.At(s.Index, s.Total)) }
	loss.After = func(s Step, kept [][]float32) {
		o.recentre(kept[0])
		m := o.momentum.At(s.Index, s.Total)
		o.body.move(m)
		o.top.move(m)
	}
	return loss
}

// sharpen is softmax((t - c)·s) of the teacher's outputs t [M, K], with the centre c [K] and one over the temperature s [1].
func sharpen(t, c, s *nn.Node) *nn.Node {
	return nn.Softmax(nn.Host("centred", t.Shape(), func(in [][]float32, out []float32) {
		k := len(in[1])
		for at := 0; at < len(out); at += k {
			for j, v := range in[0][at : at+k] {
				out[at+j] = (v - in[1][j]) * in[2][0]
			}
		}
	}, t, c, s))
}

// recentre moves the centre towards the mean of the teacher's outputs, for the steps to come.
func (o *dino) recentre(mean []float32) {
	if o.cfg.NoCentre {
		return
	}
	m := float32(o.cfg.CentreMomentum)
	for i, v := range mean {
		o.centre.Data[i] = m*o.centre.Data[i] + (1-m)*v
	}
}

// Deploy moves the teacher's encoder into the deployed one.
func (o *dino) Deploy() { o.body.deploy() }

// Groups keeps the last layer at first.
func (o *dino) Groups() []Group { return []Group{{Prefix: o.last, From: o.cfg.FreezeLast}} }

// Uniform is log K.
func (o *dino) Uniform(int) float64 { return math.Log(float64(o.cfg.Outputs)) }

// Diagnose tells when the teacher's entropy is at a bound: log K, or 0 for the mean over samples.
func (o *dino) Diagnose(measures map[string]float64) []string {
	out := append(collapseAdvice("centring", o.cfg.NoCentre), collapseAdvice("sharpening", o.cfg.NoSharpening)...)
	all := o.Uniform(0)
	if h, ok := measures["teacher_entropy"]; ok && h > 0.98*all {
		out = append(out, fmt.Sprintf("the teacher's outputs have collapsed to the uniform distribution (entropy %.3f of log K = %.3f); lower the teacher's temperature, or freeze the last layer longer", h, all))
	}
	if h, ok := measures["teacher_mean_entropy"]; ok && math.Exp(h) < 1.5 {
		out = append(out, fmt.Sprintf("the teacher has collapsed to one output for all samples (entropy of its mean %.3f of log K = %.3f); check that it is centred, raise its temperature, or use a higher momentum", h, all))
	}
	return out
}

// dinoHead is the projector, unit length, and a last layer whose rows have unit length, or that of their gain.
type dinoHead struct {
	*head
	last *nn.Param
	gain *nn.Param // [Outputs, 1], or nil; two axes, so that it is decayed as in the authors' code
}

// newDinoHead declares the head.
func newDinoHead(w *nn.Weights, in int, m DINO) (*dinoHead, error) {
	_, config := m.Head(w, in)
	projector, err := newHead(w, in, config)
	if err != nil {
		return nil, err
	}
	h := &dinoHead{head: projector, last: w.Param("last", nn.KaimingUniform(m.Bottleneck), m.Outputs, m.Bottleneck)}
	if m.TrainGain {
		h.gain = w.Param("last_gain", nn.Ones, m.Outputs, 1)
	}
	return h, nil
}

// bottleneck maps h [N, in] to unit vectors [N, Bottleneck].
func (h *dinoHead) bottleneck(x *nn.Node) *nn.Node { return nn.Normalize(h.apply(x)) }

// outputs is the weight-normalised last layer, of cosines [N, K] or, with a gain, as many times these.
func (h *dinoHead) outputs(z *nn.Node) *nn.Node {
	g, d := z.Graph(), z.Dim(1)
	w := nn.Normalize(g.Param(h.last))
	if h.gain != nil {
		ones := make([]float32, d)
		nn.Ones(ones, nil)
		w = nn.Mul(w, nn.MatMul(g.Param(h.gain), g.Const(ones, 1, d), false, false))
	}
	return nn.MatMul(z, w, false, true)
}
