package kernel

import "math"

// Pairs is a set of groups of vectors, each of two halves that belong together pairwise: within a group every vector is to
// find its partner among all others by the dot product. Z holds first [n, t, c] and behind it second [n, t, c]. The
// groups are the n samples, with the t steps of both halves in them, or across the samples the t steps, with the n
// samples of both halves in them.
type Pairs struct {
	N, T, C int
	Across  bool
}

// groups is the number of groups, and half how many vectors a half holds.
func (p Pairs) groups() (groups, half int) {
	if p.Across {
		return p.T, p.N
	}
	return p.N, p.T
}

// rows is where the halves of a group begin, and the distance between their vectors.
func (p Pairs) rows(group int) (first, second, step int) {
	if p.Across {
		first, step = group*p.C, p.T*p.C
	} else {
		first, step = group*p.T*p.C, p.C
	}
	return first, first + p.N*p.T*p.C, step
}

// Contrast returns weight times the mean over all vectors of -log softmax of the dot product with the partner, among the
// dot products with all others of the group. The gradient with respect to z [2, n, t, c] is added to dz, or written where
// add is false. sums holds a number per group. A half of a single vector has nothing to tell it from, and costs 0.
func (p Pairs) Contrast(z, dz []float32, sums []float64, weight float32, add bool) float64 {
	groups, half := p.groups()
	if half < 1 || groups < 1 {
		return 0
	}
	scale := weight / float32(2*half*groups)
	grain := 1 + partFlops/max(1, 4*half*half*p.C)
	if inline(groups, grain) {
		p.contrastGroups(z, dz, sums, scale, add, 0, groups)
	} else {
		Parallel(groups, grain, func(lo, hi int) { p.contrastGroups(z, dz, sums, scale, add, lo, hi) })
	}
	var total float64
	for _, s := range sums[:groups] {
		total += s
	}
	return total * float64(scale)
}

func (p Pairs) contrastGroups(z, dz []float32, sums []float64, scale float32, add bool, lo, hi int) {
	_, m := p.groups()
	r := 2 * m
	w := scratches.get()
	s := sized(&w.a, r*r)
	beta := float32(0)
	if add {
		beta = 1
	}
	for g := lo; g < hi; g++ {
		first, second, step := p.rows(g)
		a, b := z[first:], z[second:]
		Gemm(false, true, m, m, p.C, 1, a, step, a, step, 0, s, r)
		Gemm(false, true, m, m, p.C, 1, a, step, b, step, 0, s[m:], r)
		packColumns(s[m*r:], r, s[m:], r, m, m) // the block below is the transpose; the last one is cleared, and comes next
		Gemm(false, true, m, m, p.C, 1, b, step, b, step, 0, s[m*r+m:], r)
		sums[g] = partners(s, r)
		symmetrize(s, r)
		Gemm(false, false, m, p.C, m, scale, s, r, a, step, beta, dz[first:], step)
		Gemm(false, false, m, p.C, m, scale, s[m:], r, b, step, 1, dz[first:], step)
		Gemm(false, false, m, p.C, m, scale, s[m*r:], r, a, step, beta, dz[second:], step)
		Gemm(false, false, m, p.C, m, scale, s[m*r+m:], r, b, step, 1, dz[second:], step)
	}
	scratches.put(w)
}

// partners replaces the dot products s [r, r] by their softmax without the diagonal, less 1 at the partner, and returns
// the sum over rows of -log of the partner's share.
func partners(s []float32, r int) float64 {
	var sum float64
	hidden := float32(math.Inf(-1))
	for i := range r {
		row := s[i*r : (i+1)*r]
		row[i] = hidden
		j := (i + r/2) % r
		top, own := maximum(row), row[j]
		total := expSum(row, row, top)
		sum += float64(top-own) + math.Log(float64(total))
		scale(row, 1/total, row)
		row[i] = 0
		row[j]--
	}
	return sum
}

// symmetrize adds its transpose to s [r, r], a few rows and columns at a time to stay in the cache.
func symmetrize(s []float32, r int) {
	const block = 16
	for i0 := 0; i0 < r; i0 += block {
		for j0 := i0; j0 < r; j0 += block {
			for i := i0; i < min(i0+block, r); i++ {
				for j := max(i, j0); j < min(j0+block, r); j++ {
					v := s[i*r+j] + s[j*r+i]
					s[i*r+j], s[j*r+i] = v, v
				}
			}
		}
	}
}
