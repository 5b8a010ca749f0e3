package evaluate

import (
	"github.com/wavekin/wavekin/internal/kernel"
)

// leftOut finds the errors of ridge regression when each row in turn is left out.
type leftOut struct {
	n, dim, m int
	// dual tells that the matrix is z zᵀ, [n, n], and not zᵀ z.
	dual bool
	band *band
	// rows are z, or with dual the unit matrix, turned as the matrix was; along are the targets, or zᵀ times them, turned, [m, ].
	rows, along []float64
	z, targets  []float64 // z is kept with dual alone
	// ones is the eigenvalue that dual's matrix was given for equal numbers in all rows, for which it has 0.
	ones float64
	// floor is the least penalty that is beyond rounding.
	floor float64
}

// newLeftOut takes rows z [n, dim] whose columns have mean 0, which it overwrites unless dim is at least n, and targets [n, m] of
// mean 0.
func newLeftOut(z []float64, n, dim int, targets []float64, m int) *leftOut {
	l := &leftOut{n: n, dim: dim, m: m, dual: n <= dim, targets: targets}
	size := min(n, dim)
	matrix := gram(z, n, dim, !l.dual)
	trace := 0.0
	for i := range size {
		trace += matrix[i*size+i]
	}
	l.floor = 1e-12 * trace
	if l.dual {
		// Targets and fits have no part in the direction of ones. An eigenvalue as large as any keeps it from covering, as 1/n,
		// what little of a row the others leave free.
		l.ones, l.z = trace, z
		for i := range matrix {
			matrix[i] += trace / float64(n)
		}
		l.rows = make([]float64, n*n)
		for i := range n {
			l.rows[i*n+i] = 1
		}
		l.along = make([]float64, m*n)
		for i, v := range targets {
			l.along[i%m*n+i/m] = v
		}
	} else {
		l.rows, l.along = z, make([]float64, m*dim)
		kernel.Gemm64(true, false, m, dim, n, 1, targets, m, z, dim, 0, l.along, dim)
	}
	l.band = newBand(matrix, size)
	l.band.turn(l.rows, false)
	l.band.turn(l.along, false)
	return l
}

// errors is the sum of the squared errors: those of a fit to all rows over 1 less the row's leverage, to which the intercept
// adds 1/n.
func (l *leftOut) errors(f *factors, alpha float64) float64 {
	half := f.halfway(l.along)
	size, each := l.band.n, make([]float64, l.n)
	kernel.Parallel((l.n+rowChunk-1)/rowChunk, 1, func(lo, hi int) {
		for c := lo; c < hi; c++ {
			first, last := c*rowChunk, min((c+1)*rowChunk, l.n)
			k := last - first
			squares, fitted := make([]float64, k), make([]float64, k*l.m)
			f.ahead(l.rows[first*size:last*size], func(at, width int, x []float64) {
				for i := range squares {
					for _, v := range x[i*bandWidth : i*bandWidth+width] {
						squares[i] += v * v
					}
				}
				kernel.Gemm64(false, true, k, l.m, width, 1, x, bandWidth, half[at:], size, 1, fitted, l.m)
			})
			for i, s := range squares {
				each[first+i] = l.row(first+i, s, fitted[i*l.m:(i+1)*l.m], alpha)
			}
		}
	})
	var sum float64
	for _, e := range each {
		sum += e
	}
	return sum
}

// row is the squared error of row i: u (B + alpha I)⁻¹ uᵀ of its turned row u is square, and the same with the targets in place
// of uᵀ fitted.
func (l *leftOut) row(i int, square float64, fitted []float64, alpha float64) (sum float64) {
	n := float64(l.n)
	if l.dual { // errors are alpha·fitted and what is free is alpha·rest, so that nothing cancels
		rest := max(square-1/(n*(l.ones+alpha)), 1e-12/alpha)
		for _, v := range fitted {
			sum += v / rest * v / rest
		}
		return sum
	}
	rest := max(1-square-1/n, 1e-12)
	for k, v := range fitted {
		e := (l.targets[i*l.m+k] - v) / rest
		sum += e * e
	}
	return sum
}

// weights are those of all rows, [m, dim].
func (l *leftOut) weights(f *factors) []float64 {
	w := f.halfway(l.along)
	f.finish(w)
	l.band.turn(w, true)
	if !l.dual {
		return w
	}
	out := make([]float64, l.m*l.dim)
	kernel.Gemm64(false, false, l.m, l.dim, l.n, 1, w, l.n, l.z, l.dim, 0, out, l.dim)
	return out
}
