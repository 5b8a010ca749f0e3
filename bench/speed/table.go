package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/wavekin/wavekin/internal/report"
)

// render writes the table: a row for each system on each workload. Ratio is this
// system's time over wavekin's, so above 1 wavekin is faster; scaling is one
// thread's time over this row's.
func render(w io.Writer, results []result) error {
	t := report.Table{Header: []string{"workload", "threads", "system", "precision", "ms", "samples/s", "ratio", "scaling", "alloc MB", "peak MB", "at start MB"}}
	ours, single := map[string]float64{}, map[string]float64{}
	for _, r := range results {
		if strings.HasPrefix(r.Ready.System, "wavekin") {
			ours[r.key()] = r.median()
		}
		if r.Ready.Threads == 1 {
			single[r.Model+r.Task+r.Ready.System] = r.median()
		}
	}
	for _, r := range results {
		ms := r.median()
		row := []string{r.Model + " " + r.Task, fmt.Sprint(r.Ready.Threads), r.Ready.System, r.Ready.Precision, fmt.Sprintf("%.1f", ms),
			fmt.Sprintf("%.0f", float64(r.Ready.Batch)*1000/ms), "", "", "", fmt.Sprintf("%.0f", r.last().PeakMB), fmt.Sprintf("%.0f", r.Ready.StartMB)}
		if strings.HasPrefix(r.Ready.System, "wavekin") {
			row[8] = fmt.Sprintf("%.3f", r.last().AllocMB)
		} else {
			row[6] = fmt.Sprintf("%.2f", ms/ours[r.key()])
		}
		if one := single[r.Model+r.Task+r.Ready.System]; one > 0 && r.Ready.Threads > 1 {
			row[7] = fmt.Sprintf("%.2f", one/ms)
		}
		t.Rows = append(t.Rows, row)
	}
	return t.Render(w)
}

// key names what systems are compared on.
func (r result) key() string { return fmt.Sprint(r.Model, r.Task, r.Ready.Threads) }
