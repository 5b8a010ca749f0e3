package detect

import (
	"context"
	"math"
	"slices"

	"github.com/wavekin/wavekin/knn"
)

// coresetBlocks is how many stretches of the normal windows are scored, each by a core-set of the others.
const coresetBlocks = 4

// condense keeps n of the windows. A core-set prefers what is rare, so that its windows lie far from each other: scored by the rest of
// it, normal windows would look rarer than new ones. Each stretch of normal windows is therefore scored by a core-set chosen
// without it.
func (d *Detector) condense(ctx context.Context, n int) error {
	all, dim := d.places, d.index.Dim()
	scores := make([]float64, 0, len(all))
	for b := range coresetBlocks {
		lo, hi := b*len(all)/coresetBlocks, (b+1)*len(all)/coresetBlocks
		if lo == hi {
			continue
		}
		from, _ := d.around(all[lo])
		_, to := d.around(all[hi-1])
		others, err := d.coreset(ctx, n, from, to)
		if err != nil {
			return err
		}
		if others == nil {
			scores = append(scores, slices.Repeat([]float64{math.NaN()}, hi-lo)...)
			continue
		}
		found, err := others.apart(ctx, knn.Memory(d.rows[lo*dim:hi*dim], dim), all[lo:hi])
		if err != nil {
			return err
		}
		scores = append(scores, found...)
	}
	kept, err := d.coreset(ctx, n, 0, 0)
	if err != nil {
		return err
	}
	d.rows, d.places, d.times, d.index = kept.rows, kept.places, kept.times, kept.index
	if err := d.calibrate(all, scores); err != nil || !d.config.Rates {
		return err
	}
	d.rate(all, scores)
	return nil
}

// coreset is the detector with n of its rows, none of those in [from, to); nil if that leaves none.
func (d *Detector) coreset(ctx context.Context, n, from, to int) (*Detector, error) {
	dim := d.index.Dim()
	rows := slices.Concat(d.rows[:from*dim], d.rows[to*dim:])
	places := slices.Concat(d.places[:from], d.places[to:])
	if len(places) == 0 {
		return nil, nil
	}
	index, err := knn.New(rows, dim, d.config.Metric)
	if err != nil {
		return nil, err
	}
	chosen, err := index.Centres(ctx, n)
	if err != nil {
		return nil, err
	}
	kept := *d
	kept.rows, kept.places, kept.times = make([]float32, 0, len(chosen)*dim), make([]place, 0, len(chosen)), nil
	times := d.times
	if len(times) > 0 {
		times = slices.Concat(times[:from], times[to:])
	}
	for _, i := range chosen {
		kept.rows, kept.places = append(kept.rows, rows[i*dim:(i+1)*dim]...), append(kept.places, places[i])
		if len(times) > 0 {
			kept.times = append(kept.times, times[i])
		}
	}
	kept.index, err = knn.New(kept.rows, dim, d.config.Metric)
	return &kept, err
}
