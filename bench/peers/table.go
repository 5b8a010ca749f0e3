package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/wavekin/wavekin/internal/report"
)

// one is the result of a run.
type one struct {
	Accuracy float64 `json:"accuracy"`
	Seconds  float64 `json:"seconds"`
}

// parse reads the line that the PyTorch side prints.
func parse(line string) (one, error) {
	var r one
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		return r, fmt.Errorf("the peer printed %q: %w", line, err)
	}
	return r, nil
}

// outcome is a method on a set, seed by seed.
type outcome struct {
	method, set  string
	theirs, ours []one
}

// spread returns the mean, the least and the largest of a figure.
func spread(rs []one, f func(one) float64) (mean, lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, r := range rs {
		v := f(r)
		mean += v / float64(len(rs))
		lo, hi = min(lo, v), max(hi, v)
	}
	return mean, lo, hi
}

// render writes a row for each method on each set, and the mean over the sets of each method.
// Ratio is wavekin's training time over the peer's.
func render(w io.Writer, rows []outcome) error {
	t := report.Table{Header: []string{"method", "set", "peer 1-NN", "spread", "wavekin 1-NN", "spread", "peer s", "wavekin s", "ratio"}}
	accuracy, seconds := func(r one) float64 { return r.Accuracy }, func(r one) float64 { return r.Seconds }
	line := func(method, set string, theirs, ours []one) {
		a, alo, ahi := spread(theirs, accuracy)
		b, blo, bhi := spread(ours, accuracy)
		ts, _, _ := spread(theirs, seconds)
		us, _, _ := spread(ours, seconds)
		t.Rows = append(t.Rows, []string{method, set, fmt.Sprintf("%.3f", a), fmt.Sprintf("%.3f–%.3f", alo, ahi),
			fmt.Sprintf("%.3f", b), fmt.Sprintf("%.3f–%.3f", blo, bhi), fmt.Sprintf("%.1f", ts), fmt.Sprintf("%.1f", us), fmt.Sprintf("%.2f", us/ts)})
	}
	for i, r := range rows {
		line(r.method, r.set, r.theirs, r.ours)
		if i+1 < len(rows) && rows[i+1].method == r.method {
			continue
		}
		theirs, ours := meanBySeed(rows, r.method)
		line(r.method, "mean", theirs, ours)
	}
	return t.Render(w)
}

// meanBySeed averages over the sets of a method, seed by seed.
func meanBySeed(rows []outcome, method string) (theirs, ours []one) {
	n := 0.0
	for _, r := range rows {
		if r.method != method {
			continue
		}
		if theirs == nil {
			theirs, ours = make([]one, len(r.theirs)), make([]one, len(r.ours))
		}
		n++
		for i := range r.theirs {
			theirs[i] = one{theirs[i].Accuracy + r.theirs[i].Accuracy, theirs[i].Seconds + r.theirs[i].Seconds}
			ours[i] = one{ours[i].Accuracy + r.ours[i].Accuracy, ours[i].Seconds + r.ours[i].Seconds}
		}
	}
	for i := range theirs {
		theirs[i] = one{theirs[i].Accuracy / n, theirs[i].Seconds / n}
		ours[i] = one{ours[i].Accuracy / n, ours[i].Seconds / n}
	}
	return theirs, ours
}
