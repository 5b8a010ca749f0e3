package ondisk

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/series"
)

// drawn are series of two channels with gaps, of lengths around the block's.
func drawn(rng *rand.Rand, block int) []*series.Series {
	var all []*series.Series
	for _, n := range []int{0, 1, block - 1, block, block + 1, 3*block + 2} {
		s := &series.Series{ID: fmt.Sprint(len(all)), Channels: []string{"a", "b"}, Label: fmt.Sprint(n % 2), Values: [][]float64{make([]float64, n), make([]float64, n)}}
		for t := range n {
			for c := range s.Values {
				if s.Values[c][t] = 1e6 + rng.NormFloat64(); rng.IntN(3) == 0 || t > 5 && t < 9 {
					s.Values[c][t] = series.Gap
				}
			}
		}
		all = append(all, s)
	}
	return all
}

// store writes series in chunks of random length.
func store(t *testing.T, all []*series.Series, block int, rng *rand.Rand) *Set {
	t.Helper()
	w, err := New(t.TempDir(), block)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		for at := 0; at < s.Len() || at == 0; {
			n := 1 + rng.IntN(2*block)
			if err := w.Add(s.Slice(at, at+n)); err != nil {
				t.Fatal(err)
			}
			at += n
		}
	}
	set, err := w.Set()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := set.Close(); err != nil {
			t.Error(err)
		}
	})
	return set
}

func same(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

// TestLikeInMemory: what is read, measured and fitted is that of the same series in memory, also of a leading part.
func TestLikeInMemory(t *testing.T) {
	for _, block := range []int{1, 4, 16} {
		rng := rand.New(rand.NewPCG(uint64(block), 1))
		whole := drawn(rng, block)
		stored := store(t, whole, block, rng)
		for _, share := range []float64{1, 0.6} {
			all, set := slices.Clone(whole), stored.First(share)
			for i, s := range all {
				all[i] = s.Slice(0, int(share*float64(s.Len())))
			}
			for i, s := range all {
				if got := set.About(i); got.ID != s.ID || set.Label(i) != s.Label || set.Stamps(i) != s.Len() || got.NumChannels() != 2 {
					t.Errorf("series %d is %+v of %d time stamps", i, got, set.Stamps(i))
				}
				for range 50 {
					from, n := rng.IntN(s.Len()+2), rng.IntN(2*block+2)
					want, got := make([]float64, n), make([]float64, n)
					for k := range want {
						want[k] = series.Gap
					}
					for c, v := range s.Values {
						copy(want, v[min(from, len(v)):])
						if err := set.Read(got, i, c, from); err != nil || !same(got, want) {
							t.Fatalf("block %d, series %d, channel %d, %d values from %d: %v, want %v (%v)", block, i, c, n, from, got, want, err)
						}
					}
					if empty, err := set.Empty(i, from, from+n); err != nil || empty != (s.Measured(from, from+n) == 0) {
						t.Errorf("series %d from %d to %d: empty %v, %d values", i, from, from+n, empty, s.Measured(from, from+n))
					}
				}
			}
			want, err := series.FitNormalizer(all, series.ModeTrain)
			if err != nil {
				t.Fatal(err)
			}
			got, err := series.Fit(set, series.ModeTrain)
			if err != nil || !same(got.Mean, want.Mean) || !same(got.Std, want.Std) {
				t.Errorf("fitted %+v, want %+v (%v)", got, want, err)
			}
			lost, err := got.LostOf(set)
			if w := want.Lost(all); err != nil || !slices.Equal(lost, w) {
				t.Errorf("lost %v, want %v (%v)", lost, w, err)
			}
		}
	}
}

// TestNothingIsLeft: the folder is empty while the file is in use, where the system allows that, and after it.
func TestNothingIsLeft(t *testing.T) {
	dir := t.TempDir()
	w, err := New(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(&series.Series{Values: [][]float64{{1, 2}}}); err != nil {
		t.Fatal(err)
	}
	set, err := w.Set()
	if err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 && runtime.GOOS != "windows" {
		t.Errorf("in use: %v, %v", left, err)
	}
	if err := set.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("after: %v, %v", left, err)
	}
	if err := set.Read(make([]float64, 1), 0, 0, 0); err == nil {
		t.Error("a closed file can be read")
	}
}

// TestErrors: a folder that is not there, and channels that differ.
func TestErrors(t *testing.T) {
	if _, err := New(t.TempDir()+"/none", 0); err == nil {
		t.Error("a file in a folder that is not there")
	}
	w, err := New(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	one := &series.Series{ID: "one", Channels: []string{"a", "b"}, Values: [][]float64{{1}, {2}}}
	if err := w.Add(one); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*series.Series{
		{ID: "two", Channels: []string{"a"}, Values: [][]float64{{1}}},
		{ID: "three", Channels: []string{"a", "c"}, Values: [][]float64{{1}, {2}}},
		{ID: "four", Values: [][]float64{{1}, {2}, {3}}},
		{ID: "five", Values: [][]float64{{1}, {2, 3}}},
	} {
		if err := w.Add(s); err == nil {
			t.Errorf("series %s was taken", s.ID)
		}
	}
	swapped := &series.Series{ID: "six", Channels: []string{"b", "a"}, Values: [][]float64{{3}, {4}}}
	if err := w.Add(swapped); err != nil {
		t.Fatal(err)
	}
	set, err := w.Set()
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float64, 1)
	if err := set.Read(got, 1, 0, 0); err != nil || got[0] != 4 {
		t.Errorf("channel a of the second series is %v, want 4 (%v)", got, err)
	}
}
