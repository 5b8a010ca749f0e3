package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/evaluate/suite"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
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
	Suite   string      `json:"suite"`
	Rows    []suite.Row `json:"rows"`
	Means   []benchMean `json:"means"`
	Sets    int         `json:"sets"`
	Skipped []string    `json:"skipped"`
	Failed  []string    `json:"failed"`
	Seconds float64     `json:"seconds"`
}

// Run compares.
func (c *benchCmd) Run(e *env) error {
	t, err := c.training(e)
	if err != nil {
		return usageError{err}
	}
	metric, err := knn.ParseMetric(c.Metric)
	if err != nil {
		return usageError{err}
	}
	a := suite.Anomaly{Training: t, Window: c.Window, Stride: c.Stride, K: c.K, Metric: metric, Buffer: c.Buffer}
	if c.Part != nil {
		if a.Part = *c.Part; !(a.Part > 0) {
			return usagef("--part is %g, want above 0 and below 1", a.Part)
		}
	}
	if err := a.Check(); err != nil {
		return usageError{err}
	}
	sets, err := c.sets()
	if err != nil {
		return err
	}
	journal, err := c.journal()
	if err != nil {
		return err
	}
	b := &bench{cmd: c, e: e, journal: journal, start: time.Now(), bar: report.NewProgress(e.stderr, c.Suite, e.cli.Quiet)}
	switch c.Suite {
	case "classify":
		b.perSet = suite.Classify{Training: t}.Rows()
		t.Done = b.done
		b.each(sets, b.classify(suite.Classify{Training: t}))
	case "images":
		runs, err := c.imageRuns(e, t)
		if err != nil {
			return errors.Join(err, journal.Close())
		}
		b.each(sets, b.images(runs))
	default:
		b.perSet = a.Rows()
		a.Done = b.done
		b.each(sets, b.anomaly(a))
	}
	return errors.Join(b.finish(len(sets)), journal.Close())
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

// bench goes through the sets of one command.
type bench struct {
	cmd     *benchCmd
	e       *env
	journal *suite.Journal
	bar     *report.Progress
	start   time.Time
	perSet  int

	at, total       int // the present set's first row, and all rows
	made            int // rows of the present set
	rows            []suite.Row
	skipped, failed []string
	errs            []error
}

func (b *bench) done(r suite.Row) {
	b.made++
	b.bar.Set(b.at+b.made, b.total, r.Set+" "+label(r, true))
}

// each does the sets in turn; one that fails does not keep the others from being done.
func (b *bench) each(sets []benchSet, do func(s benchSet) error) {
	b.total = len(sets) * b.perSet
	for i, s := range sets {
		b.at, b.made = i*b.perSet, 0
		err := do(s)
		switch {
		case errors.Is(err, context.Canceled), errors.Is(err, suite.ErrJournal):
			b.errs = []error{err}
			return
		case errors.Is(err, evaluate.ErrOneClass):
			b.skipped = append(b.skipped, s.name)
		case err != nil:
			b.failed = append(b.failed, s.name)
			b.errs = append(b.errs, err)
		}
	}
}

func (b *bench) classify(c suite.Classify) func(s benchSet) error {
	return func(s benchSet) error {
		d, err := b.cmd.read(b.e, s)
		if err != nil {
			return err
		}
		rows, err := c.Set(b.e.ctx, suite.Set{Name: s.name, Train: d.Train, Test: d.Test}, b.journal)
		b.rows = append(b.rows, rows...)
		return err
	}
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

func (b *bench) images(runs []suite.Images) func(s benchSet) error {
	for i := range runs {
		b.perSet += runs[i].Rows()
		runs[i].Done = b.done
	}
	if b.journal == nil && len(runs) > 1 {
		b.journal = suite.NewJournal() // what several runs have in common is done once
	}
	return func(s benchSet) error {
		parts := make([]model.ImageSet, 2)
		for i, part := range []string{"train", "test"} {
			set, err := b.cmd.openImages(s.images, part)
			if err != nil {
				return err
			}
			defer set.Close()
			parts[i] = evaluate.Set{Images: set}.Thin(b.cmd.Limit).Images
		}
		seen := map[string]bool{} // raw pixels and untrained encoders belong to several runs
		for _, c := range runs {
			rows, err := c.Set(b.e.ctx, suite.ImageSet{Name: s.name, Train: parts[0], Test: parts[1]}, b.journal)
			for _, r := range rows {
				if key := fmt.Sprint(r.Run); !seen[key] {
					seen[key] = true
					b.rows = append(b.rows, r)
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// finish prints what was done, and says what was not.
func (b *bench) finish(sets int) error {
	b.bar.Done()
	if len(b.errs) > 0 && errors.Is(b.errs[0], suite.ErrJournal) {
		return b.errs[0]
	}
	if len(b.errs) > 0 && errors.Is(b.errs[0], context.Canceled) {
		if b.cmd.Out == "" {
			return interruption(fmt.Sprintf("stopped after %d rows, which are lost; --out DIR keeps them", len(b.rows)))
		}
		return interruption(fmt.Sprintf("stopped; %d rows are in %s, and the same command goes on from there",
			b.journal.Len(), filepath.Join(b.cmd.Out, "rows.jsonl")))
	}
	if len(b.skipped) > 0 {
		b.e.remark("%d of %d without an anomaly, or with nothing else, left out: %s", len(b.skipped), sets, someOf(b.skipped))
	}
	if len(b.rows) == 0 {
		if len(b.errs) > 0 {
			return b.errs[0]
		}
		return usagef("none of the %d series in %s has both labelled and other time stamps", sets, b.cmd.Data)
	}
	tables := tablesOf(b.cmd.Suite, b.rows)
	r := benchResult{Suite: b.cmd.Suite, Rows: b.rows, Sets: sets, Skipped: append([]string{}, b.skipped...),
		Failed: append([]string{}, b.failed...), Seconds: since(b.start)}
	for _, t := range tables {
		r.Means = append(r.Means, t.means()...)
	}
	err := b.e.result(r, func(w io.Writer) error {
		for _, t := range tables {
			if _, err := fmt.Fprintln(w, t.title); err != nil {
				return err
			}
			if err := t.render(w); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintf(w, "%d rows in %.1f s\n", len(r.Rows), r.Seconds)
		return err
	})
	if len(b.errs) > 0 {
		return errors.Join(err, partlyError{fmt.Errorf("%d of %d sets failed: %w", len(b.failed), sets, b.errs[0])})
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
