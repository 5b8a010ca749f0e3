package knn

import (
	"context"
	"math"
	"slices"
)

const (
	// tried is how many rows are asked for their nearest when probes are chosen: a recall of 0.95 is then known to about 0.007.
	tried = 1000
	// leastFound is the share of nearest rows that are to be found by their codes.
	leastFound = 0.95
)

// nearest is the nearest row of one that is tried, by an exact search.
type nearest struct {
	row  int     // that is tried
	id   int     // its nearest
	d    float64 // and how far that is, squared for Euclidean
	rank int     // of the nearest's list among those of the row, from 0
}

// tune chooses as few probes as find the nearest row often enough, and measures how often they do.
func (b *builder) tune(ctx context.Context, c InvertedConfig) error {
	x := b.x
	want := c.Recall
	if want == 0 {
		want = usualRecall
	}
	except := c.Except
	if except == nil {
		except = func(i int) (int, int) { return i, i + 1 }
	}
	all, q, err := b.truth(ctx, except)
	if err != nil {
		return err
	}
	if x.probes = min(x.Lists(), 8); len(all) == 0 {
		return nil
	}
	ranks := make([]int, len(all))
	for i, t := range all {
		ranks[i] = t.rank
	}
	slices.Sort(ranks)
	x.probes = 1 + ranks[max(0, int(math.Ceil(want*float64(len(ranks))))-1)]
	// With all of these the nearest row is looked at; what is missed then is due to the codes.
	enough := 1 + ranks[len(ranks)-1]
	for {
		if x.recall, err = b.recall(ctx, all, q, except); err != nil || x.recall >= min(want, leastFound) || x.probes >= enough {
			return err
		}
		x.probes = min(enough, x.probes+max(1, x.probes/8))
	}
}

// truth asks rows spread evenly for their nearest, and leaves out those that have none.
func (b *builder) truth(ctx context.Context, except func(i int) (lo, hi int)) (all []nearest, q []float32, err error) {
	x := b.x
	n := min(tried, x.n)
	q = make([]float32, n*x.dim)
	for i := range n {
		at := int(int64(i) * int64(x.n) / int64(n))
		all = append(all, nearest{row: at, id: -1})
		if err := b.read(q[i*x.dim:(i+1)*x.dim], at); err != nil {
			return nil, nil, err
		}
	}
	err = b.each(ctx, func(rows []float32, from int) {
		if err != nil {
			return
		}
		var part *Index
		if part, err = New(rows, x.dim, x.metric); err != nil {
			return
		}
		var hits [][]Hit
		hits, err = part.SearchExcept(q, 1, func(i int) (int, int) {
			lo, hi := except(all[i].row)
			return lo - from, hi - from
		})
		for i, h := range hits {
			if len(h) > 0 && (all[i].id < 0 || h[0].Distance < all[i].d) {
				all[i].id, all[i].d = from+h[0].Row, h[0].Distance
			}
		}
	})
	if err != nil {
		return nil, nil, err
	}
	kept, rows := all[:0], q[:0]
	for i, t := range all {
		if t.id < 0 || int(b.ids[t.id]) == x.Lists() {
			continue
		}
		if t.rank, err = b.rank(q[i*x.dim:(i+1)*x.dim], int(b.ids[t.id])); err != nil {
			return nil, nil, err
		}
		kept, rows = append(kept, t), append(rows, q[i*x.dim:(i+1)*x.dim]...)
	}
	return kept, rows, nil
}

// rank is the place of a list among those of a query, by their centroids.
func (b *builder) rank(q []float32, list int) (int, error) {
	row := make([]float32, b.x.dim)
	b.x.prepare(row, q)
	ids, _, err := b.x.centres.Search(row, b.x.Lists())
	return slices.Index(ids, int32(list)), err
}

// recall is the share of rows whose nearest one, or another as near, is found.
func (b *builder) recall(ctx context.Context, all []nearest, q []float32, except func(i int) (lo, hi int)) (float64, error) {
	x, found := b.x, 0
	hits, err := x.search(ctx, q, 1, x.probes, func(i int) (int, int) { return except(all[i].row) })
	if err != nil {
		return 0, err
	}
	row := make([]float32, x.dim)
	for i, h := range hits {
		if len(h) == 0 {
			continue
		}
		if int(h[0].id) == all[i].id {
			found++
			continue
		}
		if err := b.rows.Read(row, int(h[0].id)); err != nil {
			return 0, err
		}
		d := measure(x.metric, q[i*x.dim:(i+1)*x.dim], row)
		if x.metric == Euclidean {
			d = math.Sqrt(d)
		}
		if d <= all[i].d {
			found++
		}
	}
	return float64(found) / float64(len(all)), nil
}
