package methods

import (
	"cmp"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// SupCon takes every view of every sample of the same class as a positive (Khosla et al., 2020, eq. 2, sum outside the
// logarithm). It needs labels: it is the bound that learning without them is measured against. A sample without a label (below
// 0) has its own views as positives alone; where none has one the loss is that of SimCLR.
type SupCon struct {
	// Temperature divides the cosine similarities; 0 means 0.1.
	Temperature float64 `json:"temperature,omitempty" toml:"temperature"`
	// BaseTemperature, where not 0, multiplies the loss by Temperature/BaseTemperature, as the authors' code does with 0.07.
	BaseTemperature float64 `json:"base_temperature,omitempty" toml:"base_temperature"`
	// Hidden is the width of the projection head's inner layer, and Out the length of the projection; 0 means the length of an
	// encoding and 128.
	Hidden int `json:"hidden,omitempty" toml:"hidden"`
	Out    int `json:"out,omitempty" toml:"out"`
	// Norm stands in the projection head: "none" (the default: two linear layers with biases, as published), "batch", "layer" or
	// "group", in the middle and, with SimCLR's lack of biases, at the end.
	Norm string `json:"norm,omitempty" toml:"norm"`
}

// Name returns "supcon".
func (SupCon) Name() string { return "supcon" }

// Needs returns two views and labels.
func (SupCon) Needs() Needs { return Needs{Labels: true} }

// Preset is the trainer's own batch and rate.
func (SupCon) Preset() Preset { return Preset{Batch: 32, LR: 1e-3} }

// Head is the projector, see [Keeper].
func (m SupCon) Head(_ *nn.Weights, dim int) (string, Head) {
	h := Head{Hidden: cmp.Or(m.Hidden, dim), Out: cmp.Or(m.Out, 128), Layers: 2, Norm: cmp.Or(m.Norm, "none")}
	if h.Norm == "none" {
		h.Bias = true
	} else {
		h.Last = "affine"
	}
	return "projector", h
}

// New declares the projection head.
func (m SupCon) New(s Setup) (Objective, error) {
	tau, err := temperature(m.Temperature, 0.1)
	if err != nil {
		return nil, err
	}
	base, err := temperature(m.BaseTemperature, float64(tau))
	if err != nil {
		return nil, fmt.Errorf("supcon: base: %w", err)
	}
	if s.Labels != nil && len(s.Labels) != len(s.Samples) {
		return nil, fmt.Errorf("supcon: %d labels for %d samples", len(s.Labels), len(s.Samples))
	}
	h, err := newProjector(m, s)
	if err != nil {
		return nil, err
	}
	return &supcon{net: s.Net, head: h, tau: tau, scale: tau / base, labels: s.Labels}, nil
}

type supcon struct {
	net        encoders.Network
	head       *head
	tau, scale float32
	labels     []int
}

func (o *supcon) Build(b Batch) Loss {
	z := nn.Normalize(o.head.apply(encodeTogether(o.net, b.Views...)))
	g := z.Graph()
	rows := z.Dim(0)
	targets := make([]float32, rows*rows)
	return Loss{
		Value:      nn.Scale(SupervisedContrast(z, g.Const(targets, rows, rows), o.tau), o.scale),
		Embeddings: z,
		Before:     func(s Step) { fillPositives(targets, s.Samples, o.labels) },
	}
}

// Uniform is log(2N-1), scaled as the loss.
func (o *supcon) Uniform(n int) float64 { return float64(o.scale) * math.Log(float64(2*n-1)) }

// fillPositives writes into targets [2N, 2N] the share 1/|P(i)| at every positive of a row: the views of samples of the
// same class, itself excepted. Without labels, or with one below 0, a sample is a class of its own.
func fillPositives(targets []float32, samples, labels []int) {
	n := len(samples)
	class := func(row int) int {
		if labels == nil || labels[samples[row%n]] < 0 {
			return -1 - row%n
		}
		return labels[samples[row%n]]
	}
	clear(targets)
	for i := range 2 * n {
		row := targets[i*2*n : (i+1)*2*n]
		positives := 0
		for j := range row {
			if j != i && class(j) == class(i) {
				row[j] = 1
				positives++
			}
		}
		for j := range row {
			row[j] /= float32(max(1, positives))
		}
	}
}

// SupervisedContrast is the mean over rows i of -Σ targets[i,p]·log( exp(sᵢₚ/τ) / Σ exp(sᵢₐ/τ) ), a running over all rows
// but i: z [M, D] are unit vectors, and a row of targets [M, M] holds 1/|P(i)| at the positives, or nothing at all.
func SupervisedContrast(z, targets *nn.Node, tau float32) *nn.Node {
	g, rows := z.Graph(), z.Dim(0)
	logits := nn.Scale(nn.MatMul(z, z, false, true), 1/tau)
	return nn.SoftCrossEntropy(nn.Add(logits, g.Const(diagonal(rows, -hidden), rows, rows)), targets)
}
