package train

import (
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
)

// AdamW is Adam with decoupled weight decay (Loshchilov and Hutter, 2019),
// betas 0.9 and 0.999 or Config.Beta1 and Beta2, epsilon 1e-8; one-dimensional parameters are not decayed unless Config.Exempt
// says otherwise.
type AdamW struct {
	buffers
	second [][]float32
	beta2  float32
}

func newAdamW(b buffers, cfg Config) Optimizer {
	b.exempt(cfg, true)
	b.momentum = keeps(cfg.Beta1)
	a := &AdamW{buffers: b, beta2: 0.999}
	if cfg.Beta2 > 0 {
		a.beta2 = float32(cfg.Beta2)
	}
	for _, first := range b.first {
		a.second = append(a.second, make([]float32, len(first)))
	}
	return a
}

// Step applies algorithm 2 of the paper. A parameter that moves only from a later step on counts its own steps.
func (o *AdamW) Step(params []*nn.Param, groups []methods.Group, now Rates) {
	o.steps++
	for i, p := range params {
		if lr, decay, beta1 := o.of(p, groups[i], now); lr > 0 {
			kernel.AdamW(p.Data, p.Grad, o.first[i], o.second[i], lr, beta1, o.beta2, 1e-8, decay, o.steps-groups[i].From)
		}
	}
}

// State adds the second moments.
func (o *AdamW) State() ([][]float32, *int) {
	return append(append([][]float32(nil), o.first...), o.second...), &o.steps
}
