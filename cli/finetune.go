package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/train"
)

// finetuneCmd is `wavekin finetune`.
type finetuneCmd struct {
	Model          string  `help:"Model file to start from; default builtin, the built-in encoder; or a file of towers for it, such as base.safetensors." placeholder:"MODEL"`
	Train          string  `required:"" help:"Labelled series or images to learn from." placeholder:"FILE"`
	Out            string  `required:"" help:"Model file to write." placeholder:"MODEL"`
	Test           string  `help:"Labelled series or images to measure on." placeholder:"FILE"`
	Labels         float64 `help:"Use this share of the labels of each class, at least one." default:"1"`
	FromLayer      *int    `help:"Keep this many layers of the projector below the classifier, -1 all; default as published, 1 for simclr-v2, else 0." placeholder:"N"`
	ZeroClassifier bool    `help:"Begin with a classifier of zeros, as SimCLR v2's authors do, in place of one drawn at random."`
	furtherFlags
	inputFlags
}

func newFinetuneCmd() finetuneCmd {
	return finetuneCmd{furtherFlags: furtherFlags{recipeFlags: newRecipeFlags(train.Owned(false)...)}}
}

// furtherFlags are those of a training on top of a model.
type furtherFlags struct {
	fileFlag
	checkpointFlags
	recipeFlags
}

// config is what flags and file say together; bar is told of every step. The views are those of series or of images.
func (f furtherFlags) config(own train.Settings, bar *report.Progress, images bool, corrupt func(error) error) (train.Config, error) {
	if images && own.Has("augment") {
		own = own.As("augment", "image_augment") // the encoder, which would tell, is the model's
	}
	cfg, err := own.Config()
	if err != nil {
		return cfg, usageError{err}
	}
	if cfg.Run, err = f.run(corrupt); err != nil {
		return cfg, err
	}
	cfg.Hooks = []train.Hook{train.HookFunc(func(s train.Step) error {
		bar.Set(s.Index, s.Total, fmt.Sprintf("loss %.3f", s.Loss))
		return nil
	})}
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
	own, err := c.recipeFlags.settings(e)
	if err != nil {
		return usageError{err}
	}
	if own, err = c.over(e, own); err != nil {
		return err
	}
	if err := c.checkRun(e, []string{c.Model, c.Train, c.Test, c.Config}, c.Out); err != nil {
		return err
	}
	base, err := c.loadOrFit(e, c.Model, c.Train)
	if err != nil {
		return err
	}
	data, err := c.material(e, []string{c.Train}, "train", base.Settings.Image != nil, base)
	if err != nil {
		return err
	}
	defer data.Close()
	bar := e.progress("fine-tuning")
	how, err := c.config(own, bar, data.set != nil, c.corrupt(e))
	if err != nil {
		return err
	}
	few, err := train.Few(data.Data, c.Labels, how.Seed)
	if err != nil {
		return usageError{err}
	}
	if few.Len() == 0 {
		return &datasets.Error{File: c.Train, Offset: -1, Err: errors.New("no sample has a label (--label names the column of a table that holds them)")}
	}
	cfg := train.Finetuning{Config: how, ZeroClassifier: c.ZeroClassifier}
	if n := c.FromLayer; n != nil {
		switch cfg.FromLayer = *n; {
		case *n < 0: // all
			cfg.FromLayer = base.Layers()
		case *n == 0: // none
			cfg.FromLayer = -1
		}
	}
	start := time.Now()
	m, sum, err := train.Finetune(e.ctx, base, few, cfg)
	bar.Done()
	if err != nil {
		return err
	}
	c.apart = c.Train
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
		_, err := fmt.Fprintf(w, "%s: %s, %s, %s from %s, %s in %.1f s, loss %.3f, %s%s\n", r.Model, r.Encoder,
			plural.Of(r.Parameter, "parameter"), plural.Of(len(r.Classes), "class"), plural.Of(r.Series, "sample"), plural.Of(r.Steps, "step"), r.Seconds, r.Loss, strings.Join(r.Diagnosis, "; "), measured)
		return err
	})
}
