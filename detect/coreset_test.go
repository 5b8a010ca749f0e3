package detect

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/series"
)

// TestCoreset: a core-set of all windows is no core-set, one of some keeps as many, its file scores the same, and normal
// windows are recognised and not matched with themselves, kept or not.
func TestCoreset(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	normal, fresh := noise(r, "normal", 3000), noise(r, "fresh", 1000)
	fresh.Values[0][500] += 300
	config := Config{Window: 16, Stride: 4, Metric: knn.Euclidean}
	whole := fitNoise(t, normal, config)
	all, independent := whole.Normal()
	config.Coreset = all
	if same := fitNoise(t, normal, config); !slices.Equal(same.rows, whole.rows) || !slices.Equal(same.points, whole.points) {
		t.Error("a core-set of all windows differs from all windows")
	}
	config.Coreset = all / 10
	d := fitNoise(t, normal, config)
	if n, of := d.Normal(); n != all/10 || of != independent {
		t.Errorf("%d windows kept and %d independent, want %d and %d", n, of, all/10, independent)
	}
	if len(d.windows) != len(whole.windows) {
		t.Errorf("%d normal scores, want those of all %d windows", len(d.windows), len(whole.windows))
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
		got, want := windowP(t, loaded, s), windowP(t, d, s)
		if !slices.Equal(got, want) {
			t.Errorf("%s: the file scores otherwise", s.ID)
		}
	}
	if p := slices.Min(windowP(t, loaded, fresh)); p > 2.0/float64(all) {
		t.Errorf("the spike has p = %g", p)
	}
	for ws, err := range loaded.Windows(t.Context(), series.FromSlice([]*series.Series{normal})) {
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range ws.Scores {
			if !(w.Score > 0) {
				t.Fatalf("a normal window scores %g: it is matched with itself", w.Score)
			}
		}
	}
}
