package methods

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// whiten projects rows x [N, D] on m principal components, those of the largest variance, and gives each the variance 1;
// a component without variance becomes 0. It is how DeepCluster (Caron et al., 2018, section 4) prepares features.
func whiten(x []float32, d, m int) ([]float32, error) {
	for _, v := range x {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return nil, fmt.Errorf("an encoding is %g; lower the learning rate or look for extreme values in the data", v)
		}
	}
	n := len(x) / d
	centred := make([]float64, len(x))
	for j := range d {
		var mean float64
		for i := j; i < len(x); i += d {
			mean += float64(x[i]) / float64(n)
		}
		for i := j; i < len(x); i += d {
			centred[i] = float64(x[i]) - mean
		}
	}
	a := mat.NewDense(n, d, centred)
	var cov mat.SymDense
	cov.SymOuterK(1/float64(n), a.T())
	var eigen mat.EigenSym
	if !eigen.Factorize(&cov, true) {
		return nil, fmt.Errorf("the principal components of %d encodings of %d numbers cannot be found", n, d)
	}
	values := eigen.Values(nil) // ascending
	var vectors, y mat.Dense
	eigen.VectorsTo(&vectors)
	y.Mul(a, vectors.Slice(0, d, d-m, d))
	out := make([]float32, n*m)
	for j := range m {
		if v := values[d-m+j]; v > 1e-10*values[d-1] && v > 0 {
			for i := range n {
				out[i*m+j] = float32(y.At(i, j) / math.Sqrt(v))
			}
		}
	}
	return out, nil
}
