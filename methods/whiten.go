package methods

import (
	"fmt"
	"math"
	"slices"

	"github.com/wavekin/wavekin/internal/kernel"
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

// unitVectors brings each row of length d to length 1; a row of zeros stays.
func unitVectors(x []float32, d int) {
	for at := 0; at < len(x); at += d {
		row := x[at : at+d]
		if length := math.Sqrt(kernel.SumSquares(row)); length > 1e-12 {
			kernel.Scale(row, float32(1/length), row)
		}
	}
}

// mutual is the normalised mutual information of two clusterings, I(a; b)/√(H(a)H(b)): 1 if one tells the other, 0 if
// they are independent. A pair with a negative id counts for nothing; two clusterings of a single cluster have 1.
func mutual(a, b []int) float64 {
	size := 0
	for i := range a {
		size = max(size, a[i]+1, b[i]+1)
	}
	var as, bs, pairs []int
	for i := range a {
		if a[i] >= 0 && b[i] >= 0 {
			as, bs, pairs = append(as, a[i]), append(bs, b[i]), append(pairs, a[i]*size+b[i])
		}
	}
	if len(pairs) == 0 {
		return 0
	}
	ha, hb := countEntropy(as), countEntropy(bs)
	if ha == 0 || hb == 0 {
		if ha == hb {
			return 1
		}
		return 0
	}
	return max(0, ha+hb-countEntropy(pairs)) / math.Sqrt(ha*hb)
}

// countEntropy is the entropy of the shares of equal numbers in xs, which it sorts.
func countEntropy(xs []int) float64 {
	slices.Sort(xs)
	var shares []float64
	run := 0
	for i := range xs {
		if run++; i == len(xs)-1 || xs[i+1] != xs[i] {
			shares, run = append(shares, float64(run)/float64(len(xs))), 0
		}
	}
	return entropy(shares)
}
