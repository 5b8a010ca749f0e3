// Command speed measures wavekin beside PyTorch and draws the table.
//
//	go run ./bench/speed --python python3 --python path/to/venv/bin/python
//	go run ./bench/speed --python python3 --models resnet18,vit-tiny --tasks step,encode,pipeline
//
// Networks are trained (step: forward, backward, Adam) and used for encoding
// (encode), with 1 and with 2 threads. Of series: the dilated convolutions of TS2Vec
// at depth 6 and 10 (T=256) and a Transformer of width 128 with 4 heads, 4 layers
// and one token per time stamp (T=128), on two views of 16 windows. Of images of 32
// by 32 pixels: ResNet-18 with the stem for small images, the same at a quarter of the
// width, and ViT-tiny with patches of 4, on two views of 64.
//
// The task pipeline is SimCLR end to end on images: two views by its recipe for CIFAR,
// 64 images a step, a projector, AdamW. Here that is train.Pretrain; there it is
// torchvision's transforms in a DataLoader, with that number of workers, 0 or 2, that
// was faster before the measurement (0 with one thread, which a worker would add to).
// The images are in memory on both sides, so that no disk and no decoder takes part.
// PyTorch's convolutions run in that layout of memory that was faster as well.
//
// Every system runs in a separate process, which stays alive; repetitions take
// turns, so that other load on the machine affects all of them equally. The table
// holds medians.
//
// With --clock cpu times are those of the processors that a system has had, on a machine that others use as well.
//
// Without --python only wavekin is measured. Nothing else should run meanwhile.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/wavekin/wavekin/bench/clock"
)

// options are the command's flags.
type options struct {
	pythons    []string
	script     string
	precision  string
	clock      string
	models     []string
	tasks      []string
	threads    []int
	reps       int
	iterations int
	json       string
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "speed:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) > 0 && args[0] == "worker" {
		return work(args[1:], os.Stdin, os.Stdout)
	}
	o, err := parse(args)
	if err != nil {
		return err
	}
	results, err := measureAll(o, func(line string) { fmt.Fprintln(os.Stderr, line) })
	if err != nil {
		return err
	}
	if o.json != "" {
		text, err := json.MarshalIndent(results, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.json, append(text, '\n'), 0o644); err != nil {
			return err
		}
	}
	return render(os.Stdout, results)
}

func parse(args []string) (options, error) {
	o := options{}
	fs := flag.NewFlagSet("speed", flag.ContinueOnError)
	fs.Func("python", "a Python `interpreter` that has PyTorch; may be given several times", func(s string) error {
		o.pythons = append(o.pythons, s)
		return nil
	})
	models := fs.String("models", "conv6,conv10,transformer", "networks to measure")
	todo := fs.String("tasks", "step,encode", "what to measure: step, encode, pipeline (of images only)")
	threads := fs.String("threads", "1,2", "numbers of threads")
	fs.StringVar(&o.script, "script", "bench/torch/torch_step.py", "the PyTorch side")
	fs.StringVar(&o.precision, "precision", "float32", "float32, bf16 (PyTorch's autocast) or fastest, the faster of both on either side")
	fs.StringVar(&o.clock, "clock", "wall", "wall, or cpu: the time of processors alone, for a machine that others use")
	fs.IntVar(&o.reps, "reps", 9, "repetitions of each system")
	fs.IntVar(&o.iterations, "iterations", 4, "steps or batches in a repetition")
	fs.StringVar(&o.json, "json", "", "`file` for every repetition's numbers")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	o.models, o.tasks = strings.Split(*models, ","), strings.Split(*todo, ",")
	for _, t := range strings.Split(*threads, ",") {
		n, err := strconv.Atoi(t)
		if err != nil || n < 1 {
			return o, fmt.Errorf("--threads: %q is not a number of threads", t)
		}
		o.threads = append(o.threads, n)
	}
	for _, m := range o.models {
		if _, ok := workloads[m]; !ok {
			return o, fmt.Errorf("--models: no network %q", m)
		}
	}
	for _, t := range o.tasks {
		if _, ok := tasks[t]; !ok {
			return o, fmt.Errorf("--tasks: no task %q; there are step, encode and pipeline", t)
		}
	}
	if _, err := clock.New(o.clock); err != nil {
		return o, err
	}
	if o.reps < 1 || o.iterations < 1 {
		return o, fmt.Errorf("--reps and --iterations must be at least 1")
	}
	return o, nil
}
