package suite

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/internal/settings"
	"github.com/wavekin/wavekin/train"
)

// Table is one measure by set and way of learning.
type Table struct {
	// Title says what is measured, Measure is its key in JSON.
	Title, Measure string
	// Sets are the lines and Columns the ways of learning, in the order of the rows.
	Sets, Columns []string

	cells map[[2]string][]seeded
}

// seeded is the result of one seed.
type seeded struct {
	seed  uint64
	value float64
}

// Mean is the mean of a column over the sets that no column lacks.
type Mean struct {
	Measure string  `json:"measure"`
	Column  string  `json:"column"`
	Mean    float64 `json:"mean"`
	Sets    int     `json:"sets"`
}

// Label names what was compared: the method with its settings, and where encoder is true the encoder as well.
func (r Row) Label(encoder bool) string {
	switch {
	case r.Method == Raw && r.Suite == "images":
		return "raw pixels"
	case r.Method == Raw && r.Classified != nil:
		return "raw 1-NN Euclid"
	case r.Method == RawWindow:
		return "raw, z-scored windows"
	case r.Encoder == "":
		return r.Method
	case encoder:
		return settings.Choice(r.Method, r.MethodSettings) + " " + r.encoderText()
	}
	return settings.Choice(r.Method, r.MethodSettings)
}

func (r Row) encoderText() string { return settings.Choice(r.Encoder, r.EncoderSettings) }

// Tables lays out rows of one suite: VUS-PR for anomalies, the accuracies of the neighbours and of the other probes for classes.
func Tables(rows []Row) []*Table {
	vus := &Table{Title: "VUS-PR of every time stamp", Measure: "vus_pr"}
	nearest := &Table{Title: "accuracy of the nearest neighbour", Measure: "accuracy"}
	linear := &Table{Title: "accuracy of the linear probe", Measure: "linear_accuracy"}
	ridge := &Table{Title: "accuracy of the ridge probe", Measure: "ridge_accuracy"}
	encoders := map[string]bool{}
	for _, r := range rows {
		if r.Encoder != "" {
			encoders[r.encoderText()] = true
		}
	}
	recipes := distinguish(rows)
	for i, r := range rows {
		name := r.Label(len(encoders) > 1) + recipes[i]
		switch {
		case r.Ranked != nil:
			vus.put(r.Set, name, r.Seed, r.VUSPR)
			if r.Prediction != nil {
				vus.put(r.Set, name+", errors of prediction", r.Seed, r.Prediction.VUSPR)
			}
		case r.Classified != nil:
			if r.Suite == "images" {
				nearest.Title = "accuracy of the nearest neighbours (weighted vote)"
			}
			nearest.put(r.Set, name, r.Seed, r.Accuracy)
			if r.Linear != nil {
				linear.put(r.Set, name, r.Seed, *r.Linear)
			}
			if r.Ridge != nil {
				ridge.put(r.Set, name, r.Seed, *r.Ridge)
			}
		}
	}
	return slices.DeleteFunc([]*Table{vus, nearest, linear, ridge}, func(t *Table) bool { return len(t.Sets) == 0 })
}

// distinguish says of rows that have one label and were trained in several ways what is different about each, as in " lr=0.1".
func distinguish(rows []Row) []string {
	first := map[string]train.Settings{}
	differing := map[string]map[string]bool{}
	for _, r := range rows {
		label, recipe := r.Label(true), r.Recipe.Without("seed", "window", "stride") // which the data decide
		if was, ok := first[label]; !ok {
			first[label], differing[label] = recipe, map[string]bool{}
		} else {
			for _, c := range train.Changes(was, recipe) {
				differing[label][c.Name] = true
			}
		}
	}
	out := make([]string, len(rows))
	for i, r := range rows {
		for _, f := range train.Fields() {
			if v := r.Recipe.Value(f.Name); v != nil && differing[r.Label(true)][f.Name] {
				out[i] += fmt.Sprintf(" %s=%v", f.Name, v)
			}
		}
	}
	return out
}

func (t *Table) put(set, column string, seed uint64, v float64) {
	if t.cells == nil {
		t.cells = map[[2]string][]seeded{}
	}
	if !slices.Contains(t.Sets, set) {
		t.Sets = append(t.Sets, set)
	}
	if !slices.Contains(t.Columns, column) {
		t.Columns = append(t.Columns, column)
	}
	at := [2]string{set, column}
	t.cells[at] = append(t.cells[at], seeded{seed, v})
}

// Cell is the mean over seeds; ok tells whether there is one.
func (t *Table) Cell(set, column string) (mean float64, ok bool) {
	values := t.cells[[2]string{set, column}]
	for _, v := range values {
		mean += v.value / float64(len(values))
	}
	return mean, len(values) > 0
}

// complete are the sets that no column lacks.
func (t *Table) complete() []string {
	lacks := func(s string) bool {
		return slices.ContainsFunc(t.Columns, func(c string) bool { return len(t.cells[[2]string{s, c}]) == 0 })
	}
	return slices.DeleteFunc(slices.Clone(t.Sets), lacks)
}

// Means are over the sets that no column lacks, so that they can be compared.
func (t *Table) Means() []Mean {
	out := make([]Mean, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = Mean{Measure: t.Measure, Column: c}
	}
	for _, s := range t.complete() {
		for i, c := range t.Columns {
			v, _ := t.Cell(s, c)
			out[i].Mean += v
			out[i].Sets++
		}
	}
	for i := range out {
		if out[i].Sets > 0 {
			out[i].Mean /= float64(out[i].Sets)
		}
	}
	return out
}

// Pair compares two columns set by set.
type Pair struct {
	Measure string `json:"measure"`
	// A and B are the columns; Difference is the mean of A less B over the sets that have both.
	A          string  `json:"a"`
	B          string  `json:"b"`
	Difference float64 `json:"difference"`
	// Better, Equal and Worse count the sets by A's result.
	Better int `json:"better"`
	Equal  int `json:"equal"`
	Worse  int `json:"worse"`
	// P is the p-value of Wilcoxon's signed-rank test.
	P float64 `json:"p"`
}

// rounding is how far apart means of seeds may be by their last bits: those of equal accuracies are a tie.
const rounding = 1e-9

// Pairs compares each column with each one before it.
func (t *Table) Pairs() []Pair {
	var out []Pair
	for i, a := range t.Columns {
		for _, b := range t.Columns[:i] {
			p := Pair{Measure: t.Measure, A: a, B: b}
			var all []float64
			for _, s := range t.Sets {
				x, ok := t.Cell(s, a)
				y, both := t.Cell(s, b)
				if !ok || !both {
					continue
				}
				d := math.Round((x-y)/rounding) * rounding
				all = append(all, d)
				switch {
				case d > 0:
					p.Better++
				case d < 0:
					p.Worse++
				default:
					p.Equal++
				}
			}
			for _, d := range all {
				p.Difference += d / float64(len(all))
			}
			if p.P = evaluate.Wilcoxon(all); len(all) > 0 {
				out = append(out, p)
			}
		}
	}
	return out
}

// fewestPaired is the least number of sets of which pairs are printed: with fewer, the smallest p-value is above 0.05.
const fewestPaired = 6

// renderPairs writes the paired comparisons as text.
func (t *Table) renderPairs(w io.Writer) error {
	if len(t.Sets) < fewestPaired || len(t.Columns) < 2 {
		return nil
	}
	if _, err := fmt.Fprintf(w, "\n%s, in pairs (p-value: Wilcoxon's signed ranks over sets)\n", t.Title); err != nil {
		return err
	}
	table := report.Table{Header: []string{"", "less", "difference", "better", "equal", "worse", "p-value"}}
	for _, p := range t.Pairs() {
		table.Rows = append(table.Rows, []string{p.A, p.B, fmt.Sprintf("%+.3f", p.Difference), fmt.Sprint(p.Better), fmt.Sprint(p.Equal), fmt.Sprint(p.Worse), fmt.Sprintf("%.2g", p.P)})
	}
	return table.Render(w)
}

// spread is the mean of a column over the sets that no column lacks, of the seed with the lowest and of that with the highest; ok
// tells whether there are several seeds.
func (t *Table) spread(column string) (lowest, highest float64, ok bool) {
	sums, counts := map[uint64]float64{}, map[uint64]int{}
	sets := t.complete()
	for _, s := range sets {
		for _, v := range t.cells[[2]string{s, column}] {
			sums[v.seed] += v.value
			counts[v.seed]++
		}
	}
	var means []float64
	for seed, n := range counts {
		if n == len(sets) {
			means = append(means, sums[seed]/float64(n))
		}
	}
	if len(means) < 2 {
		return 0, 0, false
	}
	return slices.Min(means), slices.Max(means), true
}

// Render writes the table as text, with its title, a line of means and, of several seeds, their spread, and below it paired
// comparisons of its columns. A table that is too wide for a screen lies on its side where that is narrower.
func (t *Table) Render(w io.Writer) error {
	if _, err := fmt.Fprintln(w, t.Title); err != nil {
		return err
	}
	lines := [][]string{append([]string{"set"}, t.Columns...)}
	for _, s := range t.Sets {
		line := []string{s}
		for _, c := range t.Columns {
			v, ok := t.Cell(s, c)
			line = append(line, figure(v, ok))
		}
		lines = append(lines, line)
	}
	last := []string{fmt.Sprintf("mean over %d", len(t.complete()))}
	for _, m := range t.Means() {
		last = append(last, figure(m.Mean, m.Sets > 0))
	}
	lowest, highest, seeds := []string{"lowest seed"}, []string{"highest seed"}, false
	for _, c := range t.Columns {
		low, high, ok := t.spread(c)
		lowest, highest, seeds = append(lowest, figure(low, ok)), append(highest, figure(high, ok)), seeds || ok
	}
	if lines = append(lines, last); seeds {
		lines = append(lines, lowest, highest)
	}
	const screen = 120
	if across := transposed(lines); width(lines) > screen && width(across) < width(lines) {
		across[0][0], lines = "", across
	}
	return errors.Join(report.Table{Header: lines[0], Rows: lines[1:]}.Render(w), t.renderPairs(w))
}

// figure writes a result, or a dash.
func figure(v float64, ok bool) string {
	if !ok {
		return "-"
	}
	return fmt.Sprintf("%.3f", v)
}

// transposed makes columns of lines.
func transposed(lines [][]string) [][]string {
	out := make([][]string, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			out[i] = append(out[i], cell)
		}
	}
	return out
}

// width is the number of characters in a line of a table, with two between columns.
func width(lines [][]string) int {
	all := 0
	for _, column := range transposed(lines) {
		widest := 0
		for _, cell := range column {
			widest = max(widest, utf8.RuneCountInString(cell))
		}
		all += widest + 2
	}
	return all
}
