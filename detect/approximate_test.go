package detect

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/series"
)

// ranksOf are the ranks of numbers, of which no two are equal.
func ranksOf(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if x[a] < x[b] {
			return -1
		}
		return 1
	})
	out := make([]float64, len(x))
	for rank, i := range order {
		out[i] = float64(rank)
	}
	return out
}

// spearman is the correlation of ranks: 1 - 6 Σd²/(n(n²-1)).
func spearman(a, b []float64) float64 {
	ra, rb, n := ranksOf(a), ranksOf(b), float64(len(a))
	var sum float64
	for i := range ra {
		sum += (ra[i] - rb[i]) * (ra[i] - rb[i])
	}
	return 1 - 6*sum/(n*(n*n-1))
}

// TestApproximate: scores rank as exact ones, windows are not matched with themselves, and the file scores the same and has no rows.
func TestApproximate(t *testing.T) {
	for _, metric := range []knn.Metric{knn.Euclidean, knn.Cosine} {
		r := rand.New(rand.NewPCG(5, 9))
		normal, fresh := noise(r, "normal", 6000), noise(r, "fresh", 1500)
		fresh.Values[0][500] += 300
		config := Config{Window: 16, Stride: 4, Metric: metric, Rates: true}
		exact := fitNoise(t, normal, config)
		scratch := t.TempDir()
		config.Approximate, config.Scratch = true, scratch
		d := fitNoise(t, normal, config)
		l := d.Lists()
		if n, of := exact.Normal(); l == nil || l.Lists != int(math.Round(math.Sqrt(float64(n)))) || l.Recall == nil || *l.Recall < 0.95 || d.independent != of {
			t.Fatalf("%v: lists %+v of %d windows", metric, l, n)
		}
		if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 || d.rows != nil || exact.Lists() != nil {
			t.Errorf("files %v are left, %d numbers in memory", left, len(d.rows))
		}
		path := filepath.Join(t.TempDir(), "normal.safetensors")
		if err := d.Save(path); err != nil {
			t.Fatal(err)
		}
		loaded, err := Load(path, d.by)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []*series.Series{fresh, normal} {
			_, want := windowsOf(t, exact, series.FromSlice([]*series.Series{s}))
			_, near := windowsOf(t, d, series.FromSlice([]*series.Series{s}))
			_, kept := windowsOf(t, loaded, series.FromSlice([]*series.Series{s}))
			if !slices.Equal(near, kept) {
				t.Errorf("%s: the file scores otherwise", s.ID)
			}
			var a, b []float64
			other := 0
			for i := range want {
				a, b = append(a, want[i].Score), append(b, near[i].Score)
				if !(near[i].Score > 0) {
					t.Fatalf("%s: window %d scores %g", s.ID, i, near[i].Score)
				}
				if math.Abs(near[i].P-want[i].P) > 0.05 {
					other++
				}
			}
			if rho := spearman(a, b); rho < 0.99 || 25*other > len(a) {
				t.Errorf("%v, %s: rank correlation of the scores %.4f; %d of %d p-values differ by more than 0.05", metric, s.ID, rho, other, len(a))
			}
		}
		if err := loaded.Extend(t.Context(), series.FromSlice([]*series.Series{fresh})); err == nil || !strings.Contains(err.Error(), "keeps no encodings") {
			t.Errorf("further readings: %v", err)
		}
		if _, err := LoadFused(path); err == nil || !strings.Contains(err.Error(), "made with a model") {
			t.Errorf("as combined comparisons: %v", err)
		}
	}
	if _, err := Fit(t.Context(), plain, series.FromSlice(nil), Config{Window: 4, Approximate: true, Coreset: 3}); err == nil {
		t.Error("a core-set with an approximate search was taken")
	}
}

// TestApproximateFileIsTheSameForAnyThreads.
func TestApproximateFileIsTheSameForAnyThreads(t *testing.T) {
	defer kernel.SetThreads(0)
	normal := noise(rand.New(rand.NewPCG(6, 9)), "normal", 4000)
	var first []byte
	for _, threads := range []int{1, 2, 5} {
		kernel.SetThreads(threads)
		path := filepath.Join(t.TempDir(), "normal.safetensors")
		if err := fitNoise(t, normal, Config{Window: 16, Stride: 4, Approximate: true, Rates: true}).Save(path); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = text
		}
		if string(text) != string(first) {
			t.Errorf("%d threads make another file", threads)
		}
	}
}

// TestDamagedApproximateFile: whatever is changed, the file is refused or gives a detector that works, and nothing panics.
func TestDamagedApproximateFile(t *testing.T) {
	normal := noise(rand.New(rand.NewPCG(7, 9)), "normal", 300)
	d := fit(t, Config{Window: 8, Stride: 2, Approximate: true}, normal)
	path := filepath.Join(t.TempDir(), "normal.safetensors")
	if err := d.Save(path); err != nil {
		t.Fatal(err)
	}
	meta, tensors, err := tensorfile.ReadBytes(path)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(11, 12))
	refused := 0
	for range 400 {
		changed := slices.Clone(tensors)
		one := &changed[r.IntN(len(changed))]
		switch what := r.IntN(4); {
		case one.Bytes != nil && what < 2 && len(one.Bytes) > 0:
			one.Bytes = slices.Clone(one.Bytes)
			one.Bytes[r.IntN(len(one.Bytes))] ^= byte(1 << r.IntN(8))
		case one.Bytes != nil:
			n := r.IntN(len(one.Bytes))
			one.Bytes, one.Shape = one.Bytes[:n:n], []int{n}
		case what == 0 && len(one.Data) > 0:
			one.Data = slices.Clone(one.Data)
			one.Data[r.IntN(len(one.Data))] = float32(r.IntN(1<<20) - 1<<19)
		case what == 1:
			one.Bytes, one.Data, one.Shape = []byte{1, 2, 3}, nil, []int{3}
		case what == 2 && len(one.Data) > 0:
			one.Data = slices.Clone(one.Data)
			one.Data[r.IntN(len(one.Data))] = float32(math.Inf(1))
		default:
			n := len(one.Data) / 2
			one.Data, one.Shape = one.Data[:n], []int{n}
		}
		if err := tensorfile.Write(path, meta, changed); err != nil {
			t.Fatal(err)
		}
		loaded, err := Load(path, plain)
		if err != nil {
			refused++
			continue
		}
		for _, err := range loaded.Points(t.Context(), series.FromSlice([]*series.Series{normal})) {
			if err != nil {
				break
			}
		}
	}
	if refused < 200 {
		t.Errorf("only %d of 400 damaged files are refused", refused)
	}
	meta["reference"] = ReferenceFormat
	if err := tensorfile.Write(path, meta, tensors); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path, plain); err == nil || !strings.Contains(err.Error(), "approximate is true") {
		t.Errorf("as an exact reference: %v", err)
	}
}

// TestApproximateScoresSome: of very many normal windows stretches are scored, spread evenly: their p-values are nearly those of all, and
// those of few are those of all.
func TestApproximateScoresSome(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 10))
	normal, fresh := noise(r, "normal", 40000), noise(r, "fresh", 2000)
	config := Config{Window: 16, Stride: 4, Rates: true, Approximate: true, Scratch: t.TempDir()}
	all := fitNoise(t, normal, config)
	defer func(most int) { mostScored = most }(mostScored)
	mostScored = len(all.places) / 4
	d := fitNoise(t, normal, config)
	if n := len(d.windows); n > mostScored || n < mostScored-2 || len(all.windows) != len(all.places) || d.independent != all.independent {
		t.Errorf("%d of %d windows are scored, at most %d; %d without overlap, want %d", n, len(d.places), mostScored, d.independent, all.independent)
	}
	_, want := windowsOf(t, all, series.FromSlice([]*series.Series{fresh}))
	_, got := windowsOf(t, d, series.FromSlice([]*series.Series{fresh}))
	for i := range want {
		if got[i].Score != want[i].Score || math.Abs(got[i].P-want[i].P) > 0.05 {
			t.Fatalf("window %d: %+v, want about %+v", i, got[i], want[i])
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := d.some(ended, knn.Memory(make([]float32, len(d.places)*d.index.Dim()), d.index.Dim()), d.places); !errors.Is(err, context.Canceled) {
		t.Errorf("a run that has ended goes on: %v", err)
	}
	if a, b := len(d.rates.scores), len(all.rates.scores); a < b/5 || a > b/3 {
		t.Errorf("rates rest on %d time stamps, those of all on %d", a, b)
	}
}
