package knn

import (
	"fmt"
	"math"
)

// Vote classifies each query by its k nearest rows, as Wu et al. (2018,
// instance discrimination) do: a neighbour gives its class exp(similarity/tau)
// votes, the class with most votes wins, the lower class number on a tie.
// Similarity is 1 - distance for Cosine, minus the distance for Euclidean. k is
// clamped to Len, so the usual 200 is fine for small sets; tau is usually 0.07
// and must be above 0. labels holds the class of each row of the index.
func (x *Index) Vote(q []float32, labels []int, k int, tau float64) ([]int, error) {
	if len(labels) != x.n {
		return nil, fmt.Errorf("%w: %d labels for %d rows", ErrShape, len(labels), x.n)
	}
	if !(tau > 0) || math.IsInf(tau, 1) {
		return nil, fmt.Errorf("%w: tau is %v, must be above 0 and finite", ErrOption, tau)
	}
	hits, _, err := x.search(q, k, nil)
	if err != nil {
		return nil, err
	}
	out := make([]int, len(hits))
	votes := make(map[int]float64)
	for i, h := range hits {
		clear(votes)
		best := labels[h[0].id]
		for _, c := range h {
			// Measured from the nearest row, whose weight is then 1: the
			// ratios of votes stay the same and nothing overflows.
			votes[labels[c.id]] += math.Exp((h[0].d - c.d) / tau)
		}
		for _, c := range h {
			l := labels[c.id]
			if votes[l] > votes[best] || votes[l] == votes[best] && l < best {
				best = l
			}
		}
		out[i] = best
	}
	return out, nil
}
