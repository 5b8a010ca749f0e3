package main

import (
	"context"
	"math"
	"path/filepath"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/bench/sets"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// figures are what is measured of a run.
var figures = []string{"projections", "encodings", "accuracy"}

// projection is the length of the vectors that the loss compares.
const projection = 64

// data are the two parts of a set.
type data struct{ learn, test []*series.Series }

func (o options) load() (map[string]data, error) {
	out := map[string]data{}
	for _, s := range o.sets {
		learn, test, err := sets.Load(filepath.Join(o.data, s))
		if err != nil {
			return nil, err
		}
		out[s] = data{learn, test}
	}
	return out, nil
}

// one carries out a run and returns its figures. Projections are those of the last batch of training; of an untrained encoder, those
// of the first.
func (o options) one(ctx context.Context, v variant, d data, seed uint64) ([]float64, error) {
	cfg := train.Config{Method: v.method(), Encoder: encoders.ResNet1D{Width: 16, Stages: 3, Norm: v.norm}, Views: augment.Default(),
		Batch: 32, Steps: o.steps, LR: 5e-4, Normalize: series.ModeTrain, Seed: seed}
	if v.predictor == untrained {
		cfg.Steps = 1
	}
	trained, sum, err := train.Pretrain(ctx, train.Series(d.learn), cfg)
	if err != nil {
		return nil, err
	}
	projections := sum.Std * math.Sqrt(projection)
	if v.predictor == untrained {
		if trained, err = train.Untrained(train.Series(d.learn), cfg); err != nil {
			return nil, err
		}
	}
	x, err := evaluate.Set{Series: d.learn}.Encode(ctx, trained)
	if err != nil {
		return nil, err
	}
	q, err := evaluate.Set{Series: d.test}.Encode(ctx, trained)
	if err != nil {
		return nil, err
	}
	// Raw, since standardised columns would hide how small their differences are.
	found, err := evaluate.Classify(&evaluate.KNN{Raw: true}, x, q)
	return []float64{projections, spreadOf(q.Rows, q.Dim), found.Accuracy}, err
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
