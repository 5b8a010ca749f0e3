package suite

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/train"
)

// Table is one measure by set and way of learning.
type Table struct {
	// Title says what is measured, Measure is its key in JSON.
	Title, Measure string
	// Sets are the lines and Columns the ways of learning, in the order of the rows.
	Sets, Columns []string

	cells map[[2]string][]float64
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
		return r.Method + settingsText(r.MethodSettings) + " " + r.encoderText()
	}
	return r.Method + settingsText(r.MethodSettings)
}

func (r Row) encoderText() string { return r.Encoder + settingsText(r.EncoderSettings) }

// settingsText writes settings as the command line takes them.
func settingsText(settings []byte) string {
	return strings.NewReplacer("{", "(", "}", ")", ":", "=", `"`, "").Replace(string(settings))
}

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
			vus.put(r.Set, name, r.VUSPR)
			if r.Prediction != nil {
				vus.put(r.Set, name+", errors of prediction", r.Prediction.VUSPR)
			}
		case r.Classified != nil:
			if r.Suite == "images" {
				nearest.Title = "accuracy of the nearest neighbours (weighted vote)"
			}
			nearest.put(r.Set, name, r.Accuracy)
			if r.Linear != nil {
				linear.put(r.Set, name, *r.Linear)
			}
			if r.Ridge != nil {
				ridge.put(r.Set, name, *r.Ridge)
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

func (t *Table) put(set, column string, v float64) {
	if t.cells == nil {
		t.cells = map[[2]string][]float64{}
	}
	if !slices.Contains(t.Sets, set) {
		t.Sets = append(t.Sets, set)
	}
	if !slices.Contains(t.Columns, column) {
		t.Columns = append(t.Columns, column)
	}
	at := [2]string{set, column}
	t.cells[at] = append(t.cells[at], v)
}

// Cell is the mean over seeds; ok tells whether there is one.
func (t *Table) Cell(set, column string) (mean float64, ok bool) {
	values := t.cells[[2]string{set, column}]
	for _, v := range values {
		mean += v / float64(len(values))
	}
	return mean, len(values) > 0
}

// Means are over the sets that no column lacks, so that they can be compared.
func (t *Table) Means() []Mean {
	out := make([]Mean, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = Mean{Measure: t.Measure, Column: c}
	}
	for _, s := range t.Sets {
		if slices.ContainsFunc(t.Columns, func(c string) bool { return len(t.cells[[2]string{s, c}]) == 0 }) {
			continue
		}
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

// Render writes the table as text, with its title and a line of means, and below it paired comparisons of its columns.
func (t *Table) Render(w io.Writer) error {
	if _, err := fmt.Fprintln(w, t.Title); err != nil {
		return err
	}
	table := report.Table{Header: append([]string{"set"}, t.Columns...)}
	for _, s := range t.Sets {
		line := []string{s}
		for _, c := range t.Columns {
			text := "-"
			if v, ok := t.Cell(s, c); ok {
				text = fmt.Sprintf("%.3f", v)
			}
			line = append(line, text)
		}
		table.Rows = append(table.Rows, line)
	}
	last := []string{"mean"}
	for _, m := range t.Means() {
		last[0] = fmt.Sprintf("mean over %d", m.Sets)
		text := "-"
		if m.Sets > 0 {
			text = fmt.Sprintf("%.3f", m.Mean)
		}
		last = append(last, text)
	}
	table.Rows = append(table.Rows, last)
	return errors.Join(table.Render(w), t.renderPairs(w))
}
