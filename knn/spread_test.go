package knn

import (
	"fmt"
	"testing"
)

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		n            int
		starts, ends []int
		values       []float64
		want         string
	}{
		{4, []int{0, 2}, []int{2, 4}, []float64{1, 3}, "[1 1 3 3]"},
		{4, []int{0, 1}, []int{3, 4}, []float64{1, 3}, "[1 2 2 3]"},
		{8, []int{2, 6}, []int{3, 7}, []float64{1, 5}, "[1 1 1 1 1 5 5 5]"},
		{2, []int{-5}, []int{50}, []float64{2}, "[2 2]"},
		{2, nil, nil, nil, "[NaN NaN]"},
		{2, []int{0, 0}, []int{2}, []float64{4, 5}, "[4 4]"},
		{0, []int{0}, []int{2}, []float64{4}, "[]"},
		{-1, nil, nil, nil, "[]"},
	} {
		if got := fmt.Sprint(Spread(c.n, c.starts, c.ends, c.values)); got != c.want {
			t.Errorf("%+v: %s, want %s", c, got, c.want)
		}
	}
}
