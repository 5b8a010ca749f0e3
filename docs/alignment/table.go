package main

import (
	"fmt"
	"io"
	"math"

	"github.com/wavekin/wavekin/docs/trials"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/internal/report"
)

// accuracy is the place of the accuracy among the figures.
const accuracy = 4

// render writes the table of the runs, then that of the long ones.
func render(w io.Writer, o options, short, long []trials.Row) error {
	t := report.Table{Header: append([]string{"loss", "alignment", "uniformity", "p+", "margin", "1-NN", "±", "less contrast", "p-value"}, o.sets...)}
	for _, c := range choices {
		s := sums(short, c, o.sets)
		if len(s[0].Seeds) == 0 {
			continue
		}
		cells := []string{c.name}
		for i := range accuracy {
			cells = append(cells, fmt.Sprintf("%.2f", s[i].Mean))
		}
		cells = append(cells, number(s[accuracy].Mean), number(s[accuracy].Deviation), "", "")
		if mean, p := beside(short, c.name, o.sets); c.name != contrast {
			cells[7], cells[8] = fmt.Sprintf("%+.3f", mean), fmt.Sprintf("%.2g", p)
		}
		for _, a := range s[accuracy].Sets {
			cells = append(cells, number(a))
		}
		t.Rows = append(t.Rows, cells)
	}
	if err := t.Render(w); err != nil || len(long) == 0 {
		return err
	}
	fmt.Fprintln(w)
	t = report.Table{Header: []string{"long runs", "set"}}
	for _, m := range marks {
		t.Header = append(t.Header, fmt.Sprintf("alignment %d", m), "p+", "margin")
	}
	t.Header = append(t.Header, "1-NN")
	for _, c := range longChoices {
		for _, set := range o.longSets {
			cells := []string{c.name, set}
			for i := range longFigures {
				cells = append(cells, number(trials.Summarize(of(long, set), c.name, []string{set}, i).Mean))
			}
			t.Rows = append(t.Rows, cells)
		}
	}
	return t.Render(w)
}

// of are the rows of a set.
func of(rows []trials.Row, set string) []trials.Row {
	var out []trials.Row
	for _, r := range rows {
		if r.Set == set {
			out = append(out, r)
		}
	}
	return out
}

// sums sums the figures of a choice up.
func sums(rows []trials.Row, c choice, sets []string) []trials.Summary {
	out := make([]trials.Summary, len(figures))
	for i := range out {
		out[i] = trials.Summarize(rows, c.name, sets, i)
	}
	return out
}

// beside is the mean difference of a choice's accuracy to that of the plain loss, in pairs of the same set and seed, and its p-value by
// Wilcoxon's signed ranks.
func beside(rows []trials.Row, name string, sets []string) (mean, p float64) {
	plain := map[trials.Run]float64{}
	for _, r := range rows {
		if r.Variant == contrast {
			plain[trials.Run{Set: r.Set, Seed: r.Seed}] = r.Figures[accuracy]
		}
	}
	var differences []float64
	for _, r := range rows {
		if base, ok := plain[trials.Run{Set: r.Set, Seed: r.Seed}]; ok && r.Variant == name {
			differences = append(differences, r.Figures[accuracy]-base)
		}
	}
	mean, _ = trials.Moments(differences)
	return mean, evaluate.Wilcoxon(differences)
}

func number(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("%.3f", v)
}

// draw shows for each choice the alignment, p+ and the accuracy; the line is the plain loss.
func draw(path string, rows []trials.Row, sets []string) error {
	panels := []report.IntervalPanel{{Label: "alignment: |a - b|² of pairs"}, {Label: "p+"}, {Label: "1-NN"}}
	var names []string
	for k, i := range []int{0, 2, accuracy} {
		panels[k].Mark = trials.Summarize(rows, contrast, sets, i).Mean
		for _, c := range choices {
			s := trials.Summarize(rows, c.name, sets, i)
			if len(s.Seeds) == 0 {
				continue
			}
			panels[k].Rows = append(panels[k].Rows, s.Seeds)
			if k == 0 {
				names = append(names, c.name)
			}
		}
	}
	return report.Intervals(path, "Does contrast let the views of a sample drift apart?", "mean and standard deviation over seeds; a small point is a seed, the line is contrast alone", names, panels)
}
