package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/wavekin/wavekin/bench/process"
	"github.com/wavekin/wavekin/internal/report"
)

// result is how far a twin is from wavekin.
type result struct {
	Row, Path string
	Steps     int
	// Not says why there is nothing to compare.
	Not string
	// Losses is the largest relative difference of the losses, |a-b|/max(|b|, 1) by step, and Weights that of the tensors,
	// |a-b|/|b|; Where is the layer that has it. Moves is the largest |a-b| over how far training has moved the layer, and Rounding
	// how far the losses of the twin in single precision, some of them from weights that are moved by a unit of it, are from its own.
	Losses, Weights, Moves, Rounding float64
	Where, Error                     string
	// Untrained and Accuracy are those of the twin's encoder before and after a long run, see [outcome].
	Untrained, Accuracy float64
	// Lost says that the run was left out, since rounding had the upper hand in a shorter one.
	Lost bool
}

// compared tells whether there is something to compare.
func (r result) compared() bool { return r.Not == "" && !r.Lost }

// near is what rounding may leave of the losses and weights of a few steps.
const near = 1e-4

// lost is the rounding of the losses beyond which a longer run tells nothing.
const lost = 1e-3

// few is the number of steps up to which a difference is an error.
const few = 4

// python is the other side: it reads the path of a record on each line and answers by a line of JSON.
type python struct {
	*process.Process
	lines *bufio.Scanner
	wrong strings.Builder
}

func start(o options) (*python, error) {
	p := &python{}
	cmd := exec.Command(o.python, "-W", "ignore", o.script, "--threads", fmt.Sprint(o.threads), "--moved", fmt.Sprint(o.moved))
	cmd.Stderr = &p.wrong
	var err error
	if p.Process, err = process.Start(cmd); err != nil {
		return nil, err
	}
	p.lines = bufio.NewScanner(p.Out)
	return p, nil
}

// repeat has a record repeated and fills in what came of it.
func (p *python) repeat(file string, r *result) error {
	if _, err := fmt.Fprintln(p.In, file); err != nil {
		return errors.Join(err, p.close())
	}
	if !p.lines.Scan() {
		return p.close()
	}
	if err := json.Unmarshal(p.lines.Bytes(), r); err != nil {
		return fmt.Errorf("%q: %w", p.lines.Text(), err)
	}
	if r.Error != "" {
		return errors.New(r.Error)
	}
	return nil
}

// close ends the other side and tells what it complained of.
func (p *python) close() error {
	if err := p.Close(); err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(p.wrong.String()))
	}
	return nil
}

// render draws the table: a line for each row and path, the lengths side by side. Of a few steps it has what moved as well, of
// more what rounding alone comes to. Runs that were left out have dashes.
func render(w io.Writer, lengths []int, all []result) error {
	t := report.Table{Header: []string{"method", "path"}}
	for _, n := range lengths {
		third := "moves"
		if n > few {
			third = "rounding"
		}
		t.Header = append(t.Header, fmt.Sprintf("losses, %d", n), "weights", third)
	}
	at := map[[2]string]int{} // the line of a row and path
	for _, r := range all {
		name := [2]string{r.Row, r.Path}
		i, known := at[name]
		if !known {
			i = len(t.Rows)
			at[name], t.Rows = i, append(t.Rows, name[:])
		}
		third := r.Moves
		if r.Steps > few {
			third = r.Rounding
		}
		switch {
		case r.Lost:
			t.Rows[i] = append(t.Rows[i], "–", "–", "–")
		case r.Not == "":
			t.Rows[i] = append(t.Rows[i], fmt.Sprintf("%.0e", r.Losses), fmt.Sprintf("%.0e", r.Weights), fmt.Sprintf("%.0e", third))
		case !known:
			t.Rows[i] = append(t.Rows[i], r.Not)
		}
	}
	_, err := io.WriteString(w, t.Markdown("llr"))
	return err
}

// apart is the error that names the rows whose first steps differ.
func apart(all []result) error {
	var wrong []string
	for _, r := range all {
		if r.compared() && r.Steps <= few && !(r.Losses <= near && r.Weights <= near) {
			wrong = append(wrong, fmt.Sprintf("%s on %s (losses %.1e, weights %.1e)", r.Row, r.Path, r.Losses, r.Weights))
		}
	}
	if wrong == nil {
		return nil
	}
	return fmt.Errorf("apart by more than %g: %s", near, strings.Join(wrong, "; "))
}
