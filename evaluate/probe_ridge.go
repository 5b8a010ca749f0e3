package evaluate

import (
	"fmt"
	"math"
	"slices"

	"github.com/wavekin/wavekin/internal/kernel"
)

// Ridge is the ridge probe: least squares on standardised columns with a target for each class, 1 in its rows and -1 in
// others, and the penalty
//
//	alpha * sum of squared weights
//
// (not on the intercepts). The class of a row is the largest output. The penalty with the smallest squared error when each
// row in turn is left out is taken, which costs no further fit (Golub, Heath and Wahba, 1979): all of it follows from one
// matrix, as wide as there are rows or columns, whichever is fewer, reduced to a band. It takes 8 bytes for each number of the
// rows and of that matrix, twice where columns are as many as rows or more.
type Ridge struct {
	// Alphas are the penalties to try; nil means 19 from 0.001 to 1,000,000, evenly spaced in their logarithm: more than the usual
	// 1,000, since the best penalty grows with the number of columns. The smallest of the equally good ones is taken. One below
	// 1e-12 of the sum of the squared standardised numbers is within their rounding, and works as that.
	Alphas []float64

	scale   *scaler
	classes []int
	w       []float64 // [classes, dim]
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
	targets, offsets := centred(indices(p.classes, y), len(p.classes))
	l := newLeftOut(p.scale.apply(x), n, dim, targets, len(p.classes))
	least, best := math.Inf(1), (*factors)(nil)
	for _, alpha := range alphas {
		f, err := l.band.factor(max(alpha, l.floor))
		if err != nil {
			return err
		}
		if e := l.errors(f, max(alpha, l.floor)); e < least {
			p.chosen, least, best = alpha, e, f
		}
	}
	if best == nil {
		return fmt.Errorf("no penalty of %v leaves errors that are finite", alphas)
	}
	p.w, p.offsets = l.weights(best), offsets
	return nil
}

// centred are the targets of each class less their means [n, classes], and the means.
func centred(class []int, classes int) (t, means []float64) {
	t, means = make([]float64, len(class)*classes), make([]float64, classes)
	for i, c := range class {
		for k := range classes {
			v := -1.0
			if k == c {
				v = 1
			}
			t[i*classes+k] = v
			means[k] += v / float64(len(class))
		}
	}
	for i := range t {
		t[i] -= means[i%classes]
	}
	return t, means
}

// Predict returns the class of the largest output, the lower class on a tie. See Probe.
func (p *Ridge) Predict(x []float32) ([]int, error) {
	out, err := p.outputs(x)
	if err != nil {
		return nil, err
	}
	m := len(p.classes)
	classes := make([]int, len(out)/m)
	for i := range classes {
		best, top := 0, math.Inf(-1)
		for k, v := range out[i*m : (i+1)*m] {
			if v > top {
				best, top = k, v
			}
		}
		classes[i] = p.classes[best]
	}
	return classes, nil
}

// outputs are [rows, classes].
func (p *Ridge) outputs(x []float32) ([]float64, error) {
	if p.w == nil {
		return nil, ErrNotFitted
	}
	dim, m := len(p.scale.mean), len(p.classes)
	n, err := features(x, dim)
	if err != nil {
		return nil, err
	}
	out := make([]float64, n*m)
	for i := range out {
		out[i] = p.offsets[i%m]
	}
	kernel.Gemm64(false, true, n, m, dim, 1, p.scale.apply(x), dim, p.w, dim, 1, out, m)
	return out, nil
}
