// Package speed measures how long networks take on this machine, and where the time goes.
//
//	w := speed.Workload{Encoder: encoders.Conv{Width: 64, Depth: 6, Out: 320}, Shape: []int{1, 256}, Batch: 32}
//	task, err := w.Step()
//	...
//	t, err := task.Measure(ctx, 5, time.Second)
//	fmt.Println(t.Median)
//	costs, err := task.Profile(10)
//
// A step is one of SimCLR on noise: forward, backward and AdamW, without the making of views. [Ceilings] measures what the machine
// can do at most, so that shares of it can be told.
package speed

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/internal/random"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
)

// Workload is a network and the batches it is tried on.
type Workload struct {
	// Encoder is the architecture.
	Encoder encoders.Encoder
	// Shape is that of a sample: [C, T], or [C, H, W] of an image.
	Shape []int
	// Batch is the number of samples in a batch, both views of a training step together; it is even.
	Batch int
	// Precision is that of the operands of products.
	Precision nn.Precision
}

// Task is a step or an encoding that is ready to run, again and again on the same batch. It is not safe for concurrent use.
type Task struct {
	// Parameters is the number of weights that take part.
	Parameters int
	// Samples is the number of samples in a batch.
	Samples int

	prog   *nn.Program
	result *nn.Node // of an encoding
	adam   func()   // of a step
}

// The settings of a step, which do not change its time.
const (
	temperature  = 0.2
	learningRate = 1e-4
)

// Step is a training step of SimCLR without a projector: the encodings of two views, NT-Xent, all gradients and AdamW. Errors
// are those of a network that does not take the samples.
func (w Workload) Step() (*Task, error) {
	weights := nn.NewWeights(1)
	g, x, h, err := w.build(weights, true)
	if err != nil {
		return nil, err
	}
	if w.Batch%2 != 0 {
		return nil, fmt.Errorf("a step with %d samples, want two views of each", w.Batch)
	}
	t := &Task{Parameters: weights.Count(), Samples: w.Batch}
	if t.prog, err = g.Compile(methods.NTXent(nn.Normalize(h), temperature)); err != nil {
		return nil, err
	}
	params := weights.Trainable()
	first, second := zeros(params), zeros(params)
	steps := 0
	t.adam = func() {
		steps++
		for i, p := range params {
			kernel.AdamW(p.Data, p.Grad, first[i], second[i], learningRate, 0.9, 0.999, 1e-8, 0, steps)
		}
	}
	return t, t.prog.Set("x", views(x.Shape()))
}

// Encode is the encoding of a batch. Errors are as for [Workload.Step].
func (w Workload) Encode() (*Task, error) {
	weights := nn.NewWeights(1)
	g, x, h, err := w.build(weights, false)
	if err != nil {
		return nil, err
	}
	t := &Task{Parameters: weights.Count(), Samples: w.Batch, result: h}
	if t.prog, err = g.Compile(nil, h); err != nil {
		return nil, err
	}
	return t, t.prog.Set("x", views(x.Shape()))
}

// build is the network on a batch x, to encodings h.
func (w Workload) build(weights *nn.Weights, training bool) (g *nn.Graph, x, h *nn.Node, err error) {
	if w.Batch < 1 || len(w.Shape) != encoders.Axes(w.Encoder)+1 {
		return nil, nil, nil, fmt.Errorf("batches of %d samples of shape %v do not suit %s", w.Batch, w.Shape, w.Encoder.Name())
	}
	if err := encoders.CheckLength(w.Encoder, w.Shape[1:]...); err != nil {
		return nil, nil, nil, fmt.Errorf("samples: %w", err)
	}
	net, err := w.Encoder.New(weights, w.Shape[0])
	if err != nil {
		return nil, nil, nil, err
	}
	g = nn.NewGraph(training)
	g.SetPrecision(w.Precision)
	x = g.Input("x", append([]int{w.Batch}, w.Shape...)...)
	return g, x, net.Apply(x), nil
}

// Next runs it once and returns the loss, or the first number of the first encoding.
func (t *Task) Next() (float32, error) {
	if err := t.prog.Run(); err != nil {
		return 0, err
	}
	if t.result != nil {
		return t.prog.Data(t.result)[0], nil
	}
	t.adam()
	return t.prog.Loss(), nil
}

// Times are those of one run of a task, in seconds.
type Times struct {
	Least, Median, Most float64
	// Runs is how many were measured.
	Runs int
}

// Measure runs the task, after two runs that warm up, at least so many times and for at least so long. A cancelled context ends it
// with the context's error.
func (t *Task) Measure(ctx context.Context, runs int, atLeast time.Duration) (Times, error) {
	for range 2 {
		if _, err := t.Next(); err != nil {
			return Times{}, err
		}
	}
	var took []float64
	for begin := time.Now(); len(took) < max(1, runs) || time.Since(begin) < atLeast; {
		if err := ctx.Err(); err != nil {
			return Times{}, err
		}
		start := time.Now()
		if _, err := t.Next(); err != nil {
			return Times{}, err
		}
		took = append(took, time.Since(start).Seconds())
	}
	slices.Sort(took)
	return Times{took[0], middle(took), took[len(took)-1], len(took)}, nil
}

// middle is the median of sorted values.
func middle(x []float64) float64 { return (x[(len(x)-1)/2] + x[len(x)/2]) / 2 }

// Profile runs the task so many times and returns what its operations cost in one run, the longest first; that of a step has the
// optimiser's part as "adamw".
func (t *Task) Profile(runs int) ([]nn.Cost, error) {
	costs, err := t.prog.Profile(runs)
	if err != nil || t.adam == nil {
		return costs, err
	}
	start := time.Now()
	for range max(1, runs) {
		t.adam()
	}
	// Weight, gradient and both moments are read, three of them written.
	costs = append(costs, nn.Cost{Name: "adamw", Calls: 1, Seconds: time.Since(start).Seconds() / float64(max(1, runs)), Bytes: 28 * float64(t.Parameters)})
	slices.SortStableFunc(costs, func(a, b nn.Cost) int { return cmp.Compare(b.Seconds, a.Seconds) })
	return costs, nil
}

// views are two noisy views of random samples, the second views after the first.
func views(shape []int) []float32 {
	rng := random.New(1, random.View)
	n := 1
	for _, s := range shape {
		n *= s
	}
	x := make([]float32, n)
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
