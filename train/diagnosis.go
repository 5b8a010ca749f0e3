package train

import (
	"fmt"
	"math"
	"slices"
)

// watch holds the collapse instruments of a run.
type watch struct {
	std, rank, alignment, uniformity float64
	dim                              int
	mean                             []float64
	names                            []string
	sums                             []float64
	counts                           []int
}

// see measures the unit embeddings z [V·n, D] of a step with n samples; the costly instruments only if full.
func (w *watch) see(z []float32, shape []int, samples int, full bool) {
	n, d := shape[0], shape[1]
	w.dim = d
	if len(w.mean) != d {
		w.mean = make([]float64, d)
	}
	mean := w.mean
	clear(mean)
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
		w.alignment, w.uniformity = alignUniform(z, n, d, samples)
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

// measure adds up what a method measures in the last tenth of the steps.
func (w *watch) measure(name string, v float64, step, total int) {
	if step <= total-max(1, total/10) {
		return
	}
	i := slices.Index(w.names, name)
	if i < 0 {
		i = len(w.names)
		w.names, w.sums, w.counts = append(w.names, name), append(w.sums, 0), append(w.counts, 0)
	}
	w.sums[i] += v
	w.counts[i]++
}

// means returns the mean of each measure.
func (w *watch) means() map[string]float64 {
	if len(w.names) == 0 {
		return nil
	}
	out := make(map[string]float64, len(w.names))
	for i, n := range w.names {
		out[n] = w.sums[i] / float64(w.counts[i])
	}
	return out
}

// alignUniform is the mean squared distance of the first two views of a sample, 0 with a single view, and
// log E exp(-2|.|²) over pairs of different rows.
func alignUniform(z []float32, n, d, samples int) (align, uniform float64) {
	dist := func(i, j int) float64 {
		var s float64
		for k := range d {
			e := float64(z[i*d+k]) - float64(z[j*d+k])
			s += e * e
		}
		return s
	}
	for i := range min(samples, n-samples) {
		align += dist(i, i+samples) / float64(samples)
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

// healthy is the diagnosis of a run in which nothing looks wrong.
const healthy = "healthy"

// diagnose says what looks wrong, and what to change.
func diagnose(s Summary, uniform float64, dim int) []string {
	if s.Steps == 0 {
		return []string{"no step was taken"}
	}
	var out []string
	usual := 1 / math.Sqrt(float64(max(1, dim)))
	if s.Std < 0.1*usual {
		out = append(out, fmt.Sprintf("the encodings have collapsed: their standard deviation is %.2g, healthy is about %.2g; use milder views, a lower learning rate or a larger batch", s.Std, usual))
	} else if s.EffectiveRank < 3 && dim > 8 {
		out = append(out, fmt.Sprintf("the encodings use few dimensions (%.1f of %d); use stronger or more varied views, or a lower temperature", s.EffectiveRank, dim))
	}
	if s.Steps >= 50 && s.Loss > 0.98*uniform && uniform > 0 {
		out = append(out, fmt.Sprintf("the loss is stuck at %.3f, and a network that tells nothing apart gets %.3f; raise the learning rate, or use views that keep more of the signal", s.Loss, uniform))
	}
	if len(out) == 0 {
		out = append(out, healthy)
	}
	return out
}
