package suite

import (
	"context"
	"fmt"
	"slices"

	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/internal/plural"
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
// neighbour, by a linear probe and by a ridge probe.
type Classify struct {
	Training
	// WithoutLinear leaves out the linear probe, which takes minutes on encodings of thousands of columns.
	WithoutLinear bool
	// WithinTrain leaves the test part alone, so that settings can be chosen without it: see [Set.WithinTrain].
	WithinTrain bool
}

// WithinTrain is the set without its test part: every third series of a class of the train part is tested on, the others are
// learnt from.
func (s Set) WithinTrain() Set {
	in := Set{Name: s.Name}
	seen := map[string]int{}
	for _, one := range s.Train {
		if seen[one.Label]++; seen[one.Label]%3 == 0 {
			in.Test = append(in.Test, one)
		} else {
			in.Train = append(in.Train, one)
		}
	}
	return in
}

// Rows is how many rows each set has.
func (c Classify) Rows() int { return c.perSet(1) }

// Set returns the rows of one set. Rows that are in the journal are taken from
// there; the others are made and added to it. With an error come the rows that
// were there by then.
func (c Classify) Set(ctx context.Context, s Set, j *Journal) ([]Row, error) {
	t, err := c.defaults()
	if err != nil {
		return nil, err
	}
	if c.WithinTrain {
		s = s.WithinTrain()
	}
	p, err := newClassification(s)
	if err != nil {
		return nil, err
	}
	t.Config.Window = 0
	p.withoutLinear = c.WithoutLinear
	return t.compare(ctx, p, []baseline{{Raw, t.Config.Normalize}}, j)
}

// classification is a set that was checked.
type classification struct {
	Set
	data          string
	withoutLinear bool

	length int // of the longest series to learn from, to which all are cut or continued
}

func newClassification(s Set) (*classification, error) {
	if len(s.Train) == 0 || len(s.Test) == 0 {
		return nil, fmt.Errorf("set %q has %d train and %d test series, want some of each", s.Name, len(s.Train), len(s.Test))
	}
	c := &classification{Set: s, data: checksum(s.Train, s.Test)}
	for _, one := range slices.Concat(s.Train, s.Test) {
		if one.Label == "" {
			return nil, fmt.Errorf("set %q: series %q has no label", s.Name, one.ID)
		}
		if one.NumChannels() != s.Train[0].NumChannels() {
			return nil, fmt.Errorf("set %q: series %q has %s, the first has %d",
				s.Name, one.ID, plural.Of(one.NumChannels(), "channel"), s.Train[0].NumChannels())
		}
	}
	for _, one := range s.Train {
		c.length = max(c.length, one.Len())
	}
	return c, nil
}

func (c *classification) learns(cfg train.Config) (train.Data, error) {
	return shown(c.Train, cfg.Method.Needs().Labels), nil
}

func (c *classification) run(r *Run) {
	r.Suite, r.Set, r.Data = "classify", c.Name, c.data
}

func (c *classification) measure(ctx context.Context, m *model.Model, mode series.Mode, r *Row) error {
	if m != nil {
		further := []evaluate.Probe{&evaluate.Linear{}, &evaluate.Ridge{}}
		if c.withoutLinear {
			further[0] = nil
		}
		return r.classify(ctx, evaluate.Nearest(m), further, func(learn bool) (*evaluate.Encodings, error) {
			return evaluate.Set{Series: c.part(learn)}.Encode(ctx, m)
		})
	}
	norm, err := series.FitNormalizer(c.Train, mode)
	if err != nil {
		return err
	}
	return r.classify(ctx, &evaluate.KNN{Metric: knn.Euclidean, Raw: true}, nil, func(learn bool) (*evaluate.Encodings, error) {
		return evaluate.Set{Series: c.part(learn)}.Raw(ctx, norm, c.length)
	})
}

func (c *classification) whole(r Row) bool {
	return r.Encoder == "" || r.Linear != nil || c.withoutLinear
}

func (c *classification) part(learn bool) []*series.Series {
	if learn {
		return c.Train
	}
	return c.Test
}

// classify fills in what probes make of the encodings of both parts; further are a linear probe and one of ridge, or fewer; nil is
// left out.
func (r *Row) classify(ctx context.Context, nearest evaluate.Probe, further []evaluate.Probe, encode func(learn bool) (*evaluate.Encodings, error)) error {
	x, err := encode(true)
	if err != nil {
		return err
	}
	tx, err := encode(false)
	if err != nil {
		return err
	}
	got, err := evaluate.Classify(nearest, x, tx)
	if err != nil {
		return err
	}
	r.Classified = &Classified{Accuracy: got.Accuracy, Train: got.Train, Test: got.Test, Classes: got.Classes}
	for i, p := range further {
		if err := ctx.Err(); err != nil {
			return err
		}
		if p == nil {
			continue
		}
		got, err := evaluate.Classify(p, x, tx)
		if err != nil {
			return err
		}
		*[]**float64{&r.Linear, &r.Ridge}[i] = &got.Accuracy
	}
	return nil
}
