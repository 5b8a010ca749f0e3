package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/nn"
)

// Finetuning says how a model goes on to learn from labels. The zero value works: as much of the projector is kept as was published
// for the method, and 300 steps are taken with batches of 32.
type Finetuning struct {
	// FromLayer is how many of the projector's layers are kept below the classifier, 1 being the first with its normalisation and
	// activation; negative none. 0 means what was published: the first for SimCLR v2, none for other methods ([methods.Tuner]).
	FromLayer int
	// ZeroClassifier begins with a classifier of zeros, as SimCLR v2's authors do (zero_init_logits_layer), in place of one that is drawn: the
	// first step then moves the classifier alone.
	ZeroClassifier bool
	// Config is how to train. What the model says itself must be left zero: Method, Encoder, Window, Stride, Size, Space,
	// Ground and Normalize. The defaults are crop(0.8,1)|jitter(0.03) or, for images, crop(0.2,1)|flip, of which the first list is used;
	// batches of 32; 300 steps; neither warm-up nor decay; and else those of a Config.
	Config
}

// lightViews are the default of training on top of a model.
var lightViews = augment.MustParse("crop(0.8,1)|jitter(0.03)")

// lightImageViews are those of images.
var lightImageViews = imageaug.MustParse("crop(0.2,1)|flip")

// modelsOwn are the settings that a model says itself when it is trained further.
var modelsOwn = []string{"method", "window", "stride", "size", "space", "ground", "normalize"}

// Owned lists the settings that have no place in a [Finetuning] or, with another encoder, in a [Distillation].
func Owned(distill bool) []string {
	if distill {
		return slices.Clone(modelsOwn)
	}
	return append([]string{"encoder"}, modelsOwn...)
}

// onTop is c with the defaults of training a model further, by a method and for so many steps.
func (c Config) onTop(m methods.Method, steps int) (Config, error) {
	given, err := c.Settings()
	if err != nil {
		return c, err
	}
	for _, name := range modelsOwn {
		if given.Has(name) {
			return c, fmt.Errorf("%s is the model's own when it is trained further; leave it out", name)
		}
	}
	c.Method = m
	if c.Views.IsZero() {
		c.Views = lightViews
	}
	if c.ImageViews.IsZero() {
		c.ImageViews = lightImageViews
	}
	if c.DecaySchedule == (methods.Schedule{}) {
		c.Decay = orFloat(c.Decay, none)
	}
	c.Warmup = orFloat(c.Warmup, none)
	c.Batch = cmp.Or(c.Batch, usualBatch)
	if c.Epochs == 0 {
		c.Steps = cmp.Or(c.Steps, steps)
	}
	return c, nil
}

// Finetune trains the encoder of a model, the first layers of its projector and a new classifier on labelled series (Chen
// et al., 2020b, section 2). A series is one sample, cut or continued with gaps to the model's window. The base model
// stays as it is. A cancelled context saves a checkpoint, as [Pretrain] does.
func Finetune(ctx context.Context, base *model.Model, labelled Data, c Finetuning) (*model.Model, Summary, error) {
	if t, ok := base.Method().(methods.Tuner); ok && c.FromLayer == 0 {
		c.FromLayer = min(t.TunedLayers(), base.Layers())
	}
	c.FromLayer = max(0, c.FromLayer)
	if c.FromLayer > base.Layers() {
		return nil, Summary{}, fmt.Errorf("fine-tuning from layer %d, and the model (%s) has %d layer(s) of a projector",
			c.FromLayer, base.Settings.Method, base.Layers())
	}
	if c.Encoder != nil {
		return nil, Summary{}, errors.New("encoder is the model's own when it is trained further; leave it out")
	}
	cfg, err := c.onTop(&finetuning{Base: base.Hash(), FromLayer: c.FromLayer, ZeroClassifier: c.ZeroClassifier, base: base}, 300)
	if err != nil {
		return nil, Summary{}, err
	}
	cfg.Encoder = base.Encoder()
	t, sum, err := runFurther(ctx, base, labelled, cfg)
	if err != nil {
		return nil, sum, err
	}
	m, err := t.derive(sum, "finetune", c.FromLayer, classesOf(labelled))
	return m, sum, err
}

// runFurther trains on top of a model.
func runFurther(ctx context.Context, base *model.Model, d Data, cfg Config) (*trainer, Summary, error) {
	t, err := newTrainer(d, cfg, base)
	if err != nil {
		return nil, Summary{}, err
	}
	if err := t.restore(); err != nil {
		return nil, Summary{}, err
	}
	err = t.run(ctx)
	sum := t.summary()
	// The instruments of contrastive learning say nothing here: classes should lie close together.
	sum.Diagnosis = []string{healthy}
	if u := t.obj.Uniform(0); sum.Loss > 0.98*u {
		sum.Diagnosis = []string{fmt.Sprintf("the loss is stuck at %.3f, and a network that tells nothing apart gets %.3f; raise the learning rate or take more steps", sum.Loss, u)}
	}
	return t, sum, err
}

// finetuning is the way of learning: cross-entropy of a classifier.
type finetuning struct {
	// Base tells which model it begins with.
	Base string `json:"base,omitempty"`
	// FromLayer is how many layers of its projector are kept.
	FromLayer int `json:"from_layer,omitempty"`
	// ZeroClassifier begins with a classifier of zeros.
	ZeroClassifier bool `json:"zero_classifier,omitempty"`
	base           *model.Model
}

func (*finetuning) Name() string { return "finetune" }

func (*finetuning) Needs() methods.Needs {
	return methods.Needs{Views: []methods.View{{}}, Labels: true}
}

// Network declares the network of the model's own method.
func (f *finetuning) Network(w *nn.Weights, enc encoders.Encoder, channels int) (encoders.Network, error) {
	return networkLike(f.base, w, enc, channels)
}

// networkLike declares the network of a model's method.
func networkLike(m *model.Model, w *nn.Weights, enc encoders.Encoder, channels int) (encoders.Network, error) {
	if m == nil {
		return nil, errNeedsModel
	}
	if n, ok := m.Method().(methods.Networker); ok {
		return n.Network(w, enc, channels)
	}
	return enc.New(w, channels)
}

// New starts from the base model's weights, and a classifier drawn anew or of zeros.
func (f *finetuning) New(s methods.Setup) (methods.Objective, error) {
	classes := 0
	for _, l := range s.Labels {
		classes = max(classes, l+1)
	}
	if classes < 2 {
		return nil, inputError("labels of %s, want at least 2 to tell apart", plural.Of(classes, "class"))
	}
	o := &supervised{net: s.Net, labels: s.Labels, classes: classes}
	dim := s.Net.Dim()
	if f.FromLayer > 0 {
		var err error
		if o.projector, err = methods.NewProjector(f.base.Method().(methods.Keeper), s.Weights, dim, f.FromLayer); err != nil {
			return nil, err
		}
		dim = o.projector.Dim()
	}
	if err := model.CopyWeights(s.Weights, f.base.Weights()); err != nil {
		return nil, err
	}
	if f.ZeroClassifier {
		w := s.Weights.Scope("classifier")
		w.Param("weight", nn.Zeros, classes, dim)
		w.Param("bias", nn.Zeros, classes)
	}
	o.classifier = nn.NewLinear(s.Weights, "classifier", dim, classes, true)
	return o, nil
}

// supervised is the objective of fine-tuning.
type supervised struct {
	net        encoders.Network
	projector  *methods.Projector
	classifier *nn.LinearLayer
	labels     []int
	classes    int
}

func (o *supervised) Build(b methods.Batch) methods.Loss {
	g := b.Views[0].Graph()
	h := o.net.Apply(b.Views[0])
	if o.projector != nil {
		h = o.projector.Apply(h)
	}
	logits := o.classifier.Apply(h)
	y := make([]float32, b.Views[0].Dim(0))
	labels := g.Const(y, len(y))
	return methods.Loss{
		Value:      nn.CrossEntropy(logits, labels),
		Embeddings: nn.Normalize(nn.StopGradient(h)),
		Measures:   []methods.Measure{{Name: "accuracy", Node: accuracy(logits, labels)}},
		Before: func(s methods.Step) {
			for i, at := range s.Samples {
				y[i] = float32(o.labels[at])
			}
		},
	}
}

// Uniform is the logarithm of the number of classes.
func (o *supervised) Uniform(int) float64 { return math.Log(float64(o.classes)) }

// accuracy is the share of rows whose largest logit is the label's.
func accuracy(logits, labels *nn.Node) *nn.Node {
	k := logits.Dim(1)
	return nn.Host("accuracy", []int{1}, func(in [][]float32, out []float32) {
		right := 0
		for i, y := range in[1] {
			row := in[0][i*k : (i+1)*k]
			best := 0
			for j, v := range row {
				if v > row[best] {
					best = j
				}
			}
			if best == int(y) {
				right++
			}
		}
		out[0] = float32(right) / float32(len(in[1]))
	}, logits, labels)
}
