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

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/archive"
	"github.com/wavekin/wavekin/datasets/imageset"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/evaluate/suite"
	"github.com/wavekin/wavekin/internal/output"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/knn"
)

// benchCmd is `wavekin bench`.
type benchCmd struct {
	Suite       string   `arg:"" enum:"classify,anomaly,images,speed" help:"classify (UCR and UEA sets: NAME_TRAIN and NAME_TEST files), anomaly (series with labelled time stamps, NAB among them), images (labelled sets such as cifar10:DIR) or speed (how long a training step and an encoding take on this machine, and where the time goes; needs no data)."`
	Data        string   `help:"Folder of sets, or one set; for images a set, or several with commas." placeholder:"DIR"`
	Sets        []string `help:"Only these: names, folders, patterns." placeholder:"A,B"`
	Methods     string   `help:"Methods, settings in brackets; all means every one that can learn from the data." default:"simclr" placeholder:"A,B"`
	Encoders    string   `help:"Architectures, settings in brackets; default: conv, for anomaly conv(width=16,depth=4,out=64), for images resnet18(width=16), for speed conv,transformer,resnet18,vit-tiny." placeholder:"A,B"`
	NoTraining  bool     `help:"Compare the encoders as training would find them, which is how builtin and rocket are used."`
	NoLinear    bool     `help:"classify: without the linear probe, which takes minutes on encodings of thousands of columns."`
	WithinTrain bool     `help:"classify: leave the test parts alone; every third series of a class of the training part is tested on, the others are learnt from, so that settings can be chosen."`
	Seeds       int      `help:"Runs of each, from --seed on." default:"1"`
	Seconds     float64  `help:"Training time per run instead of --steps; the rows hold the number of steps reached. speed: how long each is measured at least, default 2." placeholder:"S"`
	Part        *float64 `help:"anomaly: train on this leading share of every series; default: as the collection defines, else 0.15."`
	Parallel    int      `help:"Sets run in parallel; results do not depend on it, except that with --seconds the number of steps does." default:"1"`
	Configs     []string `help:"Settings files of wavekin pretrain to compare, or folders of them, in place of --methods and --encoders." placeholder:"FILE"`
	Limit       int      `help:"images: at most this many of each part, evenly spaced; 0 means all." default:"0"`
	K           int      `help:"Neighbours: anomaly averages over the nearest 3 windows, images let the nearest 200 vote." default:"0"`
	Metric      string   `enum:"cosine,euclidean" default:"euclidean" help:"anomaly: distance of encodings."`
	Buffer      int      `help:"anomaly: largest buffer around an anomaly for VUS; 0 means the series' period." default:"0"`
	Labels      string   `help:"anomaly: file of labelled segments; default: labels/combined_windows.json in or above the data." placeholder:"FILE"`
	Out         string   `help:"Folder for rows.jsonl, from which an interrupted run goes on." placeholder:"DIR"`
	recipeFlags
	inputFlags
}

func newBenchCmd() benchCmd { return benchCmd{recipeFlags: newRecipeFlags("method", "encoder")} }

// benchResult is what --json prints.
type benchResult struct {
	Suite   string       `json:"suite"`
	Rows    []suite.Row  `json:"rows"`
	Means   []suite.Mean `json:"means"`
	Pairs   []suite.Pair `json:"pairs"`
	Sets    int          `json:"sets"`
	Skipped []string     `json:"skipped"`
	Failed  []string     `json:"failed"`
	Seconds float64      `json:"seconds"`
}

// Run compares.
func (c *benchCmd) Run(e *env) error {
	switch {
	case c.Suite == "speed":
		return c.speed(e)
	case c.WithinTrain && c.Suite != "classify":
		return usagef("--within-train is for bench classify, not bench %s", c.Suite)
	case c.Data == "":
		return usagef("bench %s needs --data, a folder of sets", c.Suite)
	}
	runs, err := c.trainings(e)
	if err != nil {
		return usageError{err}
	}
	bar := e.progress(c.Suite)
	var mu sync.Mutex
	made, total := 0, 0
	for i := range runs {
		runs[i].UntrainedOnly = c.NoTraining
		runs[i].Done = func(r suite.Row) {
			mu.Lock()
			defer mu.Unlock()
			made++
			bar.Set(made, max(made, total), r.Set+" "+r.Label(true))
		}
	}
	items, perSet, err := c.items(e, runs)
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
func (c *benchCmd) items(e *env, runs []suite.Training) (items []suite.Item, perSet int, err error) {
	if c.Suite == "images" {
		return c.imageItems(e, runs)
	}
	var all []suite.Anomaly
	for _, t := range runs {
		a, err := c.anomaly(t)
		if err != nil {
			return nil, 0, err
		}
		all = append(all, a)
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
	var each [][]suite.Item
	for _, a := range all {
		if c.Suite == "anomaly" {
			each, perSet = append(each, a.Items(found, c.options())), perSet+a.Rows()
			continue
		}
		classify := suite.Classify{Training: a.Training, WithoutLinear: c.NoLinear, WithinTrain: c.WithinTrain}
		each, perSet = append(each, classify.Items(found, c.options())), perSet+classify.Rows()
	}
	return suite.Together(each...), perSet, nil
}

// anomaly turns the flags into the suite's settings.
func (c *benchCmd) anomaly(t suite.Training) (suite.Anomaly, error) {
	a := suite.Anomaly{Training: t, Window: t.Config.Window, Stride: t.Config.Stride, K: c.K, Buffer: c.Buffer}
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

// trainings are what is compared: the methods and encoders of the flags, or those of each settings file.
func (c *benchCmd) trainings(e *env) ([]suite.Training, error) {
	if c.Seeds < 1 || c.K < 0 {
		return nil, fmt.Errorf("--seeds %d, --k %d: want at least 1 and 0", c.Seeds, c.K)
	}
	own, err := c.recipeFlags.settings(e)
	if err != nil {
		return nil, err
	}
	choice := suite.Choice{Suite: c.Suite, Methods: c.Methods, Encoders: c.Encoders, Settings: own, Seeds: c.Seeds, Seconds: c.Seconds}
	if len(c.Configs) > 0 {
		return c.fromFiles(e, choice)
	}
	t, err := choice.Training()
	return []suite.Training{t}, err
}

// fromFiles is one comparison for each settings file, what the flags say in place of the file's.
func (c *benchCmd) fromFiles(e *env, choice suite.Choice) ([]suite.Training, error) {
	paths, err := suite.SettingsFiles(c.Configs)
	if err != nil {
		return nil, fmt.Errorf("--configs %w", err)
	}
	var out []suite.Training
	for _, path := range paths {
		file, others, err := readSettings(path)
		if err != nil {
			return nil, err
		}
		for _, o := range others {
			if flagNamed(e.of("pretrain"), o.Name) == nil {
				return nil, fmt.Errorf("%s: line %d: unknown setting %q (the settings are named like the flags of wavekin pretrain)", path, o.Line, o.Name)
			}
		}
		t, err := choice.WithFile(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		out = append(out, t)
	}
	return out, nil
}

func (c *benchCmd) journal() (*suite.Journal, error) {
	if c.Out == "" {
		return nil, nil
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return nil, output.Wrap(c.Out, err)
	}
	path := filepath.Join(c.Out, "rows.jsonl")
	if err := apart(append(c.Configs, c.Data, c.Labels), path); err != nil {
		return nil, err
	}
	return suite.OpenJournal(path)
}

// imageItems are the sets of images, named with commas between them.
func (c *benchCmd) imageItems(e *env, trainings []suite.Training) ([]suite.Item, int, error) {
	var runs []suite.Images
	rows := 0
	for _, t := range trainings {
		one := suite.Images{Training: t, K: c.K}
		runs, rows = append(runs, one), rows+one.Rows()
	}
	if len(trainings) > 0 {
		c.ground = trainings[0].Config.Ground // all learn from one set
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
		items = append(items, suite.CompareImages(name, func() (suite.ImageSet, func() error, error) { return c.openParts(e, name, spec) }, runs...))
	}
	return items, rows, nil
}

// openParts opens both parts of a set of images.
func (c *benchCmd) openParts(e *env, name, spec string) (suite.ImageSet, func() error, error) {
	s := suite.ImageSet{Name: name}
	learn, err := c.openImages(e, spec, "train")
	if err != nil {
		return s, nil, err
	}
	c.apart = spec
	test, err := c.openImages(e, spec, "test")
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
		return interruption(fmt.Sprintf("stopped after %s, now lost; --out DIR keeps them", plural.Of(len(r.Rows), "row")))
	case errors.Is(err, context.Canceled):
		return interruption(fmt.Sprintf("stopped; %s in %s, and the same command goes on from there", plural.Of(kept, "row"), filepath.Join(c.Out, "rows.jsonl")))
	case err != nil:
		return err
	}
	if len(r.Skipped) > 0 {
		e.remark("%d without an anomaly, or with nothing else, left out: %s", len(r.Skipped), someOf(r.Skipped))
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
		out.Means, out.Pairs = append(out.Means, t.Means()...), append(out.Pairs, t.Pairs()...)
	}
	err = e.result(out, func(w io.Writer) error {
		for _, t := range tables {
			if err := t.Render(w); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintf(w, "%s in %.1f s\n", plural.Of(len(r.Rows), "row"), r.Seconds)
		return err
	})
	if len(r.Failed) > 0 {
		return errors.Join(err, partlyError{failed(r)})
	}
	return err
}

// failed says which sets could not be done to the end, and why the first of them.
func failed(r *suite.Result) error {
	var names []string
	for _, f := range r.Failed {
		names = append(names, f.Set)
	}
	if len(names) == 1 {
		return fmt.Errorf("1 of %s failed: %w", plural.Of(r.Sets, "set"), r.Failed[0].Err)
	}
	return fmt.Errorf("%d of %s failed (%s); the first: %w", len(names), plural.Of(r.Sets, "set"), someOf(names), r.Failed[0].Err)
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
