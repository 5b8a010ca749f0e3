package knn

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync"

	"github.com/wavekin/wavekin/internal/kernel"
)

const (
	queryBlock = 512  // queries per matrix product
	baseBlock  = 1024 // rows of the index that are looked at together, a multiple of turned
)

// Search returns the k nearest rows of each query. q holds queries of Dim
// numbers one after the other. The results are [queries, k'] with k' the
// smaller of k and Len: ids of rows, nearest first, rows at the same distance
// by lower id; and their distances. ErrOption for k below 1, ErrShape and
// ErrNotFinite as for New; no queries give empty results.
func (x *Index) Search(q []float32, k int) (ids []int32, dist []float32, err error) {
	hits, width, err := x.search(q, k, nil)
	if err != nil {
		return nil, nil, err
	}
	n := len(q) / x.dim
	ids = make([]int32, n*width)
	dist = make([]float32, n*width)
	for i, h := range hits {
		for j, c := range h {
			ids[i*width+j] = c.id
			dist[i*width+j] = float32(c.d)
		}
	}
	return ids, dist, nil
}

// Hit is a row of the index and its distance from a query.
type Hit struct {
	Row      int
	Distance float64
}

// SearchExcept is Search with, for each query, a range of rows [lo, hi) = skip(i) that are no neighbours of query i; the
// result has fewer than k hits for a query that leaves fewer rows. skip may be nil.
func (x *Index) SearchExcept(q []float32, k int, skip func(i int) (lo, hi int)) ([][]Hit, error) {
	found, _, err := x.search(q, k, skip)
	if err != nil {
		return nil, err
	}
	return asHits(found), nil
}

func asHits(found [][]candidate) [][]Hit {
	out := make([][]Hit, len(found))
	for i, list := range found {
		out[i] = make([]Hit, len(list))
		for j, c := range list {
			out[i][j] = Hit{int(c.id), c.d}
		}
	}
	return out
}

// candidate is a row and its distance; for Euclidean the square of it until
// the search ends.
type candidate struct {
	d  float64
	id int32
}

func nearer(a, b candidate) int {
	switch {
	case a.d < b.d:
		return -1
	case a.d > b.d:
		return 1
	}
	return int(a.id) - int(b.id)
}

// search finds the nearest rows of each query. With skip, rows in the range
// [lo, hi) = skip(query) are not neighbours of that query, which may then have
// fewer than width hits.
func (x *Index) search(q []float32, k int, skip func(i int) (lo, hi int)) (hits [][]candidate, width int, err error) {
	n, err := rows(q, x.dim)
	if err != nil {
		return nil, 0, err
	}
	if k < 1 {
		return nil, 0, fmt.Errorf("%w: k is %d, must be at least 1", ErrOption, k)
	}
	width = min(k, x.n)
	hits = make([][]candidate, n)
	square := make([]float64, n)
	if x.metric == Cosine {
		square = squares(q, x.dim, n)
	}
	qb, bb := min(queryBlock, n), min(baseBlock, x.n)
	d := desks.Get().(*desk)
	defer desks.Put(d)
	a, dots := sized(&d.a, qb*x.dim), sized(&d.dots, qb*bb)
	var b []float32
	if x.ready == nil {
		b = sized(&d.b, bb*x.dim)
	}
	sel := sized(&d.sel, qb)
	for q0 := 0; q0 < n; q0 += qb {
		q1 := min(q0+qb, n)
		for i := q0; i < q1; i++ {
			r := i - q0
			norm := x.prepare(a[r*x.dim:(r+1)*x.dim], q[i*x.dim:(i+1)*x.dim], square[i])
			s := &sel[r]
			s.reset(width, norm, x.slack(norm))
			if skip != nil {
				s.lo, s.hi = skip(i)
			}
		}
		for b0 := 0; b0 < x.n; b0 += bb {
			b1 := min(b0+bb, x.n)
			x.multiply(dots, a[:(q1-q0)*x.dim], b, b0, b1)
			kernel.Parallel(q1-q0, 4, func(lo, hi int) {
				for r := lo; r < hi; r++ {
					x.offer(&sel[r], dots[r*(b1-b0):(r+1)*(b1-b0)], b0)
				}
			})
		}
		kernel.Parallel(q1-q0, 1, func(lo, hi int) {
			for r := lo; r < hi; r++ {
				i := q0 + r
				hits[i] = x.finish(&sel[r], q[i*x.dim:(i+1)*x.dim], square[i])
			}
		})
	}
	return hits, width, nil
}

// multiply writes the products of prepared queries with the rows from b0 to b1 to dots; b is room for these, unless they are ready.
func (x *Index) multiply(dots, queries, b []float32, b0, b1 int) {
	m := len(queries) / x.dim
	if x.ready == nil {
		kernel.Parallel(b1-b0, 64, func(lo, hi int) {
			for r := lo; r < hi; r++ {
				id := b0 + r
				x.place(b[r*x.dim:(r+1)*x.dim], x.data[id*x.dim:(id+1)*x.dim], x.square[id])
			}
		})
		kernel.Gemm(false, true, m, b1-b0, x.dim, 1, queries, x.dim, b, x.dim, 0, dots, b1-b0)
		return
	}
	for from := b0; from < b1; from += turned {
		to := min(from+turned, b1)
		kernel.Gemm(false, false, m, to-from, x.dim, 1, queries, x.dim, x.ready[from*x.dim:to*x.dim], to-from, 0, dots[from-b0:], b1-b0)
	}
}

// desk is what a search works in, kept for the next one.
type desk struct {
	a, b, dots []float32
	sel        []selection
}

var desks = sync.Pool{New: func() any { return new(desk) }}

// sized returns n values of any content, those of *buf where it has room.
func sized[T any](buf *[]T, n int) []T {
	*buf = slices.Grow((*buf)[:0], n)
	return (*buf)[:n]
}

// slack is that of a query of the given length.
func (x *Index) slack(norm float64) float64 { return slackOf(x.dim, norm, x.bound) }

// slackOf bounds how far the distance computed from the float32 product can be
// from the true one, for a query of the given length and rows of at most another one: each of dim products and
// sums is off by at most a factor 1 +- 2^-24 (whatever the order of summation),
// the prepared rows by another rounding each, and products below the smallest
// normal float32 may be lost. Infinity means that the product may overflow.
func slackOf(dim int, norm, bound float64) float64 {
	const unit = 1.0 / (1 << 24)
	const tiny = 1.2e-38
	d := float64(dim)
	both := norm * bound
	if both > 1e37 {
		return math.Inf(1)
	}
	sum := norm + bound
	return 1.01*unit*(2*(d+4)*both+4*sum*sum) + 4*(d+1)*tiny
}

// selection collects, for one query, every row that may be among the k
// nearest.
type selection struct {
	k      int
	norm   float64
	slack  float64
	lo, hi int         // rows that are not neighbours
	heap   []float64   // the k smallest distances so far, largest first
	list   []candidate // every row not ruled out yet
	limit  int         // length of list that asks for a clean-up
	scan   bool        // too many near-ties, or overflow: measure every row
}

func (s *selection) reset(k int, norm, slack float64) {
	s.k, s.norm, s.slack = k, norm, slack
	s.lo, s.hi = 0, 0
	s.heap, s.list = s.heap[:0], s.list[:0]
	s.limit = 4*k + 256
	s.scan = math.IsInf(slack, 1)
}

// sieve is how many rows are compared with the same bound at once, and firstSieve how many the first are, without a bound.
const sieve, firstSieve = 256, 64

// offer gives the selection the products of its query with the rows from b0
// on.
func (x *Index) offer(s *selection, dots []float32, b0 int) {
	var mask [sieve / 64]uint64
	for len(dots) > 0 && !s.scan {
		n := min(max(firstSieve, b0), sieve, len(dots))
		kernel.Above(mask[:], dots[:n], x.half[b0:b0+n], x.least(s))
		for i, word := range mask[:(n+63)/64] {
			for ; word != 0 && !s.scan; word &= word - 1 {
				j := 64*i + bits.TrailingZeros64(word)
				x.consider(s, dots[j], b0+j)
			}
		}
		dots, b0 = dots[n:], b0+n
	}
}

// least is what the product of a row that is not ruled out is at least above half its squared length (Euclidean), or at least
// (cosine): a little less than that, for the rounding of both numbers and of their difference.
func (x *Index) least(s *selection) float32 {
	worst := s.worst()
	if math.IsInf(worst, 1) {
		return float32(math.Inf(-1))
	}
	bound := 1 - worst
	if x.metric == Euclidean {
		bound = (s.norm*s.norm - worst) / 2
	}
	return leastOf(bound, s.norm, x.bound)
}

// leastOf is a little less than a bound on such numbers of a query of some length and rows of at most another one.
func leastOf(bound, norm, longest float64) float32 {
	const unit = 1.0 / (1 << 24)
	bound -= 4 * unit * (math.Abs(bound) + (norm+longest)*longest)
	return float32(bound - 2*unit*math.Abs(bound))
}

// worst is the largest distance of a row that may be among the nearest.
func (s *selection) worst() float64 {
	if len(s.heap) < s.k {
		return math.Inf(1)
	}
	return s.heap[0] + 2*s.slack
}

// consider takes a row into the selection if its product does not rule it out.
func (x *Index) consider(s *selection, dot float32, id int) {
	d := 1 - float64(dot)
	if x.metric == Euclidean {
		n := x.norm[id]
		d = s.norm*s.norm + n*n - 2*float64(dot)
	}
	if d > s.worst() || (id >= s.lo && id < s.hi) {
		return
	}
	s.take(d, id)
}

// take adds a row at about such a distance.
func (s *selection) take(d float64, id int) {
	s.list = append(s.list, candidate{d, int32(id)})
	s.push(d)
	if len(s.list) >= s.limit {
		worst := s.worst()
		s.list = slices.DeleteFunc(s.list, func(c candidate) bool { return c.d > worst })
		s.scan = len(s.list) > s.limit/2
	}
}

// push keeps the k smallest numbers in a heap with the largest at its top.
func (s *selection) push(d float64) {
	h := s.heap
	if len(h) < s.k {
		h = append(h, d)
		for i := len(h) - 1; i > 0; {
			p := (i - 1) / 2
			if h[p] >= h[i] {
				break
			}
			h[p], h[i] = h[i], h[p]
			i = p
		}
		s.heap = h
		return
	}
	if d >= h[0] {
		return
	}
	h[0] = d
	for i := 0; ; {
		c := 2*i + 1
		if c >= len(h) {
			return
		}
		if c+1 < len(h) && h[c+1] > h[c] {
			c++
		}
		if h[i] >= h[c] {
			return
		}
		h[i], h[c] = h[c], h[i]
		i = c
	}
}

// finish measures what is left exactly and returns the nearest k. It goes by ascending ids, so that it may end with k rows at
// distance 0, as there are many of where readings stand still: no later row comes before them.
func (x *Index) finish(s *selection, q []float32, square float64) []candidate {
	list, equal := s.list, 0
	if s.scan {
		list = list[:0]
		for id := 0; id < x.n && equal < s.k; id++ {
			if id >= s.lo && id < s.hi {
				continue
			}
			d := x.distance(q, square, id)
			if d == 0 {
				equal++
			}
			list = append(list, candidate{d, int32(id)})
			if len(list) >= s.limit+s.k {
				slices.SortFunc(list, nearer)
				list = list[:s.k]
			}
		}
	} else {
		worst := s.worst()
		list = slices.DeleteFunc(list, func(c candidate) bool { return c.d > worst })
		for i := 0; i < len(list) && equal < s.k; i++ {
			if i%abreast == 0 {
				x.distances(list[i:min(i+abreast, len(list))], q, square)
			}
			if list[i].d == 0 {
				if equal++; equal == s.k {
					list = list[:i+1]
				}
			}
		}
	}
	slices.SortFunc(list, nearer)
	s.list = list
	out := slices.Clone(list[:min(s.k, len(list))])
	if x.metric == Euclidean {
		for i := range out {
			out[i].d = math.Sqrt(out[i].d)
		}
	}
	return out
}
