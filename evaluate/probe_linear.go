package evaluate

import (
	"fmt"
	"math"
	"slices"

	"github.com/wavekin/wavekin/internal/kernel"
	"gonum.org/v1/gonum/mat"
)

// Linear is the linear probe: multinomial logistic regression on standardised
// columns, with an L2 penalty on the weights (not on the biases), fitted to the
// optimum by L-BFGS. It minimises
//
//	C * sum over rows of cross-entropy + 1/2 * sum of squared weights
//
// so C has the meaning it has in scikit-learn.
//
// From 32 million products of rows, columns and classes on (50,000 encodings of
// 512 numbers in 10 classes have 256 million) the products are of float32, and
// one fold, not all, decides on C: seconds, where hours would go by.
type Linear struct {
	// C is the inverse strength of the penalty. 0 chooses it from Grid by
	// cross-validation.
	C float64
	// Grid holds the values of C to try; nil means 0.001, 0.01, 0.1, 1, 10. The
	// smallest of the equally good ones is taken.
	Grid []float64
	// Folds of the cross-validation; 0 means 5. With fewer rows than folds, or
	// a single row in some class, C is 1.
	Folds int
	// Iterations of L-BFGS at most; 0 means 200.
	Iterations int

	scale   *scaler
	classes []int
	w       []float64 // [classes, dim+1], the bias last
	chosen  float64
	many    int // where a large problem begins; 0 means 1<<25
}

// Name returns "linear".
func (p *Linear) Name() string { return "linear" }

// Chosen returns the C that the last Fit used.
func (p *Linear) Chosen() float64 { return p.chosen }

// Fit learns weights and biases. See Probe.
func (p *Linear) Fit(x []float32, dim int, y []int) error {
	p.w = nil
	n, err := training(x, dim, y)
	if err != nil {
		return err
	}
	grid := p.Grid
	if grid == nil {
		grid = []float64{1e-3, 1e-2, 1e-1, 1, 10}
	}
	if p.C != 0 {
		grid = []float64{p.C}
	}
	for _, c := range grid {
		if !(c > 0) || math.IsInf(c, 1) {
			return fmt.Errorf("%w: C is %v, must be above 0 and finite", ErrOption, c)
		}
	}
	k, iterations := p.Folds, p.Iterations
	if k == 0 {
		k = 5
	}
	if iterations == 0 {
		iterations = 200
	}
	if k < 2 || iterations < 0 || len(grid) == 0 {
		return fmt.Errorf("%w: %d folds, %d iterations, %d values of C", ErrOption, k, iterations, len(grid))
	}
	p.scale, p.classes = newScaler(x, dim), distinct(y)
	class, m := indices(p.classes, y), len(p.classes)
	if n*min(n, dim)*m >= p.large() {
		return p.fitLarge(p.scale.apply32(x), class, slices.Sorted(slices.Values(grid)), k, iterations)
	}
	z, back := p.scale.apply(x), func(w []float64) []float64 { return w }
	if dim > n { // the rows span n axes at most, in which the work is less and the optimum the same
		whole := mat.NewDense(n, dim, z)
		s, err := decompose(whole)
		if err != nil {
			return err
		}
		z, dim, back = s.turned(whole)
	}
	p.chosen = grid[0]
	if len(grid) > 1 {
		p.chosen = 1
		if n >= k && smallest(class, m) > 1 {
			p.chosen = crossValidate(slices.Sorted(slices.Values(grid)), k, z, dim, class, m, func(c float64, ax []float64, ac []int, bx []float64) []int {
				w := fitLogistic(ax, dim, ac, m, c, iterations)
				return predictLogistic(w, bx, dim, m)
			})
		}
	}
	p.w = back(fitLogistic(z, dim, class, m, p.chosen, iterations))
	return nil
}

// Predict returns the class of the largest logit, the lower class on a tie. See
// Probe.
func (p *Linear) Predict(x []float32) ([]int, error) {
	if p.w == nil {
		return nil, ErrNotFitted
	}
	dim := len(p.scale.mean)
	if _, err := features(x, dim); err != nil {
		return nil, err
	}
	out := predictLogistic(p.w, p.scale.apply(x), dim, len(p.classes))
	for i, c := range out {
		out[i] = p.classes[c]
	}
	return out, nil
}

func indices(classes, y []int) []int {
	out := make([]int, len(y))
	for i, v := range y {
		out[i], _ = slices.BinarySearch(classes, v)
	}
	return out
}

// smallest is the number of rows in the smallest class.
func smallest(class []int, classes int) int {
	count := make([]int, classes)
	for _, c := range class {
		count[c]++
	}
	return slices.Min(count)
}

// crossValidate returns the first of the values that gets most rows right.
func crossValidate(values []float64, k int, x []float64, dim int, class []int, classes int, try func(v float64, ax []float64, ac []int, bx []float64) []int) float64 {
	in := folds(class, classes, k)
	right := make([]int, k*len(values)) // per fold, so that folds can run at once
	kernel.Parallel(k, 1, func(lo, hi int) {
		for f := lo; f < hi; f++ {
			ax, ac, bx, bc := without(f, in, x, dim, class)
			for v, value := range values {
				for i, c := range try(value, ax, ac, bx) {
					if c == bc[i] {
						right[f*len(values)+v]++
					}
				}
			}
		}
	})
	return values[mostRight(right, len(values))]
}

// mostRight adds up counts [folds, values] and returns the first of the values
// with the highest sum.
func mostRight(counts []int, values int) int {
	sum := make([]int, values)
	for i, c := range counts {
		sum[i%values] += c
	}
	best := 0
	for v := range sum {
		if sum[v] > sum[best] {
			best = v
		}
	}
	return best
}

func predictLogistic(w, x []float64, dim, classes int) []int {
	out := make([]int, len(x)/dim)
	logit := make([]float64, classes)
	for i := range out {
		logits(logit, w, x[i*dim:(i+1)*dim])
		for c, v := range logit {
			if v > logit[out[i]] {
				out[i] = c
			}
		}
	}
	return out
}

func logits(dst, w, row []float64) {
	dim := len(row)
	for c := range dst {
		wc := w[c*(dim+1) : (c+1)*(dim+1)]
		s := wc[dim]
		for j, v := range row {
			s += wc[j] * v
		}
		dst[c] = s
	}
}

func fitLogistic(x []float64, dim int, class []int, classes int, c float64, iterations int) []float64 {
	w := make([]float64, classes*(dim+1))
	logit := make([]float64, classes)
	n := float64(len(class))
	// Divided by C*n, so that the size of the problem does not move the
	// stopping rule.
	decay := 1 / (c * n)
	minimise(w, iterations, 1e-7, func(w, g []float64) float64 {
		clear(g)
		var loss float64
		for i, y := range class {
			row := x[i*dim : (i+1)*dim]
			logits(logit, w, row)
			top := slices.Max(logit)
			var sum float64
			for _, v := range logit {
				sum += math.Exp(v - top)
			}
			loss += (math.Log(sum) + top - logit[y]) / n
			for k, v := range logit {
				d := math.Exp(v-top) / sum / n
				if k == y {
					d -= 1 / n
				}
				gk := g[k*(dim+1) : (k+1)*(dim+1)]
				for j, v := range row {
					gk[j] += d * v
				}
				gk[dim] += d
			}
		}
		for k := range classes {
			for j := k * (dim + 1); j < k*(dim+1)+dim; j++ {
				loss += decay / 2 * w[j] * w[j]
				g[j] += decay * w[j]
			}
		}
		return loss
	})
	return w
}
