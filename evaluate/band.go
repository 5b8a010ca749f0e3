package evaluate

import (
	"fmt"
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
	"gonum.org/v1/gonum/floats"
)

// bandWidth is the side of the blocks on the diagonal and below it that a matrix is reduced to.
const bandWidth = 64

// rowChunk rows are worked on at a time: with their panels they stay in the cache.
const rowChunk = 256

// band is a symmetric matrix Q B Qᵀ of which B has few diagonals: systems with B plus a penalty take little time for any number
// of penalties. Unlike eigenvectors, Q is found by products of blocks alone (Bischof, Lang and Sun, 2000).
type band struct {
	n int
	// diagonal and below are blocks [bandWidth, bandWidth] of B; the first of below is not used.
	diagonal, below [][]float64
	// a holds the reflectors of block s, Vᵀ, in its rows from s on, right of the diagonal block; small is their T: Q is the
	// product of all I - V T Vᵀ.
	a     []float64
	small [][]float64
}

// newBand reduces a symmetric matrix a [n, n], which is overwritten and kept.
func newBand(a []float64, n int) *band {
	b := &band{n: n, a: a, below: [][]float64{nil}}
	const w = bandWidth
	for s := 0; s < n; s += w {
		block := make([]float64, w*w)
		for i := range min(w, n-s) {
			copy(block[i*w:(i+1)*w], a[(s+i)*n+s:(s+i)*n+min(s+w, n)])
		}
		b.diagonal = append(b.diagonal, block)
		if s+w < n {
			r, small := b.reflect(s)
			b.below, b.small = append(b.below, r), append(b.small, small)
			b.update(s+w, b.vectors(s), small)
		}
	}
	return b
}

// vectors are the reflectors of block s, rows of n-s-bandWidth numbers that are n apart.
func (b *band) vectors(s int) []float64 { return b.a[s*b.n+s+bandWidth:] }

// reflect finds the reflectors that make the columns of block s below its diagonal block upper triangular: r, and T.
func (b *band) reflect(s int) (r, small []float64) {
	const w = bandWidth
	m, v := b.n-s-w, b.vectors(s)
	row := func(k int) []float64 { return v[k*b.n : k*b.n+m] }
	r, small = make([]float64, w*w), make([]float64, w*w)
	for k := range w {
		if k >= m { // no row is left to make 0
			for i, x := range row(k) {
				r[i*w+k] = x
			}
			clear(row(k))
			continue
		}
		x := row(k)[k:]
		tau, to := 0.0, x[0]
		if rest := floats.Norm(x[1:], 2); rest > 0 {
			to = -math.Copysign(math.Hypot(x[0], rest), x[0])
			tau = (to - x[0]) / to
			floats.Scale(1/(x[0]-to), x[1:])
		}
		x[0] = 1
		for l := k + 1; l < w; l++ {
			y := row(l)[k:]
			floats.AddScaled(y, -tau*floats.Dot(x, y), x)
		}
		r[k*w+k] = to
		for i := range k {
			r[i*w+k], row(k)[i] = row(k)[i], 0
		}
		small[k*w+k] = tau
	}
	inner := make([]float64, w*w)
	kernel.Gemm64(false, true, w, w, m, 1, v, b.n, v, b.n, 0, inner, w)
	for k := range w {
		for i := range k {
			sum := 0.0
			for j := i; j < k; j++ {
				sum += small[i*w+j] * inner[j*w+k]
			}
			small[i*w+k] = -small[k*w+k] * sum
		}
	}
	return r, small
}

// update makes the part of a from row and column s on what it is between Qᵀ and Q of one block.
func (b *band) update(s int, v, small []float64) {
	const w = bandWidth
	m, a := b.n-s, b.a[s*b.n+s:]
	// With X = A V T and W = X - V (Tᵀ Vᵀ X) / 2 it is A - W Vᵀ - V Wᵀ.
	av, x := make([]float64, m*w), make([]float64, m*w)
	kernel.Gemm64(false, true, m, w, m, 1, a, b.n, v, b.n, 0, av, w)
	kernel.Gemm64(false, false, m, w, w, 1, av, w, small, w, 0, x, w)
	vx, half := make([]float64, w*w), make([]float64, w*w)
	kernel.Gemm64(false, false, w, w, m, 1, v, b.n, x, w, 0, vx, w)
	kernel.Gemm64(true, false, w, w, w, 1, small, w, vx, w, 0, half, w)
	kernel.Gemm64(true, false, m, w, w, -0.5, v, b.n, half, w, 1, x, w)
	left, right := make([]float64, m*2*w), make([]float64, m*2*w)
	for i := range m {
		for k := range w {
			left[i*2*w+k], left[i*2*w+w+k] = x[i*w+k], v[k*b.n+i]
			right[i*2*w+k], right[i*2*w+w+k] = v[k*b.n+i], x[i*w+k]
		}
	}
	symmetric(m, a, b.n, func(first, rows int, to []float64) {
		kernel.Gemm64(false, true, rows, first+rows, 2*w, -1, left[first*2*w:], 2*w, right, 2*w, 1, to, b.n)
	})
}

// symmetric computes rows of a [m, m], step numbers apart, up to the diagonal, and copies them to the other side.
func symmetric(m int, a []float64, step int, compute func(first, rows int, to []float64)) {
	const some = 512
	for first := 0; first < m; first += some {
		compute(first, min(some, m-first), a[first*step:])
	}
	const tile = 32
	kernel.Parallel((m+tile-1)/tile, 1, func(lo, hi int) {
		for i0 := lo * tile; i0 < min(hi*tile, m); i0 += tile {
			for j0 := 0; j0 <= i0; j0 += tile {
				for i := i0; i < min(i0+tile, m); i++ {
					for j := j0; j < min(j0+tile, i); j++ {
						a[j*step+i] = a[i*step+j]
					}
				}
			}
		}
	})
}

// gram is x xᵀ of x [n, dim], or with across xᵀ x.
func gram(x []float64, n, dim int, across bool) []float64 {
	m, k := n, dim
	if across {
		m, k = dim, n
	}
	out := make([]float64, m*m)
	symmetric(m, out, m, func(first, rows int, to []float64) {
		from := x[first:]
		if !across {
			from = x[first*dim:]
		}
		kernel.Gemm64(across, !across, rows, first+rows, k, 1, from, dim, x, dim, 0, to, m)
	})
	return out
}

// turn multiplies rows [k, n] by Q, or with back by Qᵀ.
func (b *band) turn(rows []float64, back bool) {
	const w = bandWidth
	n := b.n
	kernel.Parallel((len(rows)/n+rowChunk-1)/rowChunk, 1, func(lo, hi int) {
		y, z := make([]float64, rowChunk*w), make([]float64, rowChunk*w)
		for c := lo; c < hi; c++ {
			chunk := rows[c*rowChunk*n : min((c+1)*rowChunk*n, len(rows))]
			k := len(chunk) / n
			for i := range b.small {
				if back {
					i = len(b.small) - 1 - i
				}
				v, part, m := b.vectors(i*w), chunk[(i+1)*w:], n-(i+1)*w
				kernel.Gemm64(false, true, k, w, m, 1, part, n, v, n, 0, y, w)
				kernel.Gemm64(false, back, k, w, w, 1, y, w, b.small[i], w, 0, z, w)
				kernel.Gemm64(false, false, k, m, w, -1, z, w, v, n, 1, part, n)
			}
		}
	})
}

// factors are those of B + alpha I = L Lᵀ: the inverses of L's blocks on the diagonal, its blocks below, and the products of both.
type factors struct {
	n                       int
	inverse, below, carried [][]float64
}

// factor finds L, block by block.
func (b *band) factor(alpha float64) (*factors, error) {
	const w = bandWidth
	f := &factors{n: b.n}
	for j, block := range b.diagonal {
		d, below, carried := append([]float64(nil), block...), make([]float64, w*w), make([]float64, w*w)
		for i := range w {
			d[i*w+i] += alpha // beyond the last row, too, where alpha is all there is
		}
		if j > 0 {
			kernel.Gemm64(false, true, w, w, w, 1, b.below[j], w, f.inverse[j-1], w, 0, below, w)
			kernel.Gemm64(false, true, w, w, w, -1, below, w, below, w, 1, d, w)
		}
		inverse, ok := inverseRoot(d, w)
		if !ok {
			return nil, fmt.Errorf("a penalty of %g is within rounding: raise it", alpha)
		}
		kernel.Gemm64(false, false, w, w, w, 1, inverse, w, below, w, 0, carried, w)
		f.inverse, f.below, f.carried = append(f.inverse, inverse), append(f.below, below), append(f.carried, carried)
	}
	return f, nil
}

// inverseRoot is the inverse of L of d = L Lᵀ [w, w], which is overwritten.
func inverseRoot(d []float64, w int) (inverse []float64, ok bool) {
	inverse = make([]float64, w*w)
	for i := range w {
		row := d[i*w : (i+1)*w]
		for j := range i {
			row[j] = (row[j] - floats.Dot(row[:j], d[j*w:j*w+j])) / d[j*w+j]
		}
		pivot := row[i] - floats.Dot(row[:i], row[:i])
		if !(pivot > 0) {
			return nil, false
		}
		row[i] = math.Sqrt(pivot)
		to := inverse[i*w : (i+1)*w]
		for j := range i {
			floats.AddScaled(to[:j+1], -row[j], inverse[j*w:j*w+j+1])
		}
		floats.Scale(1/row[i], to[:i])
		to[i] = 1 / row[i]
	}
	return inverse, true
}

// ahead solves L x = u for rows u [k, n], and hands each block of columns of x [k, bandWidth] to each, whose columns from
// width on are nothing.
func (f *factors) ahead(rows []float64, each func(at, width int, x []float64)) {
	const w = bandWidth
	k := len(rows) / f.n
	x, before := make([]float64, k*w), make([]float64, k*w)
	for j := range f.inverse {
		x, before = before, x
		wide := min(w, f.n-j*w)
		kernel.Gemm64(false, true, k, w, wide, 1, rows[j*w:], f.n, f.inverse[j], w, 0, x, w)
		if j > 0 {
			kernel.Gemm64(false, true, k, w, w, -1, before, w, f.carried[j], w, 1, x, w)
		}
		each(j*w, wide, x)
	}
}

// halfway are the solutions x of L x = u for rows u [k, n].
func (f *factors) halfway(rows []float64) []float64 {
	out := make([]float64, len(rows))
	f.ahead(rows, func(at, width int, x []float64) {
		for i := range len(rows) / f.n {
			copy(out[i*f.n+at:i*f.n+at+width], x[i*bandWidth:])
		}
	})
	return out
}

// finish solves Lᵀ z = x in place, so that after halfway rows are those of the solutions of L Lᵀ z = u.
func (f *factors) finish(rows []float64) {
	const w = bandWidth
	k := len(rows) / f.n
	z := make([]float64, k*w)
	for j := len(f.inverse) - 1; j >= 0; j-- {
		part, wide := rows[j*w:], min(w, f.n-j*w)
		if j+1 < len(f.inverse) {
			kernel.Gemm64(false, false, k, wide, min(w, f.n-(j+1)*w), -1, rows[(j+1)*w:], f.n, f.below[j+1], w, 1, part, f.n)
		}
		kernel.Gemm64(false, false, k, wide, wide, 1, part, f.n, f.inverse[j], w, 0, z, w)
		for i := range k {
			copy(part[i*f.n:i*f.n+wide], z[i*w:])
		}
	}
}
