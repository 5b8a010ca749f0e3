package train

import (
	"fmt"
	"math"
)

// watch holds the collapse instruments of a run.
type watch struct {
	std, rank, alignment, uniformity float64
	dim                              int
}

// see measures the unit embeddings z [2N, D] of a step; the costly instruments only if full.
func (w *watch) see(z []float32, shape []int, full bool) {
	n, d := shape[0], shape[1]
	w.dim = d
	mean := make([]float64, d)
	for i, v := range z {
		mean[i%d] += float64(v) / float64(n)
	}
	w.std = 0
	for j := range d {
		var sq float64
		for i := range n {
			e := float64(z[i*d+j]) - mean[j]
			sq += e * e
		}
		w.std += math.Sqrt(sq/float64(n)) / float64(d)
	}
	if full {
		w.rank = participation(z, mean, n, d)
		w.alignment, w.uniformity = alignUniform(z, n, d)
	}
}

// participation is (Σλ)²/Σλ² of the covariance, from the n x n Gram matrix, which has the same eigenvalues.
func participation(z []float32, mean []float64, n, d int) float64 {
	c := make([]float64, n*d)
	for i, v := range z {
		c[i] = float64(v) - mean[i%d]
	}
	var trace, square float64
	for i := range n {
		for j := range i + 1 {
			var dot float64
			for k := range d {
				dot += c[i*d+k] * c[j*d+k]
			}
			if i == j {
				trace += dot
				square += dot * dot
			} else {
				square += 2 * dot * dot
			}
		}
	}
	if square == 0 {
		return 0
	}
	return trace * trace / square
}

// alignUniform is the mean squared distance of the two views of a sample, and
// log E exp(-2|.|²) over pairs of different rows.
func alignUniform(z []float32, n, d int) (align, uniform float64) {
	dist := func(i, j int) float64 {
		var s float64
		for k := range d {
			e := float64(z[i*d+k]) - float64(z[j*d+k])
			s += e * e
		}
		return s
	}
	half := n / 2
	for i := range half {
		align += dist(i, i+half) / float64(half)
	}
	pairs := 0
	for i := range n {
		for j := range i {
			uniform += math.Exp(-2 * dist(i, j))
			pairs++
		}
	}
	return align, math.Log(uniform / float64(max(1, pairs)))
}

// diagnose says what looks wrong, and what to change.
func diagnose(s Summary, uniform float64, dim int) []string {
	if s.Steps == 0 {
		return []string{"no step was taken"}
	}
	var out []string
	healthy := 1 / math.Sqrt(float64(max(1, dim)))
	if s.Std < 0.1*healthy {
		out = append(out, fmt.Sprintf("the encodings have collapsed: their standard deviation is %.2g, healthy is about %.2g; use milder views, a lower learning rate or a larger batch", s.Std, healthy))
	} else if s.EffectiveRank < 3 && dim > 8 {
		out = append(out, fmt.Sprintf("the encodings use few dimensions (%.1f of %d); use stronger or more varied views, or a lower temperature", s.EffectiveRank, dim))
	}
	if s.Steps >= 50 && math.Abs(s.Loss-uniform) < 0.02*uniform {
		out = append(out, fmt.Sprintf("the loss is stuck at %.3f, what a network that tells nothing apart would get; raise the learning rate, or use views that keep more of the signal", s.Loss))
	}
	if len(out) == 0 {
		out = append(out, "healthy")
	}
	return out
}
