package main

import (
	"fmt"
	"strings"

	"github.com/wavekin/wavekin/docs/trials"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/internal/report"
)

// accuracy is the place of the accuracy among the figures.
const accuracy = 4

// table is the page's first one, of the runs.
func table(rows []trials.Row, sets []string) string {
	var b strings.Builder
	b.WriteString("| loss | alignment | uniformity | p+ | margin | 1-NN | less contrast | p-value |\n|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, c := range choices {
		s := sums(rows, c, sets)
		if len(s[0].Seeds) == 0 {
			continue
		}
		fmt.Fprintf(&b, "| %s |", c.name)
		for i := range accuracy {
			fmt.Fprintf(&b, " %.2f |", s[i].Mean)
		}
		fmt.Fprintf(&b, " %.3f ± %.3f |", s[accuracy].Mean, s[accuracy].Deviation)
		if c.name == contrast {
			b.WriteString(" | |\n")
			continue
		}
		mean, p := beside(rows, c.name)
		fmt.Fprintf(&b, " %+.3f | %.2g |\n", mean, p)
	}
	return b.String()
}

// longTable is the page's second one: alignment, p+ and margin around each mark.
func longTable(rows []trials.Row, sets []string) string {
	var b strings.Builder
	b.WriteString("| loss | set |")
	for _, m := range marks {
		fmt.Fprintf(&b, " %d |", m)
	}
	b.WriteString(" 1-NN |\n|---|---|" + strings.Repeat("--:|", len(marks)+1) + "\n")
	for _, c := range longChoices {
		for _, set := range sets {
			if len(trials.Summarize(of(rows, set), c.name, []string{set}, 0).Seeds) == 0 {
				continue
			}
			fmt.Fprintf(&b, "| %s | %s |", c.name, set)
			at := func(i int) float64 { return trials.Summarize(of(rows, set), c.name, []string{set}, i).Mean }
			for k := range marks {
				fmt.Fprintf(&b, " %.2f, %.2f, %.2f |", at(3*k), at(3*k+1), at(3*k+2))
			}
			fmt.Fprintf(&b, " %.3f |\n", at(len(longFigures)-1))
		}
	}
	return b.String()
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
func beside(rows []trials.Row, name string) (mean, p float64) {
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
