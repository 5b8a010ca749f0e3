package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/train"
)

// finetuneCmd is `wavekin finetune`.
type finetuneCmd struct {
	Model     string  `required:"" help:"Model file to start from." placeholder:"MODEL"`
	Train     string  `required:"" help:"Labelled series or images to learn from." placeholder:"FILE"`
	Out       string  `required:"" help:"Model file to write." placeholder:"MODEL"`
	Test      string  `help:"Labelled series or images to measure on." placeholder:"FILE"`
	Labels    float64 `help:"Use this share of the labels of each class, at least one." default:"1"`
	FromLayer *int    `help:"Keep this many layers of the projector below the classifier, -1 all; default 1 where the model has a projector (simclr-v2), else 0." placeholder:"N"`
	furtherFlags
	inputFlags
}

// furtherFlags are the settings of a training on top of a model.
type furtherFlags struct {
	Augment    string  `help:"Views (wavekin list augmentations); default crop(0.8,1)|jitter(0.03), for images crop(0.2,1)|flip." placeholder:"SPEC"`
	Batch      int     `help:"Series per step." default:"32"`
	Steps      int     `help:"Optimiser steps; 0 means 300 to fine-tune and 600 to distill." default:"0"`
	LR         float64 `name:"lr" help:"Peak learning rate." default:"0.001"`
	Checkpoint string  `help:"Folder for checkpoints." placeholder:"DIR"`
	Resume     bool    `help:"Go on from the checkpoint."`
}

// settings turns the flags into those of the library; bar is told of every step.
func (f furtherFlags) settings(e *env, bar *report.Progress, data *material) (train.Finetuning, error) {
	cfg := train.Finetuning{Batch: f.Batch, Steps: f.Steps, LR: f.LR, Seed: e.cli.Seed, Checkpoint: f.Checkpoint, Resume: f.Resume}
	var err error
	if data.set != nil {
		cfg.ImageViews, err = imageaug.Parse(f.Augment)
	} else {
		cfg.Views, err = augment.Parse(f.Augment)
	}
	if err != nil {
		return cfg, usageError{err}
	}
	hook := train.HookFunc(func(s train.Step) error {
		bar.Set(s.Index, s.Total, fmt.Sprintf("loss %.3f", s.Loss))
		return nil
	})
	cfg.Hooks = []train.Hook{hook}
	return cfg, nil
}

// furtherResult is what --json prints for finetune and distill.
type furtherResult struct {
	Model     string   `json:"model"`
	Encoder   string   `json:"encoder"`
	Parameter int      `json:"parameters"`
	Classes   []string `json:"classes"`
	FromLayer int      `json:"from_layer"`
	Series    int      `json:"series"`
	Steps     int      `json:"steps"`
	Loss      float64  `json:"loss"`
	Seconds   float64  `json:"seconds"`
	Diagnosis []string `json:"diagnosis"`
	// Test is nil without a test file.
	Test *testResult `json:"test,omitempty"`
}

// testResult is how a classifier does on labelled series.
type testResult struct {
	Series   int     `json:"series"`
	Accuracy float64 `json:"accuracy"`
}

// Run fine-tunes and saves.
func (c *finetuneCmd) Run(e *env) error {
	base, err := model.Load(c.Model)
	if err != nil {
		return err
	}
	data, err := c.material(e, []string{c.Train}, "train", base.Settings.Image != nil, base)
	if err != nil {
		return err
	}
	defer data.Close()
	few, err := train.Few(data, c.Labels, e.cli.Seed)
	if err != nil {
		return usageError{err}
	}
	bar := report.NewProgress(e.stderr, "fine-tuning", e.cli.Quiet)
	cfg, err := c.settings(e, bar, data)
	if err != nil {
		return err
	}
	cfg.Corrupt = c.corrupt(e)
	if cfg.FromLayer = min(1, base.Layers()); c.FromLayer != nil {
		cfg.FromLayer = *c.FromLayer
	}
	start := time.Now()
	m, sum, err := train.Finetune(e.ctx, base, few, cfg)
	bar.Done()
	if err != nil {
		return err
	}
	return finishFurther(e, m, sum, since(start), c.Out, c.Test, c.inputFlags)
}

// finishFurther saves a model, measures it if there is a test file, and prints what came out.
func finishFurther(e *env, m *model.Model, sum model.Summary, took float64, out, test string, in inputFlags) error {
	if err := m.Save(out); err != nil {
		return err
	}
	r := furtherResult{Model: out, Encoder: m.Settings.Encoder, Parameter: m.Parameters(), Classes: m.Settings.Classes, FromLayer: m.Settings.KeptLayers,
		Series: sum.Windows, Steps: sum.Steps, Loss: sum.Loss, Seconds: took, Diagnosis: sum.Diagnosis}
	if test != "" {
		data, err := in.of("test").material(e, []string{test}, "test", m.Settings.Image != nil, m)
		if err != nil {
			return err
		}
		defer data.Close()
		measured, err := data.labelled(in.corrupt(e)).Classify(e.ctx, m)
		if err != nil {
			return err
		}
		r.Test = &testResult{Series: measured.Test, Accuracy: measured.Accuracy}
	}
	return e.result(r, func(w io.Writer) error {
		measured := ""
		if r.Test != nil {
			measured = fmt.Sprintf(", accuracy %.4f on %d", r.Test.Accuracy, r.Test.Series)
		}
		_, err := fmt.Fprintf(w, "%s: %s, %d parameters, %d classes from %d samples, %d steps in %.1f s, loss %.3f, %s%s\n", r.Model, r.Encoder,
			r.Parameter, len(r.Classes), r.Series, r.Steps, r.Seconds, r.Loss, strings.Join(r.Diagnosis, "; "), measured)
		return err
	})
}
