// Package methods holds the ways of learning without labels, one file each.
//
// A [Method] is a configuration, a struct whose zero value is the published setting fitted to
// sequences. It declares what it [Needs]; [Method.New] adds heads, teachers, queues and banks to
// the weights and returns an [Objective], which turns the views of a batch into a [Loss]:
//
//	w := nn.NewWeights(0)
//	net, _ := encoders.Conv{}.New(w.Scope("encoder"), 1)
//	obj, _ := methods.SimCLR{}.New(methods.Setup{Weights: w.Scope("method"), Encoder: encoders.Conv{}, Net: net,
//		Channels: 1, Length: 256, Samples: make([]methods.Sample, 100), Batch: 16, Steps: 600})
//	g := nn.NewGraph(true)
//	loss := obj.Build(methods.Batch{Views: []*nn.Node{g.Input("a", 16, 1, 256), g.Input("b", 16, 1, 256)}})
//
// A sample is a window of a series or an image, by the encoder ([encoders.Axes]); the same methods learn from both, but for
// TS2Vec, TS-TCC, TNC and TLoss, which need an order in time. What is published for images stands in the files of configs.
//
// Everything that an objective keeps from step to step lies in the weights, as parameters or as
// buffers, so that a checkpoint holds all of it.
//
// [ByName] finds a method by the name that the command line and model files use; [Register] adds those of other modules.
package methods

import (
	"fmt"
	"math/rand/v2"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// Method is the configuration of a way of learning.
type Method interface {
	// Name is the name on the command line and in a model file.
	Name() string
	// Needs declares what the trainer must provide.
	Needs() Needs
	// New declares what the method adds to the weights. It fails on settings out of range.
	New(s Setup) (Objective, error)
}

// Presetter is a [Method] that has a training of its own.
type Presetter interface {
	// Preset returns the training that suits the method on sequences without tuning.
	Preset() Preset
}

// Preset is how a method is trained where the user does not say otherwise. Zero fields mean the trainer's own defaults.
type Preset struct {
	// Batch is the number of samples per step.
	Batch int
	// LR is the peak learning rate and Decay the weight decay.
	LR, Decay float64
	// ConstantLR keeps the learning rate as it is, without warm-up.
	ConstantLR bool
	// DecaySchedule, where not zero, takes the place of Decay.
	DecaySchedule Schedule
	// Exempt is what AdamW leaves without decay: "vectors" or "none"; empty means vectors.
	Exempt string
	// Beta2 is AdamW's decay of the second moment; 0 means 0.999.
	Beta2 float64
	// ClipEach bounds the norm of each parameter's own gradient; 0 means that the joint norm is bounded.
	ClipEach float64
	// Views are the augmentations.
	Views augment.Spec
	// ImageEncoder is the encoder of images; nil means a ResNet-18.
	ImageEncoder encoders.Encoder
}

// Needs is what a method asks of the trainer, which checks it before the first step.
type Needs struct {
	// Views are the views of each sample in a step; nil means two of full length.
	Views []View
	// Labels tells that samples must have class labels.
	Labels bool
	// Sequences tells that the method learns from the order of time stamps, and refuses images.
	Sequences bool
}

// View says how one view of a sample is made.
type View struct {
	// Second chooses the augmentations after the semicolon, where the user gave two lists.
	Second bool
	// Short chooses those after the second semicolon, where the user gave three lists.
	Short bool
	// Crop bounds the share of the window that a random sub-window keeps before it is brought to
	// the view's length; the zero value keeps all. Of an image it bounds the share of the area, in place of what the user's
	// augmentations say.
	Crop [2]float64
	// Length is the length of the view as a share of the window, or its side as a share of the image's; 0 means 1.
	Length float64
	// Then is applied to windows after the user's augmentations.
	Then augment.Pipeline
}

// Sample is where a training window comes from; of an image Series is its number.
type Sample struct {
	// Series numbers the series of the training set, and Start is the window's first time stamp.
	Series, Start int
}

// Setup is what an objective is built from.
type Setup struct {
	// Weights is where the method declares what it adds.
	Weights *nn.Weights
	// Encoder declares further networks like Net: a teacher, one for each view.
	Encoder encoders.Encoder
	// Net is the network that is learnt and deployed; its weights are declared.
	Net encoders.Network
	// Channels are those of a sample. A window has a Length, in time stamps, and an image Height and Width, in pixels; the
	// others are 0.
	Channels, Length, Height, Width int
	// Samples are the training windows or images, by their ids.
	Samples []Sample
	// Labels are the classes of the samples, from 0; nil where there are none.
	Labels []int
	// Batch is the number of samples in a full batch, Steps the number of steps to come, and PerEpoch that of an epoch; 0 means that
	// a last batch of two samples or more counts.
	Batch, Steps, PerEpoch int
}

// shape is that of a sample after its channels: [T], or [H, W] of an image.
func (s Setup) shape() []int {
	if s.Height > 0 {
		return []int{s.Height, s.Width}
	}
	return []int{s.Length}
}

// sequencesOnly refuses images for a method that learns from the order of what it sees.
func (s Setup) sequencesOnly(method string) error {
	if s.Height == 0 {
		return nil
	}
	return fmt.Errorf("%s learns from sequences; images can be read as sequences of rows with a sequence encoder", method)
}

// Objective is a method at work on a set of weights.
type Objective interface {
	// Build adds the loss of a batch to the graph of its views. It is called once for each batch
	// size, and again for other lengths.
	Build(b Batch) Loss
	// Uniform is the loss of a network that tells nothing apart, for batches of n samples, or NaN
	// where there is no such value.
	Uniform(n int) float64
}

// Batch is what a loss is built from.
type Batch struct {
	// Views are in the order of [Needs]: [N, C, T] each, where T is the view's own length, or images [N, C, H, W].
	Views []*nn.Node
	// Spans are the stretches of the window that the views show, for an objective that is a [Cropper].
	Spans []Span
}

// Loss is the loss of one batch on its graph.
type Loss struct {
	// Value is the scalar that is minimised.
	Value *nn.Node
	// Embeddings are unit vectors [M·N, D], view after view, that the trainer watches for collapse.
	Embeddings *nn.Node
	// Measures are numbers about the training, by name: means over the last steps go to the summary.
	Measures []Measure
	// Keep are further nodes whose values After wants.
	Keep []*nn.Node
	// Before, where not nil, runs before each forward pass: it fills constants, or moves a teacher.
	Before func(s Step)
	// After, where not nil, runs after each optimiser step, with the values of Keep.
	After func(s Step, kept [][]float32)
}

// Measure is a named scalar of a step.
type Measure struct {
	Name string
	Node *nn.Node
}

// Step is what the hooks of a [Loss] learn of the step they run in.
type Step struct {
	// Index counts from 0, and Total is the number of steps of the run.
	Index, Total int
	// Samples are the ids in the batch, in its order.
	Samples []int
	// RNG is derived from the seed and the step alone.
	RNG *rand.Rand
}

// Cropper is an [Objective] that chooses anew in each step what stretches its views show.
type Cropper interface {
	// Crops returns one span per view of a window of the given length. The trainer moves all spans
	// of a sample by one random offset that keeps them inside. Every distinct choice of spans
	// compiles a program, so there should be few.
	Crops(rng *rand.Rand, length int) []Span
}

// Span is a stretch of a window, from From (inclusive) to To (exclusive), in time stamps.
type Span struct{ From, To int }

// Deployer is an [Objective] whose model has other weights than the network that was trained.
type Deployer interface {
	// Deploy runs once after the last step: it moves a teacher's weights into the deployed network.
	Deploy()
}

// Networker is a [Method] that deploys more than one encoder.
type Networker interface {
	// Network declares the deployed network; it takes the place of a bare encoder.
	Network(w *nn.Weights, enc encoders.Encoder, channels int) (encoders.Network, error)
}

// Diagnoser is an [Objective] that can tell what goes wrong.
type Diagnoser interface {
	// Diagnose says in words what the means of the measures over the last steps mean, and what to
	// change; nil where all is well.
	Diagnose(measures map[string]float64) []string
}

// Grouper is an [Objective] that has parameters with rates of their own.
type Grouper interface {
	// Groups returns the exceptions; the first whose prefix fits a parameter's name counts.
	Groups() []Group
}

// Surveyor is an [Objective] that looks at all samples before an epoch, to cluster them.
type Surveyor interface {
	// Look builds what it wants to know of samples from their windows, whole and as they are, x [N, C, T], on a graph
	// that is not for training: [N, D].
	Look(x *nn.Node) *nn.Node
	// Survey runs before the first step of each epoch; rng is derived from the seed and the epoch alone. look returns the
	// result of Look for all samples, [len(Samples), D], valid during the call.
	Survey(epoch int, rng *rand.Rand, look func() ([]float32, error)) error
}

// Previewer is a [Surveyor] that looks at the first views of every sample as a step shows them: augmented, batch by batch, with the
// statistics of the batch, and with no weight moved. Look is built on each of these views, and the results come view after view,
// [Previews, len(Samples), D], with zeros for a sample that the epoch leaves out.
type Previewer interface {
	Surveyor
	// Previews is the number of these views.
	Previews() int
}

// Sampler is an [Objective] that chooses which samples an epoch shows.
type Sampler interface {
	// Draw fills order, as long as there are samples, with ids; some may come twice and others not at all. It runs after
	// Survey, and again where a run goes on in the middle of an epoch, so that it must depend on rng and the weights alone.
	Draw(order []int, rng *rand.Rand)
}

// Group is how the parameters are trained whose name begins with Prefix.
type Group struct {
	// Prefix is the start of a parameter's full name.
	Prefix string `json:"prefix" toml:"prefix"`
	// Vectors keeps the group to parameters of one dimension, biases and scales.
	Vectors bool `json:"vectors,omitempty" toml:"vectors"`
	// Rate multiplies the learning rate; 0 means 1, negative that they stay as they are.
	Rate float64 `json:"rate,omitempty" toml:"rate"`
	// Unscaled leaves the steps of lars and larc as long as plain descent has them; other optimisers scale none.
	Unscaled bool `json:"unscaled,omitempty" toml:"unscaled"`
	// NoDecay leaves them without weight decay.
	NoDecay bool `json:"no_decay,omitempty" toml:"no_decay"`
	// Momentum takes the place of the optimiser's, of adamw's beta1; 0 means the optimiser's, negative none.
	Momentum float64 `json:"momentum,omitempty" toml:"momentum"`
	// Steady keeps them at the rate's peak, whatever its schedule.
	Steady bool `json:"steady,omitempty" toml:"steady"`
	// From is the first step, from 0, in which they move.
	From int `json:"from,omitempty" toml:"from"`
	// Fresh is the number of epochs after which the optimiser forgets their momentum, for a layer that is drawn anew then;
	// 0 means never.
	Fresh int `json:"fresh,omitempty" toml:"fresh"`
}

// Keeper is a [Method] with a projector on the encoder, which stays in the model: encodings can be read after each of its
// layers, and fine-tuning can begin in the middle of it.
type Keeper interface {
	// Head is the projector on encodings of length dim, and the scope of its weights, with %d for the number of a part where it has
	// [Head.Parts]. w has the weights of the encoder.
	Head(w *nn.Weights, dim int) (scope string, h Head)
}

// Tuner is a [Keeper] whose published fine-tuning keeps the first layers of the projector; that of others keeps none.
type Tuner interface {
	// TunedLayers is how many.
	TunedLayers() int
}

// NetworkOf declares the network that a method deploys, under the scope "encoder".
func NetworkOf(m Method, w *nn.Weights, enc encoders.Encoder, channels int) (encoders.Network, error) {
	w = w.Scope("encoder")
	if n, ok := m.(Networker); ok {
		return n.Network(w, enc, channels)
	}
	return enc.New(w, channels)
}
