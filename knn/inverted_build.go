package knn

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/internal/kmeans"
	"github.com/wavekin/wavekin/internal/random"
)

const (
	// perList is how many rows k-means is shown for each list, and mostShown how many numbers they may have together (128 MiB): the
	// centroids hardly get better with more.
	perList   = 64
	mostShown = 1 << 25
	// buildBlock is how many numbers of rows are read at once.
	buildBlock = 1 << 20
	// usualRecall is what Recall means by 0, and usualRounds what Rounds does.
	usualRecall = 0.99
	usualRounds = 10
	// levels is the largest code of a number.
	levels = 255
)

// NewInverted makes an index of rows, which it reads three times, in blocks; in memory it holds the index, 8 bytes a row and at most 256
// MiB beside. Errors are those of [New] and of the rows.
func NewInverted(ctx context.Context, r Rows, c InvertedConfig) (*Inverted, error) {
	n, dim := r.Len(), r.Dim()
	if err := c.check(n, dim); err != nil {
		return nil, err
	}
	lists := c.Lists
	if lists == 0 {
		lists = max(1, int(math.Round(math.Sqrt(float64(n)))))
	}
	b := &builder{rows: r, x: &Inverted{metric: c.Metric, dim: dim, n: n, recall: math.NaN(), mean: make([]float32, dim)}}
	steps := []func() error{
		func() error { return b.train(lists, c) }, func() error { return b.assign(ctx) }, func() error { return b.fill(ctx, c.Full) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	b.x.seal()
	if b.x.probes = min(c.Probes, lists); b.x.probes == 0 {
		return b.x, b.tune(ctx, c)
	}
	return b.x, nil
}

// builder makes an index.
type builder struct {
	rows Rows
	x    *Inverted
	ids  []int32 // the list of each row; lists for one without direction
	// least and most are of the numbers of each list, [lists, dim], less the centroid.
	least, most []float32
	means       *kmeans.Means
}

// train finds the centroids by rows spread evenly.
func (b *builder) train(lists int, c InvertedConfig) error {
	x := b.x
	shown := min(x.n, max(lists, min(perList*lists, mostShown/x.dim)))
	sample := make([]float32, shown*x.dim)
	for i := range shown {
		if err := b.read(sample[i*x.dim:(i+1)*x.dim], int(int64(i)*int64(x.n)/int64(shown))); err != nil {
			return err
		}
	}
	if x.metric == Euclidean {
		x.mean = means(sample, x.dim, shown)
	}
	kernel.Parallel(shown, 64, func(lo, hi int) {
		row := make([]float32, x.dim)
		for i := lo; i < hi; i++ {
			x.prepare(row, sample[i*x.dim:(i+1)*x.dim])
			copy(sample[i*x.dim:], row)
		}
	})
	rounds := c.Rounds
	if rounds == 0 {
		rounds = usualRounds
	}
	b.means = kmeans.New(x.dim, lists, rounds, false)
	b.means.Run(sample, make([]int, shown), random.New(c.Seed, random.Lists, lists))
	var err error
	x.centres, err = New(slices.Clone(b.means.Centroids()), x.dim, Euclidean)
	x.start = make([]int, lists+1)
	return err
}

// read reads whole rows and checks their numbers.
func (b *builder) read(dst []float32, from int) error {
	if err := b.rows.Read(dst, from); err != nil {
		return err
	}
	for i, v := range dst {
		if v-v != 0 {
			return fmt.Errorf("%w: row %d, column %d is %v", ErrNotFinite, from+i/b.x.dim, i%b.x.dim, v)
		}
	}
	return nil
}

// each reads all rows in blocks and hands them out, with the first one's number.
func (b *builder) each(ctx context.Context, f func(rows []float32, from int)) error {
	dim := b.x.dim
	block := make([]float32, min(b.x.n, max(1, buildBlock/dim))*dim)
	for from := 0; from < b.x.n; from += len(block) / dim {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows := block[:min(len(block), (b.x.n-from)*dim)]
		if err := b.read(rows, from); err != nil {
			return err
		}
		f(rows, from)
	}
	return nil
}

// assign finds the list of each row, and what the numbers of each list are between.
func (b *builder) assign(ctx context.Context) error {
	x, lists := b.x, b.x.Lists()
	b.ids = make([]int32, x.n)
	b.least, b.most = slices.Repeat([]float32{math.MaxFloat32}, lists*x.dim), slices.Repeat([]float32{-math.MaxFloat32}, lists*x.dim)
	block := max(1, buildBlock/x.dim)
	prepared, found, without := make([]float32, min(x.n, block)*x.dim), make([]int, min(x.n, block)), make([]bool, min(x.n, block))
	err := b.each(ctx, func(rows []float32, from int) {
		n := len(rows) / x.dim
		kernel.Parallel(n, 64, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				without[i] = !x.prepare(prepared[i*x.dim:(i+1)*x.dim], rows[i*x.dim:(i+1)*x.dim])
			}
		})
		b.means.Assign(prepared[:len(rows)], found[:n])
		for i, l := range found[:n] {
			if without[i] {
				l = lists
			}
			b.ids[from+i] = int32(l)
		}
		// A thread takes some columns of all rows.
		kernel.Parallel(x.dim, 8, func(lo, hi int) {
			for i, l := range b.ids[from : from+n] {
				if int(l) == lists {
					continue
				}
				at := int(l) * x.dim
				row, c := prepared[i*x.dim:(i+1)*x.dim], x.centroid(int(l))
				for j := lo; j < hi; j++ {
					v := row[j] - c[j]
					b.least[at+j], b.most[at+j] = min(b.least[at+j], v), max(b.most[at+j], v)
				}
			}
		})
	})
	if err != nil {
		return err
	}
	for _, l := range b.ids {
		if int(l) < lists {
			x.start[l+1]++
		}
	}
	for l := range lists {
		x.start[l+1] += x.start[l]
	}
	return nil
}

// fill puts the rows into the lists, in their order.
func (b *builder) fill(ctx context.Context, full bool) error {
	x, lists := b.x, b.x.Lists()
	x.ids = make([]int32, x.n)
	placed := x.start[lists]
	if full {
		x.full = make([]float32, placed*x.dim)
	} else {
		x.codes, x.base, x.step = make([]byte, placed*x.dim), b.least, make([]float32, lists*x.dim)
		for i, v := range b.least {
			if b.most[i] < v { // a list without a row
				x.base[i] = 0
				continue
			}
			x.step[i] = (b.most[i] - v) / levels
		}
	}
	next := append(slices.Clone(x.start[:lists]), placed)
	at := make([]int, max(1, buildBlock/x.dim))
	return b.each(ctx, func(rows []float32, from int) {
		n := len(rows) / x.dim
		for i, l := range b.ids[from : from+n] {
			at[i] = next[l]
			x.ids[next[l]] = int32(from + i)
			next[l]++
		}
		kernel.Parallel(n, 64, func(lo, hi int) {
			row := make([]float32, x.dim)
			for i := lo; i < hi; i++ {
				switch l := int(b.ids[from+i]); {
				case l == lists:
				case full:
					copy(x.full[at[i]*x.dim:(at[i]+1)*x.dim], rows[i*x.dim:])
				default:
					x.prepare(row, rows[i*x.dim:(i+1)*x.dim])
					x.encode(x.codes[at[i]*x.dim:(at[i]+1)*x.dim], row, l)
				}
			}
		})
	})
}

// encode writes the codes of a prepared row of a list.
func (x *Inverted) encode(dst []byte, row []float32, list int) {
	c, base, step := x.centroid(list), x.base[list*x.dim:(list+1)*x.dim], x.step[list*x.dim:(list+1)*x.dim]
	for j, v := range row {
		if step[j] > 0 {
			dst[j] = byte(min(levels, max(0, float32(float32(float32(v-c[j])-base[j])/step[j])+0.5)))
		}
	}
}
