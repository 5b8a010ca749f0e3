package cli

import (
	"time"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// embedTable is the output of embed for series.
type embedTable struct {
	timedTable
	dim int // of an encoding
}

// table is that of encodings of m at a path.
func (c *embedCmd) table(e *env, m *model.Model, path string) *embedTable {
	about := func(cols []datasets.Column) (map[string]string, error) { return c.about(e, m, cols) }
	return &embedTable{timedTable{path: path, about: about, delay: c.waiting()}, m.Dim()}
}

// begin makes the table on first use.
func (t *embedTable) begin(times stamps, zone *time.Location) error {
	return t.timedTable.begin(times, zone, func(stamp func(name string) datasets.Column) []datasets.Column {
		cols := []datasets.Column{{Name: "series", Type: datasets.String}, {Name: "start", Type: datasets.Int64}, {Name: "end", Type: datasets.Int64}}
		if times != noTimes {
			cols = append(cols, stamp("start_time"), stamp("end_time"))
		}
		return append(cols, datasets.Column{Name: "label", Type: datasets.String}, datasets.Column{Name: "embedding", Type: datasets.Vector, Dim: t.dim})
	})
}

// add adds the row of a window.
func (t *embedTable) add(w *series.Window, encoding []float32) error {
	if err := t.begin(timesOf(w.Times), w.Zone); err != nil {
		return err
	}
	if t.times == noTimes {
		return t.w.Append(w.Series, int64(w.Start), int64(w.End), w.Label, encoding)
	}
	return t.w.Append(w.Series, int64(w.Start), int64(w.End), w.StartTime, w.EndTime, w.Label, encoding)
}

// complete makes a table without rows where no input had a window.
func (t *embedTable) complete() error {
	if t.w != nil {
		return nil
	}
	return t.begin(noTimes, nil)
}
