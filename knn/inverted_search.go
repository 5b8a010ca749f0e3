package knn

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync"

	"github.com/wavekin/wavekin/internal/kernel"
)

const (
	probeBlock = 2048 // queries that are put to the lists together
	listBlock  = 256  // rows of a list per matrix product
)

// search finds the nearest rows of each query in the lists of the nearest centroids, and in more lists for queries that have fewer than
// k rows there.
func (x *Inverted) search(ctx context.Context, q []float32, k, probes int, skip func(i int) (lo, hi int)) ([][]candidate, error) {
	n, err := rows(q, x.dim)
	if err != nil {
		return nil, err
	}
	if k < 1 {
		return nil, fmt.Errorf("%w: k is %d, must be at least 1", ErrOption, k)
	}
	hits := make([][]candidate, n)
	ask := make([]int, n) // the queries that have no answer yet
	for i := range ask {
		ask[i] = i
	}
	for p := probes; len(ask) > 0; p *= 4 {
		p = min(p, x.Lists())
		for at := 0; at < len(ask); at += probeBlock {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := x.probe(hits, ask[at:min(at+probeBlock, len(ask))], q, min(k, x.n), p, skip); err != nil {
				return nil, err
			}
		}
		if p == x.Lists() {
			break
		}
		ask = slices.DeleteFunc(ask, func(i int) bool { return len(hits[i]) == min(k, x.n) })
	}
	return hits, nil
}

// visit is some queries on their way through the lists.
type visit struct {
	x        *Inverted
	prepared []float32 // [queries, dim]
	probed   []int32   // [queries, probes] lists
	probes   int
	sel      []selection
	locks    []sync.Mutex
	// of each list, its queries are order[from[list]:from[list+1]]
	from, order []int
}

// probe answers some queries.
func (x *Inverted) probe(hits [][]candidate, ask []int, q []float32, k, probes int, skip func(i int) (lo, hi int)) error {
	m := len(ask)
	v := &visit{x: x, prepared: make([]float32, m*x.dim), probes: probes, sel: make([]selection, m), locks: make([]sync.Mutex, m)}
	without := make([]bool, m) // direction
	for r, i := range ask {
		without[r] = !x.prepare(v.prepared[r*x.dim:(r+1)*x.dim], q[i*x.dim:(i+1)*x.dim])
	}
	ids, dist, err := x.centres.Search(v.prepared, probes)
	if err != nil {
		return err
	}
	v.probed = ids
	for r, i := range ask {
		s := &v.sel[r]
		s.reset(k, 0, x.slack(float64(dist[(r+1)*probes-1]), math.Sqrt(kernel.SumSquares(v.prepared[r*x.dim:(r+1)*x.dim]))))
		if skip != nil {
			s.lo, s.hi = skip(i)
		}
	}
	v.group()
	kernel.Parallel(x.Lists(), 1, v.lists)
	kernel.Parallel(m, 1, func(lo, hi int) {
		row := make([]float32, x.dim)
		for r := lo; r < hi; r++ {
			i := ask[r]
			if without[r] {
				hits[i] = x.first(&v.sel[r])
				continue
			}
			hits[i] = v.finish(r, q[i*x.dim:(i+1)*x.dim], row)
		}
	})
	return nil
}

// slack is [slackOf] among centroids at most so far from a query of some length: rows and queries are rounded before the centroid is
// taken off.
func (x *Inverted) slack(farthest, length float64) float64 {
	const unit = 1.0 / (1 << 24)
	farthest *= 1 + 1e-6 // it was rounded to float32
	sum := farthest + x.bound
	if !(sum*sum < 1e37) {
		return math.Inf(1)
	}
	return slackOf(x.dim, farthest, x.bound) + 8*unit*sum*(sum+length+x.reach) + 64*unit*unit*(length+x.reach)*(length+x.reach)
}

// group orders the queries by list.
func (v *visit) group() {
	v.from, v.order = make([]int, v.x.Lists()+1), make([]int, len(v.probed))
	for _, l := range v.probed {
		v.from[l+1]++
	}
	for l := range v.x.Lists() {
		v.from[l+1] += v.from[l]
	}
	next := slices.Clone(v.from)
	for i, l := range v.probed {
		v.order[next[l]] = i / v.probes
		next[l]++
	}
}

// lists offers the rows of lists [from, to) to their queries.
func (v *visit) lists(from, to int) {
	x := v.x
	rows := make([]float32, listBlock*x.dim)
	var asked, dots []float32
	var norms []float64
	for l := from; l < to; l++ {
		queries := v.order[v.from[l]:v.from[l+1]]
		if len(queries) == 0 {
			continue
		}
		m := len(queries)
		asked, norms, dots = grown(asked, m*x.dim), grown(norms, m), grown(dots, m*listBlock)
		c := x.centroid(l)
		for r, i := range queries {
			row := asked[r*x.dim : (r+1)*x.dim]
			kernel.Sub(row, v.prepared[i*x.dim:(i+1)*x.dim], c)
			norms[r] = math.Sqrt(kernel.SumSquares(row))
		}
		for lo := x.start[l]; lo < x.start[l+1]; lo += listBlock {
			n := min(listBlock, x.start[l+1]-lo)
			x.decode(rows, l, lo, lo+n)
			kernel.Gemm(false, true, m, n, x.dim, 1, asked, x.dim, rows, x.dim, 0, dots, n)
			for r, i := range queries {
				v.locks[i].Lock()
				v.offer(&v.sel[i], norms[r], dots[r*n:(r+1)*n], lo)
				v.locks[i].Unlock()
			}
		}
	}
}

// grown is a slice of n elements, of any content.
func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// offer gives a selection the products of its query, of some distance from the centroid, with the rows at places from lo on.
func (v *visit) offer(s *selection, norm float64, dots []float32, lo int) {
	var mask [listBlock / 64]uint64
	if s.scan {
		return
	}
	half := v.x.half[lo : lo+len(dots)]
	kernel.Above(mask[:], dots, half, v.least(s, norm))
	for i, word := range mask[:(len(dots)+63)/64] {
		for ; word != 0 && !s.scan; word &= word - 1 {
			j := 64*i + bits.TrailingZeros64(word)
			d := norm*norm + 2*(float64(half[j])-float64(dots[j]))
			if id := int(v.x.ids[lo+j]); d <= s.worst() && (id < s.lo || id >= s.hi) {
				s.take(d, lo+j)
			}
		}
	}
}

// least is what a product less half the squared length of its row is at least, where the row is not ruled out.
func (v *visit) least(s *selection, norm float64) float32 {
	worst := s.worst()
	if math.IsInf(worst, 1) {
		return float32(math.Inf(-1))
	}
	return leastOf((norm*norm-worst)/2, norm, v.x.bound)
}

// finish measures the rows left, and returns the nearest. Row is a buffer.
func (v *visit) finish(r int, q, row []float32) []candidate {
	x, s := v.x, &v.sel[r]
	list := s.list
	if s.scan {
		list = v.scan(r, q, row)
	} else {
		worst := s.worst()
		list = slices.DeleteFunc(list, func(c candidate) bool { return c.d > worst })
		for i, c := range list {
			list[i] = candidate{x.distance(r, v, q, int(c.id), row), x.ids[c.id]}
		}
	}
	slices.SortFunc(list, nearer)
	list = list[:min(s.k, len(list))]
	// Rows without direction are at 1, in the order of their ids: the first that is not among the nearest is the last one looked at.
	for _, id := range x.ids[x.start[x.Lists()]:] {
		if len(list) >= s.k && nearer(list[s.k-1], candidate{1, id}) < 0 {
			break
		}
		if int(id) < s.lo || int(id) >= s.hi {
			list = append(list, candidate{1, id})
			slices.SortFunc(list, nearer)
			list = list[:min(s.k, len(list))]
		}
	}
	out := slices.Clone(list)
	if x.metric == Euclidean {
		for i := range out {
			out[i].d = math.Sqrt(out[i].d)
		}
	}
	return out
}

// scan measures every row of a query's lists. Within a list rows go by their ids, so that it may end with k rows at distance 0.
func (v *visit) scan(r int, q, row []float32) (list []candidate) {
	x, s := v.x, &v.sel[r]
	for _, l := range v.probed[r*v.probes : (r+1)*v.probes] {
		equal := 0
		for at := x.start[l]; at < x.start[l+1] && equal < s.k; at++ {
			id := int(x.ids[at])
			if id >= s.lo && id < s.hi {
				continue
			}
			d := x.distance(r, v, q, at, row)
			if d == 0 {
				equal++
			}
			if list = append(list, candidate{d, int32(id)}); len(list) >= s.limit+s.k {
				slices.SortFunc(list, nearer)
				list = list[:s.k]
			}
		}
	}
	return list
}

// distance is the measure of the row at a place, in float64, squared for Euclidean: of the row as it is kept.
func (x *Inverted) distance(r int, v *visit, q []float32, place int, row []float32) float64 {
	if x.full != nil {
		return measure(x.metric, q, x.full[place*x.dim:(place+1)*x.dim])
	}
	l := x.listOf(place)
	x.decode(row, l, place, place+1)
	var s float64
	c := x.centroid(l)
	for j, p := range v.prepared[r*x.dim : (r+1)*x.dim] {
		d := float64(p) - float64(c[j]) - float64(row[j])
		s += d * d
	}
	if x.metric == Cosine {
		return s / 2
	}
	return s
}

// first are the rows nearest to a query without direction, to which all are at distance 1.
func (x *Inverted) first(s *selection) (list []candidate) {
	for id := 0; id < x.n && len(list) < s.k; id++ {
		if id < s.lo || id >= s.hi {
			list = append(list, candidate{1, int32(id)})
		}
	}
	return list
}
