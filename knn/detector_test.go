package knn

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// oracle is the mean Euclidean distance of q to the k nearest of the rows that
// keep allows.
func oracle(base []float32, dim int, q []float32, k int, keep func(i int) bool) float64 {
	var kept []float32
	for i := range len(base) / dim {
		if keep(i) {
			kept = append(kept, base[i*dim:(i+1)*dim]...)
		}
	}
	_, dist := scan(kept, q, dim, Euclidean, k)
	var s float64
	for _, d := range dist {
		s += float64(d)
	}
	return s / float64(len(dist))
}

func TestLeaveOutScores(t *testing.T) {
	const n, dim, k, exclude = 60, 4, 3, 5
	base := random(rand.New(rand.NewPCG(1, 5)), n*dim, 1, 0)
	d, err := DetectorConfig{K: k, Metric: Euclidean, Exclude: exclude}.Fit(base, dim)
	if err != nil {
		t.Fatal(err)
	}
	var held []float64
	for i := range n {
		held = append(held, oracle(base, dim, base[i*dim:(i+1)*dim], k, func(j int) bool {
			return j <= i-exclude || j >= i+exclude
		}))
	}
	q := random(rand.New(rand.NewPCG(1, 6)), 20*dim, 1.5, 0)
	alarms, err := d.Score(q)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range alarms {
		s := oracle(base, dim, q[i*dim:(i+1)*dim], k, func(int) bool { return true })
		higher := 0
		for _, h := range held {
			if h >= s {
				higher++
			}
		}
		if p := float64(1+higher) / float64(1+n); math.Abs(a.Score-s) > 1e-6 || a.P != p {
			t.Errorf("row %d: score %v p %v, want %v %v", i, a.Score, a.P, s, p)
		}
	}
	if d.Reference() != n || d.Held() != n {
		t.Errorf("%d reference and %d held-out rows, want %d each", d.Reference(), d.Held(), n)
	}
}

func TestSplitKeepsPartsApart(t *testing.T) {
	const n, exclude = 200, 4
	// Each row is its own direction, so that a neighbour names a row.
	base := make([]float32, 2*n)
	for i := range n {
		s, c := math.Sincos(float64(i) / n)
		base[2*i], base[2*i+1] = float32(c), float32(s)
	}
	d, err := DetectorConfig{K: 1, HeldOut: 0.25, Blocks: 4, Exclude: exclude}.Fit(base, 2)
	if err != nil {
		t.Fatal(err)
	}
	// Blocks of 50 hold out 12 or 13; 3 rows on each side of them are dropped,
	// except after the last.
	held := 13 * 4
	if want := n - held - 3*7; d.Held() != held || d.Reference() != want {
		t.Errorf("%d held out and %d reference rows, want %d and %d", d.Held(), d.Reference(), held, want)
	}
	alarms, err := d.Score(base)
	if err != nil {
		t.Fatal(err)
	}
	isHeld := func(i int) bool { return i >= 0 && i < n && i%50 >= 37 }
	for i, a := range alarms {
		for o := -exclude + 1; o < exclude; o++ {
			if isHeld(a.Neighbour + o) {
				t.Fatalf("row %d has neighbour %d, within %d of held-out row %d", i, a.Neighbour, exclude, a.Neighbour+o)
			}
		}
		if !isHeld(i) && a.Neighbour == i && a.Score != 0 {
			t.Errorf("row %d is a reference row but scores %v", i, a.Score)
		}
	}
}

// TestPValuesAreCalibrated: for rows from the same source as the normal ones a
// p-value of at most a happens with a chance of about a.
func TestPValuesAreCalibrated(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	base, q := random(rng, 600*3, 1, 0), random(rng, 2000*3, 1, 0)
	for _, c := range []DetectorConfig{{K: 3, Metric: Euclidean}, {K: 3, Metric: Euclidean, HeldOut: 0.5}} {
		d, err := c.Fit(base, 3)
		if err != nil {
			t.Fatal(err)
		}
		alarms, err := d.Score(q)
		if err != nil {
			t.Fatal(err)
		}
		for _, level := range []float64{0.05, 0.2, 0.5} {
			count := 0.0
			for _, a := range alarms {
				if a.P <= level {
					count++
				}
			}
			// Binomial error of both samples, four deviations.
			tolerance := 4 * math.Sqrt(level*(1-level)*(1.0/float64(d.Held())+1.0/2000))
			if share := count / 2000; math.Abs(share-level) > tolerance {
				t.Errorf("held-out %v: p <= %v for a share of %v", c.HeldOut, level, share)
			}
		}
	}
}

func TestDetectorOptions(t *testing.T) {
	four := []float32{1, 2, 3, 4}
	for _, c := range []struct {
		config DetectorConfig
		normal []float32
		want   error
	}{
		{DetectorConfig{K: 0}, four, ErrOption},
		{DetectorConfig{K: 1, Exclude: -1}, four, ErrOption},
		{DetectorConfig{K: 1, Blocks: -1}, four, ErrOption},
		{DetectorConfig{K: 1, HeldOut: 1}, four, ErrOption},
		{DetectorConfig{K: 1, HeldOut: math.NaN()}, four, ErrOption},
		{DetectorConfig{K: 1, Exclude: 4}, four, ErrOption},
		{DetectorConfig{K: 1, Exclude: math.MaxInt}, four, ErrOption},
		{DetectorConfig{K: 1, Exclude: math.MaxInt, HeldOut: 0.5}, four, ErrOption},
		{DetectorConfig{K: 1, Exclude: 9, HeldOut: 0.5}, four, ErrOption},
		{DetectorConfig{K: 1}, four[:1], ErrOption},
		{DetectorConfig{K: 1}, nil, ErrOption},
		{DetectorConfig{K: 1}, []float32{1, float32(math.NaN())}, ErrNotFinite},
	} {
		if _, err := c.config.Fit(c.normal, 1); !errors.Is(err, c.want) {
			t.Errorf("%+v on %d rows: %v, want %v", c.config, len(c.normal), err, c.want)
		}
	}
	// k beyond the rows, and both ways with the fewest rows that work.
	for _, c := range []DetectorConfig{{K: 50}, {K: 50, HeldOut: 0.9}, {K: 1, HeldOut: 1e-9, Blocks: 100}} {
		d, err := c.Fit(four[:2], 1)
		if err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		if a, err := d.Score([]float32{5}); err != nil || a[0].P != 1 || a[0].Score != 0 {
			t.Errorf("%+v: %+v %v", c, a, err)
		}
		if _, err := d.Score([]float32{float32(math.Inf(1))}); !errors.Is(err, ErrNotFinite) {
			t.Errorf("%+v: infinity: %v", c, err)
		}
	}
}
