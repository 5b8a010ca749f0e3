package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/evaluate/suite"
	"github.com/wavekin/wavekin/internal/report"
)

// benchTable has a line per set and a column per method, each cell the mean over seeds.
type benchTable struct {
	title, measure string
	sets, columns  []string
	cells          map[[2]string][]float64
}

// benchMean is the mean of a column over the sets that have all columns.
type benchMean struct {
	Measure string  `json:"measure"`
	Column  string  `json:"column"`
	Mean    float64 `json:"mean"`
	Sets    int     `json:"sets"`
}

// label names the column of a row.
func label(r suite.Row, encoder bool) string {
	switch {
	case r.Method == suite.Raw && r.Suite == "images":
		return "raw pixels"
	case r.Method == suite.Raw && r.Classified != nil:
		return "raw 1-NN Euclid"
	case r.Method == suite.RawWindow:
		return "raw, z-scored windows"
	case r.Encoder == "":
		return r.Method
	case encoder:
		return r.Method + settingsText(r.MethodSettings) + " " + encoderText(r)
	}
	return r.Method + settingsText(r.MethodSettings)
}

func encoderText(r suite.Row) string { return r.Encoder + settingsText(r.EncoderSettings) }

// settingsText writes settings as the command line takes them.
func settingsText(settings []byte) string {
	return strings.NewReplacer("{", "(", "}", ")", ":", "=", `"`, "").Replace(string(settings))
}

// tablesOf lays the rows out.
func tablesOf(kind string, rows []suite.Row) []*benchTable {
	vus := &benchTable{title: "VUS-PR of every time stamp", measure: "vus_pr"}
	nearest := &benchTable{title: "accuracy of the nearest neighbour", measure: "accuracy"}
	linear := &benchTable{title: "accuracy of the linear probe", measure: "linear_accuracy"}
	encoders := map[string]bool{}
	for _, r := range rows {
		if r.Encoder != "" {
			encoders[encoderText(r)] = true
		}
	}
	several := len(encoders) > 1
	for _, r := range rows {
		name := label(r, several)
		switch {
		case r.Ranked != nil:
			vus.put(r.Set, name, r.VUSPR)
		case r.Classified != nil:
			nearest.put(r.Set, name, r.Accuracy)
			if r.Linear != nil {
				linear.put(r.Set, name, *r.Linear)
			}
		}
	}
	switch kind {
	case "anomaly":
		return []*benchTable{vus}
	case "images":
		nearest.title, linear.title = "kNN accuracy (weighted vote of the nearest 200, or --k)", "accuracy of the linear probe"
	}
	return []*benchTable{nearest, linear}
}

func (t *benchTable) put(set, column string, v float64) {
	if t.cells == nil {
		t.cells = map[[2]string][]float64{}
	}
	if !slices.Contains(t.sets, set) {
		t.sets = append(t.sets, set)
	}
	if !slices.Contains(t.columns, column) {
		t.columns = append(t.columns, column)
	}
	at := [2]string{set, column}
	t.cells[at] = append(t.cells[at], v)
}

// cell is the mean over seeds; ok tells whether there is one.
func (t *benchTable) cell(set, column string) (mean float64, ok bool) {
	values := t.cells[[2]string{set, column}]
	for _, v := range values {
		mean += v / float64(len(values))
	}
	return mean, len(values) > 0
}

// means are over the sets that no column lacks, so that they can be compared.
func (t *benchTable) means() []benchMean {
	out := make([]benchMean, len(t.columns))
	for i, c := range t.columns {
		out[i] = benchMean{Measure: t.measure, Column: c}
	}
	for _, s := range t.sets {
		whole := true
		for _, c := range t.columns {
			_, ok := t.cell(s, c)
			whole = whole && ok
		}
		if !whole {
			continue
		}
		for i, c := range t.columns {
			v, _ := t.cell(s, c)
			out[i].Mean += v
			out[i].Sets++
		}
	}
	for i := range out {
		out[i].Mean /= float64(max(1, out[i].Sets))
	}
	return out
}

func (t *benchTable) render(w io.Writer) error {
	table := report.Table{Header: append([]string{"set"}, t.columns...)}
	for _, s := range t.sets {
		line := []string{s}
		for _, c := range t.columns {
			text := "-"
			if v, ok := t.cell(s, c); ok {
				text = fmt.Sprintf("%.3f", v)
			}
			line = append(line, text)
		}
		table.Rows = append(table.Rows, line)
	}
	last := []string{"mean"}
	for _, m := range t.means() {
		last[0] = fmt.Sprintf("mean over %d", m.Sets)
		last = append(last, fmt.Sprintf("%.3f", m.Mean))
	}
	table.Rows = append(table.Rows, last)
	return table.Render(w)
}
