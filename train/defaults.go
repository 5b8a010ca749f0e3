package train

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/raster"
	"github.com/wavekin/wavekin/series"
)

// usualBatch is the number of windows in a step where nothing else is said, and imageBatch that of images.
const (
	usualBatch = 32
	imageBatch = 128
	usualSteps = 600
)

// Resolved returns c as [Pretrain] understands it: what was left zero is filled in, by the method's preset first; what is
// for images is dropped for an encoder of series, and the other way round. It reports settings out of range. What depends
// on the data stays as it is: a window of 0, the size and the augmentations of images. Resolving twice changes nothing.
func (c Config) Resolved() (Config, error) {
	if c.Method == nil {
		c.Method = methods.SimCLR{}
	}
	if c.Encoder == nil {
		c.Encoder = encoders.Conv{}
	}
	if c.Optimizer == "" {
		c.Optimizer = "adamw"
	}
	usual, known := optimizers[c.Optimizer]
	if !known {
		return c, fmt.Errorf("optimizer is %q, want adamw, sgd, momentum, lars, lars-classic, larc or larc-unclipped", c.Optimizer)
	}
	if err := c.check(); err != nil {
		return c, err
	}
	steady := c.preset()
	if encoders.Axes(c.Encoder) == 2 {
		c.Views, c.Window, c.Stride, c.Normalize = augment.Spec{}, 0, 0, onlyNone(c.Normalize)
		c.Batch = cmp.Or(c.Batch, imageBatch)
	} else {
		c.ImageViews, c.Size, c.Space, c.Ground = imageaug.Spec{}, 0, "", ""
		c.Normalize, _ = series.ParseMode(string(c.Normalize))
		c.Batch = cmp.Or(c.Batch, usualBatch)
		c.Stride = cmp.Or(c.Stride, max(1, c.Window/4))
		if c.Views.IsZero() {
			c.Views = augment.Default()
		}
	}
	c.LR = orFloat(c.LR, usual.rate)
	if steady {
		c.LRSchedule = methods.Constant(c.LR)
	}
	c.Decay = orFloat(c.Decay, 1e-4)
	c.Warmup = orFloat(c.Warmup, 0.05)
	c.ClipEach = max(c.ClipEach, 0)
	if c.Clip == 0 && c.ClipEach > 0 {
		c.Clip = -1
	}
	c.Clip = orFloat(c.Clip, 1)
	if c.Epochs == 0 || c.Steps > 0 {
		c.Epochs, c.Steps = 0, cmp.Or(c.Steps, usualSteps)
	}
	c.Every = cmp.Or(c.Every, 100)
	c.Within = cmp.Or(c.Within, 30*time.Second)
	if c.Precision == nn.Float32.String() {
		c.Precision = ""
	}
	if !(c.LR > 0) || c.LR > 1e3 {
		return c, fmt.Errorf("learning rate is %g, want above 0 and at most 1000", c.LR)
	}
	// A setting that cannot be written down could be neither recorded nor compared.
	_, err := c.Settings()
	return c, err
}

// check reports settings out of range.
func (c Config) check() error {
	switch {
	case c.Window < 0 || c.Stride < 0:
		return fmt.Errorf("window %d and stride %d must not be negative", c.Window, c.Stride)
	case c.Batch < 0 || c.Batch == 1:
		return fmt.Errorf("batch is %d, want at least 2: a sample is told apart from the others of its batch", c.Batch)
	case c.Chunk < 0 || c.Chunk == 1:
		return fmt.Errorf("chunk is %d, want at least 2 samples, or 0 for whole batches", c.Chunk)
	case c.Team != nil && c.Chunk == 0:
		return errors.New("processes share out the chunks of a batch: chunk must say how many samples these have, such as the batch through the number of processes")
	case c.Steps < 0 || c.Epochs < 0 || c.Every < 0 || c.Within < 0:
		return errors.New("steps, epochs, every and within must not be negative")
	case c.LR < 0:
		return fmt.Errorf("learning rate is %g, want above 0 and at most 1000", c.LR)
	case !(c.Beta2 >= 0) || c.Beta2 >= 1:
		return fmt.Errorf("beta2 is %g, want 0 to below 1", c.Beta2)
	case !(c.Beta1 < 1) || !(c.Momentum < 1):
		return fmt.Errorf("beta1 is %g and momentum %g, want below 1", c.Beta1, c.Momentum)
	case !(c.Trust >= 0) || c.Trust > 1e3:
		return fmt.Errorf("trust is %g, want above 0 and at most 1000", c.Trust)
	case c.Exempt != "" && c.Exempt != exemptVectors && c.Exempt != exemptNone:
		return fmt.Errorf("exempt is %q, want vectors or none", c.Exempt)
	case c.LRScaling != "" && c.LRScaling != scaleLinear && c.LRScaling != scaleSqrt:
		return fmt.Errorf("lr_scaling is %q, want linear or sqrt", c.LRScaling)
	case c.Warmup >= 1:
		return fmt.Errorf("warm-up is %g of the steps, want below 1", c.Warmup)
	case c.Resume && c.Checkpoint == "":
		return errors.New("resume needs a checkpoint folder")
	case c.Normalize == series.ModeSeries && c.Window > 0:
		return errors.New("a window does not know the rest of its series; normalise by window or train, or the series beforehand")
	}
	if _, err := series.ParseMode(string(c.Normalize)); err != nil {
		return err
	}
	if err := c.Views.Check(); err != nil {
		return err
	}
	if err := c.ImageViews.Check(); err != nil {
		return err
	}
	if c.Space != "" && !slices.Contains(model.Spaces(), c.Space) {
		return fmt.Errorf("colour space is %q, want grey, lab, rgb or ycbcr", c.Space)
	}
	if _, err := nn.ParsePrecision(c.Precision); err != nil {
		return err
	}
	if _, err := raster.ParseGround(c.Ground); err != nil {
		return err
	}
	for _, s := range []methods.Schedule{c.LRSchedule, c.DecaySchedule} {
		if err := s.Check(); err != nil {
			return err
		}
	}
	return nil
}

// preset fills in what the method advises and the user left open. Its learning rate is meant for AdamW, its batch and
// views for series. It tells whether the learning rate is to be constant.
func (c *Config) preset() bool {
	m, ok := c.Method.(methods.Presetter)
	if !ok {
		return false
	}
	p := m.Preset()
	steady := p.ConstantLR && c.LRSchedule == (methods.Schedule{}) && c.Warmup == 0
	if c.LR == 0 && c.Optimizer == "adamw" {
		c.LR = p.LR
	}
	if c.Beta2 == 0 && c.Optimizer == "adamw" {
		c.Beta2 = p.Beta2
	}
	if c.Exempt == "" && c.Optimizer == "adamw" {
		c.Exempt = p.Exempt
	}
	if c.Decay == 0 && c.DecaySchedule == (methods.Schedule{}) {
		c.Decay, c.DecaySchedule = p.Decay, p.DecaySchedule
	}
	if c.Clip == 0 && c.ClipEach == 0 {
		c.ClipEach = p.ClipEach
	}
	if encoders.Axes(c.Encoder) == 2 {
		return steady
	}
	c.Batch = cmp.Or(c.Batch, p.Batch)
	if c.Views.IsZero() {
		c.Views = p.Views
	}
	return steady
}

// onlyNone keeps the one mode that has a meaning for images.
func onlyNone(m series.Mode) series.Mode {
	if m == series.ModeNone {
		return m
	}
	return ""
}

// none is what a resolved setting says where nothing is to be done, since 0 means the default.
const none = -1

// orFloat returns v, or the default where v is zero; a negative v means none.
func orFloat(v, d float64) float64 {
	switch {
	case v == 0:
		return d
	case v < 0:
		return none
	}
	return v
}

// imageEncoder is the encoder of images where none is chosen: the one that suits the method, or a ResNet-18.
func imageEncoder(m methods.Method) encoders.Encoder {
	if p, ok := m.(methods.Presetter); ok && p.Preset().ImageEncoder != nil {
		return p.Preset().ImageEncoder
	}
	return imageenc.ResNet18{}
}

// UsualOfImages are the settings of the encoder that suits the method of own settings on images, to be put below them; where they name
// an encoder there are none.
func UsualOfImages(own Settings) (Settings, error) {
	var s Settings
	if own.Has("encoder") {
		return s, nil
	}
	var method methods.Method
	if name, ok := own.Value("method").(string); ok {
		var err error
		if method, err = methods.ByName(name, nil); err != nil {
			return s, err
		}
	}
	name, table, err := named(imageEncoder(method))
	put(&s.top, "encoder", name)
	s.encoder = table
	return s, err
}
