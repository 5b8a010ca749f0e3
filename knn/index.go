package knn

import (
	"errors"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
)

// Metric says how the distance between two rows is measured.
type Metric uint8

const (
	// Cosine is 1 - cos(angle), from 0 (same direction) to 2 (opposite). A row
	// of zeros has no direction: its distance to every row is 1, also to
	// another row of zeros.
	Cosine Metric = iota
	// Euclidean is the straight-line distance, in the units of the data.
	Euclidean
)

// String returns "cosine" or "euclidean".
func (m Metric) String() string {
	switch m {
	case Cosine:
		return "cosine"
	case Euclidean:
		return "euclidean"
	}
	return fmt.Sprintf("Metric(%d)", uint8(m))
}

// MarshalText writes the name; an unknown metric is ErrOption.
func (m Metric) MarshalText() ([]byte, error) {
	_, err := ParseMetric(m.String())
	return []byte(m.String()), err
}

// UnmarshalText reads the name of a metric.
func (m *Metric) UnmarshalText(name []byte) (err error) {
	*m, err = ParseMetric(string(name))
	return err
}

// ParseMetric reads the name of a metric. ErrOption for another one.
func ParseMetric(name string) (Metric, error) {
	for _, m := range []Metric{Cosine, Euclidean} {
		if name == m.String() {
			return m, nil
		}
	}
	return 0, fmt.Errorf("%w: metric %q, want cosine or euclidean", ErrOption, name)
}

// Errors that callers can test for with errors.Is; the text around them names
// the offending size, row or column.
var (
	// ErrShape: a slice whose length is no multiple of the row length, an
	// empty index, or labels that do not match the rows.
	ErrShape = errors.New("shape mismatch")
	// ErrNotFinite: a NaN or an infinity among the numbers.
	ErrNotFinite = errors.New("number is not finite")
	// ErrOption: k, a temperature or another option out of range.
	ErrOption = errors.New("option out of range")
)

// Index finds nearest neighbours among a fixed set of rows. It is
// safe for use by several goroutines at once.
type Index struct {
	data   []float32 // [n, dim]
	dim, n int
	metric Metric
	square []float64 // [n] sum of squares of each row
	centre []float32 // [dim] what the matrix product subtracts (Euclidean)
	norm   []float64 // [n] length of each row as the matrix product sees it
	half   []float32 // [n] half the square of norm (Euclidean), else zeros
	bound  float64   // largest of norm
	// ready are all rows as the matrix product wants them, of an index small enough to hold them twice; nil otherwise. They are
	// transposed, turned at a time, which the product reads with less work.
	ready []float32
}

// twice is how many numbers an index may have to be held twice: 32 MiB.
const twice = 1 << 23

// turned is how many rows are transposed at a time.
const turned = 128

// New makes an index over data, n rows of dim numbers one after the other. The
// slice is kept, not copied: the caller must not change it afterwards. It
// returns ErrShape when there is no row or a row is incomplete, ErrNotFinite
// for NaN and infinities, ErrOption for an unknown metric.
func New(data []float32, dim int, metric Metric) (*Index, error) {
	if metric != Cosine && metric != Euclidean {
		return nil, fmt.Errorf("%w: unknown metric %v", ErrOption, metric)
	}
	n, err := rows(data, dim)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, fmt.Errorf("%w: an index needs at least one row", ErrShape)
	}
	if n > math.MaxInt32 {
		return nil, fmt.Errorf("%w: %d rows are more than row ids can count", ErrShape, n)
	}
	x := &Index{data: data, dim: dim, n: n, metric: metric}
	x.square = squares(data, dim, n)
	x.norm, x.half = make([]float64, n), make([]float32, n)
	if metric == Euclidean {
		x.centre = means(data, dim, n)
	}
	if len(data) <= twice {
		x.ready = make([]float32, len(data))
	}
	some := make([]float32, min(turned, n)*dim)
	for from := 0; from < n; from += turned {
		to := min(from+turned, n)
		for i := from; i < to; i++ {
			x.norm[i] = x.prepare(some[(i-from)*dim:(i-from+1)*dim], data[i*dim:(i+1)*dim], x.square[i])
			x.bound = max(x.bound, x.norm[i])
			if metric == Euclidean {
				x.half[i] = float32(x.norm[i] * x.norm[i] / 2)
			}
		}
		if x.ready != nil {
			kernel.Transpose(x.ready[from*dim:to*dim], some[:(to-from)*dim], 1, to-from, dim)
		}
	}
	return x, nil
}

// Len returns the number of rows, Dim the numbers per row.
func (x *Index) Len() int { return x.n }

// Dim returns the numbers per row.
func (x *Index) Dim() int { return x.dim }

// Metric returns the distance that the index uses.
func (x *Index) Metric() Metric { return x.metric }

// rows checks the shape and the numbers of a slice of rows and counts them.
func rows(data []float32, dim int) (int, error) {
	if dim < 1 {
		return 0, fmt.Errorf("%w: rows of %d numbers", ErrShape, dim)
	}
	if len(data)%dim != 0 {
		return 0, fmt.Errorf("%w: %d numbers are not whole rows of %d", ErrShape, len(data), dim)
	}
	for i, v := range data {
		// v-v is 0 for every finite number, NaN otherwise.
		if v-v != 0 {
			return 0, fmt.Errorf("%w: row %d, column %d is %v", ErrNotFinite, i/dim, i%dim, v)
		}
	}
	return len(data) / dim, nil
}

func squares(data []float32, dim, n int) []float64 {
	out := make([]float64, n)
	for i := range n {
		var s float64
		for _, v := range data[i*dim : (i+1)*dim] {
			s += float64(v) * float64(v)
		}
		out[i] = s
	}
	return out
}

func means(data []float32, dim, n int) []float32 {
	sum := make([]float64, dim)
	for i := range n {
		for j, v := range data[i*dim : (i+1)*dim] {
			sum[j] += float64(v)
		}
	}
	out := make([]float32, dim)
	for j := range out {
		out[j] = float32(sum[j] / float64(n))
	}
	return out
}

// prepare writes a row as the matrix product wants it, and returns its length:
// for cosine scaled to length 1, for Euclidean with the mean of the index taken
// off, because |a-b|^2 = |a|^2 + |b|^2 - 2ab loses fewer digits near the
// origin.
func (x *Index) prepare(dst, src []float32, square float64) float64 {
	x.place(dst, src, square)
	switch {
	case x.metric == Euclidean:
		return math.Sqrt(kernel.SumSquares(dst))
	case square == 0:
		return 0
	}
	return 1
}

// place is prepare without the length.
func (x *Index) place(dst, src []float32, square float64) {
	switch {
	case x.metric == Euclidean:
		kernel.Sub(dst, src, x.centre)
	case square == 0:
		clear(dst)
	default:
		inv := 1 / math.Sqrt(square)
		for j, v := range src {
			dst[j] = float32(float64(v) * inv)
		}
	}
}

// distance is the exact measure, in float64, squared for Euclidean.
func (x *Index) distance(q []float32, square float64, id int) float64 {
	row := x.data[id*x.dim : (id+1)*x.dim]
	if x.metric == Euclidean {
		return apart(q, row)
	}
	return angle(q, row, square, x.square[id])
}

// abreast is how many rows are measured at once.
const abreast = 4

// distances measures candidates exactly, at most abreast: as distance does, while the sums of several rows go on beside each other.
func (x *Index) distances(list []candidate, q []float32, square float64) {
	if x.metric != Euclidean || len(list) < 2 {
		for i := range list {
			list[i].d = x.distance(q, square, int(list[i].id))
		}
		return
	}
	row := func(i int) []float32 { return x.data[int(list[min(i, len(list)-1)].id)*x.dim:][:len(q)] }
	r0, r1, r2, r3 := row(0), row(1), row(2), row(3)
	var s0, s1, s2, s3 float64
	for j, v := range q {
		v := float64(v)
		d0, d1, d2, d3 := v-float64(r0[j]), v-float64(r1[j]), v-float64(r2[j]), v-float64(r3[j])
		s0 += d0 * d0
		s1 += d1 * d1
		s2 += d2 * d2
		s3 += d3 * d3
	}
	sums := [abreast]float64{s0, s1, s2, s3}
	for i := range list {
		list[i].d = sums[i]
	}
}

// apart is the squared Euclidean distance.
func apart(q, row []float32) float64 {
	var s float64
	for j, v := range q {
		d := float64(v) - float64(row[j])
		s += d * d
	}
	return s
}

// angle is the cosine distance of rows of known squared lengths.
func angle(q, row []float32, square, other float64) float64 {
	if square == 0 || other == 0 {
		return 1
	}
	var s float64
	for j, v := range q {
		s += float64(v) * float64(row[j])
	}
	// One root of the product, so that equal rows give exactly 0.
	return max(0, 1-s/math.Sqrt(square*other))
}

// measure is the exact distance of two rows, in float64, squared for Euclidean.
func measure(metric Metric, a, b []float32) float64 {
	if metric == Euclidean {
		return apart(a, b)
	}
	return angle(a, b, squares(a, len(a), 1)[0], squares(b, len(b), 1)[0])
}
