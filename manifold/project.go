// Package manifold projects encodings to a plane, to look at them.
//
// [PCA] keeps the directions in which rows differ most; [TSNE] keeps neighbours together (van der Maaten and Hinton, 2008):
//
//	y, err := manifold.PCA(x, dim, 2)                        // x holds rows of dim numbers
//	y, err := manifold.TSNE{Seed: 1}.Fit(ctx, x, dim)         // [rows, 2]
//
// Both give the same bits for any number of threads. In a t-SNE only neighbourhoods have a meaning: distances between groups, their
// sizes and the axes have none.
package manifold

import (
	"errors"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/internal/random"
)

// ErrShape: no rows, or numbers that are no whole rows of finite values.
var ErrShape = errors.New("want whole rows of finite numbers")

// rowsOf counts the rows of x and checks them.
func rowsOf(x []float32, dim int) (int, error) {
	if dim < 1 || len(x) == 0 || len(x)%dim != 0 {
		return 0, fmt.Errorf("%w: %d numbers in rows of %d", ErrShape, len(x), dim)
	}
	for i, v := range x {
		if v-v != 0 {
			return 0, fmt.Errorf("%w: row %d, column %d is %v", ErrShape, i/dim, i%dim, v)
		}
	}
	return len(x) / dim, nil
}

// powerSteps of the subspace iteration bring neighbouring eigenvalues apart to within a thousandth where they differ by a tenth.
const powerSteps = 60

// PCA returns the coordinates [rows, out] of rows of dim numbers along the directions of their greatest variance, the greatest
// first, found by subspace iteration on the covariance. The component of a direction that is largest in size is positive. Error: ErrShape, or out below 1
// or above dim.
func PCA(x []float32, dim, out int) ([]float32, error) {
	n, err := rowsOf(x, dim)
	if err != nil {
		return nil, err
	}
	if out < 1 || out > dim {
		return nil, fmt.Errorf("%d components of rows of %d, want 1 to %[2]d", out, dim)
	}
	centred := centre(x, n, dim)
	cov := make([]float32, dim*dim)
	kernel.Gemm(true, false, dim, dim, n, 1/float32(n), centred, dim, centred, dim, 0, cov, dim)
	axes := leading(cov, dim, out)
	y := make([]float32, n*out)
	kernel.Gemm(false, true, n, out, dim, 1, centred, dim, axes, dim, 0, y, out)
	return y, nil
}

// centre returns the rows less their mean.
func centre(x []float32, n, dim int) []float32 {
	mean := make([]float64, dim)
	for i, v := range x {
		mean[i%dim] += float64(v)
	}
	c := make([]float32, len(x))
	for i, v := range x {
		c[i] = float32(float64(v) - mean[i%dim]/float64(n))
	}
	return c
}

// leading returns the k orthonormal directions [k, dim] with the largest eigenvalues of a symmetric matrix.
func leading(cov []float32, dim, k int) []float32 {
	rng := random.New(1, random.Projection, dim)
	// A few directions more than asked for make the wanted ones settle sooner.
	m := min(dim, k+4)
	v, w := make([]float32, m*dim), make([]float32, m*dim)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	orthonormalise(v, m, dim)
	for range powerSteps {
		kernel.Gemm(false, false, m, dim, dim, 1, v, dim, cov, dim, 0, w, dim)
		v, w = w, v
		orthonormalise(v, m, dim)
	}
	for i := range k {
		row := v[i*dim : (i+1)*dim]
		top := 0
		for j, a := range row {
			if math.Abs(float64(a)) > math.Abs(float64(row[top])) {
				top = j
			}
		}
		if row[top] < 0 {
			for j := range row {
				row[j] = -row[j]
			}
		}
	}
	return v[:k*dim]
}

// orthonormalise makes rows unit vectors at right angles, from the first on (Gram and Schmidt, twice for accuracy); a row that
// vanishes stays 0.
func orthonormalise(v []float32, m, dim int) {
	for i := range m {
		row := v[i*dim : (i+1)*dim]
		for range 2 {
			for j := range i {
				other := v[j*dim : (j+1)*dim]
				d := kernel.Dot(row, other)
				for c, o := range other {
					row[c] -= d * o
				}
			}
		}
		norm := float32(math.Sqrt(float64(kernel.Dot(row, row))))
		for c := range row {
			if norm > 1e-20 {
				row[c] /= norm
			} else {
				row[c] = 0
			}
		}
	}
}
