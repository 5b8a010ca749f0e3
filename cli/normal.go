package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/subset"
	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// normalFlags say how normal is learnt.
type normalFlags struct {
	Part        float64 `help:"Use this leading share of every normal series." default:"1"`
	Stride      int     `help:"Distance between window starts; 0 means an eighth of the window, or 1 with --align end." default:"0"`
	Score       string  `help:"What a score is: distance, from the nearest normal windows; or prediction, how badly a model of method cpc predicted the newest moment, which no later reading and no window around it has a part in." enum:"distance,prediction" default:"distance"`
	Negatives   int     `help:"Normal steps that a predicted one is told from, with --score prediction; 0 means 128." default:"0" placeholder:"N"`
	K           int     `help:"Normal neighbours per window." default:"3"`
	Metric      string  `enum:"cosine,euclidean" default:"cosine" help:"Distance of encodings: cosine, or euclidean, which also reflects the strength of features; use it where level and size matter."`
	Align       string  `enum:",centre,end" default:"" help:"Score of a time stamp: centre is the mean of all windows over it, or of all predicted steps; end that of the window ending with it, which uses no later data, for monitoring. The default is centre, and end with --score prediction."`
	Coreset     int     `help:"Keep only N of the normal windows to compare with, chosen so that all are near one of them (greedy k-centre): a tenth ranks nearly as all do, in a tenth of the time and memory; 0 keeps all." default:"0" placeholder:"N"`
	Approximate bool    `help:"For many normal windows, from some hundred thousand on: keep a byte of each number of their encodings, and compare with those in some lists only, which hold the nearest for 99 % of the normal windows."`
	NewSeries   bool    `help:"The scored series are not the normal ones, such as other machines: for p-values each normal series is then compared only with the others."`

	scratch string // folder for a temporary file
}

// check reports flags out of range.
func (f *normalFlags) check() error {
	switch {
	case !(f.Part > 0) || f.Part > 1:
		return usagef("--part is %g, want above 0 and at most 1", f.Part)
	case f.K < 1:
		return usagef("--k is %d, want at least 1", f.K)
	case f.Negatives < 0:
		return usagef("--negatives is %d, want at least 1, or 0 for 128", f.Negatives)
	case f.Coreset < 0:
		return usagef("--coreset is %d, want at least 1, or 0 for all normal windows", f.Coreset)
	case f.Coreset > 0 && f.Approximate:
		return usagef("--coreset and --approximate both make many normal windows manageable; leave one out")
	case f.Stride < 0:
		return usagef("--stride is %d, want at least 1, or 0 for an eighth of the window", f.Stride)
	}
	return nil
}

// config is what the flags say.
func (f *normalFlags) config(e *env) (detect.Config, error) {
	kind, err := detect.ParseKind(f.Score)
	if err != nil {
		return detect.Config{}, usageError{err}
	}
	c := detect.Config{Score: kind, Stride: f.Stride, Align: detect.Align(f.Align), NewSeries: f.NewSeries}
	if kind == detect.Prediction {
		c.Negatives, c.Seed, c.Metric = f.Negatives, e.cli.Seed, knn.Euclidean
		return c, nil
	}
	c.K, c.Coreset, c.Approximate, c.Scratch = f.K, f.Coreset, f.Approximate, f.scratch
	if c.Metric, err = knn.ParseMetric(f.Metric); err != nil {
		return c, usageError{err}
	}
	return c, nil
}

// suits refuses flags of the other kind of score, and a model without predictors.
func (f *normalFlags) suits(e *env, m *model.Model) error {
	others, what := []string{"negatives"}, "--score prediction"
	if f.Score == string(detect.Prediction) {
		others, what = []string{"k", "metric", "coreset", "approximate"}, "--score distance"
		if m != nil {
			if _, err := m.Predictor(); err != nil {
				return usageError{fmt.Errorf("--score prediction: %w", err)}
			}
		}
	}
	for _, name := range others {
		if e.given[name] {
			return usagef("--%s belongs to %s; leave it out", name, what)
		}
	}
	return nil
}

// learn fits a detector to the normal readings and says what its p-values rest on.
func (f *normalFlags) learn(e *env, files []string, in inputFlags, m *model.Model, by model.Encoder, rates bool) (*detect.Detector, error) {
	if err := f.suits(e, m); err != nil {
		return nil, err
	}
	c, err := f.config(e)
	if err != nil {
		return nil, err
	}
	c.Window, c.Rates = m.Settings.Window, rates
	normal, err := in.read(e, files, m)
	if err != nil {
		return nil, err
	}
	d, err := detect.Fit(e.ctx, by, series.FromSlice(subset.First(normal, f.Part)), c)
	if err != nil {
		return nil, aboutNormal(files, err)
	}
	e.tellShort(listOf(files), d.Short())
	_, n := d.Normal()
	e.tellSupport(n)
	return d, nil
}

// aboutNormal says of an error that it lies in the normal readings.
func aboutNormal(files []string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return &datasets.Error{File: listOf(files), Offset: -1, Err: fmt.Errorf("normal readings: %w", err)}
}

// fewestGrowths is how often a channel grows, without ever falling, before it is taken for a counter; noise falls half of the time.
const fewestGrowths = 64

// tellCounters warns of channels that only grow: readings to come are beyond all normal ones, whatever happens.
func (e *env) tellCounters(normal []*series.Series) {
	if len(normal) == 0 {
		return
	}
	for _, name := range normal[0].Channels {
		growths, falls := 0, 0
		for _, s := range normal {
			last, c := series.Gap, slices.Index(s.Channels, name)
			if c < 0 {
				continue
			}
			for _, v := range s.Values[c] {
				if series.IsGap(v) {
					continue
				}
				if v > last {
					growths++
				} else if v < last {
					falls++
				}
				last = v
			}
		}
		if growths >= fewestGrowths && falls == 0 {
			e.remark("warning: channel %q only grows in the normal readings, as a counter does: what comes later is unlike them, whatever happens; leave it out (--channels names those to use), or give its differences", name)
		}
	}
}
