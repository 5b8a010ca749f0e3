package main

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/train"
)

// about is the part of a record that is no tensor: what the twin is told, and the losses that it is to come to.
type about struct {
	Method string `json:"method"`
	// Settings are the method's, by name; nothing is left to a default of wavekin's.
	Settings json.RawMessage `json:"settings"`
	Training training        `json:"training"`
	Steps    int             `json:"steps"`
	// Epoch is the number of steps of an epoch.
	Epoch int `json:"epoch"`
	// Trained names the weights that gradients move.
	Trained []string  `json:"trained"`
	Losses  []float64 `json:"losses"`
}

// recorder writes down what a run starts from, what each step sees, and where it ends.
type recorder struct {
	about
	// draws tells what the step's random numbers came to; nil where the method draws none.
	draws   func(b train.Batch) []tensorfile.Tensor
	weights []*nn.Param
	tensors []tensorfile.Tensor
}

// OnBatch keeps the views, and the weights before the first step.
func (r *recorder) OnBatch(b train.Batch) error {
	if b.Index == 0 {
		r.weights = b.Weights
		r.snapshot("start.")
		for _, p := range b.Weights {
			if p.Trainable {
				r.Trained = append(r.Trained, p.Name)
			}
		}
	}
	at := fmt.Sprintf("step%d.", b.Index)
	for i, v := range b.Views {
		r.add(fmt.Sprintf("%sview%d", at, i), b.Shapes[i], v)
	}
	r.add(at+"samples", []int{len(b.Samples)}, floats(b.Samples))
	if r.draws == nil {
		return nil
	}
	for _, t := range r.draws(b) {
		r.add(at+t.Name, t.Shape, t.Data)
	}
	return nil
}

// OnStep keeps the loss, and the weights after the last step.
func (r *recorder) OnStep(s train.Step) error {
	r.Losses = append(r.Losses, s.Loss)
	if s.Index == s.Total {
		r.snapshot("end.")
	}
	return nil
}

func (r *recorder) snapshot(prefix string) {
	for _, p := range r.weights {
		r.add(prefix+p.Name, p.Shape, p.Data)
	}
}

// add keeps a copy of a tensor.
func (r *recorder) add(name string, shape []int, data []float32) {
	r.tensors = append(r.tensors, tensorfile.Tensor{Name: name, Shape: slices.Clone(shape), Data: slices.Clone(data)})
}

// write makes the file that twins.py reads.
func (r *recorder) write(path string) error {
	text, err := json.Marshal(r.about)
	if err != nil {
		return err
	}
	return tensorfile.Write(path, map[string]string{"run": string(text)}, r.tensors)
}

// floats are whole numbers as a file of float32 holds them.
func floats(xs []int) []float32 {
	out := make([]float32, len(xs))
	for i, x := range xs {
		out[i] = float32(x)
	}
	return out
}
