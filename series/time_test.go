package series

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSamplingOf(t *testing.T) {
	day := int64(24 * time.Hour)
	var months []int64
	for m := range 30 {
		months = append(months, time.Date(2023, time.Month(1+m), 1, 0, 0, 0, 0, time.UTC).UnixNano())
	}
	for _, c := range []struct {
		times   []int64
		want    Sampling
		regular bool
	}{
		{nil, Sampling{Sorted: true}, true},
		{[]int64{5}, Sampling{Stamps: 1, Sorted: true}, true},
		{[]int64{0, 10, 20}, Sampling{Stamps: 3, Sorted: true, Step: 10}, true},
		{[]int64{0, 1000, 2001, 3000}, Sampling{Stamps: 4, Sorted: true, Step: 1000}, true},
		{[]int64{0, 10, 30, 40}, Sampling{Stamps: 4, Sorted: true, Step: 10, Missing: 1}, false},
		{[]int64{20, 0, 10}, Sampling{Stamps: 3, Step: 10}, false},
		{[]int64{0, 0, 10}, Sampling{Stamps: 3, Sorted: true, Repeated: 1, Step: 10}, false},
		{[]int64{7, 7}, Sampling{Stamps: 2, Sorted: true, Repeated: 1}, false},
		{[]int64{0, 1000, 2300, 3300, 7300}, Sampling{Stamps: 5, Sorted: true, Step: 1300, Irregular: 3}, false},
		{[]int64{math.MinInt64, math.MaxInt64}, Sampling{Stamps: 2, Sorted: true, Step: math.MaxInt64, Missing: 1}, false},
		{months, Sampling{Stamps: 30, Sorted: true, Step: time.Duration(31 * day)}, true},
		{slices.Delete(slices.Clone(months), 7, 9), Sampling{Stamps: 28, Sorted: true, Step: time.Duration(31 * day), Missing: 2}, false},
	} {
		if got := SamplingOf(c.times); got != c.want || got.Regular() != c.regular {
			t.Errorf("%v: %+v, regular %v; want %+v, %v", c.times, got, got.Regular(), c.want, c.regular)
		}
	}
	if got := (Sampling{Stamps: 9, Step: time.Minute, Irregular: 3, Repeated: 1}).String(); got != "every 1m0s, not in order, 3 irregular, 1 repeated" {
		t.Error(got)
	}
	for _, c := range []struct {
		a, b time.Duration
		want bool
	}{{time.Minute, time.Minute, true}, {time.Minute, 59700 * time.Millisecond, true}, {time.Minute, 2 * time.Minute, false},
		{time.Minute, 10 * time.Second, false}, {0, time.Second, false}, {0, 0, true}} {
		if SameStep(c.a, c.b) != c.want || SameStep(c.b, c.a) != c.want {
			t.Errorf("%v and %v: want %v", c.a, c.b, c.want)
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
	mixed := &Series{Times: []int64{50, 0, 11, 20, 22}, Values: [][]float64{{5, 0, 1, 2, 4}, {Gap, Gap, 7, Gap, 9}}, PointLabels: []float64{0, 0, 0, 0, 1}}
	twice := &Series{Times: []int64{0, 10, 10, 10, 20}, Values: [][]float64{{0, 1, 3, Gap, 5}}, PointLabels: []float64{0, 0, 1, 0, 0}}
	fine := &Series{Times: []int64{0, 10, 20, 30, 40, 50}, Values: [][]float64{{0, 1, 2, 3, 4, 5}}}
	coarse := &Series{Times: []int64{0, 30, 60, 120}, Values: [][]float64{{0, 3, 6, 12}}, PointLabels: []float64{0, 1, 0, 0}}
	for _, c := range []struct {
		name   string
		s      *Series
		g      Grid
		times  []int64
		values []float64
		labels []float64
	}{
		{"nearest", mixed, Grid{Step: 10}, []int64{0, 10, 20, 30, 40, 50}, []float64{0, 1, 2, Gap, Gap, 5}, []float64{0, 0, 1, 0, 0, 0}},
		{"mean", mixed, Grid{Step: 10, Placing: PlaceMean}, []int64{0, 10, 20, 30, 40, 50}, []float64{0, 1, 3, Gap, Gap, 5}, []float64{0, 0, 1, 0, 0, 0}},
		{"linear", mixed, Grid{Step: 10, Placing: PlaceLinear}, []int64{0, 10, 20, 30, 40, 50}, []float64{0, 10. / 11, 2, Gap, Gap, 5}, []float64{0, 0, 1, 0, 0, 0}},
		{"repeated", twice, Grid{}, []int64{0, 10, 20}, []float64{0, 2, 5}, []float64{0, 1, 0}},
		{"repeated, first", twice, Grid{Repeated: RepeatedFirst}, []int64{0, 10, 20}, []float64{0, 1, 5}, []float64{0, 0, 0}},
		{"coarser, nearest", fine, Grid{Step: 20}, []int64{0, 20, 40, 60}, []float64{0, 2, 4, 5}, nil},
		{"coarser, mean", fine, Grid{Step: 20, Placing: PlaceMean}, []int64{0, 20, 40, 60}, []float64{0, 1.5, 3.5, 5}, nil},
		{"coarser, linear", fine, Grid{Step: 20, Placing: PlaceLinear}, []int64{0, 20, 40}, []float64{0, 2, 4}, nil},
		{"finer, nearest", coarse, Grid{Step: 10}, []int64{0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120},
			[]float64{0, 0, 3, 3, 3, 6, 6, 6, Gap, Gap, Gap, 12, 12}, []float64{0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0}},
		{"finer, linear", coarse, Grid{Step: 10, Placing: PlaceLinear}, []int64{0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120},
			[]float64{0, 1, 2, 3, 4, 5, 6, Gap, Gap, Gap, Gap, Gap, 12}, nil},
		{"finer, mean", fine, Grid{Step: 5, Placing: PlaceMean}, []int64{0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50},
			[]float64{0, Gap, 1, Gap, 2, Gap, 3, Gap, 4, Gap, 5}, nil},
		{"its own", fine, Grid{}, fine.Times, fine.Values[0], nil},
		{"an odd step", &Series{Times: []int64{0, 11, 16, 33}, Values: [][]float64{{0, 1, 2, 3}}}, Grid{Step: 11}, []int64{0, 11, 22, 33}, []float64{0, 1, Gap, 3}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := fmt.Sprint(*c.s)
			got, err := Regularize(c.s, c.g)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Times, c.times) || !near(got.Values[0], c.values, 1e-12) || got.Check() != nil {
				t.Errorf("%v %v, want %v %v", got.Times, got.Values[0], c.times, c.values)
			}
			if c.labels != nil && !same(got.PointLabels, c.labels) {
				t.Errorf("labels %v, want %v", got.PointLabels, c.labels)
			}
			if got.Step != max(c.g.Step, 10) && c.g.Step != 5 {
				t.Errorf("step %v", got.Step)
			}
			if fmt.Sprint(*c.s) != before {
				t.Error("the series itself was changed")
			}
		})
	}
}

// A clock that drifts, one with nanoseconds, and months stay on the grid: every value keeps its place and its stamp.
func TestRegularizeKeepsStamps(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	drift, fine, months := []int64{1700000000123456789}, []int64{1700000000123456789}, []int64{}
	for i := range 5000 {
		drift = append(drift, drift[i]+1004*int64(time.Millisecond)+rng.Int64N(int64(2*time.Millisecond)))
		fine = append(fine, fine[i]+333333333)
	}
	for m := range 142 {
		months = append(months, time.Date(1949, time.Month(1+m), 1, 0, 0, 0, 0, time.UTC).UnixNano())
	}
	for name, times := range map[string][]int64{"drift": drift, "fine": fine, "months": months} {
		for _, how := range []Placing{PlaceNearest, PlaceMean, PlaceLinear} {
			s := &Series{Values: [][]float64{nil}}
			for i, at := range times {
				if i%7 == 3 { // left out
					continue
				}
				s.Times, s.Values[0] = append(s.Times, at), append(s.Values[0], float64(i))
			}
			got, err := Regularize(s, Grid{Placing: how})
			if err != nil || got.Len() != len(times) {
				t.Fatalf("%s, %s: %d stamps, want %d (%v)", name, how, got.Len(), len(times), err)
			}
			for i, v := range got.Values[0] {
				if missing := i%7 == 3; missing != IsGap(v) || !missing && (v != float64(i) || got.Times[i] != times[i]) {
					t.Fatalf("%s, %s: stamp %d is %d with %g, want %d", name, how, i, got.Times[i], v, times[i])
				}
			}
		}
	}
}

func TestRegularizeAwkward(t *testing.T) {
	for _, s := range []*Series{{}, {Values: [][]float64{{1, 2}}}} {
		if got, err := Regularize(s, Grid{}); err != nil || got != s {
			t.Errorf("%+v: %v, %v", s, got, err)
		}
	}
	for _, s := range []*Series{{Times: []int64{4}, Values: [][]float64{{1}}}, {Times: []int64{4, 4}, Values: [][]float64{{0, 2}}}} {
		for _, step := range []time.Duration{0, 7} {
			if got, err := Regularize(s, Grid{Step: step}); err != nil || got.Len() != 1 || got.Values[0][0] != 1 || got.Step != step {
				t.Errorf("one stamp: %+v, %v", got, err)
			}
		}
	}
	zone := time.FixedZone("", 3600)
	false1 := &Series{ID: "pump", Zone: zone, Times: []int64{0, int64(time.Second), int64(2 * time.Second), int64(200 * 365 * 24 * time.Hour)}, Values: [][]float64{{1, 2, 3, 4}}}
	far := &Series{ID: "far", Times: []int64{math.MinInt64, 0, 1, math.MaxInt64}, Values: [][]float64{{1, 2, 3, 4}}}
	for _, c := range []struct {
		s    *Series
		g    Grid
		want string
	}{
		{false1, Grid{}, `series "pump": no grid for these time stamps: from 1970-01-01T01:00:02+01:00 to 2169-11-13T01:00:00+01:00 in steps of 1s`},
		{far, Grid{}, "no grid"}, {far, Grid{Step: 1000}, "no grid"}, {far, Grid{Step: math.MaxInt64}, "no grid"},
		{&Series{ID: "twice", Times: []int64{0, 5, 5}, Values: [][]float64{{1, 2, 3}}}, Grid{Repeated: RepeatedRefuse},
			"the time stamp 1970-01-01T00:00:00.000000005Z is repeated"},
		{far, Grid{Step: -1}, "step is -1ns"}, {far, Grid{Placing: "best"}, "want nearest, mean or linear"}, {far, Grid{Repeated: "no"}, "want mean, first or refuse"},
		{&Series{Times: []int64{1}}, Grid{}, "1 time stamps for 0 values"},
	} {
		if _, err := Regularize(c.s, c.g); err == nil || !strings.Contains(err.Error(), c.want) || c.s == far && c.g.Check() == nil && !errors.Is(err, ErrGrid) {
			t.Errorf("%s, %+v: %v, want %q", c.s.ID, c.g, err, c.want)
		}
	}
}
