package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/jobs"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/series"
)

// embedCmd is `wavekin embed`.
type embedCmd struct {
	Model     string   `help:"Model file; default builtin, the built-in encoder, which needs no training; or a file of towers for it, such as base.safetensors." placeholder:"MODEL"`
	Window    int      `help:"Length of the built-in encoder's windows in time stamps; default by the period of a long recording, else whole series." default:"0"`
	Out       string   `required:"" help:"Table to write: .arrow, .arrows, .parquet or .csv; - is an Arrow stream on standard output. A folder gets a table for each input." placeholder:"FILE|DIR"`
	Stride    int      `help:"Distance between window starts; 0 means as in training." default:"0"`
	Precision string   `enum:"float32,bf16,winograd" default:"float32" help:"Precision of the operands of convolutions, linear layers and attention; bf16 is faster on processors that have it, and changes encodings in the third digit; winograd takes convolutions of series through transforms, which is faster with AVX-512 and changes the last digits."`
	Inputs    []string `arg:"" help:"Files to encode; with a folder as --out also folders with those below, and @LIST, a file of paths."`
	layerFlag
	jobFlags
	inputFlags
}

// streamResult is what embed and score print as JSON.
type streamResult struct {
	Inputs           int      `json:"inputs"`
	Windows          int      `json:"windows"`
	Rows             int      `json:"rows"`
	WindowsPerSecond float64  `json:"windows_per_second"`
	Seconds          float64  `json:"seconds"`
	PeakRSS          int64    `json:"peak_rss_bytes"`
	Failed           []string `json:"failed"`
	// Errors says why the failed ones did. Done and Kept count the outputs of a folder that were written and that were up to date.
	Errors []failure `json:"errors,omitempty"`
	Done   *int      `json:"done,omitempty"`
	Kept   *int      `json:"kept,omitempty"`
	// Unusable counts the rows that were left out, see --errors.
	Unusable int `json:"unusable_rows,omitempty"`
	// Alarms are the most unusual stretches, where scores were made, of Episodes in all, which are Found alarms.
	Alarms   []episodeResult `json:"alarms,omitempty"`
	Found    int             `json:"alarms_found,omitempty"`
	Episodes int             `json:"episodes_found,omitempty"`
	// Verdicts are those on whole series, where they were asked for.
	Verdicts *judgement `json:"verdicts,omitempty"`
	// Read says what the inputs were read as.
	Read []*inputReading `json:"read,omitempty"`
}

// failure is an input that failed.
type failure struct {
	Input string `json:"input"`
	Error string `json:"error"`
}

// Run encodes every window of every input.
func (c *embedCmd) Run(e *env) (rerr error) {
	if c.Stride < 0 {
		return usagef("--stride is %d, want at least 1, or 0 for that of the training", c.Stride)
	}
	if err := wantsModel(c.Model, c.Inputs); err != nil {
		return err
	}
	end, err := c.prepare(e, append(c.Inputs, c.Model))
	if err != nil {
		return err
	}
	defer func() { rerr = end(rerr) }()
	if err := c.checkFollow(c.Inputs, c.Out); err != nil {
		return err
	}
	m, err := c.load(e)
	if err != nil {
		return err
	}
	precision, err := nn.ParsePrecision(c.Precision)
	if err != nil {
		return err
	}
	m.SetPrecision(precision)
	if err := c.layerFlag.set(m); err != nil {
		return err
	}
	b, err := c.divide(e, max(1, m.Settings.Channels))
	if err != nil {
		return err
	}
	c.inputFlags = c.bounded(b)
	switch {
	case isAddress(c.Out):
		return c.answer(e, m)
	case isFolder(c.Out):
		return c.job(e, m)
	}
	if err := c.single(); err != nil {
		return err
	}
	if err := e.outputs(c.Out); err != nil {
		return err
	}
	if err := checkOutputs(append(c.Inputs, c.Model), c.Out); err != nil {
		return err
	}
	if m.Settings.Image != nil {
		return c.embedImages(e, m)
	}
	out := c.table(e, m, c.Out)
	if c.Follow {
		e = e.follower()
	}
	st := newStream(e, "encoding", c.Out, c.jobFlags)
	st.stop = c.OnError == "stop"
	err = st.each(e, c.Inputs, m, c.inputFlags, func(r series.Reader) error {
		defer func() { st.rows = out.rows() }()
		return c.encode(e, m, m, r, out, &st.windows, func() { st.rows = out.rows(); st.pulse() })
	})
	if err == nil && len(st.failed) < st.inputs {
		err = out.complete()
	}
	return st.finish(e, out.w, c.Out, err)
}

// load reads the model, or makes the built-in encoder suit the inputs.
func (c *embedCmd) load(e *env) (*model.Model, error) {
	switch {
	case c.Window < 0:
		return nil, usagef("--window is %d, want at least 1, or 0 for a length by the inputs", c.Window)
	case c.isBuiltin(c.Model):
		if c.towers == "" {
			c.Model = ""
		}
		inputs := c.Inputs
		if isFolder(c.Out) {
			found, err := jobs.Find(c.Inputs, c.Out)
			if err != nil {
				return nil, err
			}
			inputs = nil
			for _, f := range found {
				inputs = append(inputs, f.Path)
			}
		}
		return c.builtinFor(e, inputs, c.Window, false, c.Follow)
	case c.Window > 0:
		return nil, usagef("--window is for the built-in encoder; %s knows its windows", c.Model)
	}
	return model.Load(c.Model)
}

// encode writes the encodings of an input's windows, and counts these.
func (c *embedCmd) encode(e *env, m *model.Model, by model.Encoder, r series.Reader, out *embedTable, windows *int, beat func()) error {
	left := leftOutOf(e, r)
	o := model.StreamOptions{Window: m.Settings.Window, Stride: cmp.Or(c.Stride, m.Settings.Stride), KeepEmpty: true, Delay: c.waiting()}
	for b, err := range model.Stream(e.ctx, by, r, o) {
		if left.short(err) {
			continue
		}
		if err != nil {
			return err
		}
		*windows += len(b.Windows)
		beat()
		for i, w := range b.Windows {
			left.count(b.Rows[i] != nil)
			if b.Rows[i] == nil {
				continue
			}
			if err := out.add(w, b.Rows[i]); err != nil {
				return err
			}
		}
	}
	return left.tell("encoding", "window", "they hold no value")
}

// job does so with a folder of outputs.
func (c *embedCmd) job(e *env, m *model.Model) error {
	if m.Settings.Image != nil {
		return usagef("encodings of images go into one table; give --out a file")
	}
	stride := cmp.Or(c.Stride, m.Settings.Stride)
	if err := c.checkContinuous(m.Settings.Window, stride); err != nil {
		return err
	}
	shared := model.NewBatcher(m)
	j := job{title: "encoding", thing: "window", out: c.Out, inputs: c.Inputs, flags: c.inputFlags, m: m,
		settled: func(end int) detect.Seam { return detect.WindowSeam(m.Settings.Window, stride, end) }}
	return c.jobFlags.run(e, j, jobs.Making{"model": m.Hash()}, func(e *env, r *input, s jobs.Step) (jobs.Table, error) {
		var t jobs.Table
		out := c.table(e, m, s.Output)
		out.keys, out.delay = s.Keys, 0
		leave := shared.Join()
		err := c.encode(e, m, shared, r, out, &t.Windows, func() {})
		if leave(); err == nil {
			err = out.complete()
		}
		if err != nil {
			return t, out.abort(err)
		}
		t.Writer, t.Rows = out.w, out.rows()
		return t, nil
	})
}

// answer encodes what connections send, and writes the encodings to them.
func (c *embedCmd) answer(e *env, m *model.Model) error {
	if err := c.single(); err != nil {
		return err
	}
	if m.Settings.Image != nil {
		return usagef("connections are read as series; %s is a model of images", c.Model)
	}
	shared := model.NewBatcher(m)
	st := newStream(e, "encoding", c.Out, c.jobFlags)
	err := c.serve(e.follower(), c.Out, st, c.inputFlags.connection(c.Out, m), func(e *env, r *input, to io.Writer) (rows, windows int, err error) {
		out := c.table(e, m, c.Out)
		out.to = to
		defer shared.Join()()
		if err = c.encode(e, m, shared, r, out, &windows, func() {}); err == nil {
			err = out.complete()
		}
		if err != nil {
			return out.rows(), windows, out.abort(err)
		}
		return out.rows(), windows, out.w.Close()
	})
	return st.served(e, c.Out, err)
}

// stream counts what a command does to several inputs, and goes on after one that fails.
type stream struct {
	*meter
	inputs, windows, rows int
	thing                 string // what windows counts
	failed                []string
	begun                 []string // inputs that failed with rows in the output already, and how many
	errs                  []error
	alarms                *ranking
	stop                  bool // at the first input that fails
}

func newStream(e *env, title, out string, f jobFlags) *stream {
	return &stream{meter: newMeter(e, title, out, f), thing: "window"}
}

// each opens every input in turn; an input's own failure is kept, a cancelled run ends it all.
func (s *stream) each(e *env, paths []string, m *model.Model, in inputFlags, f func(r series.Reader) error) error {
	list, err := in.inputs(e, paths, m)
	if err != nil {
		return err
	}
	paths = list.Files()
	s.inputs, s.total = len(paths), sizeOf(paths)
	for i, p := range paths {
		before, _ := os.Stat(p) // what cannot be read is told when it is opened
		rows, windows := s.rows, s.windows
		err := func() error {
			r, err := list.open(i)
			if err != nil {
				return err
			}
			r.watch, r.meter = true, s.meter
			if err := errors.Join(f(r), r.Close()); err != nil {
				return err
			}
			return jobs.Unchanged(p, before)
		}()
		if err := s.note(e, p, err); err != nil {
			return err
		}
		if err != nil && s.rows > rows {
			s.begun = append(s.begun, fmt.Sprintf("%s: %d", p, s.rows-rows))
		}
		if err == nil {
			e.detail("%s: %s", p, plural.Of(s.windows-windows, s.thing))
		}
		s.ended(i+1, len(paths), plural.Of(s.windows, "window"))
	}
	return nil
}

// sizeOf is how many bytes files have, as far as they are there.
func sizeOf(paths []string) (n int64) {
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() {
			n += info.Size()
		}
	}
	return n
}

// note keeps the failure of one input, to go on with the others, and returns what ends the run: its end from outside, or a
// failure of the output.
func (s *stream) note(e *env, p string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || isWriteError(err) {
		return err
	}
	if err = about(p, err); s.stop {
		return err
	}
	if s.inputs > 1 {
		e.fail(err)
	}
	s.failed = append(s.failed, p)
	s.errs = append(s.errs, err)
	return nil
}

// about names an input in its error: what goes wrong between reading and writing lies in the input, which is too short or has
// other channels.
func about(p string, err error) error {
	var named *datasets.Error
	if errors.As(err, &named) {
		return err
	}
	return &datasets.Error{File: p, Offset: -1, Err: err}
}

// files makes an input of every file of a folder or a glob, so that one of them may fail alone. What cannot be listed
// stays, to fail when it is opened.
func files(paths []string) []string {
	var all []string
	for _, p := range paths {
		found, err := datasets.Files(p)
		if err != nil {
			found = []string{p}
		}
		all = append(all, found...)
	}
	return all
}

// isWriteError tells a failure of the output, which ends the run, from one of an input.
func isWriteError(err error) bool {
	var w *datasets.WriteError
	return errors.As(err, &w)
}

// finish closes the output and prints the result.
func (s *stream) finish(e *env, out *datasets.Writer, path string, err error) error {
	s.bar.Done()
	r, err := s.end(e, out, path, err)
	return errors.Join(err, s.write(r, false, err))
}

func (s *stream) end(e *env, out *datasets.Writer, path string, err error) (streamResult, error) {
	took := since(s.start)
	r := streamResult{Inputs: s.inputs, Windows: s.windows, Rows: s.rows, Seconds: took,
		WindowsPerSecond: float64(s.windows) / took, PeakRSS: peakRSS(), Failed: append([]string{}, s.failed...), Read: e.read, Unusable: e.bad.left()}
	if err == nil && len(s.failed) == s.inputs {
		if err = s.errs[0]; s.inputs > 1 {
			err = allFailed{s.inputs, s.errs[0]}
		}
	}
	if err != nil {
		if out != nil {
			err = errors.Join(err, out.Abort())
		}
		return r, err
	}
	if out != nil {
		if err := out.Close(); err != nil {
			return r, err
		}
	}
	for i, p := range s.failed {
		r.Errors = append(r.Errors, failure{p, message(s.errs[i])})
	}
	if s.alarms != nil {
		r.Alarms, r.Found, r.Episodes, r.Verdicts = s.alarms.rows, s.alarms.alarms, s.alarms.found, s.alarms.judged
	}
	perr := e.result(r, func(w io.Writer) error {
		if out == nil {
			return errors.Join(s.alarms.print(w, r, s.thing), s.alarms.printTables(w))
		}
		_, err := fmt.Fprintf(w, "%s: %s from %s of %s in %.1f s (%.0f %ss/s)\n",
			path, plural.Of(r.Rows, "row"), plural.Of(r.Windows, s.thing), plural.Of(r.Inputs-len(r.Failed), "input"), r.Seconds, r.WindowsPerSecond, s.thing)
		if s.alarms != nil {
			err = errors.Join(err, s.alarms.printTables(w))
		}
		return err
	})
	if len(s.errs) > 0 {
		text := fmt.Sprintf("%d of %s failed (%s), the others are done", len(s.failed), plural.Of(s.inputs, "input"), listOf(s.failed))
		if len(s.begun) > 0 { // told only here, where the output is in its place
			text += fmt.Sprintf("; rows from before the failure are in the output (%s)", listOf(s.begun))
		}
		return r, errors.Join(perr, partlyError{errors.New(text)})
	}
	return r, perr
}

// allFailed says that no input is done; each one's error has been told, and the first decides the exit code.
type allFailed struct {
	inputs int
	first  error
}

// Error is one line.
func (a allFailed) Error() string {
	if a.inputs == 1 {
		return "the input failed"
	}
	return fmt.Sprintf("all %s failed", plural.Of(a.inputs, "input"))
}

// Unwrap returns the first input's error.
func (a allFailed) Unwrap() error { return a.first }
