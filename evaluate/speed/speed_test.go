package speed

import (
	"context"
	"errors"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/nn"
)

var small = Workload{Encoder: encoders.Conv{Width: 8, Depth: 1, Out: 8}, Shape: []int{1, 32}, Batch: 8}

// TestStepLearns: what is timed is a step: the loss falls.
func TestStepLearns(t *testing.T) {
	task, err := small.Step()
	if err != nil {
		t.Fatal(err)
	}
	first, err := task.Next()
	if err != nil {
		t.Fatal(err)
	}
	last := first
	for range 100 {
		if last, err = task.Next(); err != nil {
			t.Fatal(err)
		}
	}
	if !(last < first) || task.Parameters == 0 || task.Samples != 8 {
		t.Errorf("the loss went from %g to %g, with %d parameters on %d samples", first, last, task.Parameters, task.Samples)
	}
}

// TestMeasure: as many runs as asked for, in order, and none after the context's end.
func TestMeasure(t *testing.T) {
	for _, w := range []Workload{small, {Encoder: imageenc.ResNet18{Width: 2}, Shape: []int{3, 8, 8}, Batch: 2, Precision: nn.BF16}} {
		for _, make := range []func() (*Task, error){w.Step, w.Encode} {
			task, err := make()
			if err != nil {
				t.Fatal(err)
			}
			took, err := task.Measure(context.Background(), 5, 0)
			if err != nil || took.Runs != 5 || !(0 < took.Least && took.Least <= took.Median && took.Median <= took.Most) {
				t.Errorf("%s: %+v, %v", w.Encoder.Name(), took, err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			if _, err := task.Measure(ctx, 5, 0); !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled: %v", err)
			}
		}
	}
}

// TestProfileHasTheOptimiser: the operations of a step are those of its program and the optimiser's, of an encoding the program's.
func TestProfileHasTheOptimiser(t *testing.T) {
	step, err := small.Step()
	if err != nil {
		t.Fatal(err)
	}
	encode, err := small.Encode()
	if err != nil {
		t.Fatal(err)
	}
	calls := map[bool]map[string]int{}
	for training, task := range map[bool]*Task{true: step, false: encode} {
		costs, err := task.Profile(2)
		if err != nil {
			t.Fatal(err)
		}
		calls[training] = map[string]int{}
		for _, c := range costs {
			calls[training][c.Name] = c.Calls
		}
	}
	if s, e := calls[true], calls[false]; s["adamw"] != 1 || e["adamw"] != 0 || e["conv1d"] == 0 || s["conv1d"] != e["conv1d"] || s["conv1d.dw"] == 0 || e["conv1d.dw"] != 0 {
		t.Errorf("a step has %v, an encoding %v", s, e)
	}
}

// TestMiddle is the median by hand.
func TestMiddle(t *testing.T) {
	for _, c := range []struct {
		x    []float64
		want float64
	}{{[]float64{3}, 3}, {[]float64{1, 3}, 2}, {[]float64{1, 2, 9}, 2}} {
		if got := middle(c.x); got != c.want {
			t.Errorf("%v: %g, want %g", c.x, got, c.want)
		}
	}
}

// TestUnsuitableSamples are errors, not panics.
func TestUnsuitableSamples(t *testing.T) {
	for _, change := range []func(w *Workload){
		func(w *Workload) { w.Batch = 0 },
		func(w *Workload) { w.Batch = 7 },
		func(w *Workload) { w.Shape = []int{3, 8, 8} },
		func(w *Workload) { w.Shape = []int{1, 0} },
	} {
		w := small
		change(&w)
		if _, err := w.Step(); err == nil {
			t.Errorf("%+v was accepted", w)
		}
	}
}

// TestCeilings: both are positive, and a product reaches more operations a second than numbers can be copied.
func TestCeilings(t *testing.T) {
	c := Ceilings(nn.Float32)
	if !(c.Bytes > 0 && c.Flops > c.Bytes/8) {
		t.Errorf("%+v", c)
	}
}
