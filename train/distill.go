package train

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/nn"
)

// Distillation says how a student learns from a model with a classifier. The zero value works: an encoder like the
// teacher's learns from soft targets alone.
type Distillation struct {
	// Temperature divides the logits of both; 0 means 1.
	Temperature float64
	// Alpha is the weight of the soft targets, and 1-Alpha that of the labels where series have any; 0 means 1.
	Alpha float64
	// Config is how to train, as in a [Finetuning], by default for 600 steps. Encoder is the student's architecture; nil means
	// the teacher's.
	Config
}

// Distill teaches a student, drawn anew, to give a teacher's probabilities on data that need no labels (Chen et al.,
// 2020b, eq. 2 and 3): the mean over samples of -T² Σ P_T log P_S at temperature T, where the teacher, frozen and with the statistics it
// learnt, sees the same views. Labels that are no class of the teacher's are an error only if they are to be used.
func Distill(ctx context.Context, teacher *model.Model, d Data, c Distillation) (*model.Model, Summary, error) {
	if len(teacher.Settings.Classes) == 0 {
		return nil, Summary{}, fmt.Errorf("the teacher has no classifier; fine-tune it first")
	}
	c.Temperature, c.Alpha = orFloat(c.Temperature, 1), orFloat(c.Alpha, 1)
	if !(c.Temperature > 1e-3) || c.Temperature > 1e3 || !(c.Alpha > 0) || c.Alpha > 1 {
		return nil, Summary{}, fmt.Errorf("distillation at temperature %g with weight %g, want 0.001 to 1000 and above 0 to 1", c.Temperature, c.Alpha)
	}
	if c.Encoder == nil {
		c.Encoder = teacher.Encoder()
	}
	how := &distilling{Teacher: teacher.Hash(), Temperature: c.Temperature, Alpha: c.Alpha, teacher: teacher}
	if c.Alpha < 1 {
		if err := knownLabels(d, teacher.Settings.Classes); err != nil {
			return nil, Summary{}, err
		}
		how.labelled = d
	}
	cfg, err := c.onTop(how, usualSteps)
	if err != nil {
		return nil, Summary{}, err
	}
	t, sum, err := runFurther(ctx, teacher, d, cfg)
	if err != nil {
		return nil, sum, err
	}
	m, err := t.derive(sum, "distill", 0, teacher.Settings.Classes)
	return m, sum, err
}

// knownLabels checks that every label is a class of the teacher's, and that there is one at all.
func knownLabels(d Data, classes []string) error {
	found := classesOf(d)
	if len(found) == 0 {
		return fmt.Errorf("nothing has a label, and a weight below 1 for the soft targets leaves the rest to labels")
	}
	for _, l := range found {
		if !slices.Contains(classes, l) {
			return fmt.Errorf("label %q is none of the teacher's classes %q", l, classes)
		}
	}
	return nil
}

// distilling is the way of learning.
type distilling struct {
	// Teacher tells which model is taught from.
	Teacher string `json:"teacher,omitempty"`
	// Temperature divides the logits of both.
	Temperature float64 `json:"temperature,omitempty"`
	// Alpha is the weight of the soft targets.
	Alpha    float64 `json:"alpha,omitempty"`
	teacher  *model.Model
	labelled Data // whose labels count, or nil
}

func (*distilling) Name() string { return "distill" }

func (*distilling) Needs() methods.Needs { return methods.Needs{Views: []methods.View{{}}} }

// Network declares the network of the teacher's method, with the student's encoder.
func (d *distilling) Network(w *nn.Weights, enc encoders.Encoder, channels int) (encoders.Network, error) {
	return networkLike(d.teacher, w, enc, channels)
}

func (d *distilling) New(s methods.Setup) (methods.Objective, error) {
	classes := d.teacher.Settings.Classes
	o := &distilled{cfg: d, net: s.Net, classifier: nn.NewLinear(s.Weights, "classifier", s.Net.Dim(), len(classes), true)}
	if d.labelled != nil {
		o.labels = numbersOf(d.labelled, s.Samples, classes)
	}
	return o, nil
}

// distilled is the objective of distillation.
type distilled struct {
	cfg        *distilling
	net        encoders.Network
	classifier *nn.LinearLayer
	labels     []int // -1 where there is none; nil if none counts
}

func (o *distilled) Build(b methods.Batch) methods.Loss {
	x := b.Views[0]
	h := o.net.Apply(x)
	logits := o.classifier.Apply(h)
	tau := float32(1 / o.cfg.Temperature)
	targets := nn.Softmax(nn.Scale(o.teach(x), tau))
	loss := methods.Loss{
		Value:      timesSquare(nn.SoftCrossEntropy(nn.Scale(logits, tau), targets), o.cfg.Temperature),
		Embeddings: nn.Normalize(nn.StopGradient(h)),
		Measures:   []methods.Measure{{Name: "agreement", Node: agreement(logits, targets)}},
	}
	if o.labels == nil {
		return loss
	}
	n, k := logits.Dim(0), logits.Dim(1)
	y := make([]float32, n*k)
	hard := nn.SoftCrossEntropy(logits, x.Graph().Const(y, n, k))
	alpha := float32(o.cfg.Alpha)
	loss.Value = nn.Add(nn.Scale(loss.Value, alpha), nn.Scale(hard, 1-alpha))
	loss.Before = func(s methods.Step) { o.hardTargets(y, k, s.Samples) }
	return loss
}

// timesSquare multiplies a loss by the square of its temperature, so that gradients are of one size at all temperatures (Hinton et
// al., 2015), as the authors' notebook does.
func timesSquare(loss *nn.Node, temperature float64) *nn.Node {
	if temperature == 1 {
		return loss
	}
	return nn.Scale(loss, float32(temperature*temperature))
}

// hardTargets writes a row for each sample, all zero without a label; the others weigh so much that the mean over all rows
// is the mean over the labelled ones.
func (o *distilled) hardTargets(y []float32, k int, samples []int) {
	clear(y)
	labelled := 0
	for _, at := range samples {
		if o.labels[at] >= 0 {
			labelled++
		}
	}
	for i, at := range samples {
		if l := o.labels[at]; l >= 0 {
			y[i*k+l] = float32(len(samples)) / float32(labelled)
		}
	}
}

// teach is the teacher's logits of the views, in evaluation: a constant.
func (o *distilled) teach(x *nn.Node) *nn.Node {
	s := x.Shape()
	teach, err := o.cfg.teacher.Evaluator(s, true)
	return nn.Host("teacher", []int{s[0], len(o.cfg.teacher.Settings.Classes)}, func(in [][]float32, out []float32) {
		if err == nil {
			err = teach(out, in[0])
		}
		if err != nil {
			panic(err) // the program turns it into the run's error
		}
	}, x)
}

// Uniform is NaN: the least loss depends on how sure the teacher is.
func (o *distilled) Uniform(int) float64 { return math.NaN() }

// agreement is the share of rows in which student and teacher choose the same class.
func agreement(logits, targets *nn.Node) *nn.Node {
	n, k := logits.Dim(0), logits.Dim(1)
	best := nn.Host("choice", []int{n}, func(in [][]float32, out []float32) {
		for i := range out {
			row := in[0][i*k : (i+1)*k]
			out[i] = 0
			for j, v := range row {
				if v > row[int(out[i])] {
					out[i] = float32(j)
				}
			}
		}
	}, targets)
	return accuracy(logits, best)
}
