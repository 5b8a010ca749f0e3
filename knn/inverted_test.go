package knn

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/internal/kernel"
)

func ExampleNewInverted() {
	rows := []float32{0, 0, 0, 1, 1, 0, 90, 90, 90, 91, 91, 90} // six rows of two, in two groups
	x, err := NewInverted(context.Background(), Memory(rows, 2), InvertedConfig{Metric: Euclidean, Lists: 2, Probes: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	ids, dist, err := x.Search([]float32{90, 92}, 2)
	fmt.Printf("%v %.1f %v\n", ids, dist, err)
	// Output: [4 3] [1.0 2.0] <nil>
}

// grouped are rows around as many centres as asked.
func grouped(rng *rand.Rand, n, dim, centres int, noise float64) []float32 {
	middle := normals(rng, centres*dim, 1, 0)
	out := make([]float32, n*dim)
	for i := range n {
		c := rng.IntN(centres)
		for j := range dim {
			out[i*dim+j] = middle[c*dim+j] + float32(noise*rng.NormFloat64())
		}
	}
	return out
}

func inverted(t *testing.T, data []float32, dim int, c InvertedConfig) *Inverted {
	t.Helper()
	x, err := NewInverted(context.Background(), Memory(data, dim), c)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestInvertedOfAllIsExact: rows kept whole and all lists looked through give what the exact search gives, bit by bit.
func TestInvertedOfAllIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 7))
	for _, c := range []struct {
		name      string
		n, m, dim int
		make      func(n, dim int) []float32
	}{
		{"gaussian", 900, 40, 17, func(n, dim int) []float32 { return normals(rng, n*dim, 1, 0) }},
		{"groups", 2000, 60, 8, func(n, dim int) []float32 { return grouped(rng, n, dim, 12, 1e-3) }},
		{"far from the origin", 400, 30, 8, func(n, dim int) []float32 { return normals(rng, n*dim, 1e-3, 1000) }},
		{"ties", 3000, 30, 3, func(n, dim int) []float32 {
			out := make([]float32, n*dim)
			for i := range out {
				out[i] = float32(rng.IntN(3) - 1) // also rows of zeros
			}
			return out
		}},
		{"one value", 700, 5, 2, func(n, dim int) []float32 { return slices.Repeat([]float32{3}, n*dim) }},
		{"huge", 50, 10, 3, func(n, dim int) []float32 { return normals(rng, n*dim, 1e37, 0) }},
		{"large", 50, 10, 3, func(n, dim int) []float32 { return normals(rng, n*dim, 1e18, 0) }},
		{"tiny", 50, 10, 3, func(n, dim int) []float32 { return normals(rng, n*dim, 1e-38, 0) }},
		{"one row", 1, 3, 4, func(n, dim int) []float32 { return normals(rng, n*dim, 1, 0) }},
	} {
		for _, metric := range []Metric{Cosine, Euclidean} {
			t.Run(fmt.Sprint(c.name, " ", metric), func(t *testing.T) {
				data, q := c.make(c.n, c.dim), c.make(c.m, c.dim)
				copy(q, data[:c.dim])
				exact, err := New(data, c.dim, metric)
				if err != nil {
					t.Fatal(err)
				}
				x := inverted(t, data, c.dim, InvertedConfig{Metric: metric, Probes: c.n, Full: true})
				for _, k := range []int{1, 5, 40} {
					skip := func(i int) (int, int) { return i, i + c.n/3 }
					want, err := exact.SearchExcept(q, k, skip)
					if err != nil {
						t.Fatal(err)
					}
					got, err := x.SearchExcept(q, k, skip)
					if err != nil {
						t.Fatal(err)
					}
					if !reflect.DeepEqual(got, want) {
						t.Fatalf("k %d: %v, want %v", k, got, want)
					}
				}
			})
		}
	}
}

// kept are the rows of an index as it keeps them, from their definition: the mean, the centroid and the code's number, in float64.
func kept(x *Inverted) [][]float64 {
	out := make([][]float64, x.n)
	for l := range x.Lists() {
		for at := x.start[l]; at < x.start[l+1]; at++ {
			row := make([]float64, x.dim)
			for j := range row {
				k := l*x.dim + j
				row[j] = float64(x.centres.data[k]) + float64(x.base[k]+float32(x.step[k]*float32(x.codes[at*x.dim+j])))
			}
			out[x.ids[at]] = row
		}
	}
	return out
}

// TestInvertedSearchesWhatItKeeps: with codes, the search is that of a scan over the rows as they are kept, within the lists of the
// nearest centroids, and each number is off by at most half a step.
func TestInvertedSearchesWhatItKeeps(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 7))
	const n, m, dim, k = 1500, 50, 11, 7
	for _, metric := range []Metric{Cosine, Euclidean} {
		data, q := grouped(rng, n, dim, 30, 0.3), grouped(rng, m, dim, 30, 0.3)
		x := inverted(t, data, dim, InvertedConfig{Metric: metric, Probes: 4})
		rows, lists := kept(x), make([]int, n)
		for at, id := range x.ids {
			lists[id] = x.listOf(at)
		}
		p := make([]float32, dim)
		for i, row := range rows {
			x.prepare(p, data[i*dim:(i+1)*dim])
			for j, v := range row {
				if off := math.Abs(v - float64(p[j])); off > 0.501*float64(x.step[lists[i]*dim+j])+1e-6 {
					t.Fatalf("%v: number %d of row %d is off by %g, a step is %g", metric, j, i, off, x.step[lists[i]*dim+j])
				}
			}
		}
		got, err := x.SearchExcept(q, k, nil)
		if err != nil {
			t.Fatal(err)
		}
		for r := range m {
			x.prepare(p, q[r*dim:(r+1)*dim])
			probed, _, err := x.centres.Search(p, 4)
			if err != nil {
				t.Fatal(err)
			}
			var all []candidate
			for i, row := range rows {
				if !slices.Contains(probed, int32(lists[i])) {
					continue
				}
				var s float64
				for j, v := range row {
					s += (float64(p[j]) - v) * (float64(p[j]) - v)
				}
				if metric == Euclidean {
					s = math.Sqrt(s)
				} else {
					s /= 2
				}
				all = append(all, candidate{s, int32(i)})
			}
			slices.SortFunc(all, nearer)
			for j, h := range got[r] {
				if h.Row != int(all[j].id) || math.Abs(h.Distance-all[j].d) > 1e-12*(1+all[j].d) {
					t.Fatalf("%v: neighbour %d of query %d is %+v, want %+v", metric, j, r, h, all[j])
				}
			}
		}
	}
}

// TestInvertedIsTheSameForAnyThreads: the index, its probes and its answers are the same bits, also for queries that are asked one by one.
func TestInvertedIsTheSameForAnyThreads(t *testing.T) {
	defer kernel.SetThreads(0)
	rng := rand.New(rand.NewPCG(3, 7))
	const n, m, dim = 3000, 70, 12
	data, q := grouped(rng, n, dim, 40, 0.4), grouped(rng, m, dim, 40, 0.4)
	var first *Inverted
	var want [][]Hit
	for _, threads := range []int{1, 2, 5} {
		kernel.SetThreads(threads)
		x := inverted(t, data, dim, InvertedConfig{})
		got, err := x.SearchExcept(q, 5, nil)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first, want = x, got
		}
		if !reflect.DeepEqual(x, first) {
			t.Errorf("%d threads make another index", threads)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d threads find other rows", threads)
		}
		for i := range m {
			one, err := x.SearchExcept(q[i*dim:(i+1)*dim], 5, nil)
			if err != nil || !reflect.DeepEqual(one[0], want[i]) {
				t.Errorf("query %d by itself: %v, %v, with others %v", i, one, err, want[i])
			}
		}
	}
}

// TestInvertedRecall: the measured recall is what was asked for, and holds for queries that are not in the index; with clusters a small
// part of the lists is enough, of noise, where lists mean little, many are needed.
func TestInvertedRecall(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 7))
	const n, m, dim = 10_000, 500, 16
	for _, c := range []struct {
		name string
		make func(n int) []float32
		most int
	}{
		{"clusters", func(n int) []float32 { return grouped(rand.New(rand.NewPCG(9, 9)), n, dim, 60, 0.2) }, 10},
		{"noise", func(n int) []float32 { return normals(rng, n*dim, 1, 0) }, 80},
	} {
		for _, metric := range []Metric{Cosine, Euclidean} {
			all := c.make(n + m)
			data, q := all[:n*dim], all[n*dim:]
			x := inverted(t, data, dim, InvertedConfig{Metric: metric})
			if x.Lists() != 100 || x.Recall() < 0.95 || x.Probes() > c.most {
				t.Errorf("%s, %v: %d of %d lists give a recall of %g", c.name, metric, x.Probes(), x.Lists(), x.Recall())
			}
			exact, err := New(data, dim, metric)
			if err != nil {
				t.Fatal(err)
			}
			want, _, err := exact.Search(q, 1)
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := x.Search(q, 1)
			if err != nil {
				t.Fatal(err)
			}
			found := 0
			for i := range want {
				if got[i] == want[i] {
					found++
				}
			}
			// 0.99 less three standard errors of 500 queries, and less what codes take.
			if found < 475 {
				t.Errorf("%s, %v: %d of %d nearest rows were found", c.name, metric, found, m)
			}
		}
	}
}

// TestInvertedLooksFurther: where what may count lies in few lists, more are looked through until there are k rows.
func TestInvertedLooksFurther(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 7))
	const n, dim = 400, 4
	data := normals(rng, n*dim, 1, 0)
	x := inverted(t, data, dim, InvertedConfig{Metric: Euclidean, Lists: 100, Probes: 1})
	got, err := x.SearchExcept(data[:10*dim], 50, func(i int) (int, int) { return 0, 300 })
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range got {
		if len(h) != 50 {
			t.Errorf("query %d: %d rows, want 50", i, len(h))
		}
		for _, one := range h {
			if one.Row < 300 {
				t.Errorf("query %d: row %d was not to be found", i, one.Row)
			}
		}
	}
	ids, dist, err := x.Search(data[:dim], n+5)
	if err != nil || len(ids) != n || len(dist) != n {
		t.Errorf("all rows: %d, %v", len(ids), err)
	}
}

// TestSpool: an index of rows in a file is that of rows in memory.
func TestSpool(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 7))
	const n, dim = 1000, 6
	data := normals(rng, n*dim, 1, 0)
	s, err := NewSpool(t.TempDir(), dim)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < n; at += 250 {
		if err := s.Add(data[at*dim : (at+250)*dim]); err != nil {
			t.Fatal(err)
		}
	}
	want := inverted(t, data, dim, InvertedConfig{})
	got, err := NewInverted(context.Background(), s, InvertedConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("the index of a file is another one")
	}
	if err := s.Add(data[:3]); !errors.Is(err, ErrShape) {
		t.Errorf("half a row: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := NewSpool(t.TempDir()+"/none", 3); err == nil {
		t.Error("a folder that is not there was accepted")
	}
}

func TestInvertedRefuses(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 7))
	good := normals(rng, 40, 1, 0)
	for name, c := range map[string]struct {
		data   []float32
		dim    int
		config InvertedConfig
		want   error
	}{
		"no row":         {nil, 4, InvertedConfig{}, ErrShape},
		"no column":      {good, 0, InvertedConfig{}, ErrShape},
		"NaN":            {append(slices.Clone(good), 0, 0, float32(math.NaN()), 0), 4, InvertedConfig{}, ErrNotFinite},
		"metric":         {good, 4, InvertedConfig{Metric: 9}, ErrOption},
		"too many lists": {good, 4, InvertedConfig{Lists: 11}, ErrOption},
		"probes":         {good, 4, InvertedConfig{Probes: -1}, ErrOption},
		"recall":         {good, 4, InvertedConfig{Recall: 2}, ErrOption},
	} {
		if _, err := NewInverted(context.Background(), Memory(c.data, c.dim), c.config); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	x := inverted(t, good, 4, InvertedConfig{})
	if _, _, err := x.Search(good[:3], 1); !errors.Is(err, ErrShape) {
		t.Errorf("half a query: %v", err)
	}
	if _, _, err := x.Search(good[:4], 0); !errors.Is(err, ErrOption) {
		t.Errorf("k 0: %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := NewInverted(ctx, Memory(good, 4), InvertedConfig{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a run that was ended: %v", err)
	}
}

// TestInvertedParts: an index of parts is the same, and no damaged parts make a search fail that were taken.
func TestInvertedParts(t *testing.T) {
	rng := rand.New(rand.NewPCG(10, 7))
	const n, dim = 300, 5
	for _, metric := range []Metric{Cosine, Euclidean} {
		data := normals(rng, n*dim, 1, 0)
		clear(data[7*dim : 8*dim]) // without direction
		x := inverted(t, data, dim, InvertedConfig{Metric: metric})
		parts, err := x.Parts()
		if err != nil {
			t.Fatal(err)
		}
		got, err := RestoreInverted(parts)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, x) {
			t.Errorf("%v: the parts make another index", metric)
		}
		refused := 0
		for range 400 {
			p := parts
			p.Mean, p.Centres, p.Base, p.Step = slices.Clone(p.Mean), slices.Clone(p.Centres), slices.Clone(p.Base), slices.Clone(p.Step)
			p.Sizes, p.IDs, p.Codes = slices.Clone(p.Sizes), slices.Clone(p.IDs), slices.Clone(p.Codes)
			numbers := []*[]float32{&p.Mean, &p.Centres, &p.Base, &p.Step}[rng.IntN(4)]
			switch rng.IntN(9) {
			case 0:
				*numbers = (*numbers)[:rng.IntN(len(*numbers))]
			case 1:
				(*numbers)[rng.IntN(len(*numbers))] = float32(math.Inf(1 - 2*rng.IntN(2)))
			case 2:
				p.Sizes[rng.IntN(len(p.Sizes))] += rng.IntN(2*n) - n
			case 3:
				p.IDs[rng.IntN(n)] = int32(rng.IntN(3*n) - n)
			case 4:
				p.Codes = p.Codes[:rng.IntN(len(p.Codes))]
			case 5:
				p.Dim = rng.IntN(9) - 1
			case 6:
				p.Probes = rng.IntN(60) - 20
			case 7:
				p.Sizes = p.Sizes[:rng.IntN(len(p.Sizes))]
			case 8:
				(*numbers)[rng.IntN(len(*numbers))] = math.MaxFloat32 * float32(1-2*rng.IntN(2))
			}
			damaged, err := RestoreInverted(p)
			if err != nil {
				refused++
				continue
			}
			if _, err := damaged.SearchExcept(data[:10*dim], 3, nil); err != nil {
				t.Errorf("an index that was taken: %v", err)
			}
		}
		if refused < 200 {
			t.Errorf("only %d of 400 damaged indexes are refused", refused)
		}
	}
}
