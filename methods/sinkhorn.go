package methods

import (
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
)

// sinkhorn turns scores of samples for prototypes into codes that use all prototypes about equally: the Sinkhorn-Knopp
// algorithm of SwAV (Caron et al., 2020, appendix A), in float64. Its buffers are reused.
type sinkhorn struct {
	eps    float64
	rounds int
	k      int
	q      []float64 // [B, K]
	usage  []float64 // by prototype
	// unbalanced leaves out the step over prototypes, so that a code is the softmax of its scores.
	unbalanced bool
}

// newSinkhorn makes room for n samples.
func newSinkhorn(n, k int, eps float64, rounds int) *sinkhorn {
	return &sinkhorn{eps: eps, rounds: rounds, k: k, q: make([]float64, n*k), usage: make([]float64, k)}
}

// codes writes the codes of the scores in last, [N, K], whose usage is balanced together with those in before, which may
// be empty. Each code sums to exactly 1, since the last step is that over samples; each prototype gets about its share.
func (s *sinkhorn) codes(dst, last, before []float32) {
	q := s.q[:len(before)+len(last)]
	s.exponentiate(q, before, last)
	for range s.rounds {
		if !s.unbalanced {
			s.overPrototypes(q)
		}
		s.overSamples(q)
	}
	for i, v := range q[len(before):] {
		dst[i] = float32(v)
	}
}

// exponentiate writes exp((score - max)/eps); a common factor cancels in the first step.
func (s *sinkhorn) exponentiate(q []float64, parts ...[]float32) {
	top := math.Inf(-1)
	for _, p := range parts {
		for _, v := range p {
			top = math.Max(top, float64(v))
		}
	}
	for _, p := range parts {
		dst := q[:len(p)]
		q = q[len(p):]
		kernel.Parallel(len(p), 1024, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				dst[i] = math.Exp((float64(p[i]) - top) / s.eps)
			}
		})
	}
}

// overPrototypes gives every prototype the mass 1/K.
func (s *sinkhorn) overPrototypes(q []float64) {
	k := s.k
	kernel.Parallel(k, 32, func(lo, hi int) {
		sum := s.usage[lo:hi]
		clear(sum)
		for at := lo; at < len(q); at += k {
			for j, v := range q[at : at+len(sum)] {
				sum[j] += v
			}
		}
		for at := lo; at < len(q); at += k {
			for j, v := range sum {
				if v > 0 {
					q[at+j] /= v * float64(k)
				}
			}
		}
	})
}

// overSamples gives every sample the mass 1.
func (s *sinkhorn) overSamples(q []float64) {
	k := s.k
	kernel.Parallel(len(q)/k, max(1, 4096/k), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := q[i*k : (i+1)*k]
			var sum float64
			for _, v := range row {
				sum += v
			}
			for j := range row {
				if sum > 0 {
					row[j] /= sum
				} else {
					row[j] = 1 / float64(k)
				}
			}
		}
	})
}
