package evaluate

import (
	"fmt"
	"math"
	"slices"

	"github.com/wavekin/wavekin/internal/kernel"
)

// hardMargin stands in for an infinite C: no row of standardised encodings
// needs a larger multiplier unless two classes share a row, and then it keeps
// the solution finite.
const hardMargin = 1e6

// SVM is the support vector probe of the TS2Vec protocol: a classifier with the
// kernel exp(-gamma |a-b|^2) for each pair of classes, which then vote (the
// lower class on a tie), on standardised columns. gamma is 1 / (dim * variance
// of all standardised numbers), which is 1/dim when no column is constant.
type SVM struct {
	// C is the largest weight of a row; +Inf asks for a hard margin. 0 chooses
	// it from Grid by cross-validation, or takes a hard margin when there are
	// fewer than 50 rows or fewer than 5 per class on average.
	C float64
	// Grid holds the values of C to try; nil means the powers of ten from
	// 0.0001 to 10000, and +Inf. The first of the equally good ones is taken.
	Grid []float64
	// Folds of the cross-validation; 0 means 5.
	Folds int
	// MaxRows bounds the kernel matrix (4 bytes * rows^2): more rows are
	// thinned evenly within each class. 0 means 5000.
	MaxRows int

	scale   *scaler
	classes []int
	x       []float64 // training rows, standardised
	gamma   float64
	pairs   []separator
	chosen  float64
}

// separator tells class a (positive) from class b, both indices of classes.
type separator struct {
	a, b   int
	rows   []int     // support vectors
	weight []float64 // multiplier times sign
	rho    float64
}

// Name returns "svm".
func (p *SVM) Name() string { return "svm" }

// Chosen returns the C that the last Fit used.
func (p *SVM) Chosen() float64 { return p.chosen }

// Fit learns one separator per pair of classes. See Probe.
func (p *SVM) Fit(x []float32, dim int, y []int) error {
	p.x = nil
	if _, err := training(x, dim, y); err != nil {
		return err
	}
	k, most := p.Folds, p.MaxRows
	if k == 0 {
		k = 5
	}
	if most == 0 {
		most = 5000
	}
	grid := p.Grid
	if grid == nil {
		grid = []float64{1e-4, 1e-3, 1e-2, 1e-1, 1, 1e1, 1e2, 1e3, 1e4, math.Inf(1)}
	}
	if p.C != 0 {
		grid = []float64{p.C}
	}
	if k < 2 || most < 1 || len(grid) == 0 {
		return fmt.Errorf("%w: %d folds, %d rows at most, %d values of C", ErrOption, k, most, len(grid))
	}
	for _, c := range grid {
		if !(c > 0) {
			return fmt.Errorf("%w: C is %v, must be above 0", ErrOption, c)
		}
	}
	p.scale, p.classes = newScaler(x, dim), distinct(y)
	z, class := thin(p.scale.apply(x), dim, indices(p.classes, y), len(p.classes), most)
	n, m := len(class), len(p.classes)
	p.gamma = 1 / float64(dim)
	if v := variance(z); v > 0 {
		p.gamma /= v
	}
	near := newKernelMatrix(z, dim, p.gamma)
	p.chosen = grid[0]
	if len(grid) > 1 {
		if n < 50 || n/m < 5 {
			p.chosen = math.Inf(1)
		} else {
			p.chosen = p.chooseC(grid, k, near, class, m)
		}
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	p.pairs = separators(near, all, class, m, p.chosen)
	p.x = z
	return nil
}

// chooseC returns the first of the values that gets most rows right.
func (p *SVM) chooseC(grid []float64, k int, near kernelMatrix, class []int, classes int) float64 {
	in := folds(class, classes, k)
	right := make([]int, k*len(grid)) // per fold, so that folds can run at once
	kernel.Parallel(k, 1, func(lo, hi int) {
		score := make([]int, classes)
		for f := lo; f < hi; f++ {
			var fit, test []int
			for i, g := range in {
				if g == f {
					test = append(test, i)
				} else {
					fit = append(fit, i)
				}
			}
			for v, c := range grid {
				pairs := separators(near, fit, class, classes, c)
				for _, i := range test {
					if vote(pairs, near.row(i), score) == class[i] {
						right[f*len(grid)+v]++
					}
				}
			}
		}
	})
	return grid[mostRight(right, len(grid))]
}

// Predict lets the separators vote. See Probe.
func (p *SVM) Predict(x []float32) ([]int, error) {
	if p.x == nil {
		return nil, ErrNotFitted
	}
	dim := len(p.scale.mean)
	n, err := features(x, dim)
	if err != nil {
		return nil, err
	}
	z := p.scale.apply(x)
	out := make([]int, n)
	kernel.Parallel(n, 8, func(lo, hi int) {
		near, score := make([]float32, len(p.x)/dim), make([]int, len(p.classes))
		for i := lo; i < hi; i++ {
			row := z[i*dim : (i+1)*dim]
			for j := range near {
				near[j] = radial(row, p.x[j*dim:(j+1)*dim], p.gamma)
			}
			out[i] = p.classes[vote(p.pairs, near, score)]
		}
	})
	return out, nil
}

// vote counts the separators' decisions about a row whose kernel values with
// the training rows are near.
func vote(pairs []separator, near []float32, score []int) int {
	clear(score)
	for _, s := range pairs {
		f := -s.rho
		for i, r := range s.rows {
			f += s.weight[i] * float64(near[r])
		}
		if f > 0 {
			score[s.a]++
		} else {
			score[s.b]++
		}
	}
	best := 0
	for c, v := range score {
		if v > score[best] {
			best = c
		}
	}
	return best
}

// thin keeps at most about most rows, evenly spaced within each class, at least
// one of each.
func thin(x []float64, dim int, class []int, classes, most int) ([]float64, []int) {
	if len(class) <= most {
		return x, class
	}
	count, seen := make([]int, classes), make([]int, classes)
	for _, c := range class {
		count[c]++
	}
	var rows []float64
	var kept []int
	for i, c := range class {
		quota := max(1, count[c]*most/len(class))
		// The row is kept when its share of the quota passes a whole number.
		if (seen[c]+1)*quota/count[c] > seen[c]*quota/count[c] {
			rows, kept = append(rows, x[i*dim:(i+1)*dim]...), append(kept, c)
		}
		seen[c]++
	}
	return rows, kept
}

func variance(x []float64) float64 {
	var mean, sum float64
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		sum += (v - mean) * (v - mean)
	}
	return sum / float64(len(x))
}

// kernelMatrix is symmetric, [n, n].
type kernelMatrix struct {
	n    int
	data []float32
}

func (k kernelMatrix) row(i int) []float32 { return k.data[i*k.n : (i+1)*k.n] }

func newKernelMatrix(x []float64, dim int, gamma float64) kernelMatrix {
	n := len(x) / dim
	k := kernelMatrix{n, make([]float32, n*n)}
	kernel.Parallel(n, 16, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			for j := range n {
				k.data[i*n+j] = radial(x[i*dim:(i+1)*dim], x[j*dim:(j+1)*dim], gamma)
			}
		}
	})
	return k
}

func radial(a, b []float64, gamma float64) float32 {
	var s float64
	for i, v := range a {
		d := v - b[i]
		s += d * d
	}
	return float32(math.Exp(-gamma * s))
}

// separators trains every pair of classes that both have rows.
func separators(near kernelMatrix, rows, class []int, classes int, c float64) []separator {
	member := make([][]int, classes)
	for _, r := range rows {
		member[class[r]] = append(member[class[r]], r)
	}
	var out []separator
	for a := range classes {
		for b := a + 1; b < classes; b++ {
			if len(member[a]) > 0 && len(member[b]) > 0 {
				s := solve(near, slices.Concat(member[a], member[b]), len(member[a]), min(c, hardMargin))
				s.a, s.b = a, b
				out = append(out, s)
			}
		}
	}
	return out
}
