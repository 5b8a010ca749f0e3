package detect

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/wavekin/wavekin/series"
)

// TestExtendIsFit: a detector that is loaded and learns from further series is, file for file, the one of all series at once, also where
// a further series has the name of the last one before.
func TestExtendIsFit(t *testing.T) {
	r := rand.New(rand.NewPCG(61, 1))
	var all []*series.Series
	for _, name := range []string{"a", "b", "b", "c"} {
		s := noise(r, name, 600)
		for i := range s.Len() {
			s.Times = append(s.Times, int64(i)*1e9)
		}
		all = append(all, s)
	}
	norm, err := series.FitNormalizer(all, series.ModeTrain)
	if err != nil {
		t.Fatal(err)
	}
	by := Raw{Normalizer: norm}
	saved := func(d *Detector) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), "d")
		if err := d.Save(path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	content := func(path string) string {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for name, c := range map[string]Config{
		"plain": {Window: 32, Metric: 1}, "rates": {Window: 32, Metric: 1, Rates: true}, "end, new series": {Window: 32, Metric: 1, Align: End, Stride: 8, NewSeries: true},
	} {
		fit := func(s []*series.Series) *Detector {
			t.Helper()
			d, err := Fit(t.Context(), by, series.FromSlice(s), c)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		whole := content(saved(fit(all)))
		for cut := 1; cut < len(all); cut++ {
			if cut == 1 && c.NewSeries {
				continue // one series has nothing to be compared with
			}
			d, err := Load(saved(fit(all[:cut])), by)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Extend(t.Context(), series.FromSlice(all[cut:])); err != nil {
				t.Fatal(err)
			}
			if content(saved(d)) != whole {
				t.Errorf("%s: extended after %d series it is another detector", name, cut)
			}
		}
	}
	d, err := Fit(t.Context(), by, series.FromSlice(all[:2]), Config{Window: 32, Metric: 1, Coreset: 50})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Extend(t.Context(), series.FromSlice(all[2:])); err != nil {
		t.Fatal(err)
	}
	of := map[int]int{}
	for _, p := range d.places {
		of[p.series]++
	}
	if len(d.places) != 50 || of[0] == 0 || of[2] == 0 || of[3] == 0 || len(d.windows) < 50 {
		t.Errorf("a core-set of %d windows, by series %v, calibrated by %d", len(d.places), of, len(d.windows))
	}
}

func TestExtendRefuses(t *testing.T) {
	r := rand.New(rand.NewPCG(62, 1))
	one := noise(r, "one", 400)
	norm, err := series.FitNormalizer([]*series.Series{one}, series.ModeTrain)
	if err != nil {
		t.Fatal(err)
	}
	by := Raw{Normalizer: norm}
	fit := func() *Detector {
		t.Helper()
		d, err := Fit(t.Context(), by, series.FromSlice([]*series.Series{one}), Config{Window: 32, Metric: 1})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	again := one.Slice(0, 400)
	again.ID = "the same under another name"
	if err := fit().Extend(t.Context(), series.FromSlice([]*series.Series{again})); !errors.Is(err, ErrKnown) {
		t.Errorf("the same readings: %v", err)
	}
	var short *series.ShortError
	if err := fit().Extend(t.Context(), series.FromSlice([]*series.Series{noise(r, "short", 20)})); !errors.As(err, &short) {
		t.Errorf("a short series: %v", err)
	}
	path := filepath.Join(t.TempDir(), "d")
	if err := fit().Save(path); err != nil {
		t.Fatal(err)
	}
	d, err := Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Extend(t.Context(), series.FromSlice([]*series.Series{noise(r, "new", 400)})); err == nil {
		t.Error("without an encoder it learns")
	}
}
