package train

import "github.com/wavekin/wavekin/nn"

// Optimizer moves parameters along their gradients.
type Optimizer interface {
	// Step applies the gradients of params, which must be the same on every call.
	Step(params []*nn.Param, lr float32)
	// State returns what must be kept to go on: one slice per buffer, in a fixed
	// order, and the number of steps taken. The slices are live.
	State() (buffers [][]float32, steps *int)
}

func newOptimizer(cfg Config, params []*nn.Param) Optimizer {
	b := buffers{decay: float32(cfg.Decay)}
	for _, p := range params {
		b.first = append(b.first, make([]float32, len(p.Data)))
	}
	switch cfg.Optimizer {
	case "sgd":
		return &SGD{b}
	case "lars":
		return &LARS{b}
	}
	a := &AdamW{buffers: b}
	for _, p := range params {
		a.second = append(a.second, make([]float32, len(p.Data)))
	}
	return a
}

// buffers is what the optimisers share.
type buffers struct {
	first [][]float32
	steps int
	decay float32
}

func (b *buffers) State() ([][]float32, *int) { return b.first, &b.steps }

// decayOf is the weight decay of a parameter: none for biases and scales, which have one dimension.
func (b *buffers) decayOf(p *nn.Param) float32 {
	if len(p.Shape) < 2 {
		return 0
	}
	return b.decay
}
