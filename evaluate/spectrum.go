package evaluate

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// spectrum holds the eigenvectors u [n, r] and eigenvalues of z zᵀ that are above rounding.
type spectrum struct {
	u      *mat.Dense
	values []float64
}

// decompose finds them from z zᵀ or zᵀ z, whichever is smaller.
func decompose(z *mat.Dense) (*spectrum, error) {
	n, dim := z.Dims()
	product := mat.NewSymDense(min(n, dim), nil)
	if n <= dim {
		product.SymOuterK(1, z)
	} else {
		product.SymOuterK(1, z.T())
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(product, true) {
		return nil, fmt.Errorf("the eigenvalues of %d rows of %d numbers cannot be found", n, dim)
	}
	values := eigen.Values(nil) // rising
	top := values[len(values)-1]
	first := 0
	for first < len(values)-1 && !(values[first] > 1e-11*top) {
		first++
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	kept := vectors.Slice(0, len(values), first, len(values))
	s := &spectrum{u: mat.DenseCopyOf(kept), values: values[first:]}
	if top <= 0 { // all columns are constant
		s.values = make([]float64, len(s.values))
	}
	if n > dim {
		s.u = new(mat.Dense)
		s.u.Mul(z, kept)
		s.u.Apply(func(_, j int, v float64) float64 {
			if s.values[j] == 0 {
				return 0
			}
			return v / math.Sqrt(s.values[j])
		}, s.u)
	}
	return s, nil
}

// turned are rows z [n, dim] in axes of their own, of which there are at most n: products and distances of rows are as before,
// and a penalty on weights means the same. back turns weights in these axes [classes, r+1], an intercept last, into those of
// the columns of z.
func (s *spectrum) turned(z *mat.Dense) (rows []float64, r int, back func(w []float64) []float64) {
	n, dim := z.Dims()
	r = len(s.values)
	rows = make([]float64, n*r)
	for i := range n {
		for j, v := range s.values {
			rows[i*r+j] = s.u.At(i, j) * math.Sqrt(v)
		}
	}
	return rows, r, func(w []float64) []float64 {
		classes := len(w) / (r + 1)
		along := mat.NewDense(r, classes, nil)
		for c := range classes {
			for j, v := range s.values {
				if v > 0 {
					along.Set(j, c, w[c*(r+1)+j]/math.Sqrt(v))
				}
			}
		}
		var dual, full mat.Dense
		dual.Mul(s.u, along)
		full.Mul(z.T(), &dual)
		out := make([]float64, classes*(dim+1))
		for c := range classes {
			for j := range dim {
				out[c*(dim+1)+j] = full.At(j, c)
			}
			out[c*(dim+1)+dim] = w[c*(r+1)+r]
		}
		return out
	}
}
