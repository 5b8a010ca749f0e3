package train

import (
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
)

// LARS scales each tensor's step by trust·|w|/|g| (You et al., 2017). Unless Config.Exempt says otherwise it leaves one-dimensional
// parameters without decay and scaling, as Barlow Twins, MoCo v3, DINO and SimCLR do.
//
// "lars" has a trust of 0.001 and keeps the learning rate outside the momentum, as the first three do; "lars-classic" has it inside, as
// SimCLR does. "larc" is the form of the published CIFAR recipes: a trust of 0.02, and no step is longer than plain descent
// with the same rate would take (clipped; Ginsburg et al., 2018). "larc-unclipped" is that of SwAV and DeepCluster v2, which is
// NVIDIA's LARC without clipping: a trust of 0.001, and no parameter is exempt.
type LARS struct {
	buffers
	trust float64
	form  larsForm
}

// larsForm is a variant of LARS.
type larsForm int

const (
	larsPlain larsForm = iota
	larsClassic
	larcClipped
	larcUnclipped
)

func newLARS(form larsForm, trust float64) func(b buffers, cfg Config) Optimizer {
	return func(b buffers, cfg Config) Optimizer {
		b.exempt(cfg, form != larcUnclipped)
		return &LARS{b, orFloat(cfg.Trust, trust), form}
	}
}

// Step applies g += decay·w, g *= trust·|w|/|g|, v = 0.9v + g, w -= lr·v; classic, v = 0.9v + lr·g, w -= v. The factor of LARC is
// trust·|w|/(|g| + decay·|w|), with the norm of g before the decay; clipped, at most lr. It leaves the scaled gradients in params.
func (o *LARS) Step(params []*nn.Param, groups []methods.Group, now Rates) {
	o.steps++
	for i, p := range params {
		lr, decay, momentum := o.of(p, groups[i], now)
		if lr == 0 {
			continue
		}
		factor := 1.0
		switch {
		case o.exempts(p):
		case groups[i].Unscaled:
			kernel.Axpy(decay, p.Data, p.Grad)
		default:
			factor = o.scale(p, lr, decay)
		}
		if o.form == larsClassic {
			factor, lr = factor*float64(lr), 1
		}
		if factor != 1 {
			kernel.Scale(p.Grad, float32(factor), p.Grad)
		}
		kernel.SGD(p.Data, p.Grad, o.first[i], lr, momentum, 0, false)
	}
}

// scale adds the decay to a gradient and returns what its step is to be multiplied by.
func (o *LARS) scale(p *nn.Param, lr, decay float32) float64 {
	w, bare := math.Sqrt(kernel.SumSquares(p.Data)), math.Sqrt(kernel.SumSquares(p.Grad))
	if o.form == larcUnclipped && (w == 0 || bare == 0) {
		return 1 // and no decay
	}
	kernel.Axpy(decay, p.Data, p.Grad)
	switch {
	case w == 0:
		return 1
	case o.form == larcUnclipped:
		return o.trust * w / (bare + float64(decay)*w)
	case o.form == larcClipped && bare > 0:
		return min(o.trust*w/((bare+float64(decay)*w)*float64(lr)), 1)
	case o.form == larcClipped:
		return 1
	}
	if g := math.Sqrt(kernel.SumSquares(p.Grad)); g > 0 {
		return o.trust * w / g
	}
	return 1
}
