package evaluate

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Ridge is the ridge probe: least squares on standardised columns with a target for each class, 1 in its rows and -1 in
// others, and the penalty
//
//	alpha * sum of squared weights
//
// (not on the intercepts). The class of a row is the largest output. The penalty with the smallest squared error when each
// row in turn is left out is taken, which costs no further fit (Golub, Heath and Wahba, 1979): all of it follows from the
// eigenvalues of one matrix, as wide as there are rows or columns, whichever is fewer. Beyond 3,000 of both that takes minutes.
type Ridge struct {
	// Alphas are the penalties to try; nil means 19 from 0.001 to 1,000,000, evenly spaced in their logarithm: more than the usual
	// 1,000, since the best penalty grows with the number of columns. The smallest of the equally good ones is taken.
	Alphas []float64

	scale   *scaler
	classes []int
	w       *mat.Dense // [dim, classes]
	offsets []float64
	chosen  float64
}

// Name returns "ridge".
func (p *Ridge) Name() string { return "ridge" }

// Chosen returns the penalty that the last Fit used.
func (p *Ridge) Chosen() float64 { return p.chosen }

// Fit learns weights and intercepts. See Probe.
func (p *Ridge) Fit(x []float32, dim int, y []int) error {
	p.w = nil
	n, err := training(x, dim, y)
	if err != nil {
		return err
	}
	alphas := slices.Sorted(slices.Values(p.Alphas))
	if p.Alphas == nil {
		for i := range 19 {
			alphas = append(alphas, math.Pow(10, -3+float64(i)/2))
		}
	}
	if len(alphas) == 0 || !(alphas[0] > 0) || math.IsInf(alphas[len(alphas)-1], 1) {
		return fmt.Errorf("%w: penalties %v, must be above 0 and finite, and one at least", ErrOption, alphas)
	}
	p.scale, p.classes = newScaler(x, dim), distinct(y)
	z := mat.NewDense(n, dim, p.scale.apply(x))
	targets, offsets := centred(indices(p.classes, y), len(p.classes))
	s, err := decompose(z)
	if err != nil {
		return err
	}
	var along mat.Dense // the targets along the eigenvectors
	along.Mul(s.u.T(), targets)
	least := math.Inf(1)
	for _, alpha := range alphas {
		if e := s.leftOut(targets, &along, alpha); e < least {
			p.chosen, least = alpha, e
		}
	}
	w := new(mat.Dense)
	for j, v := range s.values {
		for c := range p.classes {
			along.Set(j, c, along.At(j, c)/(v+p.chosen))
		}
	}
	var dual mat.Dense
	dual.Mul(s.u, &along)
	w.Mul(z.T(), &dual)
	p.w, p.offsets = w, offsets
	return nil
}

// centred are the targets of each class less their means, and the means.
func centred(class []int, classes int) (*mat.Dense, []float64) {
	t := mat.NewDense(len(class), classes, nil)
	means := make([]float64, classes)
	for i, c := range class {
		for k := range classes {
			v := -1.0
			if k == c {
				v = 1
			}
			t.Set(i, k, v)
			means[k] += v / float64(len(class))
		}
	}
	t.Apply(func(_, k int, v float64) float64 { return v - means[k] }, t)
	return t, means
}

// leftOut is the sum of the squared errors of rows that are left out in turn: the error of a fit to all rows over 1 less the
// row's leverage, to which the intercept adds 1/n.
func (s *spectrum) leftOut(targets, along *mat.Dense, alpha float64) float64 {
	n, m := targets.Dims()
	shrunk := mat.DenseCopyOf(along)
	shrunk.Apply(func(j, _ int, v float64) float64 { return v * s.values[j] / (s.values[j] + alpha) }, shrunk)
	var fitted mat.Dense
	fitted.Mul(s.u, shrunk)
	var sum float64
	for i := range n {
		leverage := 1 / float64(n)
		for j, v := range s.values {
			leverage += v / (v + alpha) * s.u.At(i, j) * s.u.At(i, j)
		}
		rest := max(1-leverage, 1e-12)
		for k := range m {
			e := (targets.At(i, k) - fitted.At(i, k)) / rest
			sum += e * e
		}
	}
	return sum
}

// Predict returns the class of the largest output, the lower class on a tie. See Probe.
func (p *Ridge) Predict(x []float32) ([]int, error) {
	out, err := p.outputs(x)
	if err != nil {
		return nil, err
	}
	n, _ := out.Dims()
	classes := make([]int, n)
	for i := range classes {
		best, top := 0, math.Inf(-1)
		for k := range p.classes {
			if v := out.At(i, k); v > top {
				best, top = k, v
			}
		}
		classes[i] = p.classes[best]
	}
	return classes, nil
}

// outputs are [rows, classes].
func (p *Ridge) outputs(x []float32) (*mat.Dense, error) {
	if p.w == nil {
		return nil, ErrNotFitted
	}
	dim := len(p.scale.mean)
	n, err := features(x, dim)
	if err != nil || n == 0 {
		return new(mat.Dense), err
	}
	out := new(mat.Dense)
	out.Mul(mat.NewDense(n, dim, p.scale.apply(x)), p.w)
	out.Apply(func(_, k int, v float64) float64 { return v + p.offsets[k] }, out)
	return out, nil
}
