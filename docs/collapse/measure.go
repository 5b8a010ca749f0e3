package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/bench/sets"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// variant is BYOL with something changed; its norm stands in the encoder and in the heads.
type variant struct {
	name, norm string
	change     func(m *methods.BYOL)
	untrained  bool
}

func keep(*methods.BYOL) {}

var variants = []variant{
	{"untrained, batch norm", "batch", keep, true},
	{"untrained, no normalisation", "none", keep, true},
	{"untrained, group norm", "group", keep, true},
	{"untrained, group norm + WS", "group-ws", keep, true},
	{"batch norm (as published)", "batch", keep, false},
	{"no normalisation", "none", keep, false},
	{"group norm", "group", keep, false},
	{"group norm + weight standardisation", "group-ws", keep, false},
	{"initialised by the first batch", "actnorm", keep, false},
	{"batch norm, no predictor", "batch", func(m *methods.BYOL) { m.NoPredictor = true }, false},
	{"group norm + WS, no predictor", "group-ws", func(m *methods.BYOL) { m.NoPredictor = true }, false},
	{"batch norm, no stop-gradient", "batch", func(m *methods.BYOL) { m.NoStopGradient = true }, false},
	{"group norm + WS, no stop-gradient", "group-ws", func(m *methods.BYOL) { m.NoStopGradient = true }, false},
	{"batch norm, momentum 0", "batch", func(m *methods.BYOL) { m.Momentum = -1 }, false},
	{"group norm + WS, momentum 0", "group-ws", func(m *methods.BYOL) { m.Momentum = -1 }, false},
	{"batch norm, momentum 1 (fixed random target)", "batch", func(m *methods.BYOL) { m.Momentum = 1 }, false},
}

// row is the result of a variant: means over sets and seeds.
type row struct {
	name                 string
	projections, spread  float64
	perSet               []float64 // accuracy
	accuracy, deviations float64   // the mean over sets, and the deviation of that mean over seeds
}

func (o options) measureAll(ctx context.Context, tell func(line string)) ([]row, error) {
	learn, test := make([][]*series.Series, len(o.sets)), make([][]*series.Series, len(o.sets))
	for i, s := range o.sets {
		var err error
		if learn[i], test[i], err = sets.Load(filepath.Join(o.data, s)); err != nil {
			return nil, err
		}
	}
	var rows []row
	for _, v := range variants {
		if !strings.Contains(v.name, o.only) {
			continue
		}
		r := row{name: v.name, perSet: make([]float64, len(o.sets))}
		means := make([]float64, o.seeds)
		share := 1 / float64(o.seeds*len(o.sets))
		for i := range o.sets {
			for seed := range o.seeds {
				p, s, a, err := o.one(ctx, v, learn[i], test[i], uint64(seed))
				if err != nil {
					return nil, fmt.Errorf("%s on %s: %w", v.name, o.sets[i], err)
				}
				r.projections, r.spread, r.accuracy = r.projections+p*share, r.spread+s*share, r.accuracy+a*share
				r.perSet[i] += a / float64(o.seeds)
				means[seed] += a / float64(len(o.sets))
			}
		}
		for _, m := range means {
			r.deviations += (m - r.accuracy) * (m - r.accuracy) / float64(o.seeds)
		}
		r.deviations = math.Sqrt(r.deviations)
		tell(fmt.Sprintf("%s: projections %.3f, encodings %.3f, nearest neighbour %.3f", r.name, r.projections, r.spread, r.accuracy))
		rows = append(rows, r)
	}
	return rows, nil
}

// projection is the length of the vectors that the loss compares.
const projection = 64

// one trains a variant and returns the spreads of projections and encodings, and the accuracy.
func (o options) one(ctx context.Context, v variant, learn, test []*series.Series, seed uint64) (projections, spread, accuracy float64, err error) {
	m := methods.BYOL{Hidden: 128, Out: projection, Norm: v.norm}
	v.change(&m)
	cfg := train.Config{Method: m, Encoder: encoders.ResNet1D{Width: 16, Stages: 3, Norm: v.norm}, Views: augment.Default(),
		Batch: 32, Steps: o.steps, LR: 5e-4, Normalize: series.ModeTrain, Seed: seed}
	var trained *model.Model
	if v.untrained {
		trained, err = train.Untrained(train.Series(learn), cfg)
	} else {
		var sum model.Summary
		trained, sum, err = train.Pretrain(ctx, train.Series(learn), cfg)
		projections = sum.Std * math.Sqrt(projection)
	}
	if err != nil {
		return 0, 0, 0, err
	}
	x, err := evaluate.Set{Series: learn}.Encode(ctx, trained)
	if err != nil {
		return 0, 0, 0, err
	}
	q, err := evaluate.Set{Series: test}.Encode(ctx, trained)
	if err != nil {
		return 0, 0, 0, err
	}
	// Raw, since standardised columns would hide how small their differences are.
	found, err := evaluate.Classify(&evaluate.KNN{Raw: true}, x, q)
	return projections, spreadOf(q.Rows, q.Dim), found.Accuracy, err
}

// spreadOf is the mean over dimensions of the standard deviation of the rows, each brought to length 1, times √dim.
func spreadOf(x []float32, dim int) float64 {
	n := float64(len(x) / dim)
	sum, square := make([]float64, dim), make([]float64, dim)
	for at := 0; at < len(x); at += dim {
		var length float64
		for _, v := range x[at : at+dim] {
			length += float64(v) * float64(v)
		}
		length = max(1e-12, math.Sqrt(length))
		for j, v := range x[at : at+dim] {
			u := float64(v) / length
			sum[j] += u
			square[j] += u * u
		}
	}
	var total float64
	for j := range dim {
		total += math.Sqrt(max(0, square[j]/n-sum[j]*sum[j]/n/n))
	}
	return total / math.Sqrt(float64(dim))
}

// render writes the table.
func render(w io.Writer, sets []string, rows []row) error {
	t := report.Table{Header: append([]string{"variant", "projections", "encodings", "1-NN", "±"}, sets...)}
	for _, r := range rows {
		cells := []string{r.name, fmt.Sprintf("%.3f", r.projections), fmt.Sprintf("%.3f", r.spread), fmt.Sprintf("%.3f", r.accuracy), fmt.Sprintf("%.3f", r.deviations)}
		if r.projections == 0 {
			cells[1] = "-"
		}
		for _, a := range r.perSet {
			cells = append(cells, fmt.Sprintf("%.3f", a))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t.Render(w)
}
