package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sort"
	"strconv"
	"time"

	"github.com/wavekin/wavekin/bench/process"
)

// result is one system on one workload.
type result struct {
	Model       string       `json:"model"`
	Task        string       `json:"task"`
	Iterations  int          `json:"iterations"`
	Ready       ready        `json:"ready"`
	Repetitions []repetition `json:"repetitions"`
}

// median returns the middle time of an iteration in ms, or the mean of the two middle ones.
func (r result) median() float64 {
	ms := make([]float64, len(r.Repetitions))
	for i, p := range r.Repetitions {
		ms[i] = p.MS
	}
	sort.Float64s(ms)
	if n := len(ms); n%2 == 0 {
		return (ms[n/2-1] + ms[n/2]) / 2
	}
	return ms[len(ms)/2]
}

// last is the repetition with the highest peak, since peaks only grow.
func (r result) last() repetition { return r.Repetitions[len(r.Repetitions)-1] }

// worker is a running process that answers a line with a repetition.
type worker struct {
	*process.Process
	lines *bufio.Scanner
}

func startWorker(name string, args ...string) (*worker, ready, error) {
	p, err := process.Start(exec.Command(name, args...))
	if err != nil {
		return nil, ready{}, err
	}
	w := &worker{p, bufio.NewScanner(p.Out)}
	var r ready
	if err := w.read(&r); err != nil {
		w.stop()
		return nil, r, fmt.Errorf("%s %v: %w", name, args, err)
	}
	return w, r, nil
}

func (w *worker) read(into any) error {
	if !w.lines.Scan() {
		if err := w.lines.Err(); err != nil {
			return err
		}
		return io.ErrUnexpectedEOF
	}
	return json.Unmarshal(w.lines.Bytes(), into)
}

func (w *worker) repeat() (r repetition, err error) {
	if _, err = io.WriteString(w.In, "go\n"); err != nil {
		return r, err
	}
	return r, w.read(&r)
}

// stop ends the process by ending its input.
func (w *worker) stop() {
	w.Close() // it has given its numbers; how it ends does not matter
}

// measureAll measures every combination, and tells of each as it starts and ends.
func measureAll(o options, tell func(string)) ([]result, error) {
	var all []result
	for _, task := range o.tasks {
		for _, model := range o.models {
			if task == "pipeline" && !workloads[model].images() {
				continue
			}
			for _, threads := range o.threads {
				tell(fmt.Sprintf("%s %s, %d thread(s)", task, model, threads))
				rs, err := measure(o, model, task, threads)
				if err != nil {
					return nil, err
				}
				for _, r := range rs {
					tell(fmt.Sprintf("  %-24s %8.1f ms", r.Ready.System+" "+r.Ready.Precision, r.median()))
				}
				all = append(all, rs...)
			}
		}
	}
	return all, nil
}

// settle is how long a system's idle threads may spin after its turn.
const settle = 250 * time.Millisecond

// measure lets wavekin and each PyTorch take turns on one workload.
func measure(o options, model, task string, threads int) ([]result, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := []string{"--model", model, "--task", task, "--threads", strconv.Itoa(threads),
		"--iterations", strconv.Itoa(o.iterations), "--precision", o.precision, "--clock", o.clock, "--serve"}
	commands := [][]string{append([]string{self, "worker"}, args...)}
	for _, p := range o.pythons {
		commands = append(commands, append([]string{p, o.script}, args...))
	}
	var workers []*worker
	defer func() {
		for _, w := range workers {
			w.stop()
		}
	}()
	results := make([]result, len(commands))
	for i, c := range commands {
		w, r, err := startWorker(c[0], c[1:]...)
		if err != nil {
			return nil, err
		}
		workers = append(workers, w)
		results[i] = result{Model: model, Task: task, Iterations: o.iterations, Ready: r}
		// Both sides must have the same weights and do the same work.
		if first := results[0].Ready; r.Parameters != first.Parameters || r.Batch != first.Batch {
			return nil, fmt.Errorf("%s: %s has %d parameters and batches of %d, %s has %d and %d", model,
				r.System, r.Parameters, r.Batch, first.System, first.Parameters, first.Batch)
		}
	}
	for range o.reps {
		for i, w := range workers {
			time.Sleep(settle)
			r, err := w.repeat()
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", results[i].Ready.System, model, err)
			}
			results[i].Repetitions = append(results[i].Repetitions, r)
		}
	}
	return results, nil
}
