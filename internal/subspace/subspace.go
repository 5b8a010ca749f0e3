// Package subspace tells how unlike others a window is: its length, less their mean, along their principal components, each divided by
// its deviation (Sub-PCA; Aggarwal, Outlier Analysis, 2017, section 3.3.1). This is the Mahalanobis distance by their covariance with a
// ridge.
package subspace

import (
	"math"

	"github.com/wavekin/wavekin/series"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// ridge is the share of the mean variance that is added to the variance of every component, so that those that hardly occur do not
// decide alone.
const ridge = 1e-3

// Space is what windows are measured in.
type Space struct {
	// Mean is that of the windows.
	Mean []float64
	// Axes [len(Mean), len(Mean)] has a component divided by its deviation in every column.
	Axes []float64
}

// Fit finds the components of windows that follow each other in values, which is overwritten. nil: they do not vary, or are no finite
// numbers.
func Fit(values []float64, width int) *Space {
	z := mat.NewDense(len(values)/width, width, values)
	n, _ := z.Dims()
	mean := make([]float64, width)
	for j := range mean {
		for i := range n {
			mean[j] += z.At(i, j) / float64(n)
		}
	}
	z.Apply(func(_, j int, v float64) float64 { return v - mean[j] }, z)
	product := mat.NewSymDense(width, nil)
	product.SymOuterK(1/float64(n), z.T())
	trace := mat.Trace(product)
	if !(trace > 0) || math.IsInf(trace, 1) {
		return nil
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(product, true) {
		return nil
	}
	var axes mat.Dense
	eigen.VectorsTo(&axes)
	least, variances := ridge*trace/float64(width), eigen.Values(nil)
	axes.Apply(func(_, j int, v float64) float64 { return v / math.Sqrt(max(variances[j], 0)+least) }, &axes)
	return &Space{mean, axes.RawMatrix().Data}
}

// Length is how far a window is from the mean. along is overwritten, and has twice the length of the window.
func (s *Space) Length(window, along []float64) float64 {
	width := len(s.Mean)
	centred := along[width : 2*width]
	for i, v := range window {
		centred[i] = v - s.Mean[i]
	}
	out := blas64.Vector{N: width, Data: along[:width], Inc: 1}
	blas64.Gemv(blas.Trans, 1, blas64.General{Rows: width, Cols: width, Stride: width, Data: s.Axes}, blas64.Vector{N: width, Data: centred, Inc: 1}, 0, out)
	return blas64.Nrm2(out)
}

// Means gives each of n time stamps the mean length of the windows over it, which start a stride apart, the last one at the end; NaN is no
// length, and where there is none.
func Means(n, width, stride int, length func(at int) float64) []float64 {
	out, count := make([]float64, n), make([]float64, n)
	for at := range (series.Cut{Length: width, Stride: stride, Reach: true}).Starts(n) {
		l := length(at)
		if math.IsNaN(l) {
			continue
		}
		for i := at; i < at+width; i++ {
			out[i] += l
			count[i]++
		}
	}
	for i, n := range count {
		out[i] /= n // 0/0 is NaN
	}
	return out
}
