package train

import (
	"fmt"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// Config says how an encoder is learnt. The zero value works: SimCLR with a
// convolutional encoder, the default views, and a budget of 600 steps. Where a
// field is zero, the method's preset counts before the defaults named here.
type Config struct {
	// Method is the way of learning; nil means methods.SimCLR{}.
	Method methods.Method
	// Encoder is the architecture; nil means encoders.Conv{}.
	Encoder encoders.Encoder
	// Views are the augmentations; the zero value means augment.Default().
	Views augment.Spec
	// ImageViews are the augmentations of images; the zero value means the recipe of SimCLR, without blur below 64 pixels.
	ImageViews imageaug.Spec
	// Size is the side of an image in pixels; 0 means that of the first one, 224 at most.
	Size int
	// Space is what the colours of images are turned into: "rgb", "grey", "lab" or "ycbcr"; empty means grey for grey
	// images, and rgb.
	Space string
	// Corrupt, where not nil, is told once of an image that cannot be read; where it returns nil, the next one takes its place.
	Corrupt func(error) error
	// Window is the length of a sample in time stamps; 0 means whole series.
	Window int
	// Stride is the distance between the starts of windows; 0 means a quarter window.
	Stride int
	// Batch is the number of samples per step; 0 means 32.
	Batch int
	// Steps is the number of optimiser steps; 0 means Epochs, or 600 where that is 0 too.
	Steps int
	// Epochs is the number of passes over the windows; Steps wins.
	Epochs int
	// LR is the peak learning rate; 0 means 0.001 for AdamW, 0.03 for SGD and momentum, and 0.3 for LARS and LARC.
	LR float64
	// Optimizer is "adamw" (the default), "sgd" (Nesterov, momentum 0.9), "momentum" (the same without Nesterov), "lars"
	// (momentum 0.9, trust 0.001, one-dimensional parameters neither decayed nor scaled) or "larc" (the same with trust 0.02,
	// clipped).
	Optimizer string
	// Decay is the weight decay; negative means none, 0 means 0.0001.
	Decay float64
	// LRSchedule and DecaySchedule, where not zero, take the place of LR with Warmup and of Decay.
	LRSchedule, DecaySchedule methods.Schedule
	// Warmup is the share of the steps in which the rate rises linearly; 0 means 0.05, negative none.
	Warmup float64
	// Clip bounds the global norm of the gradient; 0 means 1, or no bound where ClipEach is set; negative no bound.
	Clip float64
	// ClipEach bounds the norm of each parameter's own gradient; 0 and negative mean no bound.
	ClipEach float64
	// Groups are parameters with a rate of their own; they count before the method's own.
	Groups []methods.Group
	// Normalize says what is subtracted and divided by; the zero value is series.ModeTrain's choice of the caller.
	Normalize series.Mode
	// Seed is what all randomness is derived from.
	Seed uint64
	// Checkpoint is a folder for checkpoints; empty means none.
	Checkpoint string
	// Every is the number of steps between checkpoints; 0 means 100.
	Every int
	// Resume goes on from the checkpoint if there is one.
	Resume bool
	// Hooks are told of every step, in order.
	Hooks []Hook
	// from is the model that is trained further: its normaliser and window count.
	from *model.Model
}

// Hook is told after each step; an error ends the training.
type Hook interface {
	OnStep(s Step) error
}

// HookFunc makes a function a Hook.
type HookFunc func(s Step) error

// OnStep calls f.
func (f HookFunc) OnStep(s Step) error { return f(s) }

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
	// Warnings say in words what has begun to look wrong, each once. A look is taken every tenth of a run.
	Warnings []string
}

// Resolved returns c as Pretrain understands it, to be shown: what was left zero is filled in, by the method's preset
// first. It reports settings out of range.
func (c Config) Resolved() (Config, error) { return c.defaults() }

// defaults fills in what was left zero, and checks the rest once.
func (c Config) defaults() (Config, error) {
	if c.Method == nil {
		c.Method = methods.SimCLR{}
	}
	if c.Encoder == nil {
		c.Encoder = encoders.Conv{}
	}
	if c.Optimizer == "" {
		c.Optimizer = "adamw"
	}
	c = c.preset()
	if c.Views.IsZero() {
		c.Views = augment.Default()
	}
	usual, known := optimizers[c.Optimizer]
	if !known {
		return c, fmt.Errorf("optimizer is %q, want adamw, sgd, momentum, lars or larc", c.Optimizer)
	}
	c.LR = orFloat(c.LR, usual.rate)
	c.Decay = orFloat(c.Decay, 1e-4)
	c.Warmup = orFloat(c.Warmup, 0.05)
	c.ClipEach = max(c.ClipEach, 0)
	if c.Clip == 0 && c.ClipEach > 0 {
		c.Clip = -1
	}
	c.Clip = orFloat(c.Clip, 1)
	if c.Batch == 0 {
		c.Batch = 32
	}
	if c.Every == 0 {
		c.Every = 100
	}
	switch {
	case c.Window < 0 || c.Stride < 0:
		return c, fmt.Errorf("window %d and stride %d must not be negative", c.Window, c.Stride)
	case c.Batch < 2:
		return c, fmt.Errorf("batch is %d, want at least 2: a sample is told apart from the others of its batch", c.Batch)
	case c.Steps < 0 || c.Epochs < 0 || c.Every < 0:
		return c, fmt.Errorf("steps, epochs and every must not be negative")
	case !(c.LR > 0) || c.LR > 1e3:
		return c, fmt.Errorf("learning rate is %g, want above 0", c.LR)
	case c.Warmup >= 1:
		return c, fmt.Errorf("warm-up is %g of the steps, want below 1", c.Warmup)
	}
	if _, err := series.ParseMode(string(c.Normalize)); err != nil {
		return c, err
	}
	if c.Resume && c.Checkpoint == "" {
		return c, fmt.Errorf("resume needs a checkpoint folder")
	}
	if c.Normalize == series.ModeSeries && c.Window > 0 {
		return c, fmt.Errorf("a window does not know the rest of its series; normalise by window or train, or the series beforehand")
	}
	for _, s := range []methods.Schedule{c.LRSchedule, c.DecaySchedule} {
		if err := s.Check(); err != nil {
			return c, err
		}
	}
	if c.Stride == 0 {
		c.Stride = max(1, c.Window/4)
	}
	return c, nil
}

// preset fills in what the method advises and the user left open. Its learning rate is meant for AdamW.
func (c Config) preset() Config {
	m, ok := c.Method.(methods.Presetter)
	if !ok {
		return c
	}
	p := m.Preset()
	if c.LR == 0 && c.Optimizer == "adamw" {
		c.LR = p.LR
	}
	if c.Decay == 0 && c.DecaySchedule == (methods.Schedule{}) {
		c.Decay, c.DecaySchedule = p.Decay, p.DecaySchedule
	}
	if c.Clip == 0 && c.ClipEach == 0 {
		c.ClipEach = p.ClipEach
	}
	if c.Batch == 0 {
		c.Batch = p.Batch
	}
	if c.Views.IsZero() {
		c.Views = p.Views
	}
	return c
}

// orFloat returns v, or the default where v is zero; a negative v means none.
func orFloat(v, d float64) float64 {
	if v == 0 {
		return d
	}
	return max(v, 0)
}
