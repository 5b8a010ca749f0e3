package main

import (
	"slices"

	"github.com/wavekin/wavekin/evaluate"
)

// chosen is the one of several probes that gets most rows to learn from right, each predicted by a probe that has not seen it; the
// first of equally good ones.
type chosen struct {
	all  []evaluate.Probe
	best evaluate.Probe
}

// parts is how many the rows to learn from are dealt out to.
const parts = 5

// Name returns "chosen".
func (p *chosen) Name() string { return "chosen" }

// Fit chooses and fits. Errors are those of the probes.
func (p *chosen) Fit(x []float32, dim int, y []int) error {
	p.best = nil
	part := dealt(y)
	right := make([]int, len(p.all))
	for k := range parts {
		ax, ay := rowsOf(x, dim, y, part, func(i int) bool { return i != k })
		bx, by := rowsOf(x, dim, y, part, func(i int) bool { return i == k })
		if len(ay) == 0 || len(by) == 0 {
			continue
		}
		for i, probe := range p.all {
			if err := probe.Fit(ax, dim, ay); err != nil {
				return err
			}
			got, err := probe.Predict(bx)
			if err != nil {
				return err
			}
			for j, c := range got {
				if c == by[j] {
					right[i]++
				}
			}
		}
	}
	best := p.all[slices.Index(right, slices.Max(right))]
	if err := best.Fit(x, dim, y); err != nil {
		return err
	}
	p.best = best
	return nil
}

// Predict is that of the chosen probe.
func (p *chosen) Predict(x []float32) ([]int, error) {
	if p.best == nil {
		return nil, evaluate.ErrNotFitted
	}
	return p.best.Predict(x)
}

// dealt deals the rows of each class out to the parts in turn.
func dealt(y []int) []int {
	out, turn := make([]int, len(y)), 0
	for _, c := range slices.Compact(slices.Sorted(slices.Values(y))) {
		for i, v := range y {
			if v == c {
				out[i], turn = turn%parts, turn+1
			}
		}
	}
	return out
}

// rowsOf are the rows and classes of some parts.
func rowsOf(x []float32, dim int, y, part []int, in func(part int) bool) (ax []float32, ay []int) {
	for i, k := range part {
		if in(k) {
			ax, ay = append(ax, x[i*dim:(i+1)*dim]...), append(ay, y[i])
		}
	}
	return ax, ay
}
