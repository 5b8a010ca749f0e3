package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
)

// workload is a network and the length of its windows.
type workload struct {
	encoder encoders.Encoder
	length  int
}

// workloads are the networks that torch_step.py has under the same names.
var workloads = map[string]workload{
	"conv6":       {encoders.Conv{Width: 64, Depth: 6, Out: 320, Kernel: 3}, 256},
	"conv10":      {encoders.Conv{Width: 64, Depth: 10, Out: 320, Kernel: 3}, 256},
	"transformer": {encoders.Transformer{Width: 128, Depth: 4, Heads: 4, Patch: 1, Hidden: 512}, 128},
}

// The settings of both sides: torch_step.py has the same.
const (
	temperature  = 0.2
	learningRate = 1e-4
	stepBatch    = 32
	encodeBatch  = 64
)

// ready is the first line of a worker.
type ready struct {
	System     string  `json:"system"`
	Threads    int     `json:"threads"`
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

// work is the wavekin side, in a process of its own: a repetition for each line it reads.
func work(args []string, in io.Reader, out io.Writer) error {
	fs := flag.NewFlagSet("speed worker", flag.ContinueOnError)
	model := fs.String("model", "conv6", "network")
	task := fs.String("task", "step", "step or encode")
	threads := fs.Int("threads", 1, "threads")
	iterations := fs.Int("iterations", 5, "per repetition")
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
	weights := nn.NewWeights(1)
	batch, build := stepBatch, stepper
	if *task == "encode" {
		batch, build = encodeBatch, encoder
	}
	next, err := build(weights, w, batch)
	if err != nil {
		return err
	}
	for range 3 {
		if _, err := next(); err != nil {
			return err
		}
	}
	enc := json.NewEncoder(out)
	if err := enc.Encode(ready{"wavekin " + kernel.ISA(), *threads, batch, weights.Count(), start}); err != nil {
		return err
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		r, err := repeat(next, *iterations)
		if err != nil {
			return err
		}
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

func repeat(next func() (float32, error), iterations int) (repetition, error) {
	var before, after runtime.MemStats
	var value float32
	runtime.ReadMemStats(&before)
	start := time.Now()
	for range iterations {
		var err error
		if value, err = next(); err != nil {
			return repetition{}, err
		}
	}
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	n := float64(iterations)
	return repetition{
		MS: took.Seconds() * 1000 / n, Value: float64(value),
		AllocMB: float64(after.TotalAlloc-before.TotalAlloc) / (1 << 20) / n, PeakMB: memoryMB("VmHWM"),
	}, nil
}

// stepper returns a function that takes one training step on the same batch.
func stepper(weights *nn.Weights, w workload, batch int) (func() (float32, error), error) {
	net, err := w.encoder.New(weights, 1)
	if err != nil {
		return nil, err
	}
	g := nn.NewGraph(true)
	x := g.Input("x", batch, 1, w.length)
	prog, err := g.Compile(methods.NTXent(nn.Normalize(net.Apply(x)), temperature))
	if err != nil {
		return nil, err
	}
	if err := prog.Set("x", views(batch, w.length)); err != nil {
		return nil, err
	}
	params := weights.Trainable()
	first, second := zeros(params), zeros(params)
	steps := 0
	return func() (float32, error) {
		if err := prog.Run(); err != nil {
			return 0, err
		}
		steps++
		for i, p := range params {
			kernel.AdamW(p.Data, p.Grad, first[i], second[i], learningRate, 0.9, 0.999, 1e-8, 0, steps)
		}
		return prog.Loss(), nil
	}, nil
}

// encoder returns a function that encodes the same batch.
func encoder(weights *nn.Weights, w workload, batch int) (func() (float32, error), error) {
	net, err := w.encoder.New(weights, 1)
	if err != nil {
		return nil, err
	}
	g := nn.NewGraph(false)
	h := net.Apply(g.Input("x", batch, 1, w.length))
	prog, err := g.Compile(nil, h)
	if err != nil {
		return nil, err
	}
	if err := prog.Set("x", views(batch, w.length)); err != nil {
		return nil, err
	}
	return func() (float32, error) {
		err := prog.Run()
		return prog.Data(h)[0], err
	}, nil
}

// views are two noisy views of random samples, [batch, 1, length], the second views behind the first.
func views(batch, length int) []float32 {
	rng := rand.New(rand.NewPCG(1, 0))
	x := make([]float32, batch*length)
	half := len(x) / 2
	for i := range half {
		v := rng.NormFloat64()
		x[i] = float32(v + 0.1*rng.NormFloat64())
		x[half+i] = float32(v + 0.1*rng.NormFloat64())
	}
	return x
}

func zeros(params []*nn.Param) [][]float32 {
	out := make([][]float32, len(params))
	for i, p := range params {
		out[i] = make([]float32, len(p.Data))
	}
	return out
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
