package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/archive"
	"github.com/wavekin/wavekin/datasets/imageset"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/evaluate/suite"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// benchCmd is `wavekin bench`.
type benchCmd struct {
	Suite     string   `arg:"" enum:"classify,anomaly,images" help:"classify (UCR and UEA sets: NAME_TRAIN and NAME_TEST files), anomaly (series with labelled time stamps, NAB among them) or images (labelled sets such as cifar10:DIR)."`
	Data      string   `required:"" help:"Folder of sets, or one set; for images a set, or several with commas." placeholder:"DIR"`
	Sets      []string `help:"Only these: names, folders, patterns." placeholder:"A,B"`
	Methods   string   `help:"Ways of learning, settings in brackets." default:"simclr" placeholder:"A,B"`
	Encoders  string   `help:"Architectures, settings in brackets; default: conv, for anomaly conv(width=16,depth=4,out=64), for images resnet18(width=16)." placeholder:"A,B"`
	Seeds     int      `help:"Runs of each, from --seed on." default:"1"`
	Steps     int      `help:"Optimiser steps per run; default 200."`
	Seconds   float64  `help:"Time of training per run in place of --steps; the steps it comes to are in the rows."`
	Batch     int      `help:"Samples per step; 0 means the method's preset, or 32; for images 128." default:"0"`
	LR        float64  `name:"lr" help:"Peak learning rate; 0 means the method's preset, or the optimiser's default." default:"0"`
	Augment   string   `help:"Views (wavekin list augmentations); default the method's preset, for anomaly: jitter(0.2)|mask(0.3), which leave level, size and place as they are." placeholder:"SPEC"`
	Normalize string   `help:"none, window, series or train: what values are standardised by." default:"train"`
	Part      *float64 `help:"anomaly: learn from this first share of every series; default: from what the collection says, else 0.15."`
	Window    int      `help:"anomaly: length of a window; 0 means the period, between 64 and 128." default:"0"`
	Stride    int      `help:"anomaly: distance between windows; 0 means an eighth of the window." default:"0"`
	Size      int      `help:"images: their side in pixels; 0 means that of the first one." default:"0"`
	Parallel  int      `help:"Sets at once; the results do not depend on it, but with --seconds the number of steps does." default:"1"`
	Configs   []string `help:"images: settings files of wavekin pretrain to compare, or folders of them, in place of --methods and --encoders." placeholder:"FILE"`
	Assign    []string `name:"set" sep:"none" help:"images: a setting in place of those files', as in encoder.width=8." placeholder:"TABLE.NAME=VALUE"`
	Limit     int      `help:"images: at most this many of each part, evenly spaced; 0 means all." default:"0"`
	Optimizer string   `enum:"adamw,sgd,momentum,lars,larc" default:"adamw" help:"adamw, sgd, momentum, lars or larc."`
	K         int      `help:"Neighbours: anomaly averages over the nearest 3 windows, images let the nearest 200 vote." default:"0"`
	Metric    string   `enum:"cosine,euclidean" default:"euclidean" help:"anomaly: distance of encodings."`
	Buffer    int      `help:"anomaly: largest buffer around an anomaly for VUS; 0 means the series' period." default:"0"`
	Labels    string   `help:"anomaly: file of labelled stretches; default: labels/combined_windows.json in or above the data." placeholder:"FILE"`
	Out       string   `help:"Folder for rows.jsonl, from which an interrupted run goes on." placeholder:"DIR"`
	inputFlags
}

// What the anomaly suite takes where nothing is said: a small network, since the
// first parts are short, and views that change nothing by which an anomaly shows.
const (
	anomalyEncoder = "conv(width=16,depth=4,out=64)"
	anomalyViews   = "jitter(0.2)|mask(0.3)"
)

// imagesEncoder is a network that learns on two cores while one waits.
const imagesEncoder = "resnet18(width=16)"

// benchResult is what --json prints.
type benchResult struct {
	Suite   string       `json:"suite"`
	Rows    []suite.Row  `json:"rows"`
	Means   []suite.Mean `json:"means"`
	Sets    int          `json:"sets"`
	Skipped []string     `json:"skipped"`
	Failed  []string     `json:"failed"`
	Seconds float64      `json:"seconds"`
}

// Run compares.
func (c *benchCmd) Run(e *env) error {
	t, err := c.training(e)
	if err != nil {
		return usageError{err}
	}
	bar := report.NewProgress(e.stderr, c.Suite, e.cli.Quiet)
	var mu sync.Mutex
	made, total := 0, 0
	t.Done = func(r suite.Row) {
		mu.Lock()
		defer mu.Unlock()
		made++
		bar.Set(made, max(made, total), r.Set+" "+r.Label(true))
	}
	items, perSet, err := c.items(e, t)
	if err != nil {
		return err
	}
	total = perSet * len(items)
	journal, err := c.journal()
	if err != nil {
		return err
	}
	r, err := suite.Compare(e.ctx, items, suite.Options{Journal: journal, Parallel: c.Parallel})
	bar.Done()
	return errors.Join(c.finish(e, r, journal.Len(), err), journal.Close())
}

// items are the sets, those that are chosen, and how many rows each will have.
func (c *benchCmd) items(e *env, t suite.Training) ([]suite.Item, int, error) {
	if c.Suite == "images" {
		return c.imageItems(e, t)
	}
	a, err := c.anomaly(t)
	if err != nil {
		return nil, 0, err
	}
	o := archive.Options{Task: archive.Classify, Labels: c.Labels}
	if c.Suite == "anomaly" {
		o.Task = archive.Anomaly
	}
	found, err := archive.Find(c.Data, o)
	if err != nil {
		return nil, 0, err
	}
	if found, err = archive.Choose(found, c.Sets); err != nil {
		return nil, 0, usagef("--sets: %s: %w", c.Data, err)
	}
	if c.Suite == "anomaly" {
		return a.Items(found, c.options()), a.Rows(), nil
	}
	classify := suite.Classify{Training: t}
	return classify.Items(found, c.options()), classify.Rows(), nil
}

// anomaly turns the flags into the suite's settings.
func (c *benchCmd) anomaly(t suite.Training) (suite.Anomaly, error) {
	a := suite.Anomaly{Training: t, Window: c.Window, Stride: c.Stride, K: c.K, Buffer: c.Buffer}
	var err error
	if a.Metric, err = knn.ParseMetric(c.Metric); err != nil {
		return a, usageError{err}
	}
	if c.Part != nil {
		if a.Part = *c.Part; !(a.Part > 0) {
			return a, usagef("--part is %g, want above 0 and below 1", a.Part)
		}
	}
	if err := a.Check(); err != nil {
		return a, usageError{err}
	}
	return a, nil
}

// training turns the flags into what is compared.
func (c *benchCmd) training(e *env) (suite.Training, error) {
	t := suite.Training{Seeds: c.Seeds, Seconds: c.Seconds}
	encoder, views := "conv", ""
	switch c.Suite {
	case "anomaly":
		encoder, views = anomalyEncoder, anomalyViews
	case "images":
		encoder = imagesEncoder
	}
	var err error
	if t.Methods, err = chosen(c.Methods, methodOf); err != nil {
		return t, err
	}
	if t.Encoders, err = chosen(orText(c.Encoders, encoder), encoderOf); err != nil {
		return t, err
	}
	cfg := train.Config{Batch: c.Batch, Steps: c.Steps, LR: c.LR, Optimizer: c.Optimizer, Seed: e.cli.Seed, Size: c.Size}
	if c.Suite == "images" {
		cfg.ImageViews, err = imageaug.Parse(c.Augment)
		cfg.Batch = orInt(c.Batch, 128)
	} else {
		cfg.Views, err = augment.Parse(orText(c.Augment, views))
	}
	if err != nil {
		return t, err
	}
	if cfg.Normalize, err = series.ParseMode(c.Normalize); err != nil {
		return t, err
	}
	if c.Seeds < 1 || c.Steps < 0 || c.K < 0 {
		return t, fmt.Errorf("--seeds %d, --steps %d, --k %d: want at least 1, 0 and 0", c.Seeds, c.Steps, c.K)
	}
	t.Config = cfg
	return t, t.Check()
}

func (c *benchCmd) journal() (*suite.Journal, error) {
	if c.Out == "" {
		return nil, nil
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return nil, err
	}
	return suite.OpenJournal(filepath.Join(c.Out, "rows.jsonl"))
}

// imageRuns are the comparisons on a set of images: one, or one for each of the settings files.
func (c *benchCmd) imageRuns(e *env, t suite.Training) ([]suite.Images, error) {
	if len(c.Configs) == 0 {
		return []suite.Images{{Training: t, K: c.K}}, nil
	}
	over, err := parseChoices(c.Assign)
	if err != nil {
		return nil, usageError{err}
	}
	var out []suite.Images
	var paths []string
	for _, path := range c.Configs {
		if st, err := os.Stat(path); err == nil && st.IsDir() {
			found, err := filepath.Glob(filepath.Join(path, "*.toml"))
			if err != nil {
				return nil, err
			}
			paths = append(paths, found...)
			continue
		}
		paths = append(paths, path)
	}
	for _, path := range paths {
		p := pretrainCmd{Config: path, Data: []string{c.Data}, Method: "simclr", Optimizer: "adamw", Normalize: "train", Part: 1, inputFlags: c.inputFlags}
		p.set = over
		if err := p.fromFile(e); err != nil {
			return nil, err
		}
		cfg, err := p.settings(e)
		if err != nil {
			return nil, usageError{fmt.Errorf("%s: %w", path, err)}
		}
		one := t
		one.Methods, one.Encoders = []methods.Method{cfg.Method}, []encoders.Encoder{cfg.Encoder}
		if c.Steps > 0 {
			cfg.Steps = c.Steps
		}
		if c.Size > 0 {
			cfg.Size = c.Size
		}
		one.Config = cfg
		out = append(out, suite.Images{Training: one, K: c.K})
	}
	return out, nil
}

// imageItems are the sets of images, named with commas between them.
func (c *benchCmd) imageItems(e *env, t suite.Training) ([]suite.Item, int, error) {
	runs, err := c.imageRuns(e, t)
	if err != nil {
		return nil, 0, err
	}
	rows := 0
	for _, r := range runs {
		rows += r.Rows()
	}
	var items []suite.Item
	for _, spec := range strings.Split(c.Data, ",") {
		if !imageset.IsSet(spec) {
			return nil, 0, usagef("%q is no set of images; it is written as in cifar10:DIR (wavekin list formats)", spec)
		}
		name, _, _ := strings.Cut(spec, ":")
		if name == "images" {
			name = datasets.Stem(spec)
		}
		items = append(items, suite.CompareImages(name, func() (suite.ImageSet, func() error, error) { return c.openParts(name, spec) }, runs...))
	}
	return items, rows, nil
}

// openParts opens both parts of a set of images.
func (c *benchCmd) openParts(name, spec string) (suite.ImageSet, func() error, error) {
	s := suite.ImageSet{Name: name}
	learn, err := c.openImages(spec, "train")
	if err != nil {
		return s, nil, err
	}
	test, err := c.openImages(spec, "test")
	if err != nil {
		return s, nil, errors.Join(err, learn.Close())
	}
	s.Train, s.Test = evaluate.Set{Images: learn}.Thin(c.Limit).Images, evaluate.Set{Images: test}.Thin(c.Limit).Images
	return s, func() error { return errors.Join(learn.Close(), test.Close()) }, nil
}

// finish prints what was done, and says what was not.
func (c *benchCmd) finish(e *env, r *suite.Result, kept int, err error) error {
	switch {
	case errors.Is(err, context.Canceled) && c.Out == "":
		return interruption(fmt.Sprintf("stopped after %d rows, which are lost; --out DIR keeps them", len(r.Rows)))
	case errors.Is(err, context.Canceled):
		return interruption(fmt.Sprintf("stopped; %d rows are in %s, and the same command goes on from there", kept, filepath.Join(c.Out, "rows.jsonl")))
	case err != nil:
		return err
	}
	if len(r.Skipped) > 0 {
		e.remark("%d of %d without an anomaly, or with nothing else, left out: %s", len(r.Skipped), r.Sets, someOf(r.Skipped))
	}
	if len(r.Rows) == 0 {
		if len(r.Failed) > 0 {
			return r.Failed[0].Err
		}
		return usagef("none of the %d series in %s has both labelled and other time stamps", r.Sets, c.Data)
	}
	tables := suite.Tables(r.Rows)
	out := benchResult{Suite: c.Suite, Rows: r.Rows, Sets: r.Sets, Skipped: append([]string{}, r.Skipped...), Failed: []string{}, Seconds: r.Seconds}
	for _, f := range r.Failed {
		out.Failed = append(out.Failed, f.Set)
	}
	for _, t := range tables {
		out.Means = append(out.Means, t.Means()...)
	}
	err = e.result(out, func(w io.Writer) error {
		for _, t := range tables {
			if err := t.Render(w); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintf(w, "%d rows in %.1f s\n", len(r.Rows), r.Seconds)
		return err
	})
	if len(r.Failed) > 0 {
		return errors.Join(err, partlyError{fmt.Errorf("%d of %d sets failed: %w", len(r.Failed), r.Sets, r.Failed[0].Err)})
	}
	return err
}

// someOf lists the first few names.
func someOf(names []string) string {
	const most = 5
	text := ""
	for i, n := range names {
		if i == most {
			return fmt.Sprintf("%s and %d more", text, len(names)-most)
		}
		if i > 0 {
			text += ", "
		}
		text += n
	}
	return text
}

func orText(v, d string) string {
	if v == "" {
		return d
	}
	return v
}
