package train

import (
	"time"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/series"
)

// Config says how an encoder is learnt. The zero value works: SimCLR with a convolutional encoder, the default views, and
// 600 steps. Where a field is zero, the method's preset counts before the defaults named here.
//
// It is the only declaration of a training setting. A field with a json tag is a setting: its tag is its name in settings
// files, in --set train.NAME, as the flag --NAME, in model files and checkpoints, and in the journal of the suites; its
// comment is the flag's help. See [Settings] for how a Config is read and written.
type Config struct {
	// Method is the way of learning (wavekin list methods), with settings in brackets as in 'cmc(form=batch,views=[raw,trend])'; default
	// simclr.
	Method methods.Method `json:"method"`
	// Encoder is the architecture (wavekin list encoders), with settings in brackets as in 'conv(width=16)'; default conv, and resnet18
	// for images.
	Encoder encoders.Encoder `json:"encoder"`
	// Views are the augmentations of series, as in 'jitter(0.03)|crop(0.5,1)' (wavekin list augmentations);
	// default the method's preset, or
	// crop(0.6,1)|scale(0.2)|shift(0.2)|jitter(0.05).
	Views augment.Spec `json:"augment"`
	// ImageViews are the augmentations of images; default the recipe of SimCLR, without blur below 64 pixels. In a settings
	// file with an encoder of images, augment means these. A third list is for the short crops of dino, swav and deepcluster-v2.
	ImageViews imageaug.Spec `json:"image_augment"`
	// Size is the side of an image in pixels; default the middle one of their shorter sides, 224 at most.
	Size int `json:"size"`
	// Space is what the colours of images are turned into: rgb, grey, lab or ycbcr; default grey where all images are, else rgb.
	Space string `json:"space"`
	// Ground is the colour seen through transparent images: white (the default), black, grey, or as in #ff8000.
	Ground string `json:"ground"`
	// Window is the length of a sample in time stamps; default whole series, or, in wavekin pretrain, one by the period of a long
	// recording.
	Window int `json:"window"`
	// Stride is the distance between the starts of windows; default a quarter of the window.
	Stride int `json:"stride"`
	// Normalize is what values of series are standardised by: train, window, series or none; default train.
	Normalize series.Mode `json:"normalize"`
	// Batch is the number of samples per step; default the method's preset, or 32, and 128 for images.
	Batch int `json:"batch"`
	// Steps is the number of optimiser steps; default what Epochs come to, or 600.
	Steps int `json:"steps"`
	// Epochs is the number of passes over the samples, where Steps are not given.
	Epochs int `json:"epochs"`
	// DropLast leaves out the last batch of an epoch where it is not full: it would spoil statistics of the batch and queues.
	DropLast bool `json:"drop_last"`
	// LR is the peak learning rate; default the method's preset, or 0.001 for adamw, 0.03 for sgd and momentum, 0.3 for lars
	// and larc.
	LR float64 `json:"lr"`
	// LRSchedule takes the place of LR and Warmup, as in {from=0.01, to=0.001, shape="linear", warmup=0.1}.
	LRSchedule methods.Schedule `json:"lr_schedule"`
	// Warmup is the share of the steps in which the learning rate rises linearly; default 0.05, negative none.
	Warmup float64 `json:"warmup"`
	// LRScaling is how the batch changes the rate: linear multiplies LR, or From of LRSchedule, by batch/256, sqrt by the square root of
	// the batch (SimCLR: 0.3 and 0.075); default not at all.
	LRScaling string `json:"lr_scaling"`
	// Optimizer is adamw (the default), sgd (Nesterov, momentum 0.9), momentum (the same without Nesterov), lars (momentum 0.9,
	// trust 0.001), lars-classic (the same with the rate inside the momentum, as SimCLR has it), larc (trust 0.02, clipped) or
	// larc-unclipped (trust 0.001, no parameter exempt, as SwAV has it).
	Optimizer string `json:"optimizer"`
	// Momentum is what sgd, momentum, lars and larc keep of the steps before; default 0.9, negative none.
	Momentum float64 `json:"momentum"`
	// Trust is the length of a step of lars and larc as a share of the parameter's; default the optimiser's own.
	Trust float64 `json:"trust"`
	// Exempt is what is neither decayed nor, by lars and larc, scaled: vectors (parameters of one dimension: biases and scales) or
	// none; default the method's preset for adamw, none for sgd, momentum and larc-unclipped, vectors for the others.
	Exempt string `json:"exempt"`
	// Decay is the weight decay; default the method's preset, or 0.0001, negative none.
	Decay float64 `json:"decay"`
	// DecaySchedule takes the place of Decay, as in {from=0.04, to=0.4}.
	DecaySchedule methods.Schedule `json:"decay_schedule"`
	// Beta1 is what adamw keeps of the first moment in a step; default 0.9, negative none.
	Beta1 float64 `json:"beta1"`
	// Beta2 is what adamw keeps of the second moment in a step; default the method's preset, or 0.999.
	Beta2 float64 `json:"beta2"`
	// Clip bounds the norm of the whole gradient; default 1, or none where ClipEach is set, negative none.
	Clip float64 `json:"clip"`
	// ClipEach bounds the norm of each parameter's own gradient; default the method's preset, or none, negative none.
	ClipEach float64 `json:"clip_each"`
	// Groups are parameters with a rate of their own, as in [{prefix="encoder.input.", rate=0.1}], or with
	// [{vectors=true, rate=0.024}] biases and scales alone; they count before the method's own.
	Groups []methods.Group `json:"groups"`
	// Precision is that of the operands of convolutions, linear layers and attention: float32 (the default), bf16, which
	// rounds them to bfloat16 and sums in float32, or winograd, which leaves them and takes convolutions of series with three taps
	// through Winograd's transforms where that is faster. Weights, optimiser, losses and all else stay float32.
	Precision string `json:"precision"`
	// Recompute drops what the blocks of the encoder compute until the gradient wants it, and then computes it again: less memory
	// for about a fifth more time, to the same bits.
	Recompute bool `json:"recompute"`
	// Chunk is how many samples of a view the encoder computes at a time, forward and backward; the loss sees the whole batch.
	// Memory for the encoder is then that of a chunk, which is computed twice as with Recompute. Normalisation over a batch takes
	// its statistics from a chunk. Default all.
	Chunk int `json:"chunk"`
	// Seed is what all randomness is derived from.
	Seed uint64 `json:"seed"`

	// Run is how the run is carried out; nothing of it is a setting.
	Run `json:"-"`
}

// Run is what a run needs beside its settings: it is neither recorded nor compared when a run goes on.
type Run struct {
	// Checkpoint is a folder for checkpoints; empty means none.
	Checkpoint string
	// Every is the number of steps between checkpoints; 0 means 100.
	Every int
	// Within is the longest time between checkpoints, but for the step in which it ends; 0 means 30 seconds. Where checkpoints take
	// long to write it is longer, so that they take at most a twentieth of the time.
	Within time.Duration
	// Resume goes on from the checkpoint if there is one.
	Resume bool
	// Hooks are told of every step, in order.
	Hooks []Hook
	// Team are the processes that share out the chunks of every batch, which Chunk must set; nil for one process alone. All of them
	// call Pretrain with the same settings and data, and end with the same model, bit for bit whatever their number. The first
	// writes checkpoints, and its context is the one that ends the run.
	Team nn.Team
	// Corrupt, where not nil, is told once of an image that cannot be read; where it returns nil, the next one takes its place.
	Corrupt func(error) error
}

// Hook is told after each step; an error ends the training.
type Hook interface {
	OnStep(s Step) error
}

// HookFunc makes a function a Hook.
type HookFunc func(s Step) error

// OnStep calls f.
func (f HookFunc) OnStep(s Step) error { return f(s) }

// Tracer is a [Hook] that also sees what each step starts from, to repeat a run elsewhere or to look into it.
type Tracer interface {
	Hook
	// OnBatch is told before each step; an error ends the training.
	OnBatch(b Batch) error
}

// Batch is what a step starts from. All of it is the run's own: a tracer reads it, and keeps nothing but the weights, which
// are the same slices throughout.
type Batch struct {
	// Index counts the steps from 0 to below Total.
	Index, Total int
	// Samples are the ids of the samples, and Spans what of a window the views show, nil meaning all of it.
	Samples []int
	Spans   []methods.Span
	// Views are [N, C, T] or [N, C, H, W], as Shapes say, row by row.
	Views  [][]float32
	Shapes [][]int
	// Weights are all parameters and buffers, in the order of their declaration.
	Weights []*nn.Param
}

// Step is what a hook learns of one step.
type Step struct {
	// Index counts from 1 to Total.
	Index, Total int
	// Loss is the loss of this batch.
	Loss float64
	// Std is the mean over dimensions of the batch's standard deviation of the unit
	// embeddings; healthy is about 1/√D.
	Std float64
	// LR is the learning rate of this step.
	LR float64
	// Windows is the number of samples in the batch.
	Windows int
	// Measures are what the method itself watches, in this batch; they hold until the hook returns.
	Measures map[string]float64
	// Warnings say in words what has begun to look wrong, or what chunks change, each once. A look is taken every tenth of a run.
	Warnings []string
}
