package train

import (
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/nn"
)

// clip scales all gradients so that their joint norm is at most limit, and returns
// the norm before; a limit of 0 scales nothing. Gradients whose norm is infinite or
// NaN are left as they are: no scaling makes a step of them.
func clip(params []*nn.Param, limit float64) float64 {
	var sum float64
	for _, p := range params {
		sum += kernel.SumSquares(p.Grad)
	}
	norm := math.Sqrt(sum)
	if limit > 0 && norm > limit && !math.IsInf(norm, 1) {
		for _, p := range params {
			kernel.Scale(p.Grad, float32(limit/norm), p.Grad)
		}
	}
	return norm
}
