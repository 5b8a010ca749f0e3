package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/internal/report"
)

// column is one of the table: a method and a measure, set by set.
type column struct {
	name    string
	values  map[string]float64
	seconds float64
}

// columns gathers rows by method, encoder and measure, in the order of their first rows.
func columns(rows []row) (out []*column) {
	at := map[string]*column{}
	for _, r := range rows {
		name := r.Method
		if r.Encoder != "" {
			if name = r.Encoder; len(r.With) > 2 {
				name += " " + string(r.With)
			}
		}
		for _, m := range []struct {
			of    string
			value *float64
		}{{"", r.Accuracy}, {", ridge", r.Ridge}, {"", r.VUSPR}} {
			if m.value == nil {
				continue
			}
			c := at[name+m.of]
			if c == nil {
				c = &column{name: name + m.of, values: map[string]float64{}}
				at[name+m.of] = c
				out = append(out, c)
			}
			c.values[r.Set] = *m.value
			c.seconds += r.Seconds
		}
	}
	return out
}

// table prints the mean of each column over the sets that all have, in halves too (every second set by name), and how one
// column compares; of rows of embed the times.
func table(rows []row, against string) (t report.Table, err error) {
	all := columns(rows)
	if len(all) == 0 {
		return times(rows)
	}
	sets := shared(all)
	if len(sets) == 0 {
		return t, fmt.Errorf("no set has rows of all methods")
	}
	best := all[0]
	for _, c := range all {
		if c.name == against || against == "" && (strings.HasPrefix(c.name, "builtin") || c.name == "fused") {
			best = c
		}
	}
	if against != "" && best.name != against {
		return t, fmt.Errorf("no rows of %q", against)
	}
	of := func(c *column) (out []float64) {
		for _, s := range sets {
			out = append(out, c.values[s])
		}
		return out
	}
	t = report.Table{Header: []string{"method", fmt.Sprintf("%d sets", len(sets)), "every second", "the others", "seconds", best.name + " better", "worse", "p"}}
	for _, c := range all {
		mean := [2]float64{}
		count := [2]float64{}
		for i, v := range of(c) {
			mean[i%2] += v
			count[i%2]++
		}
		line := []string{c.name, fmt.Sprintf("%.4f", (mean[0]+mean[1])/float64(len(sets))), fmt.Sprintf("%.4f", mean[0]/count[0]),
			fmt.Sprintf("%.4f", mean[1]/max(1, count[1])), fmt.Sprintf("%.0f", c.seconds), "", "", ""}
		if c != best {
			better, worse, differences := 0, 0, of(best)
			for i, v := range of(c) {
				differences[i] -= v
				switch {
				case differences[i] > 0:
					better++
				case differences[i] < 0:
					worse++
				}
			}
			line[5], line[6], line[7] = fmt.Sprint(better), fmt.Sprint(worse), fmt.Sprintf("%.3g", evaluate.Wilcoxon(differences))
		}
		t.Rows = append(t.Rows, line)
	}
	return t, nil
}

// shared are the sets, by name, that all columns have.
func shared(all []*column) (sets []string) {
	for set := range all[0].values {
		if !slices.ContainsFunc(all, func(c *column) bool { _, has := c.values[set]; return !has }) {
			sets = append(sets, set)
		}
	}
	slices.Sort(sets)
	return sets
}

// each is a line for every set, and one for the mean over those that all columns have.
func each(rows []row) (t report.Table, err error) {
	all := columns(rows)
	if len(all) == 0 {
		return t, fmt.Errorf("no rows")
	}
	common := shared(all)
	mean := []string{fmt.Sprintf("mean over %d", len(common))}
	names := map[string]bool{}
	t.Header = []string{"set"}
	for _, c := range all {
		t.Header = append(t.Header, c.name)
		sum := 0.0
		for set := range c.values {
			names[set] = true
		}
		for _, set := range common {
			sum += c.values[set]
		}
		mean = append(mean, fmt.Sprintf("%.3f", sum/float64(len(common))))
	}
	for _, set := range slices.Sorted(maps.Keys(names)) {
		line := []string{set}
		for _, c := range all {
			cell := ""
			if v, has := c.values[set]; has {
				cell = fmt.Sprintf("%.3f", v)
			}
			line = append(line, cell)
		}
		t.Rows = append(t.Rows, line)
	}
	t.Rows = append(t.Rows, mean)
	return t, nil
}
