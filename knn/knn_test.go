package knn

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/internal/kernel"
)

func ExampleIndex_Search() {
	x, err := New([]float32{1, 0, 0, 1, 1, 1}, 2, Cosine) // three rows of two
	if err != nil {
		fmt.Println(err)
		return
	}
	ids, dist, err := x.Search([]float32{2, 0}, 2)
	fmt.Printf("%v %.3f %v\n", ids, dist, err)
	// Output: [0 2] [0.000 0.293] <nil>
}

func normals(rng *rand.Rand, n int, scale, shift float64) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(rng.NormFloat64()*scale + shift)
	}
	return out
}

// scan is the oracle: every distance in float64, sorted with ids.
func scan(base, q []float32, dim int, metric Metric, k int) (ids []int32, dist []float32) {
	n := len(base) / dim
	for ; len(q) > 0; q = q[dim:] {
		all := make([]candidate, n)
		for i := range n {
			var qq, bb, qb, dd float64
			for j := range dim {
				a, b := float64(q[j]), float64(base[i*dim+j])
				qq, bb, qb, dd = qq+a*a, bb+b*b, qb+a*b, dd+(a-b)*(a-b)
			}
			d := math.Sqrt(dd)
			if metric == Cosine {
				d = 1
				if qq > 0 && bb > 0 {
					d = max(0, 1-qb/math.Sqrt(qq*bb))
				}
			}
			all[i] = candidate{d, int32(i)}
		}
		slices.SortFunc(all, nearer)
		for _, c := range all[:min(k, n)] {
			ids, dist = append(ids, c.id), append(dist, float32(c.d))
		}
	}
	return ids, dist
}

func TestSearchIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	grid := func(n int) []float32 { // many ties
		out := make([]float32, n)
		for i := range out {
			out[i] = float32(rng.IntN(3) - 1)
		}
		return out
	}
	for _, c := range []struct {
		name      string
		n, m, dim int
		make      func(n int) []float32
	}{
		{"gaussian", 300, 40, 17, func(n int) []float32 { return normals(rng, n, 1, 0) }},
		{"several blocks", 2500, 130, 5, func(n int) []float32 { return normals(rng, n, 1, 0) }},
		{"far from the origin", 400, 30, 8, func(n int) []float32 { return normals(rng, n, 1e-3, 1000) }},
		{"ties", 700, 30, 4, grid},
		{"huge", 50, 10, 3, func(n int) []float32 { return normals(rng, n, 1e37, 0) }},
		{"tiny", 50, 10, 3, func(n int) []float32 { return normals(rng, n, 1e-38, 0) }},
		{"one column", 100, 10, 1, func(n int) []float32 { return normals(rng, n, 1, 0) }},
		{"all the same", 3000, 3, 2, func(n int) []float32 { return normals(rng, n, 0, 2) }},
		{"zeros", 40, 3, 2, func(n int) []float32 { return make([]float32, n) }},
		{"one row", 1, 4, 3, func(n int) []float32 { return normals(rng, n, 1, 0) }},
	} {
		base, q := c.make(c.n*c.dim), c.make(c.m*c.dim)
		for _, metric := range []Metric{Cosine, Euclidean} {
			x, err := New(base, c.dim, metric)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range []int{1, 7, c.n, c.n + 5} {
				ids, dist, err := x.Search(q, k)
				if err != nil {
					t.Fatal(err)
				}
				wantIDs, wantDist := scan(base, q, c.dim, metric, k)
				if !reflect.DeepEqual(ids, wantIDs) || !reflect.DeepEqual(dist, wantDist) {
					t.Errorf("%s, %v, k %d: differs from the scan", c.name, metric, k)
				}
				large := *x
				large.ready = nil
				if again, dist, err := large.Search(q, k); err != nil || !reflect.DeepEqual(again, ids) || !reflect.DeepEqual(dist, wantDist) {
					t.Errorf("%s, %v, k %d: an index too large to be held twice differs (%v)", c.name, metric, k, err)
				}
			}
		}
	}
}

func TestSearchFindsItself(t *testing.T) {
	base := normals(rand.New(rand.NewPCG(2, 2)), 500*12, 3, 1)
	for _, metric := range []Metric{Cosine, Euclidean} {
		x, err := New(base, 12, metric)
		if err != nil {
			t.Fatal(err)
		}
		ids, dist, err := x.Search(base, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i, id := range ids {
			if int(id) != i || dist[i] != 0 {
				t.Fatalf("%v: row %d finds %d at %v", metric, i, id, dist[i])
			}
		}
	}
}

// TestSearchExcept: the hits are those of a search over the rows outside the range.
func TestSearchExcept(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	base, q := normals(rng, 40*5, 1, 0), normals(rng, 9*5, 1, 0)
	for _, metric := range []Metric{Cosine, Euclidean} {
		x, err := New(base, 5, metric)
		if err != nil {
			t.Fatal(err)
		}
		skip := func(i int) (int, int) { return 4 * i, 4*i + i*i }
		got, err := x.SearchExcept(q, 6, skip)
		if err != nil {
			t.Fatal(err)
		}
		for i, hits := range got {
			ids, dist, err := x.Search(q[i*5:(i+1)*5], 40)
			if err != nil {
				t.Fatal(err)
			}
			lo, hi := skip(i)
			var want []Hit
			for j, id := range ids {
				if int(id) < lo || int(id) >= hi {
					want = append(want, Hit{int(id), float64(dist[j])})
				}
			}
			want = want[:min(6, len(want))]
			if len(hits) != len(want) {
				t.Fatalf("%v: query %d has %d hits, want %d", metric, i, len(hits), len(want))
			}
			for j, h := range hits {
				if h.Row != want[j].Row || math.Abs(h.Distance-want[j].Distance) > 1e-6 {
					t.Errorf("%v: query %d, hit %d is %v, want %v", metric, i, j, h, want[j])
				}
			}
		}
	}
}

func TestThreadsDoNotMatter(t *testing.T) {
	defer kernel.SetThreads(kernel.Threads())
	rng := rand.New(rand.NewPCG(3, 3))
	base, q := normals(rng, 1500*9, 1, 0), normals(rng, 200*9, 1, 0)
	var want [][]Hit
	for _, threads := range []int{1, 2, 5} {
		kernel.SetThreads(threads)
		x, err := New(base, 9, Cosine)
		if err != nil {
			t.Fatal(err)
		}
		got, err := x.SearchExcept(q, 4, func(i int) (int, int) { return i, i + 700 })
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d threads give other numbers", threads)
		}
	}
}

func TestBadInput(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	for _, c := range []struct {
		data   []float32
		dim    int
		metric Metric
		want   error
	}{
		{nil, 2, Cosine, ErrShape},
		{[]float32{1, 2, 3}, 2, Cosine, ErrShape},
		{[]float32{1}, 0, Cosine, ErrShape},
		{[]float32{1}, -1, Cosine, ErrShape},
		{[]float32{1, nan}, 2, Euclidean, ErrNotFinite},
		{[]float32{1, inf}, 2, Cosine, ErrNotFinite},
		{[]float32{1}, 1, Metric(9), ErrOption},
	} {
		if _, err := New(c.data, c.dim, c.metric); !errors.Is(err, c.want) {
			t.Errorf("New(%v, %d, %v): %v, want %v", c.data, c.dim, c.metric, err, c.want)
		}
	}
	x, err := New([]float32{1, 2, 3, 4}, 2, Cosine)
	if err != nil {
		t.Fatal(err)
	}
	if ids, dist, err := x.Search(nil, 3); err != nil || len(ids) != 0 || len(dist) != 0 {
		t.Errorf("no queries: %v %v %v", ids, dist, err)
	}
	if _, _, err := x.Search([]float32{1, 2, 3}, 1); !errors.Is(err, ErrShape) {
		t.Errorf("half a query: %v", err)
	}
	if _, _, err := x.Search([]float32{1, 2}, 0); !errors.Is(err, ErrOption) {
		t.Errorf("k 0: %v", err)
	}
	if _, _, err := x.Search([]float32{1, nan}, 1); !errors.Is(err, ErrNotFinite) {
		t.Errorf("NaN: %v", err)
	}
	if _, err := x.Vote([]float32{1, 2}, []int{1}, 1, 0.1); !errors.Is(err, ErrShape) {
		t.Errorf("labels: %v", err)
	}
	for _, tau := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := x.Vote([]float32{1, 2}, []int{1, 2}, 1, tau); !errors.Is(err, ErrOption) {
			t.Errorf("tau %v: %v", tau, err)
		}
	}
}

func TestVote(t *testing.T) {
	// Angles in degrees: one neighbour of class 8 at 5, three of class 3 at
	// 40, seen from 0.
	at := func(deg float64) (float32, float32) {
		s, c := math.Sincos(deg * math.Pi / 180)
		return float32(c), float32(s)
	}
	var base []float32
	for _, deg := range []float64{5, 40, 40, -40} {
		a, b := at(deg)
		base = append(base, a, b)
	}
	labels := []int{8, 3, 3, 3}
	x, err := New(base, 2, Cosine)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		k    int
		tau  float64
		want int
	}{
		{1, 0.07, 8},
		{200, 0.07, 8},  // exp(0.23/0.07) is more than 3
		{200, 1, 3},     // exp(0.23) is less
		{200, 1e-6, 8},  // no overflow
		{200, 1e300, 3}, // plain majority
	} {
		got, err := x.Vote([]float32{1, 0}, labels, c.k, c.tau)
		if err != nil || got[0] != c.want {
			t.Errorf("k %d, tau %v: %v (%v), want %d", c.k, c.tau, got, err, c.want)
		}
	}
	// Two rows at the same distance: the lower class wins, not the first row.
	x, _ = New([]float32{1, 1, 1, -1}, 2, Cosine)
	if got, err := x.Vote([]float32{1, 0}, []int{5, 2}, 2, 0.1); err != nil || got[0] != 2 {
		t.Errorf("tie: %v %v", got, err)
	}
}

func BenchmarkSearch(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	const n, dim = 5000, 320
	base, q := normals(rng, n*dim, 1, 0), normals(rng, 500*dim, 1, 0)
	x, err := New(base, dim, Cosine)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, _, err := x.Search(q, 10); err != nil {
			b.Fatal(err)
		}
	}
}

func TestParseMetric(t *testing.T) {
	for _, m := range []Metric{Cosine, Euclidean} {
		if got, err := ParseMetric(m.String()); got != m || err != nil {
			t.Errorf("%v: %v, %v", m, got, err)
		}
	}
	if _, err := ParseMetric("manhattan"); !errors.Is(err, ErrOption) {
		t.Errorf("unknown metric: %v", err)
	}
}
