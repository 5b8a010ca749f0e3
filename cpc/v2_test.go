package cpc

import (
	"encoding/json"
	"hash/fnv"
	"math"
	"os"
	"testing"

	"github.com/wavekin/wavekin/nn"
)

// stream is that of bench/fidelity/cpc.py: numbers of -1 to 1 by a linear congruential generator.
func stream(name string, n int) []float64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	x := h.Sum64()
	out := make([]float64, n)
	for i := range out {
		x = x*6364136223846793005 + 1442695040888963407
		out[i] = float64(x>>33)/(1<<30) - 1
	}
	return out
}

// TestLossOfTheSecondVersion: PyTorch came to these losses and gradients from the same encodings and weights, by the pseudo-code of
// Hénaff et al. (2020); bench/fidelity/cpc.py wrote testdata/cpc_v2.json.
func TestLossOfTheSecondVersion(t *testing.T) {
	text, err := os.ReadFile("testdata/cpc_v2.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Rows, Cols, Dim, Inner, Blocks, Target, Batch, First int
		Scale                                                float32
		Losses                                               []float64
		Gradients                                            map[string]float64
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	w := nn.NewWeights(1)
	x, err := ContextConfig{Inner: want.Inner, Depth: want.Blocks}.NewGrid(w.Scope("context"), want.Dim)
	if err != nil {
		t.Fatal(err)
	}
	pairs := Grid(want.Rows, want.Cols, want.First, len(want.Losses))
	pred := NewTargetPredictors(w.Scope("predictors"), x.Dim(), want.Dim, len(pairs), Target{want.Target, want.Scale})
	for _, p := range w.Trainable() {
		scale := 0.2
		if len(p.Shape) > 1 {
			scale = 2 / math.Sqrt(float64(p.Shape[1]))
		}
		for i, v := range stream(p.Name, len(p.Data)) {
			p.Data[i] = float32(scale * v)
		}
	}
	latents := make([]float32, want.Batch*want.Rows*want.Cols*want.Dim)
	for i, v := range stream("latents", len(latents)) {
		latents[i] = float32(2 * v)
	}
	// The mean over all distances, of which the gradients are, and each distance alone.
	for only := -1; only < len(pairs); only++ {
		g := nn.NewGraph(true)
		z := g.Const(latents, want.Batch, want.Rows*want.Cols, want.Dim)
		some, by := pairs, pred
		if only >= 0 {
			some, by = pairs[only:only+1], &Predictors{w: pred.w[only : only+1], target: pred.target, scale: pred.scale}
		}
		p, err := g.Compile(by.Loss(z, x.Apply(z, want.Rows, want.Cols), some, Negatives{Kind: "all"}).Value)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		if only >= 0 {
			if math.Abs(float64(p.Loss())-want.Losses[only]) > 1e-5 {
				t.Errorf("distance %d: loss %.6f, PyTorch has %.6f", want.First+only, p.Loss(), want.Losses[only])
			}
			continue
		}
		if len(w.Trainable()) != len(want.Gradients) {
			t.Errorf("%d weights, PyTorch has %d", len(w.Trainable()), len(want.Gradients))
		}
		for _, p := range w.Trainable() {
			var sum float64
			for _, v := range p.Grad {
				sum += math.Abs(float64(v))
			}
			if sum0, ok := want.Gradients[p.Name]; !ok || math.Abs(sum-sum0) > 1e-4*(1+sum0) {
				t.Errorf("%s: the gradient's absolute values add up to %.6f, PyTorch has %.6f (%v)", p.Name, sum, sum0, ok)
			}
		}
	}
}

// TestPublishedContext: without a width the context over a grid is as wide as the encodings, five blocks of 256 within, and has no
// layer before them.
func TestPublishedContext(t *testing.T) {
	w := nn.NewWeights(1)
	x, err := ContextConfig{}.NewGrid(w, 12)
	if err != nil {
		t.Fatal(err)
	}
	if x.Dim() != 12 || len(x.blocks) != 5 || x.in != nil || w.Lookup("block4.down.weight").Shape[0] != 256 || w.Lookup("block4.contract.weight").Shape[1] != 256 {
		t.Errorf("a context of %d numbers and %d blocks, %v", x.Dim(), len(x.blocks), w.Lookup("block4.down.weight").Shape)
	}
	if x, err = (ContextConfig{Width: 6}).NewGrid(nn.NewWeights(1), 12); err != nil || x.Dim() != 6 || len(x.blocks) != 3 || x.in == nil {
		t.Errorf("with a width: %v", err)
	}
	if _, err := (ContextConfig{}).NewGrid(nn.NewWeights(1), widest+1); err == nil {
		t.Error("a context wider than the widest is accepted")
	}
}
