package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/train"
)

// training is how a method is trained, after its paper: which optimiser, and how rate and decay change.
type training struct {
	Optimizer string  `json:"optimizer"`
	Rate      float64 `json:"rate"`
	// Warm begins with a linear rise over a tenth of the run, Warmup steps, filled in for each length. Half a cosine follows,
	// unless there are Drops, shares of the steps and what the rate is multiplied by from there on, or the rate is Constant.
	Warm     bool         `json:"-"`
	Warmup   int          `json:"warmup"`
	Drops    [][2]float64 `json:"drops,omitempty"`
	Constant bool         `json:"constant,omitempty"`
	// Decay goes to DecayTo along half a cosine where that is not 0.
	Decay   float64 `json:"decay"`
	DecayTo float64 `json:"decay_to,omitempty"`
	// ClipEach bounds the norm of each gradient; 0 bounds none.
	ClipEach float64 `json:"clip_each,omitempty"`
	Beta2    float64 `json:"beta2,omitempty"`
	// Groups have rates of their own.
	Groups []methods.Group `json:"groups,omitempty"`
}

// on is t for a path. Behind 17 normalised layers a ReLU that rounding turns on or off shows in the gradients of all below, and the
// more the longer the steps are, so that images are learnt more slowly; under LARS it is biases and scales alone that move freely.
func (t training) on(p *path) training {
	switch {
	case !p.images():
	case t.Optimizer == "lars":
		t.Rate /= 3
		t.Groups = append(slices.Clone(t.Groups), methods.Group{Vectors: true, Rate: 0.01})
	case t.Optimizer == "momentum":
		t.Rate /= 100
	default:
		t.Rate /= 10
	}
	return t
}

// twin is a method with its settings, by name, and what is drawn in its steps.
type twin struct {
	// name is the row of the table, and method the one that is trained.
	name, method string
	settings     string
	// images are the settings where those of images differ, and not why the method takes none.
	images, not string
	// imageEncoder, where not nil, takes the place of the encoder of images.
	imageEncoder encoders.Encoder
	// long are the settings of long runs, where they differ.
	long     string
	training training
	draws    draws
	// all says that the twin must see all samples, to cluster them.
	all bool
	// learn is how it is trained, where that is not without labels; the method then has no settings of its own.
	learn learn
}

// on are the settings for a path.
func (t twin) on(p *path) json.RawMessage {
	if p.images() && t.images != "" {
		return json.RawMessage(t.images)
	}
	return json.RawMessage(t.settings)
}

// The trainings of the papers, with rates for a few samples.
var (
	// SimCLR, BYOL, Barlow Twins, VICReg, NNCLR: LARS, warm-up and half a cosine.
	lars = training{Optimizer: "lars", Rate: 0.3, Warm: true, Decay: 1e-4}
	// MoCo v2, SimSiam, SwAV, SupCon: SGD with momentum 0.9 and half a cosine.
	cosine = training{Optimizer: "momentum", Rate: 0.05, Decay: 1e-4}
	// NPID, MoCo v1, CMC, InvaSpread: the same, and a tenth of the rate after 0.6 of the steps, a hundredth after 0.8.
	steps = training{Optimizer: "momentum", Rate: 0.03, Decay: 1e-4, Drops: [][2]float64{{0.6, 0.1}, {0.8, 0.01}}}
	// CPC, TS2Vec, TNC, T-Loss: Adam at a constant rate.
	adam = training{Optimizer: "adamw", Rate: 1e-3, Decay: 1e-2, Constant: true}
)

// dropText writes drops as a [methods.Schedule] has them.
func dropText(drops [][2]float64) string {
	var parts []string
	for _, d := range drops {
		parts = append(parts, fmt.Sprintf("%g:%g", d[0], d[1]))
	}
	return strings.Join(parts, " ")
}

// with is a training changed by f.
func with(t training, f func(t *training)) training {
	f(&t)
	return t
}

// leftOut is why the twin is not compared on a path; empty where it is.
func (t twin) leftOut(p *path) string {
	if p.images() {
		return t.not
	}
	return ""
}

// ordered is why a method is not for images.
const ordered = "learns from the order of time stamps"

// twins are the rows of the table.
var twins = []twin{
	{name: "npid", method: "npid", settings: `{"temperature":0.07,"out":16,"norm":"none","loss":"nce","negatives":12,"momentum":0.5,"proximal":10}`,
		training: steps, draws: bankRows(12)},
	{name: "npid, softmax", method: "npid", settings: `{"temperature":0.07,"out":16,"norm":"none","loss":"softmax","momentum":0.5}`, training: steps},
	{name: "invaspread", method: "invaspread", settings: `{"temperature":0.1,"out":16,"form":"paper"}`, training: steps},
	{name: "invaspread, released", method: "invaspread", settings: `{"temperature":0.1,"out":16,"form":"released"}`, training: steps},
	{name: "cmc", method: "cmc", settings: `{"views":["raw:0","raw:1"],"shared":true,"form":"bank","loss":"nce","negatives":12,"momentum":0.5,
		"temperature":0.07,"out":16,"norm":"none"}`,
		images: `{"views":["raw:0","raw:1-2"],"shared":true,"form":"bank","loss":"nce","negatives":12,"momentum":0.5,
		"temperature":0.07,"out":16,"norm":"none"}`, training: steps, draws: bankRows(12)},
	{name: "cpc", method: "cpc", settings: `{"context":{"kind":"gru","width":12,"depth":1},"horizons":3,"negatives":"mixed","count":20,"patch":6,"overlap":0.5}`,
		images:   `{"context":{"kind":"conv","width":12,"depth":2},"horizons":3,"negatives":"mixed","count":20,"patch":4,"overlap":0.5,"target":-1,"scale":1}`,
		training: adam, draws: others(3, 20)},
	{name: "cpc, second version", method: "cpc",
		settings: `{"context":{"kind":"gru","width":12,"depth":1},"horizons":3,"negatives":"all","patch":6,"overlap":0.5,"target":8,"scale":0.1}`,
		images:   `{"context":{"kind":"conv","inner":12,"depth":2},"horizons":3,"negatives":"all","patch":4,"overlap":0.5,"target":8,"scale":0.1}`,
		training: adam, imageEncoder: imageenc.ResNet18{Width: 4, Norm: "layer"}},
	{name: "simclr", method: "simclr", settings: `{"temperature":0.5,"hidden":24,"out":16,"layers":2,"norm":"batch"}`, training: lars},
	{name: "simclr-v2", method: "simclr-v2", settings: `{"temperature":0.5,"hidden":24,"out":16,"layers":3,"norm":"batch"}`, training: lars},
	{name: "simclr-v2, memory", method: "simclr-v2",
		settings: `{"temperature":0.5,"hidden":24,"out":16,"layers":3,"norm":"batch","memory":true,"queue":40,"momentum":0.9}`, training: lars},
	{name: "dcl", method: "dcl", settings: `{"temperature":0.5,"hidden":24,"out":16,"norm":"batch"}`, training: lars},
	{name: "dcl, weighted", method: "dcl", settings: `{"temperature":0.5,"hidden":24,"out":16,"norm":"batch","weighted":true,"sigma":0.5}`, training: lars},
	{name: "nnclr", method: "nnclr", settings: `{"temperature":0.5,"queue":40,"hidden":24,"out":16,"predictor":32,"norm":"batch"}`, training: lars},
	{name: "supcon", method: "supcon", settings: `{"temperature":0.1,"base_temperature":0.07,"hidden":24,"out":16,"norm":"none"}`, training: cosine},
	{name: "moco-v1", method: "moco-v1", settings: `{"temperature":0.07,"queue":40,"momentum":0.9,"out":16,"groups":4}`, training: steps, draws: shuffled},
	{name: "moco-v2", method: "moco-v2", settings: `{"temperature":0.2,"queue":40,"momentum":0.9,"hidden":24,"out":16,"groups":4}`, training: cosine, draws: shuffled},
	{name: "moco-v2, symmetric", method: "moco-v2",
		settings: `{"temperature":0.2,"queue":40,"momentum":0.9,"hidden":24,"out":16,"groups":4,"symmetric":true}`, training: cosine, draws: shuffled},
	{name: "moco-v3", method: "moco-v3", settings: `{"temperature":1,"momentum":0.9,"hidden":24,"out":16,"norm":"batch"}`, training: lars},
	{name: "byol", method: "byol", settings: `{"hidden":24,"out":16,"momentum":0.9,"norm":"batch"}`, training: lars},
	{name: "simsiam", method: "simsiam", settings: `{"hidden":24,"out":24,"layers":3,"bottleneck":8,"norm":"batch"}`,
		training: with(cosine, func(t *training) { t.Groups = []methods.Group{{Prefix: "method.predictor.", Steady: true}} })},
	{name: "swav", method: "swav", settings: `{"long":2,"short":2,"short_length":0.5,"prototypes":12,"temperature":0.1,"epsilon":0.05,"rounds":3,
		"hidden":24,"out":16,"norm":"batch","queue":16,"queue_from":-1,"freeze":1}`, training: with(cosine, func(t *training) { t.Warm = true })},
	{name: "deepcluster", method: "deepcluster", settings: `{"clusters":5,"components":4,"rounds":20,"reassign":1,"top_rate":1,"norm":"batch"}`,
		training: training{Optimizer: "momentum", Rate: 0.05, Constant: true, Decay: 1e-5}, draws: clustered(5, 0), all: true},
	{name: "deepcluster-v2", method: "deepcluster-v2", settings: `{"long":2,"short":2,"short_length":0.5,"clusters":6,"heads":3,"temperature":0.1,
		"rounds":10,"hidden":24,"out":16,"norm":"batch"}`, training: cosine, draws: clustered(6, 3)},
	{name: "dino", method: "dino", settings: `{"long":2,"short":2,"short_length":0.5,"outputs":20,"hidden":24,"bottleneck":12,"layers":3,"norm":"none",
		"temperature":0.1,"teacher_temperature":{"from":0.07,"to":0.07,"shape":"constant","warmup":0.75,"warm_from":0.04},
		"centre_momentum":0.9,"momentum":0.9,"freeze_last":1}`,
		training: training{Optimizer: "adamw", Rate: 1e-3, Warm: true, Decay: 0.04, DecayTo: 0.4, ClipEach: 3}},
	{name: "barlow-twins", method: "barlow-twins", settings: `{"lambda":0.0051,"scale":0.024,"hidden":24,"out":16,"layers":3,"norm":"batch"}`, training: lars},
	{name: "vicreg", method: "vicreg", settings: `{"invariance":25,"variance":25,"covariance":1,"hidden":24,"out":16,"norm":"batch"}`,
		training: with(lars, func(t *training) { t.Rate = 0.1 })},
	{name: "vibcreg", method: "vibcreg", settings: `{"invariance":25,"variance":25,"covariance":200,"hidden":24,"out":16,"norm":"batch","groups":4,"iterations":5}`,
		training: with(lars, func(t *training) { t.Rate = 0.1 })},
	{name: "ts2vec", method: "ts2vec", settings: `{"instance":0.5,"unit":0,"mask":0.5,"crops":4}`, training: adam, draws: hidden, not: ordered},
	{name: "ts-tcc", method: "ts-tcc", settings: `{"horizons":2,"steps":8,"hidden":12,"inner":16,"depth":2,"out":16,"temperature":0.2,
		"temporal":1,"contextual":0.7}`, training: with(adam, func(t *training) { t.Beta2 = 0.99 }), draws: moment(8, 2), not: ordered},
	{name: "tnc", method: "tnc", settings: `{"width":6,"near":1,"far":3,"draws":5,"unlabelled":0.05,"dropout":0.5}`, training: adam,
		draws: stretches(6, 5, 64, 1, 3), not: ordered},
	{name: "t-loss", method: "t-loss", settings: `{"negatives":4,"penalty":4,"crops":4}`, training: adam, draws: picked(4, 4), not: ordered},
	{name: "finetune", method: "finetune", settings: `{"from_layer":1}`, training: with(cosine, func(t *training) { t.Warm = true }), learn: finetuned},
	{name: "distill", method: "distill", settings: `{"temperature":2,"alpha":0.7}`, training: lars, learn: distilled},
}

// config is how wavekin is told of it.
func (t twin) config(p *path, total int) (train.Config, training, error) {
	how := t.training.on(p)
	encoder := p.encoder
	if p.images() && t.imageEncoder != nil {
		encoder = t.imageEncoder
	}
	c := train.Config{Encoder: encoder, Views: p.views, ImageViews: p.imageViews, Normalize: p.normalize, Batch: p.batch, Steps: total, Seed: p.seed,
		Optimizer: how.Optimizer, LR: how.Rate, Warmup: -1, Decay: how.Decay, Beta2: how.Beta2, Clip: -1, ClipEach: how.ClipEach, Groups: how.Groups}
	if how.Warm {
		how.Warmup = max(1, total/10)
		c.Warmup = float64(how.Warmup) / float64(total)
	}
	if how.Constant {
		c.LRSchedule = methods.Constant(how.Rate)
	}
	if how.Drops != nil {
		c.LRSchedule = methods.Schedule{From: how.Rate, Shape: "steps", Drops: dropText(how.Drops)}
	}
	if how.DecayTo != 0 {
		c.DecaySchedule = methods.Cosine(how.Decay, how.DecayTo)
	}
	if t.learn != nil {
		return c, how, nil
	}
	var err error
	c.Method, err = methods.ByName(t.method, t.on(p))
	return c, how, err
}
