package knn

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/wavekin/wavekin/internal/kernel"
)

// InvertedConfig says how an [Inverted] index is made; its zero value suits most data.
type InvertedConfig struct {
	// Metric is the distance.
	Metric Metric
	// Lists is their number; 0 means the root of the number of rows.
	Lists int
	// Probes is how many lists a query looks through; 0 means as few as give Recall on rows of the index.
	Probes int
	// Recall is the share of rows whose nearest other row is to lie in the lists looked through, where Probes is 0; 0 means 0.99. Codes
	// may put another row before it, one that is nearly as near; there are more probes where that leaves less than 0.95 found.
	Recall float64
	// Rounds is how often k-means moves the centroids; 0 means 10.
	Rounds int
	// Full keeps the rows as they are, 4 bytes a number; otherwise a byte is kept of each.
	Full bool
	// Seed is that of the rows from which k-means starts.
	Seed uint64
	// Except gives rows [lo, hi) that are no neighbours of row i when Probes and the recall are measured; nil means i alone.
	Except func(i int) (lo, hi int)
}

// Inverted finds nearest neighbours among rows in lists around centroids, of which a query looks through the nearest ones only (Jégou et
// al., 2011, section IV). A row is kept as its distance from the centroid of its list, a byte for each number: 256 steps between the
// least and the largest number that the list has in that column, so that each number is off by at most half a step. Within the lists that
// are looked through the search is exact for the rows as they are kept, in float64; results are the same bits for any number of threads
// and whatever queries are asked together. It is safe for use by several goroutines at once.
type Inverted struct {
	metric  Metric
	dim, n  int
	probes  int
	recall  float64
	mean    []float32 // [dim] what is taken off rows and queries; zeros for Cosine, whose rows have length 1
	centres *Index    // of the centroids [lists, dim]
	start   []int     // [lists+1] where each list begins in what follows; rows without direction come after the last
	ids     []int32   // [n] ascending within a list
	codes   []byte    // [start[lists], dim]
	base    []float32 // [lists, dim]
	step    []float32 // [lists, dim]
	full    []float32 // [start[lists], dim] in place of codes
	half    []float32 // [start[lists]] half the squared distance of a row from its centroid
	bound   float64   // largest distance of a row from its centroid
	reach   float64   // at least the largest length of a prepared row
}

// Len returns the number of rows.
func (x *Inverted) Len() int { return x.n }

// Dim returns the numbers per row.
func (x *Inverted) Dim() int { return x.dim }

// Metric returns the distance that the index uses.
func (x *Inverted) Metric() Metric { return x.metric }

// Lists returns their number, and Probes how many of them a query looks through.
func (x *Inverted) Lists() int { return len(x.start) - 1 }

// Probes returns how many lists a query looks through.
func (x *Inverted) Probes() int { return x.probes }

// Recall is the measured share of rows whose nearest other row was found; NaN where it was not measured.
func (x *Inverted) Recall() float64 { return x.recall }

// Bytes is what the index takes in memory.
func (x *Inverted) Bytes() int64 {
	numbers := len(x.ids) + len(x.base) + len(x.step) + len(x.full) + len(x.half) + 3*len(x.centres.data)
	return int64(4*numbers + len(x.codes) + 8*len(x.start))
}

// Search is [Index.Search] among the rows of the nearest lists.
func (x *Inverted) Search(q []float32, k int) (ids []int32, dist []float32, err error) {
	hits, err := x.search(context.Background(), q, k, x.probes, nil)
	if err != nil {
		return nil, nil, err
	}
	width := min(k, x.n)
	ids, dist = make([]int32, len(hits)*width), make([]float32, len(hits)*width)
	for i, list := range hits {
		for j, c := range list {
			ids[i*width+j], dist[i*width+j] = c.id, float32(c.d)
		}
	}
	return ids, dist, nil
}

// SearchExcept is [Index.SearchExcept] among the rows of the nearest lists.
func (x *Inverted) SearchExcept(q []float32, k int, skip func(i int) (lo, hi int)) ([][]Hit, error) {
	hits, err := x.search(context.Background(), q, k, x.probes, skip)
	if err != nil {
		return nil, err
	}
	return asHits(hits), nil
}

// prepare writes rows as lists hold them: less the mean, or at length 1. It returns false for a row without direction.
func (x *Inverted) prepare(dst, src []float32) bool {
	if x.metric == Euclidean {
		kernel.Sub(dst, src, x.mean)
		return true
	}
	square := kernel.SumSquares(src)
	if square == 0 {
		clear(dst)
		return false
	}
	inv := 1 / math.Sqrt(square)
	for j, v := range src {
		dst[j] = float32(float64(v) * inv)
	}
	return true
}

// centroid is that of a list.
func (x *Inverted) centroid(list int) []float32 {
	return x.centres.data[list*x.dim : (list+1)*x.dim]
}

// decode writes rows [lo, hi) of a list, less its centroid.
func (x *Inverted) decode(dst []float32, list, lo, hi int) {
	if x.full == nil {
		kernel.Decode(dst, x.codes[lo*x.dim:hi*x.dim], x.base[list*x.dim:(list+1)*x.dim], x.step[list*x.dim:(list+1)*x.dim])
		return
	}
	c := x.centroid(list)
	for i := lo; i < hi; i++ {
		row := dst[(i-lo)*x.dim : (i-lo+1)*x.dim]
		x.prepare(row, x.full[i*x.dim:(i+1)*x.dim])
		kernel.Sub(row, row, c)
	}
}

// seal measures what the search needs to know of the rows.
func (x *Inverted) seal() {
	lists := x.Lists()
	x.half = make([]float32, x.start[lists])
	longest := make([]float64, lists)
	kernel.Parallel(lists, 1, func(from, to int) {
		rows := make([]float32, listBlock*x.dim)
		for l := from; l < to; l++ {
			for lo := x.start[l]; lo < x.start[l+1]; lo += listBlock {
				hi := min(lo+listBlock, x.start[l+1])
				x.decode(rows, l, lo, hi)
				for i := lo; i < hi; i++ {
					s := kernel.SumSquares(rows[(i-lo)*x.dim : (i-lo+1)*x.dim])
					x.half[i], longest[l] = float32(s/2), max(longest[l], math.Sqrt(s))
				}
			}
		}
	})
	for l, length := range longest {
		x.bound = max(x.bound, length)
		x.reach = max(x.reach, length+math.Sqrt(kernel.SumSquares(x.centroid(l))))
	}
}

// listOf is the list of the row at a place.
func (x *Inverted) listOf(place int) int {
	l, found := slices.BinarySearch(x.start, place)
	if !found {
		return l - 1
	}
	for x.start[l+1] == place { // lists without a row
		l++
	}
	return l
}

// check refuses what no index can be made with.
func (c InvertedConfig) check(n, dim int) error {
	switch {
	case c.Metric != Cosine && c.Metric != Euclidean:
		return fmt.Errorf("%w: unknown metric %v", ErrOption, c.Metric)
	case n < 1:
		return fmt.Errorf("%w: an index needs at least one row", ErrShape)
	case dim < 1:
		return fmt.Errorf("%w: rows of %d numbers", ErrShape, dim)
	case n > math.MaxInt32:
		return fmt.Errorf("%w: %d rows are more than row ids can count", ErrShape, n)
	case c.Lists < 0 || c.Lists > n || c.Probes < 0 || c.Rounds < 0:
		return fmt.Errorf("%w: %d lists of %d rows, %d probes, %d rounds: want at least 1 of each, or 0, and no more lists than rows", ErrOption, c.Lists, n, c.Probes, c.Rounds)
	case !(c.Recall >= 0 && c.Recall <= 1):
		return fmt.Errorf("%w: a recall of %g, want 0 to 1", ErrOption, c.Recall)
	}
	return nil
}
