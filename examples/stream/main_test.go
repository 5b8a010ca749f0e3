package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/wavekin/wavekin/cli/clitest"
	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

func TestMain(m *testing.M) {
	clitest.Main(m, func() {
		main()
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		fmt.Print(now.HeapSys) // all that the heap ever took
	})
}

// TestStreamLargerThanMemory: a program with a heap of at most 64 MiB encodes a stream of 160 MiB, to what the model makes of each window.
func TestStreamLargerThanMemory(t *testing.T) {
	const rows, chunk, window, limit = 10 << 20, 1 << 16, 512, 64 << 20
	dir := t.TempDir()
	in, out, file := filepath.Join(dir, "readings.arrows"), filepath.Join(dir, "codes.arrow"), filepath.Join(dir, "m.safetensors")
	w, err := datasets.NewWriter(in, []datasets.Column{{Name: "flow", Type: datasets.Float64}, {Name: "level", Type: datasets.Float64}})
	if err != nil {
		t.Fatal(err)
	}
	flow, level := make([]float64, chunk), make([]float64, chunk)
	var start *series.Series
	for from := 0; from < rows; from += chunk {
		for i := range flow {
			at := float64(from + i)
			flow[i], level[i] = math.Sin(at*0.1), math.Cos(at*at*1e-9)
		}
		if start == nil {
			start = &series.Series{ID: "readings", Channels: []string{"flow", "level"}, Values: [][]float64{append([]float64(nil), flow[:4096]...), append([]float64(nil), level[:4096]...)}}
		}
		if err := w.AppendColumns(datasets.Values{Float64: flow}, datasets.Values{Float64: level}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	m, _, err := train.Pretrain(context.Background(), train.Series{start}, train.Config{Method: methods.SimCLR{Hidden: 8, Out: 8}, Encoder: encoders.Conv{Width: 4, Depth: 1, Out: 4},
		Window: window, Stride: window, Batch: 4, Steps: 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Save(file); err != nil {
		t.Fatal(err)
	}

	c := clitest.Command(t, file, in, out)
	c.Env = append(c.Env, "GOMEMLIMIT=32MiB")
	text, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if heap, err := strconv.Atoi(string(text)); err != nil || heap > limit {
		t.Errorf("a heap of %s bytes for a stream of %d, want at most %d (%v)", text, 2*8*rows, limit, err)
	}

	want, err := m.Encode(context.Background(), series.Windows(start, window, window))
	if err != nil {
		t.Fatal(err)
	}
	r, err := datasets.Open(out, datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all, err := series.ReadAll(r)
	if err != nil || len(all) != rows/window {
		t.Fatalf("%d rows, %v", len(all), err)
	}
	for i, v := range want {
		if got := all[i/m.Dim()].Values[0][i%m.Dim()]; got != float64(v) {
			t.Fatalf("number %d of window %d is %g, the model says %g", i%m.Dim(), i/m.Dim(), got, v)
		}
	}
}
