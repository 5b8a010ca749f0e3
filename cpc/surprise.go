package cpc

import (
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
)

// Surprise is the InfoNCE term of one guess: -log of the share that the true piece has of exp(score) among itself and
// negatives, where a score is the product of a guess with an encoding (van den Oord et al., 2018, eq. 4 of a single
// context). guess and z are [D], negatives [N, D]. It is log(N + 1) where nothing is told apart, near 0 where the true piece stands out.
//
// The rows of negatives from lo (inclusive) to hi (exclusive) are left out; the others count for them, so that values with
// and without some compare. NaN without any negative.
func Surprise(guess, z, negatives []float32, lo, hi int) float64 {
	d := len(guess)
	n := len(negatives) / d
	own := float64(kernel.Dot(guess, z))
	top := own
	scores := make([]float64, 0, 256) // stays on the stack
	for i := range n {
		if i >= lo && i < hi {
			continue
		}
		s := float64(kernel.Dot(guess, negatives[i*d:(i+1)*d]))
		top = max(top, s)
		scores = append(scores, s)
	}
	if len(scores) == 0 {
		return math.NaN()
	}
	var sum float64
	for _, s := range scores {
		sum += math.Exp(s - top)
	}
	sum *= float64(n) / float64(len(scores))
	return top - own + math.Log(math.Exp(own-top)+sum)
}
