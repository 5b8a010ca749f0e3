package train

import (
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
)

// LARS scales each tensor's step by trust·|w|/|g| (You et al., 2017). It leaves one-dimensional parameters without decay and
// scaling and keeps the learning rate outside the momentum, as Barlow Twins, MoCo v3 and DINO do.
//
// "lars" has a trust of 0.001. "larc" is the form of the published CIFAR recipes: a trust of 0.02, and no step is longer
// than plain descent with the same rate would take (clipped; Ginsburg et al., 2018).
type LARS struct {
	buffers
	trust float64
	clip  bool
}

// Step applies g += decay·w, g *= trust·|w|/|g|, v = 0.9v + g, w -= lr·v; clipped, the factor is
// min(trust·|w|/((|g| + decay·|w|)·lr), 1), with the norm of g before the decay. It leaves the scaled gradients in params.
func (o *LARS) Step(params []*nn.Param, groups []methods.Group, now Rates) {
	o.steps++
	for i, p := range params {
		lr, decay := now.of(p, groups[i])
		if lr == 0 {
			continue
		}
		if len(p.Shape) > 1 {
			w, bare := math.Sqrt(kernel.SumSquares(p.Data)), math.Sqrt(kernel.SumSquares(p.Grad))
			kernel.Axpy(decay, p.Data, p.Grad)
			factor := 1.0
			if o.clip && w > 0 && bare > 0 {
				factor = min(o.trust*w/((bare+float64(decay)*w)*float64(lr)), 1)
			} else if g := math.Sqrt(kernel.SumSquares(p.Grad)); !o.clip && w > 0 && g > 0 {
				factor = o.trust * w / g
			}
			if factor != 1 {
				kernel.Scale(p.Grad, float32(factor), p.Grad)
			}
		}
		kernel.SGD(p.Data, p.Grad, o.first[i], lr, 0.9, 0, false)
	}
}
