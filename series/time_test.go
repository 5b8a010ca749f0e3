package series

import (
	"errors"
	"math"
	"slices"
	"testing"
)

func TestSamplingOf(t *testing.T) {
	for _, c := range []struct {
		times []int64
		want  Sampling
	}{
		{nil, Sampling{Sorted: true, Regular: true}},
		{[]int64{5}, Sampling{Sorted: true, Regular: true}},
		{[]int64{0, 10, 20}, Sampling{Sorted: true, Regular: true, Step: 10}},
		{[]int64{0, 1000, 2001, 3000}, Sampling{Sorted: true, Regular: true, Step: 1000}},
		{[]int64{0, 10, 30, 40}, Sampling{Sorted: true, Step: 10}},
		{[]int64{20, 0, 10}, Sampling{Step: 10}},
		{[]int64{0, 0, 10}, Sampling{Sorted: true, Repeated: 1, Step: 10}},
		{[]int64{7, 7}, Sampling{Sorted: true, Repeated: 1}},
		{[]int64{math.MinInt64, math.MaxInt64}, Sampling{Sorted: true, Regular: true, Step: math.MaxInt64}},
	} {
		if got := SamplingOf(c.times); got != c.want {
			t.Errorf("%v: %+v, want %+v", c.times, got, c.want)
		}
	}
}

func TestSortTimes(t *testing.T) {
	s := &Series{Times: []int64{3, 1, 2, 1}, Values: [][]float64{{30, 10, 20, 11}}, PointLabels: []float64{1, 0, 0, 1}}
	got, err := SortTimes(s)
	if err != nil || !slices.Equal(got.Times, []int64{1, 1, 2, 3}) || !same(got.Values[0], []float64{10, 11, 20, 30}) || !same(got.PointLabels, []float64{0, 1, 0, 1}) {
		t.Errorf("%+v, %v", got, err)
	}
	if s.Times[0] != 3 || s.Values[0][0] != 30 {
		t.Error("the series itself was changed")
	}
	if _, err := SortTimes(&Series{Times: []int64{2, 1}, Values: [][]float64{{1}}}); err == nil {
		t.Error("two stamps for one value were accepted")
	}
}

func TestRegularize(t *testing.T) {
	s := &Series{Times: []int64{50, 0, 11, 20, 22}, Values: [][]float64{{5, 0, 1, 2, 4}, {Gap, Gap, 7, Gap, 9}}, PointLabels: []float64{0, 0, 0, 0, 1}}
	got, err := Regularize(s, 10)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Times, []int64{0, 10, 20, 30, 40, 50}) {
		t.Errorf("stamps %v", got.Times)
	}
	if !same(got.Values[0], []float64{0, 1, 3, Gap, Gap, 5}) || !same(got.Values[1], []float64{Gap, 7, 9, Gap, Gap, Gap}) {
		t.Errorf("values %v", got.Values)
	}
	if !same(got.PointLabels, []float64{0, 0, 1, 0, 0, 0}) || got.Check() != nil {
		t.Errorf("labels %v", got.PointLabels)
	}
	again, err := Regularize(got, 0)
	if err != nil || again != got {
		t.Errorf("a regular series was changed: %v", err)
	}
}

func TestRegularizeAwkward(t *testing.T) {
	for _, s := range []*Series{{}, {Values: [][]float64{{1, 2}}}, {Times: []int64{4}, Values: [][]float64{{1}}}} {
		if got, err := Regularize(s, 0); err != nil || got != s {
			t.Errorf("%+v: %v, %v", s, got, err)
		}
	}
	same := &Series{Times: []int64{4, 4}, Values: [][]float64{{1, 3}}}
	if got, err := Regularize(same, 0); err != nil || got.Len() != 1 || got.Values[0][0] != 2 {
		t.Errorf("one stamp twice: %+v, %v", got, err)
	}
	far := &Series{Times: []int64{math.MinInt64, 0, 1, math.MaxInt64}, Values: [][]float64{{1, 2, 3, 4}}}
	for _, step := range []int64{-1, 1, 1000} {
		if _, err := Regularize(far, step); !errors.Is(err, ErrGrid) {
			t.Errorf("step %d: error is %v", step, err)
		}
	}
	if got, err := Regularize(far, math.MaxInt64); err != nil || got.Len() != 3 {
		t.Errorf("two steps of half the range: %v, %v", got, err)
	}
}
