package main

import (
	"fmt"

	"github.com/wavekin/wavekin/docs/trials"
	"github.com/wavekin/wavekin/internal/report"
)

// targetWords are the levels of the target as the page has them.
var targetWords = map[string]string{untrained: untrained, "gradient": "itself, with gradient", "0": "itself", "0.95": "average, .95", "0.996": "average, .996", "fixed": "fixed"}

// table is the page's: a line for each variant that has rows, collapsed projections in bold.
func table(rows []trials.Row, sets []string) string {
	t := report.Table{Header: []string{"norm", "predictor", "target", "projections", "encodings", "1-NN", "gain"}}
	for _, v := range variants() {
		s := v.sums(rows, sets)
		if len(s[0].Seeds) == 0 {
			continue
		}
		predictor, gain, target := v.predictor, "", targetWords[v.target]
		if v.predictor == untrained {
			predictor = ""
		} else {
			mean, deviation := trials.Moments(v.gains(rows, sets))
			gain = fmt.Sprintf("%+.3f ± %.3f", mean, deviation)
		}
		if v == published {
			target += " (as published)"
		}
		spread := fmt.Sprintf("%.3f", s[0].Mean)
		if s[0].Mean < collapsed {
			spread = "**" + spread + "**"
		}
		t.Rows = append(t.Rows, []string{v.norm, predictor, target, fmt.Sprintf("%s ± %.3f", spread, s[0].Deviation), fmt.Sprintf("%.3f", s[1].Mean), fmt.Sprintf("%.3f ± %.3f", s[2].Mean, s[2].Deviation), gain})
	}
	return t.Markdown("lllr")
}

// sums sums the figures up.
func (v variant) sums(rows []trials.Row, sets []string) [3]trials.Summary {
	var out [3]trials.Summary
	for i := range out {
		out[i] = trials.Summarize(rows, v.String(), sets, i)
	}
	return out
}

// steps are the pairs of variants that differ in one thing, with what the second has and the first has not.
func steps() []pair {
	var out []pair
	for _, n := range norms[:factorial] {
		for _, p := range predictors {
			out = append(out, pair{"stop-gradient", variant{n, p, "gradient"}, variant{n, p, "0"}})
		}
	}
	for _, n := range norms[:factorial] {
		for _, t := range targets[1:] {
			out = append(out, pair{"predictor, x1", variant{n, "none", t}, variant{n, "x1", t}})
		}
	}
	for _, n := range norms[:factorial] {
		for _, t := range targets[1:] {
			out = append(out, pair{"ten times the rate", variant{n, "x1", t}, variant{n, "x10", t}})
		}
	}
	for _, n := range norms[:factorial] {
		for _, p := range predictors {
			out = append(out, pair{"average, .996", variant{n, p, "0"}, variant{n, p, "0.996"}})
		}
	}
	return out
}

// pair is two variants and the word for their difference.
type pair struct {
	what          string
	without, with variant
}

// pairTable is the page's second one: differences seed by seed.
func pairTable(rows []trials.Row, sets []string) string {
	t := report.Table{Header: []string{"added", "norm", "predictor", "target", "projections", "seeds", "1-NN", "seeds"}}
	for _, p := range steps() {
		if len(p.with.sums(rows, sets)[0].Seeds) == 0 || len(p.without.sums(rows, sets)[0].Seeds) == 0 {
			continue
		}
		predictor, target := p.with.predictor, targetWords[p.with.target]
		if p.with.predictor != p.without.predictor {
			predictor = p.without.predictor + " → " + predictor
		}
		if p.with.target != p.without.target {
			target = targetWords[p.without.target] + " → " + target
		}
		cells := append([]string{p.what, p.with.norm, predictor, target}, told(p.with.less(p.without, rows, sets, 0))...)
		t.Rows = append(t.Rows, append(cells, told(p.with.less(p.without, rows, sets, 2))...))
	}
	return t.Markdown("llllr")
}

// told is the mean and the deviation of differences, and how many of them are above 0.
func told(differences []float64) []string {
	mean, deviation := trials.Moments(differences)
	above := 0
	for _, d := range differences {
		if d > 0 {
			above++
		}
	}
	return []string{fmt.Sprintf("%+.3f ± %.3f", mean, deviation), fmt.Sprintf("%d of %d", above, len(differences))}
}

// draw shows for each trained variant the spread of its projections and what its accuracy gains over the untrained encoder of the same
// seed; a line marks collapse, and no gain.
func draw(path string, rows []trials.Row, sets []string) error {
	spread := report.IntervalPanel{Label: "spread of the projections", Mark: collapsed}
	gain := report.IntervalPanel{Label: "1-NN less that of the untrained encoder", Mark: 0}
	var names []string
	for _, v := range variants() {
		s := v.sums(rows, sets)
		if v.predictor == untrained || len(s[0].Seeds) == 0 {
			continue
		}
		names = append(names, v.String())
		spread.Rows = append(spread.Rows, s[0].Seeds)
		gain.Rows = append(gain.Rows, v.gains(rows, sets))
	}
	return report.Intervals(path, "What keeps BYOL from collapse", "mean and standard deviation over seeds; a small point is a seed", names, []report.IntervalPanel{spread, gain})
}

// collapsed is the spread below which the trainer's diagnosis speaks of collapse.
const collapsed = 0.1

// gains are the accuracies less those of the untrained encoder with the same norm, seed by seed.
func (v variant) gains(rows []trials.Row, sets []string) []float64 {
	return v.less(variant{v.norm, untrained, untrained}, rows, sets, 2)
}

// less is a figure less that of another variant, seed by seed.
func (v variant) less(other variant, rows []trials.Row, sets []string, figure int) []float64 {
	var out []float64
	from := other.sums(rows, sets)[figure].Seeds
	for i, a := range v.sums(rows, sets)[figure].Seeds {
		if i < len(from) {
			out = append(out, a-from[i])
		}
	}
	return out
}
