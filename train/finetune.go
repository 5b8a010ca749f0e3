package train

import (
	"context"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/nn"
)

// Finetuning says how a model goes on to learn from labels. The zero value works: the projector is discarded.
type Finetuning struct {
	// FromLayer is how many of the projector's layers are kept below the classifier: 0 none, as SimCLR has it, 1 the first
	// with its normalisation and activation, the choice of SimCLR v2; negative all.
	FromLayer int
	// Views are the augmentations, of which the first list is used; the zero value means crop(0.8,1)|jitter(0.03).
	Views augment.Spec
	// ImageViews are those of images; the zero value means crop(0.2,1)|flip.
	ImageViews imageaug.Spec
	// Corrupt is that of [Config].
	Corrupt func(error) error
	// Batch, Steps, LR, Decay, Optimizer, Seed, Checkpoint, Every, Resume and Hooks are those of [Config], by default
	// batches of 32, 300 steps, a rate of 0.001 and no decay.
	Batch, Steps int
	LR, Decay    float64
	Optimizer    string
	Seed         uint64
	Checkpoint   string
	Every        int
	Resume       bool
	Hooks        []Hook
}

// lightViews are the default of training on labels.
var lightViews = augment.MustParse("crop(0.8,1)|jitter(0.03)")

// lightImageViews are those of images.
var lightImageViews = imageaug.MustParse("crop(0.2,1)|flip")

// config is the training of a method on top of a model.
func (c Finetuning) config(base *model.Model, m methods.Method, enc encoders.Encoder) Config {
	cfg := Config{Method: m, Encoder: enc, Views: c.Views, ImageViews: c.ImageViews, Corrupt: c.Corrupt, Batch: c.Batch, Steps: c.Steps, LR: c.LR, Decay: c.Decay,
		Optimizer: c.Optimizer, Warmup: -1, Seed: c.Seed, Checkpoint: c.Checkpoint, Every: c.Every, Resume: c.Resume,
		Hooks: c.Hooks, from: base}
	if cfg.Views.IsZero() {
		cfg.Views = lightViews
	}
	if cfg.ImageViews.IsZero() {
		cfg.ImageViews = lightImageViews
	}
	if cfg.Decay == 0 {
		cfg.Decay = -1
	}
	if cfg.Steps == 0 {
		cfg.Steps = 300
	}
	return cfg
}

// Finetune trains the encoder of a model, the first layers of its projector and a new classifier on labelled series (Chen
// et al., 2020b, section 2). A series is one sample, cut or continued with gaps to the model's window. The base model
// stays as it is. A cancelled context saves a checkpoint, as [Pretrain] does.
func Finetune(ctx context.Context, base *model.Model, labelled Data, c Finetuning) (*model.Model, Summary, error) {
	if c.FromLayer < 0 {
		c.FromLayer = base.Layers()
	}
	if c.FromLayer > base.Layers() {
		return nil, Summary{}, fmt.Errorf("fine-tuning from layer %d, and the model (%s) has %d layer(s) of a projector; simclr-v2 keeps one",
			c.FromLayer, base.Settings.Method, base.Layers())
	}
	enc, err := encoders.ByName(base.Settings.Encoder, base.Settings.EncoderSettings)
	if err != nil {
		return nil, Summary{}, err
	}
	method, err := methods.ByName(base.Settings.Method, base.Settings.MethodSettings)
	if err != nil {
		return nil, Summary{}, err
	}
	t, sum, err := runFurther(ctx, labelled, c.config(base, &finetuning{Base: base.Settings, FromLayer: c.FromLayer, base: base, method: method}, enc))
	if err != nil {
		return nil, sum, err
	}
	m, err := derive(base, method, t, sum, "finetune", c.FromLayer, classesOf(labelled))
	return m, sum, err
}

// runFurther trains on top of a model.
func runFurther(ctx context.Context, d Data, cfg Config) (*trainer, Summary, error) {
	t, err := newTrainer(d, cfg)
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
	Base      model.Settings `json:"base"`
	FromLayer int            `json:"from_layer"`
	base      *model.Model
	method    methods.Method
}

func (*finetuning) Name() string { return "finetune" }

func (*finetuning) Needs() methods.Needs {
	return methods.Needs{Views: []methods.View{{}}, Labels: true}
}

// Network declares the network of the model's own method.
func (f *finetuning) Network(w *nn.Weights, enc encoders.Encoder, channels int) (encoders.Network, error) {
	return networkLike(f.method, w, enc, channels)
}

func networkLike(m methods.Method, w *nn.Weights, enc encoders.Encoder, channels int) (encoders.Network, error) {
	if n, ok := m.(methods.Networker); ok {
		return n.Network(w, enc, channels)
	}
	return enc.New(w, channels)
}

// New starts from the base model's weights, and a classifier drawn anew.
func (f *finetuning) New(s methods.Setup) (methods.Objective, error) {
	classes := 0
	for _, l := range s.Labels {
		classes = max(classes, l+1)
	}
	if classes < 2 {
		return nil, inputError("labels of %d class(es), want at least 2 to tell apart", classes)
	}
	o := &supervised{net: s.Net, labels: s.Labels, classes: classes}
	dim := s.Net.Dim()
	if f.FromLayer > 0 {
		var err error
		if o.projector, err = f.method.(methods.Keeper).Projector(s.Weights, dim, f.FromLayer); err != nil {
			return nil, err
		}
		dim = o.projector.Dim()
	}
	if err := model.CopyWeights(s.Weights, f.base.Weights()); err != nil {
		return nil, err
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
