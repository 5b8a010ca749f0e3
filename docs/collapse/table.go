package main

import (
	"fmt"
	"io"
	"math"

	"github.com/wavekin/wavekin/docs/trials"
	"github.com/wavekin/wavekin/internal/report"
)

// render writes the table: a line for each variant that has rows.
func render(w io.Writer, sets []string, rows []trials.Row) error {
	t := report.Table{Header: append([]string{"norm", "predictor", "target", "projections", "±", "encodings", "1-NN", "±", "gain", "±"}, sets...)}
	for _, v := range variants() {
		s := v.sums(rows, sets)
		if len(s[0].Seeds) == 0 {
			continue
		}
		cells := []string{v.norm, v.predictor, v.target, number(s[0].Mean), number(s[0].Deviation), number(s[1].Mean), number(s[2].Mean), number(s[2].Deviation), "", ""}
		if v.predictor != untrained {
			mean, deviation := trials.Moments(v.gains(rows, sets))
			cells[8], cells[9] = fmt.Sprintf("%+.3f", mean), number(deviation)
		}
		for _, a := range s[2].Sets {
			cells = append(cells, number(a))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t.Render(w)
}

// sums sums the figures up.
func (v variant) sums(rows []trials.Row, sets []string) [3]trials.Summary {
	var out [3]trials.Summary
	for i := range out {
		out[i] = trials.Summarize(rows, v.String(), sets, i)
	}
	return out
}

func number(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("%.3f", v)
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
	var out []float64
	start := variant{v.norm, untrained, untrained}.sums(rows, sets)[2].Seeds
	for i, a := range v.sums(rows, sets)[2].Seeds {
		if i < len(start) {
			out = append(out, a-start[i])
		}
	}
	return out
}
