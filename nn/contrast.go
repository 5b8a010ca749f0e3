package nn

import (
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
)

// Hierarchy is the choice of [HierarchicalContrast].
type Hierarchy struct {
	// Instance is the weight of telling a sample from the others at the same step, and 1-Instance that of telling a step
	// from the others of its sample.
	Instance float64
	// First is the first level, from 0, at which steps are told apart.
	First int
}

// HierarchicalContrast is the loss of TS2Vec (Yue et al., 2022, eq. 1 to 3 and algorithm 1) between two encodings a and b
// [N, C, T] of the same stretch: at each level the cross-entropies of a vector finding its counterpart in the other
// encoding by the dot product, among those of all samples and among those of all steps; then pairs of steps are
// pooled by their maximum, until one step is left. It is the mean over levels.
func HierarchicalContrast(a, b *Node, c Hierarchy) *Node {
	if !ok(a, b) {
		return bad(a)
	}
	if len(a.shape) != 3 || !sameShape(a.shape, b.shape) {
		return a.g.failf("hierarchicalcontrast: encodings %v and %v must be one [N, C, T]", a.shape, b.shape)
	}
	if !(c.Instance >= 0 && c.Instance <= 1) {
		return a.g.failf("hierarchicalcontrast: weight of instances is %g, want 0 to 1", c.Instance)
	}
	h := newHierarchy(a.g, a.shape, c)
	return apply(&op{name: "hierarchicalcontrast", shape: nil,
		forward: func(in [][]float32, out []float32) { out[0] = float32(h.run(in[0], in[1])) },
		backward: func(_ []*Node, _, dy *Node) []*Node {
			grad := func(dz []float32) *Node {
				return apply(&op{name: "hierarchicalcontrastgrad", shape: a.shape, forward: func(in [][]float32, out []float32) {
					kernel.Transpose(out, dz, h.n, h.levels[0].t, h.c)
					kernel.Scale(out, in[0][0], out)
				}}, dy)
			}
			dz := h.levels[0].dz
			return []*Node{grad(dz[:len(dz)/2]), grad(dz[len(dz)/2:])}
		},
	}, a, b)
}

// hierarchy holds both encodings at every level, and the gradients, which the forward pass computes along.
type hierarchy struct {
	n, c   int
	conf   Hierarchy
	levels []level
	sums   []float64
}

// level is [2, N, t, C].
type level struct {
	t     int
	z, dz []float32
}

func newHierarchy(g *Graph, shape []int, c Hierarchy) *hierarchy {
	h := &hierarchy{n: shape[0], c: shape[1], conf: c, sums: make([]float64, max(shape[0], shape[2]))}
	for t := shape[2]; t >= 1; t /= 2 {
		n := 2 * h.n * t * h.c
		h.levels = append(h.levels, level{t, g.scratch(n), g.scratch(n)})
	}
	return h
}

func (h *hierarchy) run(a, b []float32) float64 {
	top := h.levels[0]
	half := len(top.z) / 2
	kernel.Transpose(top.z[:half], a, h.n, h.c, top.t)
	kernel.Transpose(top.z[half:], b, h.n, h.c, top.t)
	var loss float64
	for i, l := range h.levels {
		if i > 0 {
			h.pool(h.levels[i-1], l)
		}
		loss += h.contrast(i, l)
	}
	for i := len(h.levels) - 1; i > 0; i-- {
		h.unpool(h.levels[i-1], h.levels[i])
	}
	return loss
}

// contrast adds up the terms of a level and writes its own gradient.
func (h *hierarchy) contrast(i int, l level) float64 {
	p := kernel.Pairs{N: h.n, T: l.t, C: h.c}
	across := p
	across.Across = true
	share := 1 / float64(len(h.levels))
	var loss float64
	written := false
	if h.n > 1 && h.conf.Instance > 0 {
		loss += across.Contrast(l.z, l.dz, h.sums, float32(share*h.conf.Instance), false)
		written = true
	}
	if l.t > 1 && i >= h.conf.First && h.conf.Instance < 1 {
		loss += p.Contrast(l.z, l.dz, h.sums, float32(share*(1-h.conf.Instance)), written)
		written = true
	}
	if !written {
		clear(l.dz)
	}
	return loss
}

// pool takes the maximum of steps two by two; a last odd step is left out.
func (h *hierarchy) pool(from, to level) {
	h.eachPair(from, to, func(a, b, _, _, dst, _ []float32) {
		for i, v := range a {
			dst[i] = max(v, b[i])
		}
	})
}

// unpool gives the gradient of a pooled step to the larger of the two, the first of equals.
func (h *hierarchy) unpool(from, to level) {
	h.eachPair(from, to, func(a, b, da, db, _, d []float32) {
		for i, v := range d {
			if a[i] >= b[i] {
				da[i] += v
			} else {
				db[i] += v
			}
		}
	})
}

// eachPair calls f with each two steps that are pooled, their gradients, the pooled step, and its gradient.
func (h *hierarchy) eachPair(from, to level, f func(a, b, da, db, dst, d []float32)) {
	c := h.c
	kernel.Parallel(2*h.n, 1+grain/(to.t*c), func(lo, hi int) {
		for s := lo; s < hi; s++ {
			for t := range to.t {
				at, pooled := (s*from.t+2*t)*c, (s*to.t+t)*c
				f(from.z[at:at+c], from.z[at+c:at+2*c], from.dz[at:at+c], from.dz[at+c:at+2*c], to.z[pooled:pooled+c], to.dz[pooled:pooled+c])
			}
		}
	})
}

// UniformHierarchy is the value of [HierarchicalContrast] of encodings [n, C, t] that tell nothing apart.
func UniformHierarchy(n, t int, c Hierarchy) float64 {
	var sum float64
	levels := 0
	for ; t >= 1; t /= 2 {
		sum += c.Instance * math.Log(float64(2*n-1))
		if levels >= c.First {
			sum += (1 - c.Instance) * math.Log(float64(2*t-1))
		}
		levels++
	}
	return sum / float64(max(1, levels))
}
