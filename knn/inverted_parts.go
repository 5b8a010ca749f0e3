package knn

import (
	"fmt"
	"math"
)

// InvertedParts are what an [Inverted] index is kept as in a file. The slices are those of the index, not copies.
type InvertedParts struct {
	Metric Metric
	// Dim is how many numbers a row has, and Probes how many lists a query looks through.
	Dim, Probes int
	// Recall is NaN where it was not measured.
	Recall float64
	// Mean is [Dim]; Centres, Base and Step are [lists, Dim].
	Mean, Centres, Base, Step []float32
	// Sizes are the numbers of rows of the lists, IDs those of the rows, list by list, and after the last those without direction.
	Sizes []int
	IDs   []int32
	// Codes are [rows in lists, Dim].
	Codes []byte
}

// Parts are what the index consists of. ErrOption for one that keeps rows in full.
func (x *Inverted) Parts() (InvertedParts, error) {
	if x.full != nil {
		return InvertedParts{}, fmt.Errorf("%w: an index of full rows has no codes", ErrOption)
	}
	sizes := make([]int, x.Lists())
	for l := range sizes {
		sizes[l] = x.start[l+1] - x.start[l]
	}
	return InvertedParts{x.metric, x.dim, x.probes, x.recall, x.mean, x.centres.data, x.base, x.step, sizes, x.ids, x.codes}, nil
}

// RestoreInverted makes the index of parts, in which nothing is believed before it is checked.
func RestoreInverted(p InvertedParts) (*Inverted, error) {
	lists, n := len(p.Sizes), len(p.IDs)
	if err := (InvertedConfig{Metric: p.Metric, Lists: lists, Probes: p.Probes}).check(n, p.Dim); err != nil {
		return nil, err
	}
	if lists == 0 || p.Probes < 1 || p.Probes > lists {
		return nil, fmt.Errorf("%w: %d probes of %d lists", ErrOption, p.Probes, lists)
	}
	x := &Inverted{metric: p.Metric, dim: p.Dim, n: n, probes: p.Probes, recall: p.Recall, mean: p.Mean, ids: p.IDs, codes: p.Codes, base: p.Base, step: p.Step}
	if err := x.restore(p); err != nil {
		return nil, err
	}
	var err error
	if x.centres, err = New(p.Centres, p.Dim, Euclidean); err != nil {
		return nil, err
	}
	x.seal()
	return x, nil
}

// restore checks the shapes, the numbers and the rows of lists.
func (x *Inverted) restore(p InvertedParts) error {
	lists, dim := len(p.Sizes), p.Dim
	for _, part := range []struct {
		name string
		of   []float32
		rows int
	}{{"means", p.Mean, 1}, {"centroids", p.Centres, lists}, {"bases", p.Base, lists}, {"steps", p.Step, lists}} {
		if len(part.of)%dim != 0 || len(part.of)/dim != part.rows {
			return fmt.Errorf("%w: %d numbers of %s, want %d rows of %d", ErrShape, len(part.of), part.name, part.rows, dim)
		}
		if _, err := rows(part.of, dim); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	for _, v := range p.Step {
		if v < 0 {
			return fmt.Errorf("%w: a step of %g", ErrOption, v)
		}
	}
	x.start = make([]int, lists+1)
	for l, size := range p.Sizes {
		if size < 0 || size > x.n-x.start[l] {
			return fmt.Errorf("%w: list %d has %d of %d rows", ErrShape, l, size, x.n)
		}
		x.start[l+1] = x.start[l] + size
	}
	placed := x.start[lists]
	if len(p.Codes)%dim != 0 || len(p.Codes)/dim != placed {
		return fmt.Errorf("%w: %d codes, want %d rows of %d", ErrShape, len(p.Codes), placed, dim)
	}
	if placed < x.n && p.Metric != Cosine {
		return fmt.Errorf("%w: %d of %d rows are in lists", ErrShape, placed, x.n)
	}
	if !(math.IsNaN(p.Recall) || p.Recall >= 0 && p.Recall <= 1) {
		return fmt.Errorf("%w: a recall of %g", ErrOption, p.Recall)
	}
	return x.checkIDs()
}

// checkIDs: every row is in one place, and those of a list are in order.
func (x *Inverted) checkIDs() error {
	met := make([]bool, x.n)
	ends := append(x.start[1:len(x.start):len(x.start)], x.n)
	at := 0
	for l, end := range ends {
		for first := at; at < end; at++ {
			id := int(x.ids[at])
			if id < 0 || id >= x.n || met[id] || at > first && x.ids[at-1] >= x.ids[at] {
				return fmt.Errorf("%w: row %d in list %d is twice, out of order or none of %d", ErrShape, id, l, x.n)
			}
			met[id] = true
		}
	}
	return nil
}
