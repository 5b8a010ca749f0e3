package knn

import (
	"fmt"
	"slices"
	"sort"
)

// Alarm is what a Detector says about one row.
type Alarm struct {
	// Score is the mean distance to the k nearest reference rows.
	Score float64
	// P is (1 + held-out normal rows that score at least as high) /
	// (1 + held-out normal rows): small when normal data hardly ever look like
	// this. It is never 0, and never below 1/(1+Held).
	P float64
	// Neighbour is the nearest reference row, counted in the normal data.
	Neighbour int
}

// DetectorConfig says how a Detector learns what normal is. Rows are expected
// in the order of time, because Exclude and the blocks go by row number.
type DetectorConfig struct {
	// K is the number of neighbours a score averages over; it is clamped to
	// what there is. At least 1.
	K int
	// Metric is the distance; the zero value is Cosine.
	Metric Metric
	// Exclude: normal rows nearer than this in row number are not compared
	// with each other when normal scores are made. For windows of length L cut
	// every S samples use ceil(L/S), or overlapping windows find themselves,
	// normal scores come out too low and every new window looks unusual. 0 and
	// 1 exclude a row from itself only.
	Exclude int
	// HeldOut is the share of the normal rows that is kept out of the
	// reference, between 0 and 1. With 0 every normal row is a reference row,
	// and normal scores come from leaving each row (and its neighbours in
	// time, see Exclude) out in turn: the most reference rows, p-values a
	// little too large rather than too small. Above 0 held-out rows are never
	// reference rows.
	HeldOut float64
	// Blocks: with HeldOut above 0 the normal rows are cut into this many
	// equal stretches of time and the end of each is held out, so that slow
	// changes are in both parts. 0 means 4.
	Blocks int
}

// Detector scores rows by their distance from normal ones. It is safe for use
// by several goroutines at once.
type Detector struct {
	index *Index
	k     int
	rows  []int     // reference row -> row in the normal data, nil if the same
	held  []float64 // scores of held-out normal rows, ascending
}

// NewDetector learns normal, rows of dim numbers in the order of time, with
// cosine distance to the k nearest and each row left out in turn. For
// overlapping windows, or another metric, use DetectorConfig.Fit.
func NewDetector(normal []float32, dim, k int) (*Detector, error) {
	return DetectorConfig{K: k}.Fit(normal, dim)
}

// Fit learns normal, rows of dim numbers in the order of time. It returns
// ErrOption for options out of range or that leave nothing to compare (a single
// row, or Exclude as large as the data), ErrShape and ErrNotFinite as New does.
func (c DetectorConfig) Fit(normal []float32, dim int) (*Detector, error) {
	if c.K < 1 {
		return nil, fmt.Errorf("%w: k is %d, must be at least 1", ErrOption, c.K)
	}
	if c.Exclude < 0 || c.Blocks < 0 {
		return nil, fmt.Errorf("%w: exclude %d and blocks %d must not be negative", ErrOption, c.Exclude, c.Blocks)
	}
	if !(c.HeldOut >= 0 && c.HeldOut < 1) {
		return nil, fmt.Errorf("%w: held-out share is %v, must be in [0, 1)", ErrOption, c.HeldOut)
	}
	n, err := rows(normal, dim)
	if err != nil {
		return nil, err
	}
	if n < 2 {
		return nil, fmt.Errorf("%w: a detector needs at least 2 normal rows, got %d", ErrOption, n)
	}
	d := &Detector{k: c.K}
	var hits [][]candidate
	if c.HeldOut == 0 {
		hits, err = d.leaveOut(normal, dim, c)
	} else {
		hits, err = d.split(normal, dim, c)
	}
	if err != nil {
		return nil, err
	}
	for _, h := range hits {
		if len(h) > 0 {
			d.held = append(d.held, meanDistance(h))
		}
	}
	if len(d.held) == 0 {
		return nil, fmt.Errorf("%w: excluding %d rows on either side leaves nothing to compare among %d normal rows", ErrOption, c.Exclude, n)
	}
	sort.Float64s(d.held)
	return d, nil
}

func (d *Detector) leaveOut(normal []float32, dim int, c DetectorConfig) (hits [][]candidate, err error) {
	if d.index, err = New(normal, dim, c.Metric); err != nil {
		return nil, err
	}
	reach := min(max(c.Exclude, 1), d.index.n)
	hits, _, err = d.index.search(normal, c.K, func(i int) (int, int) { return i - reach + 1, i + reach })
	return hits, err
}

func (d *Detector) split(normal []float32, dim int, c DetectorConfig) ([][]candidate, error) {
	n := len(normal) / dim
	c.Exclude = min(c.Exclude, n)
	blocks := c.Blocks
	if blocks == 0 {
		blocks = 4
	}
	blocks = min(blocks, n/2)
	held := make([]bool, n)
	for b := range blocks {
		lo, hi := n*b/blocks, n*(b+1)/blocks
		count := min(max(int(float64(hi-lo)*c.HeldOut+0.5), 1), hi-lo-1)
		for i := hi - count; i < hi; i++ {
			held[i] = true
		}
	}
	gap := make([]int, n) // rows to the nearest held-out one
	far := n + c.Exclude
	for i, last := 0, -far; i < n; i++ {
		if held[i] {
			last = i
		}
		gap[i] = i - last
	}
	for i, next := n-1, n+far; i >= 0; i-- {
		if held[i] {
			next = i
		}
		gap[i] = min(gap[i], next-i)
	}
	var reference, queries []float32
	for i := range n {
		row := normal[i*dim : (i+1)*dim]
		switch {
		case held[i]:
			queries = append(queries, row...)
		case gap[i] >= c.Exclude:
			reference = append(reference, row...)
			d.rows = append(d.rows, i)
		}
	}
	if len(reference) == 0 {
		return nil, fmt.Errorf("%w: excluding %d rows beside the held-out ones leaves no reference among %d normal rows", ErrOption, c.Exclude, n)
	}
	var err error
	if d.index, err = New(reference, dim, c.Metric); err != nil {
		return nil, err
	}
	hits, _, err := d.index.search(queries, c.K, nil)
	return hits, err
}

func meanDistance(h []candidate) float64 {
	var s float64
	for _, c := range h {
		s += c.d
	}
	return s / float64(len(h))
}

// Score returns one Alarm per row of x, rows of the detector's dim numbers one
// after the other. Errors as for Index.Search.
func (d *Detector) Score(x []float32) ([]Alarm, error) {
	hits, _, err := d.index.search(x, d.k, nil)
	if err != nil {
		return nil, err
	}
	out := make([]Alarm, len(hits))
	for i, h := range hits {
		s := meanDistance(h)
		out[i] = Alarm{Score: s, P: d.p(s), Neighbour: int(h[0].id)}
		if d.rows != nil {
			out[i].Neighbour = d.rows[h[0].id]
		}
	}
	return out, nil
}

func (d *Detector) p(score float64) float64 {
	below, _ := slices.BinarySearch(d.held, score)
	return float64(1+len(d.held)-below) / float64(1+len(d.held))
}

// Reference returns the number of rows that new rows are compared with, Held
// the number of normal rows behind the p-values.
func (d *Detector) Reference() int { return d.index.n }

// Held returns the number of normal rows behind the p-values.
func (d *Detector) Held() int { return len(d.held) }
