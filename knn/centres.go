package knn

import (
	"context"
	"fmt"
	"slices"

	"github.com/wavekin/wavekin/internal/kernel"
)

// Centres returns n rows of the index, ascending, such that every row is near one of them: the greedy solution of the k-centre
// problem, whose largest distance is at most twice the least possible (Gonzalez, 1985), as Sener and Savarese (2018) choose a core-set and
// PatchCore (Roth et al., 2022, section 3.2) its memory. It begins with the row nearest to the mean, and takes the row farthest from
// those taken until there are n; of rows at the same distance the first. Rows are compared in float32. ErrOption for n below 1;
// n rows or more are all taken. The cost grows with n times the number of rows.
func (x *Index) Centres(ctx context.Context, n int) ([]int, error) {
	if n < 1 {
		return nil, fmt.Errorf("%w: %d centres, want at least 1", ErrOption, n)
	}
	if n >= x.n {
		n = x.n
	}
	rows := x.prepared()
	nearest := make([]float32, x.n) // the squared distance of each row from the nearest centre, of rows taken -1
	out := []int{x.middle(rows)}
	x.measure(nearest, rows, out[0], true)
	for len(out) < n {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		far := 0
		for i, d := range nearest {
			if d > nearest[far] {
				far = i
			}
		}
		out = append(out, far)
		x.measure(nearest, rows, far, false)
	}
	slices.Sort(out)
	return out, nil
}

// prepared are all rows as the matrix product wants them, one after the other.
func (x *Index) prepared() []float32 {
	out := make([]float32, len(x.data))
	kernel.Parallel(x.n, 64, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			x.place(out[i*x.dim:(i+1)*x.dim], x.data[i*x.dim:(i+1)*x.dim], x.square[i])
		}
	})
	return out
}

// middle is the row nearest to the mean of rows.
func (x *Index) middle(rows []float32) int {
	mean := means(rows, x.dim, x.n)
	best, at := float32(0), 0
	for i := range x.n {
		row := rows[i*x.dim : (i+1)*x.dim]
		if d := kernel.Dot(row, row) - 2*kernel.Dot(row, mean); i == 0 || d < best {
			best, at = d, i
		}
	}
	return at
}

// measure lowers the distances to those from another centre.
func (x *Index) measure(nearest, rows []float32, centre int, first bool) {
	c := rows[centre*x.dim : (centre+1)*x.dim]
	square := kernel.Dot(c, c)
	kernel.Parallel(x.n, 256, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := rows[i*x.dim : (i+1)*x.dim]
			d := max(0, kernel.Dot(row, row)+square-2*kernel.Dot(row, c))
			if first || d < nearest[i] {
				nearest[i] = d
			}
		}
	})
	nearest[centre] = -1
}
