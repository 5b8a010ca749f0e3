package evaluate

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/internal/kernel"
)

// Probe is a classifier on frozen encodings. x holds rows of dim numbers one
// after the other, y the class of each row (any integers). Fit may be called
// again and then forgets the former rows.
type Probe interface {
	// Name is the word that the command line uses for the probe.
	Name() string
	// Fit learns the classes. Errors: ErrShape, ErrNotFinite, ErrOption.
	Fit(x []float32, dim int, y []int) error
	// Predict returns a class per row. Errors: ErrNotFitted, ErrShape,
	// ErrNotFinite.
	Predict(x []float32) ([]int, error)
}

// probes maps the names of the command line to constructors.
var probes = map[string]func() Probe{
	"knn":          func() Probe { return &KNN{} },
	"knn-weighted": func() Probe { return &KNN{Weighted: true} },
	"lars":         func() Probe { return &SGD{LARS: true} },
	"linear":       func() Probe { return &Linear{} },
	"ridge":        func() Probe { return &Ridge{} },
	"sgd":          func() Probe { return &SGD{} },
	"svm":          func() Probe { return &SVM{} },
}

// Names lists the probes that ByName knows, sorted.
func Names() []string { return slices.Sorted(maps.Keys(probes)) }

// ByName returns a new probe with its default options. ErrOption for a name
// that Names does not list.
func ByName(name string) (Probe, error) {
	if f, ok := probes[name]; ok {
		return f(), nil
	}
	return nil, fmt.Errorf("%w: unknown probe %q, known are %s", ErrOption, name, strings.Join(Names(), ", "))
}

// Predict fits the named probe on rows x of dim numbers with classes y, and
// returns a class for each of the rows queries. Errors as for ByName and Probe.
func Predict(name string, x []float32, dim int, y []int, queries []float32) ([]int, error) {
	p, err := ByName(name)
	if err != nil {
		return nil, err
	}
	if err := p.Fit(x, dim, y); err != nil {
		return nil, err
	}
	return p.Predict(queries)
}

// Chosen is the one of several probes that gets most rows right in a cross-validation of five folds within the rows that it learns
// from; the first of equally good ones. Fit and Predict are not for several goroutines at once.
type Chosen struct {
	// Of are the probes, at least one.
	Of []Probe

	best Probe
}

// Name returns "chosen".
func (p *Chosen) Name() string { return "chosen" }

// Best returns the probe that the last Fit chose; nil before.
func (p *Chosen) Best() Probe { return p.best }

// Fit chooses a probe and fits it. See Probe.
func (p *Chosen) Fit(x []float32, dim int, y []int) error {
	const k = 5
	p.best = nil
	if _, err := training(x, dim, y); err != nil {
		return err
	}
	if len(p.Of) == 0 {
		return fmt.Errorf("%w: no probes to choose from", ErrOption)
	}
	classes := distinct(y)
	in := folds(indices(classes, y), len(classes), k)
	right := make([]int, len(p.Of))
	for f := range k {
		ax, ay, bx, by := without(f, in, x, dim, y)
		if len(ay) == 0 || len(by) == 0 {
			continue // fewer rows than folds
		}
		for i, probe := range p.Of {
			if err := probe.Fit(ax, dim, ay); err != nil {
				return err
			}
			got, err := probe.Predict(bx)
			if err != nil {
				return err
			}
			for j, c := range got {
				if c == by[j] {
					right[i]++
				}
			}
		}
	}
	best := p.Of[mostRight(right, len(p.Of))]
	if err := best.Fit(x, dim, y); err != nil {
		return err
	}
	p.best = best
	return nil
}

// Predict is that of the chosen probe.
func (p *Chosen) Predict(x []float32) ([]int, error) {
	if p.best == nil {
		return nil, ErrNotFitted
	}
	return p.best.Predict(x)
}

// features counts the rows of x and checks shape and numbers.
func features(x []float32, dim int) (int, error) {
	if dim < 1 || len(x)%dim != 0 {
		return 0, fmt.Errorf("%w: %d numbers are not whole rows of %d", ErrShape, len(x), dim)
	}
	for i, v := range x {
		if v-v != 0 {
			return 0, fmt.Errorf("%w: row %d, column %d is %v", ErrNotFinite, i/dim, i%dim, v)
		}
	}
	return len(x) / dim, nil
}

// training checks rows with their classes, at least one.
func training(x []float32, dim int, y []int) (int, error) {
	n, err := features(x, dim)
	if err != nil {
		return 0, err
	}
	if n == 0 || n != len(y) {
		return 0, fmt.Errorf("%w: %d rows, %d classes", ErrShape, n, len(y))
	}
	return n, nil
}

// scaler moves each column to mean 0 and deviation 1 over the rows it was made
// from. A constant column is only moved, so it becomes 0 there.
type scaler struct {
	mean, inverse []float64
}

func newScaler(x []float32, dim int) *scaler {
	s := &scaler{make([]float64, dim), make([]float64, dim)}
	n := float64(len(x) / dim)
	for i, v := range x {
		s.mean[i%dim] += float64(v)
	}
	for j := range s.mean {
		s.mean[j] /= n
	}
	for i, v := range x {
		d := float64(v) - s.mean[i%dim]
		s.inverse[i%dim] += d * d
	}
	for j, sum := range s.inverse {
		sd := math.Sqrt(sum / n)
		s.inverse[j] = 1
		// Deviations within the rounding of the mean are not deviations.
		if sd > 1e-10*math.Abs(s.mean[j]) && sd > 0 {
			s.inverse[j] = 1 / sd
		}
	}
	return s
}

// apply returns standardised copies of the rows.
func (s *scaler) apply(x []float32) []float64 {
	dim := len(s.mean)
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = (float64(v) - s.mean[i%dim]) * s.inverse[i%dim]
	}
	return out
}

// apply32 returns standardised copies of the rows, rounded to float32.
func (s *scaler) apply32(x []float32) []float32 {
	dim := len(s.mean)
	out := make([]float32, len(x))
	kernel.Parallel(len(x)/dim, 256, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			for j, v := range x[i*dim : (i+1)*dim] {
				out[i*dim+j] = float32((float64(v) - s.mean[j]) * s.inverse[j])
			}
		}
	})
	return out
}

// folds deals the rows of each class out to k folds in turn, so that every
// fold has about the same share of every class. class holds indices below
// classes.
func folds(class []int, classes, k int) []int {
	out := make([]int, len(class))
	next := make([]int, classes)
	turn := 0
	for c := range next {
		for i, ci := range class {
			if ci == c {
				out[i] = turn % k
				turn++
			}
		}
	}
	return out
}

// without splits rows and classes into those outside and those inside a fold.
func without[T float32 | float64](fold int, in []int, x []T, dim int, class []int) (ax []T, ac []int, bx []T, bc []int) {
	for i, f := range in {
		row := x[i*dim : (i+1)*dim]
		if f == fold {
			bx, bc = append(bx, row...), append(bc, class[i])
		} else {
			ax, ac = append(ax, row...), append(ac, class[i])
		}
	}
	return ax, ac, bx, bc
}
