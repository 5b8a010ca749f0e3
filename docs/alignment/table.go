package main

import (
	"fmt"

	"github.com/wavekin/wavekin/docs/trials"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/internal/report"
)

// accuracy is the place of the accuracy among the figures.
const accuracy = 4

// table is the page's first one, of the runs.
func table(rows []trials.Row, sets []string) string {
	t := report.Table{Header: []string{"loss", "alignment", "uniformity", "p+", "margin", "1-NN", "less contrast", "seeds above", "p-value", "sets above"}}
	for _, c := range choices {
		s := sums(rows, c, sets)
		if len(s[0].Seeds) == 0 {
			continue
		}
		cells := []string{c.name}
		for i := range accuracy {
			cells = append(cells, fmt.Sprintf("%.2f", s[i].Mean))
		}
		cells = append(cells, fmt.Sprintf("%.3f ± %.3f", s[accuracy].Mean, s[accuracy].Deviation))
		if c.name != contrast {
			seeds, p, bySet := beside(rows, c, sets)
			mean, deviation := trials.Moments(seeds)
			cells = append(cells, fmt.Sprintf("%+.3f ± %.3f", mean, deviation), above(seeds), fmt.Sprintf("%.2g", p), above(bySet))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t.Markdown("lr")
}

// longTable is the page's second one: alignment, p+ and margin around each mark.
func longTable(rows []trials.Row, sets []string) string {
	t := report.Table{Header: []string{"loss", "set"}}
	for _, m := range marks {
		t.Header = append(t.Header, fmt.Sprint(m))
	}
	t.Header = append(t.Header, "1-NN")
	for _, c := range longChoices {
		for _, set := range sets {
			if len(trials.Summarize(of(rows, set), c.name, []string{set}, 0).Seeds) == 0 {
				continue
			}
			at := func(i int) float64 { return trials.Summarize(of(rows, set), c.name, []string{set}, i).Mean }
			cells := []string{c.name, set}
			for k := range marks {
				cells = append(cells, fmt.Sprintf("%.2f, %.2f, %.2f", at(3*k), at(3*k+1), at(3*k+2)))
			}
			t.Rows = append(t.Rows, append(cells, fmt.Sprintf("%.3f", at(len(longFigures)-1))))
		}
	}
	return t.Markdown("llr")
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

// beside tells how much more accurate a choice is than the plain loss: the differences of the means over sets, seed by seed, with the p-value
// by Wilcoxon's signed ranks, since the seeds are what was drawn, and those of each set.
func beside(rows []trials.Row, c choice, sets []string) (seeds []float64, p float64, bySet []float64) {
	one, plain := trials.Summarize(rows, c.name, sets, accuracy), trials.Summarize(rows, contrast, sets, accuracy)
	for i := range min(len(one.Seeds), len(plain.Seeds)) {
		seeds = append(seeds, one.Seeds[i]-plain.Seeds[i])
	}
	for i := range one.Sets {
		bySet = append(bySet, one.Sets[i]-plain.Sets[i])
	}
	return seeds, evaluate.Wilcoxon(seeds), bySet
}

// above is how many differences are above 0, of how many.
func above(differences []float64) string {
	n := 0
	for _, d := range differences {
		if d > 0 {
			n++
		}
	}
	return fmt.Sprintf("%d of %d", n, len(differences))
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
