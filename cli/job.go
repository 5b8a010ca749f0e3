package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/imageset"
	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/internal/output"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/jobs"
	"github.com/wavekin/wavekin/model"
)

// jobFlags are those of a command that writes a table for each input into a folder.
type jobFlags struct {
	OutFormat  string `help:"Format of the tables in a folder: arrow, arrows, parquet or csv." enum:"arrow,arrows,parquet,csv" default:"arrow" placeholder:"FORMAT"`
	Plan       bool   `help:"With a folder as --out: print what would be done and why, and do nothing."`
	Shard      part   `help:"With a folder as --out: only the inputs of part I of N, from 0/N to N-1/N, by a hash of their paths; the parts may run at once on several machines." placeholder:"I/N"`
	Continuous bool   `help:"With a folder as --out: files of a folder, in the order of their names (numbers by value), are one recording that was cut; windows run from one file into the next. Hive partitions by time (day=, hour=) are cuts too."`
	Errors     string `help:"Leave rows out that cannot be used, and write them with file, row and reason to this file: .jsonl, .csv, .arrow or .parquet. Otherwise such a row fails its input." placeholder:"FILE"`
	Memory     size   `help:"Keep to so much memory, such as 512MB or 2GiB, whatever the size and number of the inputs: fewer of them at once, in shorter pieces." placeholder:"SIZE"`
	Metrics    string `help:"Write the figures of the run to this file for the textfile collector of Prometheus' node_exporter." placeholder:"FILE.prom"`
	followFlags
	OnError string `help:"After an input that fails: skip it and exit with code 4 at the end, or stop." enum:"stop,skip" default:"skip" placeholder:"HOW"`
}

// part is a shard on the command line.
type part string

// Validate refuses what is none, before any work.
func (p part) Validate() error {
	_, err := jobs.ParseShard(string(p))
	return err
}

// single refuses flags that are for folders.
func (f jobFlags) single() error {
	if f.Plan || f.Shard != "" || f.Continuous || f.OutFormat != "arrow" {
		return usagef("--plan, --shard, --continuous and --out-format go with a folder as --out; the name of a folder that is not there yet ends in /")
	}
	return nil
}

// isFolder tells whether outputs go into a folder: it is there, or its name has no ending.
func isFolder(out string) bool {
	if out == "" || out == output.Stdout {
		return false
	}
	if info, err := os.Stat(out); err == nil {
		return info.IsDir()
	}
	return filepath.Ext(out) == ""
}

// job is what a command does to each input of a folder.
type job struct {
	title, thing string // for progress, and what windows counts
	out          string
	inputs       []string
	flags        inputFlags
	m            *model.Model
	// settled is that of a seam between files, where they continue each other; completes says that outputs depend on which is the last.
	settled    func(end int) detect.Seam
	completes  bool
	continuous bool
	// beside is what is wanted beside each output, in words, if anything; gather joins these files, in the order of the inputs.
	beside string
	gather func(files []string, r *streamResult) error
	joined []string                                // the files that gather makes, "" for none
	told   func(w io.Writer, r streamResult) error // says of them, nil without them
}

// notOfOutputs are the flags that outputs do not depend on, or whose files' hashes stand for them.
var notOfOutputs = []string{"out", "plan", "shard", "on-error", "model", "normal", "reference", "seed", "threads", "json", "quiet", "verbose", "version", "help",
	"cache", "alarms", "level", "alarm-rate", "plot", "report", "episodes", "verdicts", "fdr", "retries", "metrics", "log", "follow", "settle", "delay", "memory"}

// settings adds to what outputs depend on the flags that have other values than by default.
func (e *env) settings(made jobs.Making) {
	made["command"] = e.command
	for _, f := range e.flags {
		text := settingText(f)
		if slices.Contains(notOfOutputs, f.Name) || f.Target.IsZero() || text == f.Default {
			continue
		}
		if f.Name == "errors" { // whether rows are left out counts, not where they go
			text = "given"
		}
		made["--"+f.Name] = text
	}
}

func settingText(f *kong.Flag) string {
	if f.Target.Kind() == reflect.Slice {
		return fmt.Sprintf("%q", f.Target.Interface())
	}
	return fmt.Sprint(f.Target.Interface())
}

// partitions are columns for the Hive partitions of an input. One that is called like a column of the table gets another name.
func partitions(keys []jobs.Key, cols []datasets.Column) (out []datasets.Constant) {
	taken := map[string]bool{}
	for _, c := range cols {
		taken[c.Name] = true
	}
	for _, k := range keys {
		name := k.Name
		for taken[name] {
			name = "partition_" + name
		}
		taken[name] = true
		out = append(out, datasets.Constant{Name: name, Value: strings.ToValidUTF8(k.Value, "\ufffd"), Null: k.Null})
	}
	return out
}

// run does a job, or prints its plan.
func (f jobFlags) run(e *env, j job, made jobs.Making, work func(e *env, r *input, s jobs.Step) (jobs.Table, error)) error {
	for _, p := range j.inputs {
		if p == datasets.Stdin || imageset.IsSet(p) {
			return usagef("%s is no file; a folder as --out takes files, folders, globs and lists", p)
		}
	}
	found, err := jobs.Find(j.inputs, j.out)
	if err != nil {
		return err
	}
	shard, err := jobs.ParseShard(string(f.Shard))
	if err != nil {
		return usageError{err}
	}
	for _, in := range found {
		for _, table := range j.joined {
			if sameFile(table, in.Path) || sameFile(table, filepath.Join(j.out, filepath.FromSlash(in.Place)+"."+f.OutFormat)) {
				return usagef("%s is the table of an input, or an input; give the table of all inputs another name", table)
			}
		}
	}
	e.settings(made)
	all := jobs.Job{Inputs: found, Out: j.out, Ending: "." + f.OutFormat, Made: made, Shard: shard, Beside: j.beside, Continuous: f.Continuous}
	if f.Plan {
		return printPlan(e, all)
	}
	j.continuous = f.Continuous
	m := newMeter(e, j.title, j.out, f)
	sum, err := all.Run(e.ctx, jobs.Options{Stop: f.OnError == "stop", Workers: max(1, j.flags.budget.workers), Retries: j.flags.options().Retries, Follow: f.looking(m, j),
		Note: func(text string) { e.remark("%s", text) },
		Done: func(s jobs.Step, err error, done, total int) {
			if err != nil && f.OnError != "stop" {
				e.fail(err)
			}
			m.ended(done, total, s.Path)
		},
	}, func(ctx context.Context, s jobs.Step) (jobs.Table, error) { return j.one(e, ctx, m, s, work) })
	m.bar.Done()
	return j.finish(e, m, sum, err)
}

// one reads an input and makes its output.
func (j job) one(e *env, ctx context.Context, m *meter, s jobs.Step, work func(e *env, r *input, s jobs.Step) (jobs.Table, error)) (t jobs.Table, err error) {
	here := e.with(ctx)
	list, err := j.flags.inputs(here, []string{s.Path}, j.m)
	if err != nil {
		return t, err
	}
	if j.continuous {
		if list.seam, err = newSeam(s.Path, s.Before(), j.settled); err != nil {
			return t, err
		}
		list.seam.completes, list.seam.last = j.completes, s.Last
	}
	r, err := list.open(0)
	if err != nil {
		return t, about(s.Path, err)
	}
	r.watch, r.meter = true, m
	if t, err = work(here, r, s); err == nil && r.seam != nil {
		r.seam.tell(here)
		t.Ends = j.completes
		if t.After, err = r.seam.left(r.step()); err != nil {
			err = errors.Join(err, t.Abort())
		}
	}
	if cerr := r.Close(); err == nil && cerr != nil {
		err = errors.Join(cerr, t.Abort())
	}
	if err != nil && !isWriteError(err) && ctx.Err() == nil {
		err = about(s.Path, err)
	}
	return t, err
}

// finish prints what a job has done.
func (j job) finish(e *env, m *meter, sum *jobs.Summary, err error) error {
	if sum == nil {
		return errors.Join(err, m.write(streamResult{}, false, err))
	}
	r := resultOf(m, sum)
	r.Read = e.read
	if errors.Is(err, context.Canceled) {
		err = interruption(fmt.Sprintf("interrupted; %d of %s done, the same command goes on from there", sum.Done+sum.Kept, plural.Of(sum.Inputs, "output")))
	}
	if err != nil {
		return errors.Join(err, m.write(r, false, err))
	}
	return j.tell(e, m, r, sum)
}

// resultOf is what a job has done, as it is printed.
func resultOf(m *meter, sum *jobs.Summary) streamResult {
	took := since(m.start)
	r := streamResult{Inputs: sum.Inputs, Windows: sum.Windows, Rows: sum.Rows, Seconds: took, WindowsPerSecond: float64(sum.Windows) / took,
		PeakRSS: peakRSS(), Failed: sum.Paths(), Done: &sum.Done, Kept: &sum.Kept, Unusable: m.e.bad.left()}
	for _, f := range sum.Failed {
		r.Errors = append(r.Errors, failure{f.Input, message(f.Err)})
	}
	return r
}

// tell prints the result of a job that came to its end.
func (j job) tell(e *env, m *meter, r streamResult, sum *jobs.Summary) error {
	if j.gather != nil {
		if err := j.gather(sum.Beside, &r); err != nil {
			return errors.Join(err, m.write(r, false, err))
		}
	}
	perr := e.result(r, func(w io.Writer) error { return j.print(w, r) })
	switch n := len(sum.Failed); {
	case n == 0:
	case n == sum.Inputs && !m.flags.Follow:
		perr = errors.Join(perr, allFailed{n, sum.Failed[0].Err})
	default:
		perr = errors.Join(perr, partlyError{fmt.Errorf("%d of %s failed (%s), the others are done", n, plural.Of(sum.Inputs, "input"), listOf(r.Failed))})
	}
	return errors.Join(perr, m.write(r, false, perr))
}

// print is the summary for people.
func (j job) print(w io.Writer, r streamResult) error {
	_, err := fmt.Fprintf(w, "%s: %s written, %d up to date, %d failed; %s from %s in %.1f s (%.0f %ss/s)\n", j.out, plural.Of(*r.Done, "table"), *r.Kept, len(r.Failed),
		plural.Of(r.Rows, "row"), plural.Of(r.Windows, j.thing), r.Seconds, r.WindowsPerSecond, j.thing)
	if j.told != nil {
		err = errors.Join(err, j.told(w, r))
	}
	if err != nil || len(r.Errors) == 0 {
		return err
	}
	t := report.Table{Header: []string{"failed", "why"}}
	for _, f := range r.Errors {
		t.Rows = append(t.Rows, []string{f.Input, strings.TrimPrefix(f.Error, f.Input+": ")})
	}
	return t.Render(w)
}

// planResult is what --plan prints as JSON.
type planResult struct {
	Plan []planStep `json:"plan"`
	Do   int        `json:"do"`
	Kept int        `json:"kept"`
}

// planStep is what is to be done with one input, and why.
type planStep struct {
	Input  string `json:"input"`
	Output string `json:"output"`
	Do     bool   `json:"do"`
	Why    string `json:"why"`
}

func printPlan(e *env, j jobs.Job) error {
	steps, err := j.Plan()
	if err != nil {
		return err
	}
	r := planResult{Plan: []planStep{}}
	t := report.Table{Header: []string{"input", "output", "why"}}
	for _, s := range steps {
		r.Plan = append(r.Plan, planStep{s.Path, s.Output, s.Do, s.Why})
		if !s.Do {
			r.Kept++
			continue
		}
		r.Do++
		t.Rows = append(t.Rows, []string{s.Path, s.Output, s.Why})
	}
	return e.result(r, func(w io.Writer) error {
		if len(t.Rows) > 0 {
			if err := t.Render(w); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintf(w, "%s: %s to make, %d up to date\n", j.Out, plural.Of(r.Do, "table"), r.Kept)
		return err
	})
}
