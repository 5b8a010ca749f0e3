package train

import (
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/nn"
)

// clip scales each gradient so that its own norm is at most each, then all so that their joint norm is at most limit, and
// returns the joint norm between the two; a limit of 0 scales nothing. Gradients whose norm is infinite or
// NaN are left as they are: no scaling makes a step of them.
func clip(params []*nn.Param, limit, each float64) float64 {
	var sum float64
	for _, p := range params {
		square := kernel.SumSquares(p.Grad)
		if each > 0 && square > each*each && !math.IsInf(square, 1) {
			kernel.Scale(p.Grad, float32(each/math.Sqrt(square)), p.Grad)
			square = each * each
		}
		sum += square
	}
	norm := math.Sqrt(sum)
	if limit > 0 && norm > limit && !math.IsInf(norm, 1) {
		for _, p := range params {
			kernel.Scale(p.Grad, float32(limit/norm), p.Grad)
		}
	}
	return norm
}
