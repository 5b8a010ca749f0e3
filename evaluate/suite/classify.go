package suite

import (
	"context"
	"fmt"

	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// Set is a labelled set in two parts. Lengths may differ; all series have the same channels.
type Set struct {
	Name        string
	Train, Test []*series.Series
}

// Classify learns from the train part of a set without labels, whole series at a
// time, and classifies the test part by frozen encodings: by the nearest
// neighbour and by a linear probe.
type Classify struct {
	Training
}

// Rows is how many rows each set has.
func (c Classify) Rows() int { return c.perSet(1) }

// Set returns the rows of one set, those that the journal has not got made and
// added to it. It returns the rows it had along with an error.
func (c Classify) Set(ctx context.Context, s Set, j *Journal) ([]Row, error) {
	t, err := c.defaults()
	if err != nil {
		return nil, err
	}
	p, err := newClassification(s)
	if err != nil {
		return nil, err
	}
	t.Config.Window = 0
	return t.compare(ctx, p, map[string]series.Mode{Raw: t.Config.Normalize}, j)
}

// classification is a set with its classes numbered.
type classification struct {
	Set
	data                string
	length, classes     int
	trainClass, ofClass []int // of the train and of the test part
}

func newClassification(s Set) (*classification, error) {
	if len(s.Train) == 0 || len(s.Test) == 0 {
		return nil, fmt.Errorf("set %q has %d train and %d test series, want some of each", s.Name, len(s.Train), len(s.Test))
	}
	c := &classification{Set: s, data: checksum(s.Train, s.Test)}
	number := map[string]int{}
	for _, part := range []struct {
		all   []*series.Series
		class *[]int
	}{{s.Train, &c.trainClass}, {s.Test, &c.ofClass}} {
		for _, one := range part.all {
			if one.Label == "" {
				return nil, fmt.Errorf("set %q: series %q has no label", s.Name, one.ID)
			}
			if one.NumChannels() != s.Train[0].NumChannels() {
				return nil, fmt.Errorf("set %q: series %q has %d channels, the first has %d",
					s.Name, one.ID, one.NumChannels(), s.Train[0].NumChannels())
			}
			if _, ok := number[one.Label]; !ok {
				number[one.Label] = len(number)
			}
			*part.class = append(*part.class, number[one.Label])
		}
	}
	for _, one := range s.Train {
		c.length = max(c.length, one.Len())
	}
	c.classes = len(number)
	return c, nil
}

func (c *classification) learns(cfg train.Config) (train.Data, error) {
	return shown(c.Train, cfg.Method.Needs().Labels), nil
}

func (c *classification) run(r *Run) {
	r.Suite, r.Set, r.Data = "classify", c.Name, c.data
}

// whole is each series as one window of the train part's greatest length.
func (c *classification) whole(all []*series.Series) []*series.Window {
	out := make([]*series.Window, len(all))
	for i, s := range all {
		out[i] = s.Whole(c.length)
	}
	return out
}

func (c *classification) measure(ctx context.Context, m *model.Model, mode series.Mode, r *Row) error {
	var by coder
	nearest := &evaluate.KNN{}
	if m == nil {
		norm, err := series.FitNormalizer(c.Train, mode)
		if err != nil {
			return err
		}
		by, nearest = raw{norm}, &evaluate.KNN{Metric: knn.Euclidean, Raw: true}
	} else {
		by = encoded{model: m}
	}
	x, dim, err := by.code(ctx, c.whole(c.Train))
	if err != nil {
		return err
	}
	tx, _, err := by.code(ctx, c.whole(c.Test))
	if err != nil {
		return err
	}
	r.Classified = &Classified{Train: len(c.Train), Test: len(c.Test), Classes: c.classes}
	if r.Accuracy, err = c.accuracy(nearest, x, dim, tx); err != nil || m == nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	linear, err := c.accuracy(&evaluate.Linear{}, x, dim, tx)
	r.Linear = &linear
	return err
}

func (c *classification) accuracy(p evaluate.Probe, x []float32, dim int, tx []float32) (float64, error) {
	return accuracy(p, x, dim, c.trainClass, tx, c.ofClass)
}

// accuracy is that of a probe fitted on rows x with classes y, on rows tx with classes ty.
func accuracy(p evaluate.Probe, x []float32, dim int, y []int, tx []float32, ty []int) (float64, error) {
	if err := p.Fit(x, dim, y); err != nil {
		return 0, err
	}
	got, err := p.Predict(tx)
	if err != nil {
		return 0, err
	}
	return evaluate.Accuracy(ty, got)
}
