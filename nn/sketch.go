package nn

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/wavekin/wavekin/internal/kernel"
)

// sketchTargets is how many columns of the result a feature goes to.
const sketchTargets = 4

// Sketch standardises features by the mean and the deviation of each over the samples of a graph marked by [Graph.FitTo],
// and reduces them by a fixed sparse projection: each feature is added to 4 of the columns with signs drawn at random, which
// keeps products and distances up to a relative error of about 1/√Out (Kane and Nelson, 2014). Nothing is trained. A feature
// that never changed is left out. The columns have about deviation 1 over those samples.
type Sketch struct {
	in, out                int
	mean, inverse, targets *Param
}

// NewSketch declares the reduction of in features to out columns; out 0 leaves them as they are, standardised.
func NewSketch(w *Weights, name string, in, out int) *Sketch {
	w = w.Scope(name)
	l := &Sketch{in: in, out: out, mean: w.Buffer("mean", 0, in), inverse: w.Buffer("inverse", 1, in)}
	if out > 0 {
		l.targets = w.Frozen().Param("targets", drawTargets(out), in, sketchTargets)
	}
	return l
}

// drawTargets draws a column from 1 to out for each number, and its sign.
func drawTargets(out int) Init {
	return func(data []float32, rng *rand.Rand) {
		for i := range data {
			v := rng.IntN(2 * out)
			data[i] = float32(v%out + 1)
			if v >= out {
				data[i] = -data[i]
			}
		}
	}
}

// Dim is the number of columns.
func (l *Sketch) Dim() int {
	if l.out == 0 {
		return l.in
	}
	return l.out
}

// Apply maps x [N, in] to [N, Dim].
func (l *Sketch) Apply(x *Node) *Node {
	if !ok(x) {
		return bad(x)
	}
	if len(x.shape) != 2 || x.shape[1] != l.in {
		return x.g.failf("a sketch of %d features takes [N, %d], got %v", l.in, l.in, x.shape)
	}
	n, dim := x.shape[0], l.Dim()
	return apply(&op{name: "sketch", shape: []int{n, dim}, about: l,
		forward: func(in [][]float32, out []float32) {
			if x.g.fit != nil {
				l.fit(in[0], n)
			}
			kernel.Parallel(n, sketchLeast, func(lo, hi int) {
				for ; lo < hi; lo += sketchMost {
					to := min(lo+sketchMost, hi)
					l.rows(out[lo*dim:to*dim], in[0][lo*l.in:to*l.in], to-lo)
				}
			})
		},
		backward: func(_ []*Node, _, dy *Node) []*Node {
			return []*Node{apply(&op{name: "sketchgrad", shape: x.shape, forward: func(in [][]float32, dx []float32) {
				kernel.Parallel(n, 16, func(lo, hi int) {
					for i := lo; i < hi; i++ {
						l.rowGrad(dx[i*l.in:(i+1)*l.in], in[0][i*dim:(i+1)*dim])
					}
				})
			}}, dy)}
		},
	}, x)
}

// target is the column from 1 to out that a number of the targets names, with its sign; 0 for any other, as a damaged file may hold.
func (l *Sketch) target(t float32) int {
	if beyond := float32(l.out + 1); t > -beyond && t < beyond {
		return int(t)
	}
	return 0
}

func (l *Sketch) rowGrad(dx, dy []float32) {
	if l.targets == nil {
		kernel.Mul(dx, dy, l.inverse.Data)
		return
	}
	for j := range dx {
		var sum float32
		for _, t := range l.targets.Data[j*sketchTargets : (j+1)*sketchTargets] {
			switch c := l.target(t); {
			case c > 0:
				sum += dy[c-1]
			case c < 0:
				sum -= dy[-c-1]
			}
		}
		dx[j] = sum * l.inverse.Data[j]
	}
}

// Rows are projected together where there are sketchLeast, and at most sketchMost at a time.
const sketchLeast, sketchMost = 16, 64

// sketchScratch is the working memory for some rows.
type sketchScratch struct{ rows, features, columns []float32 }

var sketchScratches = sync.Pool{New: func() any { return new(sketchScratch) }}

// rows projects n rows: many of them feature by feature, each for all rows at once, to the bits of row.
func (l *Sketch) rows(dst, x []float32, n int) {
	if l.targets == nil || n < sketchLeast {
		for i, dim := 0, l.Dim(); i < n; i++ {
			l.row(dst[i*dim:(i+1)*dim], x[i*l.in:(i+1)*l.in])
		}
		return
	}
	s := sketchScratches.Get().(*sketchScratch)
	defer sketchScratches.Put(s)
	s.rows, s.features = slices.Grow(s.rows[:0], len(x))[:len(x)], slices.Grow(s.features[:0], len(x))[:len(x)]
	for i := range n {
		l.standardise(s.rows[i*l.in:(i+1)*l.in], x[i*l.in:(i+1)*l.in])
	}
	kernel.Transpose(s.features, s.rows, 1, n, l.in)
	s.columns = slices.Grow(s.columns[:0], len(dst))[:len(dst)]
	clear(s.columns)
	for j := range l.in {
		v := s.features[j*n : (j+1)*n]
		for _, t := range l.targets.Data[j*sketchTargets : (j+1)*sketchTargets] {
			switch c := l.target(t); {
			case c > 0:
				column := s.columns[(c-1)*n : c*n]
				kernel.Add(column, column, v)
			case c < 0:
				column := s.columns[(-c-1)*n : -c*n]
				kernel.Sub(column, column, v)
			}
		}
	}
	kernel.Transpose(dst, s.columns, 1, l.out, n)
}

func (l *Sketch) standardise(dst, x []float32) {
	kernel.Sub(dst, x, l.mean.Data)
	kernel.Mul(dst, dst, l.inverse.Data)
}

func (l *Sketch) row(dst, x []float32) {
	if l.targets == nil {
		l.standardise(dst, x)
		return
	}
	clear(dst)
	for j, v := range x {
		v = (v - l.mean.Data[j]) * l.inverse.Data[j]
		for _, t := range l.targets.Data[j*sketchTargets : (j+1)*sketchTargets] {
			switch c := l.target(t); {
			case c > 0:
				dst[c-1] += v
			case c < 0:
				dst[-c-1] -= v
			}
		}
	}
}

// flatShare is the deviation, of shares from 0 to 1, below which a feature counts as one that never changes.
const flatShare = 1e-6

// fit measures the columns of x [n, in].
func (l *Sketch) fit(x []float32, n int) {
	live := 0
	for j := range l.in {
		var sum, square float64
		for i := j; i < len(x); i += l.in {
			sum += float64(x[i])
		}
		m := sum / float64(n)
		for i := j; i < len(x); i += l.in {
			square += (float64(x[i]) - m) * (float64(x[i]) - m)
		}
		l.mean.Data[j], l.inverse.Data[j] = float32(m), 0
		if sd := math.Sqrt(square / float64(n)); sd > flatShare {
			l.inverse.Data[j] = float32(1 / sd)
			live++
		}
	}
	if l.targets == nil || live == 0 {
		return
	}
	scale := float32(math.Sqrt(float64(l.out) / float64(sketchTargets*live)))
	kernel.Scale(l.inverse.Data, scale, l.inverse.Data)
}
