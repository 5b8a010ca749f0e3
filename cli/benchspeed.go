package cli

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/evaluate/speed"
	"github.com/wavekin/wavekin/evaluate/suite"
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/train"
)

const (
	speedEncoders = "conv,transformer,resnet18,vit-tiny"
	// speedRuns and speedSeconds are how many runs of a task are measured, and for how long, at least.
	speedRuns, speedSeconds = 5, 2.0
	// profileRuns is how many runs the times of operations are means of.
	profileRuns = 3
)

// speedRow is an encoder with so many threads; times are medians in milliseconds.
type speedRow struct {
	Encoder    string  `json:"encoder"`
	Parameters int     `json:"parameters"`
	Shape      []int   `json:"shape"`
	Batch      int     `json:"batch"`
	Precision  string  `json:"precision"`
	Threads    int     `json:"threads"`
	Step       float64 `json:"step_ms"`
	Encode     float64 `json:"encode_ms"`
	// StepSpread and EncodeSpread are the least and the most.
	StepSpread   [2]float64 `json:"step_ms_spread"`
	EncodeSpread [2]float64 `json:"encode_ms_spread"`
	// Operations are those of a step.
	Operations []nn.Cost `json:"operations"`
	// Ceiling is what the machine does at most with as many threads.
	Ceiling speed.Ceiling `json:"ceiling"`
}

// speedResult is what `wavekin bench speed --json` prints.
type speedResult struct {
	Machine string     `json:"machine"`
	Rows    []speedRow `json:"rows"`
}

// speed measures steps and encodings.
func (c *benchCmd) speed(e *env) error {
	if c.Data != "" || c.Out != "" || len(c.Configs) > 0 || len(c.Sets) > 0 {
		return usagef("bench speed makes its own samples; --data, --sets, --configs and --out are for the other suites")
	}
	works, err := c.workloads(e)
	if err != nil {
		return err
	}
	threads := []int{1, runtime.GOMAXPROCS(0)}
	if e.cli.Threads > 0 {
		threads = []int{e.cli.Threads}
	}
	threads = slices.Compact(threads)
	defer train.SetThreads(e.cli.Threads)
	atLeast := time.Duration(cmp.Or(c.Seconds, speedSeconds) * float64(time.Second))
	bar := e.progress("measuring")
	defer bar.Done()
	out := speedResult{Machine: fmt.Sprintf("%s/%s, %s, %s", runtime.GOOS, runtime.GOARCH, kernel.ISA(), plural.Of(runtime.GOMAXPROCS(0), "thread"))}
	for i, w := range works {
		for j, n := range threads {
			bar.Set(i*len(threads)+j, len(works)*len(threads), w.Encoder.Name())
			train.SetThreads(n)
			row, err := timed(e, w, atLeast)
			if err != nil {
				return fmt.Errorf("%s: %w", w.Encoder.Name(), err)
			}
			row.Threads = n
			out.Rows = append(out.Rows, row)
		}
	}
	bar.Done()
	return e.result(out, func(w io.Writer) error { return out.print(w) })
}

// workloads are the encoders with their samples.
func (c *benchCmd) workloads(e *env) ([]speed.Workload, error) {
	own, err := c.recipeFlags.settings(e)
	if err != nil {
		return nil, usageError{err}
	}
	list := c.Encoders
	if list == "" {
		list = speedEncoders
	}
	t, err := suite.Choice{Suite: "classify", Encoders: list, Settings: own, Seeds: 1}.Training()
	if err != nil {
		return nil, usageError{err}
	}
	precision, err := nn.ParsePrecision(t.Config.Precision)
	if err != nil {
		return nil, usageError{err}
	}
	var out []speed.Workload
	for _, enc := range t.Encoders {
		shape := []int{max(1, len(c.inputFlags.Channels)), cmp.Or(t.Config.Window, 256)}
		if encoders.Axes(enc) == 2 {
			side := cmp.Or(t.Config.Size, 32)
			shape = []int{3, side, side}
		}
		out = append(out, speed.Workload{Encoder: enc, Shape: shape, Batch: 2 * cmp.Or(t.Config.Batch, 16), Precision: precision})
	}
	return out, nil
}

// timed measures one encoder with the present number of threads.
func timed(e *env, w speed.Workload, atLeast time.Duration) (speedRow, error) {
	row := speedRow{Encoder: w.Encoder.Name(), Shape: w.Shape, Batch: w.Batch, Precision: w.Precision.String()}
	step, err := w.Step()
	if err != nil {
		return row, err
	}
	row.Parameters = step.Parameters
	row.Ceiling = speed.Ceilings(w.Precision)
	took, err := step.Measure(e.ctx, speedRuns, atLeast)
	if err != nil {
		return row, err
	}
	row.Step, row.StepSpread = 1e3*took.Median, [2]float64{1e3 * took.Least, 1e3 * took.Most}
	if row.Operations, err = step.Profile(profileRuns); err != nil {
		return row, err
	}
	encode, err := w.Encode()
	if err != nil {
		return row, err
	}
	if took, err = encode.Measure(e.ctx, speedRuns, atLeast); err != nil {
		return row, err
	}
	row.Encode, row.EncodeSpread = 1e3*took.Median, [2]float64{1e3 * took.Least, 1e3 * took.Most}
	return row, nil
}

// print shows all rows, then where the time of each encoder's step goes.
func (r speedResult) print(w io.Writer) error {
	fmt.Fprintf(w, "%s; a step has two views of each sample, forward, backward and AdamW; medians\n", r.Machine)
	t := report.Table{Header: []string{"encoder", "parameters", "batch", "precision", "threads", "step, ms", "encoding, ms", "encodings/s"}}
	for _, s := range r.Rows {
		t.Rows = append(t.Rows, []string{s.Encoder, fmt.Sprint(s.Parameters), shapeOf(s.Batch, s.Shape), s.Precision, fmt.Sprint(s.Threads),
			fmt.Sprintf("%.1f", s.Step), fmt.Sprintf("%.1f", s.Encode), fmt.Sprintf("%.0f", 1e3*float64(s.Batch)/s.Encode)})
	}
	if err := t.Render(w); err != nil {
		return err
	}
	for i, s := range r.Rows {
		if i+1 < len(r.Rows) && r.Rows[i+1].Encoder == s.Encoder && slices.Equal(r.Rows[i+1].Shape, s.Shape) && r.Rows[i+1].Threads > s.Threads {
			continue // those of most threads are shown
		}
		if err := s.operations(w); err != nil {
			return err
		}
	}
	return nil
}

// operations shows where the time of a step goes: those with at least a hundredth of it, and the rest.
func (s speedRow) operations(w io.Writer) error {
	fmt.Fprintf(w, "\nA step of %s by operations, with %d thread(s). The machine multiplies matrices at %.0f GFLOP/s (%s) and copies at %.1f GB/s.\n",
		s.Encoder, s.Threads, s.Ceiling.Flops/1e9, s.Precision, s.Ceiling.Bytes/1e9)
	var total float64
	for _, o := range s.Operations {
		total += o.Seconds
	}
	t := report.Table{Header: []string{"operation", "calls", "ms", "share", "GFLOP/s", "of product", "GB/s", "of copy"}}
	rest := nn.Cost{Name: "others"}
	for _, o := range s.Operations {
		if o.Seconds < total/100 {
			rest.Calls, rest.Seconds = rest.Calls+o.Calls, rest.Seconds+o.Seconds
			continue
		}
		line := []string{o.Name, fmt.Sprint(o.Calls), fmt.Sprintf("%.2f", 1e3*o.Seconds), fmt.Sprintf("%.0f %%", 100*o.Seconds/total), "", "", "", ""}
		if o.Flops > 0 {
			line[4], line[5] = fmt.Sprintf("%.1f", o.Flops/o.Seconds/1e9), fmt.Sprintf("%.0f %%", 100*o.Flops/o.Seconds/s.Ceiling.Flops)
		} else {
			line[6], line[7] = fmt.Sprintf("%.1f", o.Bytes/o.Seconds/1e9), fmt.Sprintf("%.0f %%", 100*o.Bytes/o.Seconds/s.Ceiling.Bytes)
		}
		t.Rows = append(t.Rows, line)
	}
	if rest.Calls > 0 {
		t.Rows = append(t.Rows, []string{rest.Name, fmt.Sprint(rest.Calls), fmt.Sprintf("%.2f", 1e3*rest.Seconds), fmt.Sprintf("%.0f %%", 100*rest.Seconds/total), "", "", "", ""})
	}
	return t.Render(w)
}

// shapeOf writes a batch such as 32 x 1 x 256.
func shapeOf(batch int, shape []int) string {
	text := fmt.Sprint(batch)
	for _, n := range shape {
		text += fmt.Sprint(" x ", n)
	}
	return text
}
