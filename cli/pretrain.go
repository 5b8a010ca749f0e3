package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/datasets/imageset"
	"github.com/wavekin/wavekin/datasets/subset"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/output"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// pretrainCmd is `wavekin pretrain`.
type pretrainCmd struct {
	Config     string   `short:"c" help:"TOML file with the same settings; a flag wins." placeholder:"RUN.TOML"`
	Data       []string `help:"Files, folders or globs to learn from; several may follow; or one set of images, as in cifar10:DIR." placeholder:"FILE" sep:"none"`
	Out        string   `help:"Model file to write." placeholder:"MODEL"`
	Method     string   `help:"Way of learning (wavekin list methods)." default:"simclr"`
	Encoder    string   `help:"Architecture (wavekin list encoders); default conv, and resnet18 for images." placeholder:"NAME"`
	Size       int      `help:"Side of an image in pixels; 0 means that of the first one, at most 224." default:"0"`
	Space      string   `help:"Colours of images: rgb, grey, lab or ycbcr; default rgb, or grey for grey images." placeholder:"NAME"`
	Window     int      `help:"Length of a window in time stamps; 0 means whole series." default:"0"`
	Stride     int      `help:"Distance between window starts; 0 means a quarter window." default:"0"`
	Augment    string   `help:"Views, as in 'jitter(0.03)|crop(0.5,1)' (wavekin list augmentations)." placeholder:"SPEC"`
	Batch      int      `help:"Windows per step; 0 means the method's preset, or 32; for images 128." default:"0"`
	Epochs     int      `help:"Passes over the windows; --steps wins." default:"0"`
	Steps      int      `help:"Optimiser steps; default 600." default:"0"`
	LR         float64  `name:"lr" help:"Peak learning rate; 0 means the method's preset, or the optimiser's default." default:"0"`
	Optimizer  string   `help:"adamw, sgd, momentum, lars or larc." default:"adamw"`
	Normalize  string   `help:"none, window or train: what values are standardised by." default:"train"`
	Part       float64  `help:"Learn from this first share of every series." default:"1"`
	Checkpoint string   `help:"Folder for checkpoints." placeholder:"DIR"`
	Every      int      `help:"Steps between checkpoints." default:"100"`
	Resume     bool     `help:"Go on from the checkpoint."`
	Plot       string   `help:"Draw the loss curve into this PNG." placeholder:"FILE"`
	Assign     []string `name:"set" toml:"-" sep:"none" help:"One setting, as in method.temperature=0.1, encoder.depth=10 or train.decay=0.05 (wavekin list methods NAME)." placeholder:"TABLE.NAME=VALUE"`
	inputFlags

	// set is what --set and the file's [set.method], [set.encoder] and [set.train] say together.
	set choices
}

// pretrainResult is what --json prints.
type pretrainResult struct {
	Method           string   `json:"method"`
	Encoder          string   `json:"encoder"`
	Parameters       int      `json:"parameters"`
	Steps            int      `json:"steps"`
	Windows          int      `json:"windows"`
	Loss             float64  `json:"loss"`
	Std              float64  `json:"std"`
	EffectiveRank    float64  `json:"effective_rank"`
	WindowsPerSecond float64  `json:"windows_per_second"`
	Seconds          float64  `json:"seconds"`
	PeakRSS          int64    `json:"peak_rss_bytes"`
	Diagnosis        []string `json:"diagnosis"`
	Model            string   `json:"model"`
	// Read says what the inputs were read as.
	Read []*inputReading `json:"read,omitempty"`
}

// Run learns and saves.
func (c *pretrainCmd) Run(e *env) error {
	var err error
	if c.set, err = parseChoices(c.Assign); err != nil {
		return usageError{err}
	}
	if c.Config != "" {
		if err := c.fromFile(e); err != nil {
			return err
		}
	}
	if len(c.Data) == 0 || c.Out == "" {
		return usagef("pretrain needs --data FILE and --out MODEL")
	}
	cfg, err := c.settings(e)
	if err != nil {
		return usageError{err}
	}
	if err := checkOutputs(c.Data, c.Out, c.Plot); err != nil {
		return err
	}
	data, err := c.of("train").material(e, c.Data, "train", encoders.Axes(cfg.Encoder) == 2, nil)
	if err != nil {
		return err
	}
	defer data.Close()
	if data.set != nil {
		e.detail("%s", data.set)
	} else {
		all := subset.First(data.series, c.Part)
		remarkConstant(e, all)
		e.detail("%d series of %d channels (%s); views %s", len(all), all[0].NumChannels(), listOf(all[0].Channels), cfg.Views)
		data.Data = train.Series(all)
	}
	trained, sum, took, err := learn(e, data, cfg)
	if errors.Is(err, context.Canceled) {
		return c.interrupted(sum.Steps)
	}
	if err != nil {
		return err
	}
	if err := trained.Save(c.Out); err != nil {
		return err
	}
	if c.Plot != "" {
		if err := report.LossCurve(c.Plot, c.Method+" with "+trained.Settings.Encoder, sum.Losses); err != nil {
			return err
		}
	}
	r := pretrainResult{Method: c.Method, Encoder: trained.Settings.Encoder, Parameters: sum.Parameters, Steps: sum.Steps, Windows: sum.Windows,
		Loss: sum.Loss, Std: sum.Std, EffectiveRank: sum.EffectiveRank, Seconds: took,
		WindowsPerSecond: float64(sum.Steps*min(trained.Settings.Batch, sum.Windows)) / took, PeakRSS: peakRSS(), Diagnosis: sum.Diagnosis, Model: c.Out, Read: e.read}
	return e.result(r, func(w io.Writer) error {
		what := "window"
		if data.set != nil {
			what = "image"
		}
		_, err := fmt.Fprintf(w, "%s: %s with %s, %d parameters, %s, %d steps in %.1f s (%.0f %ss/s), loss %.3f\ndiagnosis: %s\n",
			c.Out, r.Method, r.Encoder, r.Parameters, plural(r.Windows, what), r.Steps, r.Seconds, r.WindowsPerSecond, what, r.Loss, strings.Join(r.Diagnosis, "; "))
		return err
	})
}

// interrupted says what is left.
func (c *pretrainCmd) interrupted(step int) error {
	switch {
	case c.Checkpoint == "":
		return interruption(fmt.Sprintf("interrupted after step %d; nothing is kept (with --checkpoint DIR a run can be resumed)", step))
	case step == 0:
		return interruption("interrupted before the first step; start again")
	}
	return interruption(fmt.Sprintf("interrupted after step %d, which is kept in %s; go on with the same command and --resume", step, c.Checkpoint))
}

// checkOutputs tells before the work, not after it, whether the files can be written, and refuses to write over an
// input. An empty path is no file.
func checkOutputs(inputs []string, paths ...string) error {
	for _, path := range paths {
		if path == "" {
			continue
		}
		if err := output.Check(path); err != nil {
			return err
		}
		st, err := os.Stat(path)
		for _, in := range files(inputs) {
			if other, oerr := os.Stat(in); err == nil && oerr == nil && os.SameFile(st, other) {
				return usagef("%s is an input as well as an output; give the output another name", path)
			}
		}
	}
	return nil
}

// remarkConstant names the channels that never change, which is nothing to learn from.
func remarkConstant(e *env, all []*series.Series) {
	for c := range all[0].NumChannels() {
		name := fmt.Sprintf("channel%d", c)
		if c < len(all[0].Channels) {
			name = all[0].Channels[c]
		}
		if lo, hi, n := series.Extent(all, c); n > 0 && lo == hi {
			e.remark("channel %s is %g throughout; it tells nothing and is read as 0", name, lo)
		}
	}
}

// settings turns the flags into a training configuration.
func (c *pretrainCmd) settings(e *env) (train.Config, error) {
	mode, err := series.ParseMode(c.Normalize)
	if err != nil {
		return train.Config{}, err
	}
	if !(c.Part > 0) || c.Part > 1 {
		return train.Config{}, fmt.Errorf("--part is %g, want above 0 and at most 1", c.Part)
	}
	if c.Resume && c.Checkpoint == "" {
		return train.Config{}, errors.New("--resume needs --checkpoint DIR, the folder of the run to go on with")
	}
	cfg := train.Config{Window: c.Window, Stride: c.Stride, Size: c.Size, Space: c.Space, Batch: c.Batch,
		Corrupt: c.corrupt(e), Steps: c.Steps, Epochs: c.Epochs, LR: c.LR, Optimizer: c.Optimizer, Normalize: mode, Seed: e.cli.Seed,
		Checkpoint: c.Checkpoint, Every: c.Every, Resume: c.Resume}
	if c.Encoder == "" {
		c.Encoder = "conv"
		if imageset.IsSet(c.Data[0]) {
			c.Encoder = "resnet18"
		}
	}
	if err := c.set.apply(&cfg, c.Method, c.Encoder); err != nil {
		return cfg, err
	}
	switch images := encoders.Axes(cfg.Encoder) == 2; {
	case images && (c.Window > 0 || c.Stride > 0 || c.Part != 1):
		return cfg, fmt.Errorf("--window, --stride and --part are for series; %s learns from whole images", c.Encoder)
	case !images && (c.Size > 0 || c.Space != ""):
		return cfg, fmt.Errorf("--size and --space are for encoders of images, such as resnet18; %s reads series", c.Encoder)
	case images:
		cfg.ImageViews, err = imageaug.Parse(c.Augment)
	default:
		cfg.Views, err = augment.Parse(c.Augment)
	}
	if err != nil {
		return cfg, err
	}
	_, err = cfg.Resolved()
	return cfg, err
}

// learn trains with a progress bar and returns how long it took, in seconds.
func learn(e *env, data train.Data, cfg train.Config) (*model.Model, model.Summary, float64, error) {
	bar := report.NewProgress(e.stderr, "learning", e.cli.Quiet)
	cfg.Hooks = append(cfg.Hooks, train.HookFunc(func(s train.Step) error {
		bar.Set(s.Index, s.Total, fmt.Sprintf("loss %.3f", s.Loss))
		for _, w := range s.Warnings {
			bar.Say(fmt.Sprintf("warning at step %d: %s", s.Index, w))
		}
		return nil
	}))
	start := time.Now()
	trained, sum, err := train.Pretrain(e.ctx, data, cfg)
	bar.Done()
	return trained, sum, since(start), err
}
