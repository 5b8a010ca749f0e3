package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strings"

	"github.com/wavekin/wavekin/internal/report"
)

// result is the result of one run.
type result struct {
	Side    string `json:"side"`
	Library string `json:"library"`
	Method  string `json:"method"`
	Seed    int    `json:"seed"`
	Steps   int    `json:"steps"`
	// Accuracy is that of the nearest neighbours.
	Accuracy float64 `json:"accuracy"`
	// FirstLoss and Loss are means over the first and the last tenth of the steps.
	FirstLoss float64 `json:"first_loss"`
	Loss      float64 `json:"loss"`
	Seconds   float64 `json:"seconds"`
}

// results are runs in the order in which they were done.
type results []result

// find returns the run of a side, or nil where it has not been done.
func (rs results) find(side, method string, seed int) *result {
	for i, r := range rs {
		if r.Side == side && r.Method == method && r.Seed == seed {
			return &rs[i]
		}
	}
	return nil
}

// of lists the runs of a method on a side.
func (rs results) of(side, method string) []result {
	var out []result
	for _, r := range rs {
		if r.Side == side && r.Method == method {
			out = append(out, r)
		}
	}
	return out
}

// parse reads one run.
func parse(line string) (result, error) {
	var r result
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		return r, fmt.Errorf("want a run as JSON, found %q: %w", line, err)
	}
	if r.Side == "" || r.Method == "" || !(r.Accuracy >= 0 && r.Accuracy <= 1) {
		return r, fmt.Errorf("want a run's side, method and accuracy, found %q", line)
	}
	return r, nil
}

// read reads the runs of a file, which need not be there.
func read(path string) (results, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out results
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if line == "" {
			continue
		}
		r, err := parse(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
		out = append(out, r)
	}
	return out, nil
}

// keep adds a run to the file.
func keep(path string, r result) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// mean is the mean accuracy in points, NaN where there are no runs.
func mean(rs []result) float64 {
	sum := 0.0
	for _, r := range rs {
		sum += 100 * r.Accuracy
	}
	return sum / float64(len(rs))
}

// each lists accuracies in points, seed by seed.
func each(rs []result) string {
	var out []string
	for _, r := range rs {
		out = append(out, fmt.Sprintf("%.1f", 100*r.Accuracy))
	}
	return strings.Join(out, " ")
}

// render writes a row for each method that both sides have run.
func render(w io.Writer, r recipe, all results) error {
	t := report.Table{Header: []string{"method", "lightly kNN %", "by seed", "wavekin kNN %", "by seed", "difference"}}
	for _, s := range append([]system{{Method: untrained}}, r.Systems...) {
		theirs, ours := all.of("peer", s.Method), all.of("wavekin", s.Method)
		if len(theirs)+len(ours) == 0 {
			continue
		}
		row := []string{s.Method, figure("%.1f", mean(theirs)), each(theirs), figure("%.1f", mean(ours)), each(ours), figure("%+.1f", mean(ours)-mean(theirs))}
		t.Rows = append(t.Rows, row)
	}
	return t.Render(w)
}

// figure prints what there is.
func figure(format string, v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return fmt.Sprintf(format, v)
}

// short is an error where wavekin falls short of the library by more than margin points in the mean.
func short(r recipe, all results, margin float64) error {
	var out []string
	for _, s := range r.Systems {
		if d := mean(all.of("wavekin", s.Method)) - mean(all.of("peer", s.Method)); d < -margin {
			out = append(out, fmt.Sprintf("%s by %.1f", s.Method, -d))
		}
	}
	if out == nil {
		return nil
	}
	return fmt.Errorf("wavekin falls short by more than %g points: %s", margin, strings.Join(out, ", "))
}
