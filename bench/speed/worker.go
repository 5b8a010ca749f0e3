package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/wavekin/wavekin/bench/clock"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/evaluate/speed"
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/nn"
)

// workload is a network and the shape of its samples: channels, and time stamps or rows and columns.
type workload struct {
	encoder encoders.Encoder
	shape   []int
}

// workloads are the networks that torch_step.py has under the same names.
var workloads = map[string]workload{
	"conv6":           {encoders.Conv{Width: 64, Depth: 6, Out: 320, Kernel: 3}, []int{1, 256}},
	"conv10":          {encoders.Conv{Width: 64, Depth: 10, Out: 320, Kernel: 3}, []int{1, 256}},
	"transformer":     {encoders.Transformer{Width: 128, Depth: 4, Heads: 4, Patch: 1, Hidden: 512}, []int{1, 128}},
	"resnet18":        {imageenc.ResNet18{}, []int{3, 32, 32}},
	"resnet18-narrow": {imageenc.ResNet18{Width: 16}, []int{3, 32, 32}},
	"vit-tiny":        {imageenc.ViTTiny{Patch: 4}, []int{3, 32, 32}},
}

// images tells whether the samples are images.
func (w workload) images() bool { return len(w.shape) == 3 }

// batch is the number of samples that a task's time is that of.
func (w workload) batch(task string) int {
	switch {
	case task == "pipeline":
		return pipelineBatch
	case w.images():
		return imageBatch
	case task == "encode":
		return encodeBatch
	}
	return stepBatch
}

// The settings of both sides: torch_step.py has the same.
const (
	temperature = 0.2 // of the pipeline; that of a step is the same (evaluate/speed)
	stepBatch   = 32
	encodeBatch = 64
	imageBatch  = 128
)

// job is a task that is ready to run: the next step or batch, and the number of weights that take part.
type job struct {
	next       func() (float32, error)
	parameters int
	precision  nn.Precision
}

// tasks are what is measured.
var tasks = map[string]func(w workload, batch int, p nn.Precision) (job, error){"step": stepper, "encode": encoder, "pipeline": pipeline}

// ready is the first line of a worker.
type ready struct {
	System     string  `json:"system"`
	Threads    int     `json:"threads"`
	Precision  string  `json:"precision"`
	Batch      int     `json:"batch"`
	Parameters int     `json:"parameters"`
	StartMB    float64 `json:"start_mb"`
}

// repetition is every further line: the time of one iteration, the last loss or
// encoding, allocated bytes per iteration, and the process's peak memory.
type repetition struct {
	MS      float64 `json:"ms"`
	Value   float64 `json:"value"`
	AllocMB float64 `json:"alloc_mb"`
	PeakMB  float64 `json:"peak_mb"`
}

// work is the wavekin side, in a separate process: a repetition for each line it reads.
func work(args []string, in io.Reader, out io.Writer) error {
	fs := flag.NewFlagSet("speed worker", flag.ContinueOnError)
	model := fs.String("model", "conv6", "network")
	task := fs.String("task", "step", "step, encode or pipeline")
	threads := fs.Int("threads", 1, "threads")
	iterations := fs.Int("iterations", 5, "per repetition")
	precision := fs.String("precision", "float32", "float32, bf16 or fastest")
	by := fs.String("clock", "wall", "wall or cpu")
	fs.Bool("serve", true, "wait for a line before each repetition")
	if err := fs.Parse(args); err != nil {
		return err
	}
	// One processor for one thread, so that the collector gets no second one.
	runtime.GOMAXPROCS(*threads)
	kernel.SetThreads(*threads)
	start := memoryMB("VmRSS")
	w, ok := workloads[*model]
	if !ok {
		return fmt.Errorf("no network %q", *model)
	}
	build, ok := tasks[*task]
	if !ok {
		return fmt.Errorf("no task %q", *task)
	}
	now, err := clock.New(*by)
	if err != nil {
		return err
	}
	batch := w.batch(*task)
	j, err := fastest(w, batch, *precision, build, now)
	if err != nil {
		return err
	}
	for range 3 {
		if _, err := j.next(); err != nil {
			return err
		}
	}
	enc := json.NewEncoder(out)
	if err := enc.Encode(ready{"wavekin " + kernel.ISA(), *threads, j.precision.String(), batch, j.parameters, start}); err != nil {
		return err
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		r, err := repeat(j.next, *iterations, now)
		if err != nil {
			return err
		}
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// fastest builds a task in a precision, or in the faster of all.
func fastest(w workload, batch int, precision string, build func(w workload, batch int, p nn.Precision) (job, error), now clock.Clock) (best job, err error) {
	precisions := []nn.Precision{nn.Float32, nn.BF16}
	if precision != "fastest" {
		p, err := nn.ParsePrecision(precision)
		if err != nil {
			return job{}, err
		}
		precisions = []nn.Precision{p}
	}
	var least time.Duration
	for i, p := range precisions {
		j, err := build(w, batch, p)
		if err != nil {
			return job{}, err
		}
		j.precision = p
		if len(precisions) == 1 {
			return j, nil
		}
		took, err := seconds(j.next, now)
		if err != nil {
			return job{}, err
		}
		if i == 0 || took < least {
			best, least = j, took
		}
	}
	return best, nil
}

// seconds is the time of two calls, after a first one that warms up.
func seconds(next func() (float32, error), now clock.Clock) (time.Duration, error) {
	var start time.Duration
	for i := range 3 {
		if i == 1 {
			start = now()
		}
		if _, err := next(); err != nil {
			return 0, err
		}
	}
	return now() - start, nil
}

func repeat(next func() (float32, error), iterations int, now clock.Clock) (repetition, error) {
	var before, after runtime.MemStats
	var value float32
	runtime.ReadMemStats(&before)
	start := now()
	for range iterations {
		var err error
		if value, err = next(); err != nil {
			return repetition{}, err
		}
	}
	took := now() - start
	runtime.ReadMemStats(&after)
	n := float64(iterations)
	return repetition{
		MS: took.Seconds() * 1000 / n, Value: float64(value),
		AllocMB: float64(after.TotalAlloc-before.TotalAlloc) / (1 << 20) / n, PeakMB: memoryMB("VmHWM"),
	}, nil
}

// stepper takes one training step after the other on the same batch.
func stepper(w workload, batch int, precision nn.Precision) (job, error) {
	t, err := w.batches(batch, precision).Step()
	return jobOf(t, err)
}

// encoder encodes the same batch again and again.
func encoder(w workload, batch int, precision nn.Precision) (job, error) {
	t, err := w.batches(batch, precision).Encode()
	return jobOf(t, err)
}

func (w workload) batches(n int, p nn.Precision) speed.Workload {
	return speed.Workload{Encoder: w.encoder, Shape: w.shape, Batch: n, Precision: p}
}

func jobOf(t *speed.Task, err error) (job, error) {
	if err != nil {
		return job{}, err
	}
	return job{next: t.Next, parameters: t.Parameters}, nil
}

// memoryMB reads VmHWM (the peak) or VmRSS (now) of this process; 0 where the system does not tell.
func memoryMB(field string) float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		name, rest, _ := strings.Cut(line, ":")
		if words := strings.Fields(rest); name == field && len(words) > 0 {
			kb, err := strconv.ParseFloat(words[0], 64)
			if err != nil {
				return 0
			}
			return kb / 1024
		}
	}
	return 0
}
