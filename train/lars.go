package train

import (
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
)

// LARS scales each tensor's step by trust·|w|/|g| (You et al., 2017), in the
// variant that leaves one-dimensional parameters without decay and scaling and
// keeps the learning rate outside the momentum, as Barlow Twins, MoCo v3 and DINO do.
type LARS struct{ buffers }

// trust is the coefficient of LARS.
const trust = 1e-3

// Step applies g += decay·w, g *= trust·|w|/|g|, v = 0.9v + g, w -= lr·v. It
// leaves the scaled gradients in params.
func (o *LARS) Step(params []*nn.Param, groups []methods.Group, now Rates) {
	o.steps++
	for i, p := range params {
		lr, decay := now.of(p, groups[i])
		if lr == 0 {
			continue
		}
		if len(p.Shape) > 1 {
			kernel.Axpy(decay, p.Data, p.Grad)
			w, g := math.Sqrt(kernel.SumSquares(p.Data)), math.Sqrt(kernel.SumSquares(p.Grad))
			if w > 0 && g > 0 {
				kernel.Scale(p.Grad, float32(trust*w/g), p.Grad)
			}
		}
		kernel.SGD(p.Data, p.Grad, o.first[i], lr, 0.9, 0, false)
	}
}
