package main

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/imageenc"
)

func TestWorkerAnswersEachLine(t *testing.T) {
	workloads["small"] = workload{encoders.Conv{Width: 4, Depth: 1, Out: 8}, []int{1, 16}}
	workloads["small images"] = workload{imageenc.ResNet18{Width: 2}, []int{3, 8, 8}}
	defer delete(workloads, "small")
	defer delete(workloads, "small images")
	for _, c := range [][2]string{{"small", "step"}, {"small", "encode"}, {"small images", "step"}, {"small images", "pipeline"}} {
		var out bytes.Buffer
		task := c[1]
		args := []string{"--model", c[0], "--task", task, "--iterations", "2", "--serve"}
		if err := work(args, strings.NewReader("go\ngo\n"), &out); err != nil {
			t.Fatal(err)
		}
		dec := json.NewDecoder(&out)
		var first ready
		if err := dec.Decode(&first); err != nil || first.Parameters == 0 || first.Threads != 1 {
			t.Fatalf("first line %+v, %v", first, err)
		}
		for i := range 2 {
			var r repetition
			if err := dec.Decode(&r); err != nil || r.MS <= 0 || math.IsNaN(r.Value) {
				t.Errorf("%s: repetition %d is %+v, %v", task, i, r, err)
			}
		}
		if dec.More() {
			t.Error("more lines than asked for")
		}
	}
}

func TestPipelineIsOfImages(t *testing.T) {
	if err := work([]string{"--model", "conv6", "--task", "pipeline"}, strings.NewReader(""), &bytes.Buffer{}); err == nil {
		t.Error("a pipeline of series was accepted")
	}
}

func TestTable(t *testing.T) {
	row := func(system string, threads int, ms ...float64) result {
		r := result{Model: "conv6", Task: "step", Ready: ready{System: system, Threads: threads, Batch: 32}}
		for _, v := range ms {
			r.Repetitions = append(r.Repetitions, repetition{MS: v})
		}
		return r
	}
	var out bytes.Buffer
	err := render(&out, []result{row("wavekin go", 1, 300, 100, 200), row("PyTorch 0", 1, 500, 400, 300, 9000),
		row("wavekin go", 2, 125), row("PyTorch 0", 2, 250)})
	if err != nil {
		t.Fatal(err)
	}
	// Medians 200 and 450, ratio 2.25; at two threads 125 and 250, ratio 2, scaling 1.6 and 1.8.
	for _, want := range []string{"200.0", "450.0", "2.25", "2.00", "1.60", "1.80"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in\n%s", want, out.String())
		}
	}
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{{"--threads", "0"}, {"--threads", "x"}, {"--models", "none"}, {"--tasks", "swim"}, {"--reps", "0"}} {
		if _, err := parse(args); err == nil {
			t.Errorf("%v was accepted", args)
		}
	}
	o, err := parse([]string{"--python", "a", "--python", "b", "--threads", "1,4"})
	if err != nil || len(o.pythons) != 2 || len(o.threads) != 2 {
		t.Errorf("%+v, %v", o, err)
	}
}
