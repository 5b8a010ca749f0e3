package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/wavekin/wavekin/bench/clock"
	"github.com/wavekin/wavekin/datasets/archive"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/series"
)

// embed takes the time that an encoder which is not trained takes to be fitted to a set and to encode both parts, and the time
// that peers take to learn from the part to learn from.
func (b *bench) embed(ctx context.Context, name string, d *archive.Data) error {
	if !sameLength(name, d) {
		return nil
	}
	for _, encoder := range untrained {
		if b.has(name, encoder) || !slices.Contains(b.methods, encoder) {
			continue
		}
		took, err := embedding(ctx, encoder, d)
		if err != nil {
			return err
		}
		if err := b.add(row{Set: name, Method: encoder, Seconds: took}); err != nil {
			return err
		}
	}
	r := request{Task: "embed", Share: b.share}
	var err error
	if r.Train, err = b.peer.set("train", d.Train); err != nil {
		return err
	}
	return b.each(ctx, name, r, func(answer, *row) error { return nil })
}

// embedding is the time of the processor, on one thread.
func embedding(ctx context.Context, encoder string, d *archive.Data) (float64, error) {
	now, err := clock.New("cpu")
	if err != nil {
		return 0, err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	start := now()
	m, err := fitted(encoder, d)
	if err != nil {
		return 0, err
	}
	for _, part := range [][]*series.Series{d.Train, d.Test} {
		if _, err := (evaluate.Set{Series: part}).Encode(ctx, m); err != nil {
			return 0, err
		}
	}
	return (now() - start).Seconds(), nil
}

// times is the seconds of each method over the sets that all have, and what each has of the last one's.
func times(rows []row) (t report.Table, err error) {
	var all []*column
	at := map[string]*column{}
	for _, r := range rows {
		if r.Error != "" {
			continue
		}
		if at[r.Method] == nil {
			at[r.Method] = &column{name: r.Method, values: map[string]float64{}}
			all = append(all, at[r.Method])
		}
		at[r.Method].values[r.Set] = r.Seconds
	}
	if len(all) == 0 {
		return t, fmt.Errorf("no rows")
	}
	sets := shared(all)
	if len(sets) == 0 {
		return t, fmt.Errorf("no set has rows of all methods")
	}
	last := all[len(all)-1].values
	t = report.Table{Header: []string{"method", fmt.Sprintf("seconds, %d sets", len(sets)), "share", "least", "largest"}}
	for _, c := range all {
		total, of := 0.0, 0.0
		var shares []float64
		for _, set := range sets {
			total, of = total+c.values[set], of+last[set]
			shares = append(shares, c.values[set]/last[set])
		}
		t.Rows = append(t.Rows, []string{c.name, fmt.Sprintf("%.1f", total), fmt.Sprintf("%.3f", total/of), fmt.Sprintf("%.3f", slices.Min(shares)), fmt.Sprintf("%.3f", slices.Max(shares))})
	}
	return t, nil
}
