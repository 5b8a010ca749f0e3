package detect

import (
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/series"
)

// TestInstead: a channel takes the values of the normal window that is nearest in the other channels, each in units of its spread, and
// windows that overlap the one that is explained do not count.
func TestInstead(t *testing.T) {
	r := rand.New(rand.NewPCG(40, 1))
	const channels, window, n = 3, 8, 40
	scales := []float64{1, 1000, 1e-3}
	random := func(start int) *series.Window {
		w := &series.Window{Start: start, End: start + window}
		for c := range channels {
			v := make([]float64, window)
			for i := range v {
				if v[i] = 1e6*float64(c) + scales[c]*r.NormFloat64(); r.IntN(20) == 0 {
					v[i] = series.Gap
				}
			}
			w.Values = append(w.Values, v)
		}
		return w
	}
	kept := newReadings(window, 0)
	var all []*series.Window
	for i := range n {
		all = append(all, random(window*i))
		kept.add(all[i], place{0, window * i, window * (i + 1)})
	}
	kept.measure()
	for trial := range 20 {
		w := random(0)
		var except *place
		if trial%2 == 0 {
			except = &place{0, window * 5, window * 25}
		}
		got := kept.instead(w.Values, except)
		for c := range channels {
			best, least := -1, math.Inf(1)
			for i, other := range all {
				if except != nil && i >= 5 && i < 25 {
					continue
				}
				var d float64
				for k := range channels {
					for j := range window {
						if diff := (w.Values[k][j] - other.Values[k][j]) / (kept.spread[k]); k != c && diff == diff {
							d += diff * diff
						}
					}
				}
				if d < least {
					best, least = i, d
				}
			}
			for j, v := range got[c] {
				if want := all[best].Values[c][j]; math.Abs(v-want) > 1e-6*scales[c] && (v == v || want == want) {
					t.Fatalf("trial %d, channel %d: %g, want %g of window %d", trial, c, v, want, best)
				}
			}
		}
	}
	if got := kept.instead(random(0).Values, &place{0, 0, window * n}); got != nil {
		t.Errorf("nothing is left, yet %v", got)
	}
}

// TestNamedByWhatItAdds: where the score falls without no channel, the one is named that raises the score of the nearest normal window.
func TestNamedByWhatItAdds(t *testing.T) {
	r := rand.New(rand.NewPCG(42, 1))
	normal := swinging(r, "normal", 1000)
	d, err := Fit(t.Context(), loudest{}, series.FromSlice([]*series.Series{normal}), Config{Window: 32, Metric: knn.Euclidean})
	if err != nil {
		t.Fatal(err)
	}
	today := swinging(r, "today", 200)
	for i := range 200 {
		today.Values[1][i] += 50
		today.Values[2][i] += 50
	}
	scores, _, err := d.leaveOut(t.Context(), today, 100, nil)
	if err != nil {
		t.Fatal(err)
	}
	for c, s := range scores[1:] {
		if s < scores[0] {
			t.Fatalf("the score falls without channel %d: %v", c, scores)
		}
	}
	got, err := d.explain(t.Context(), today.Values, 100)
	if err != nil || len(got.Effects) != 2 || got.Effects[0].Channel+got.Effects[1].Channel != 3 || !(got.Effects[1].Drop > 40) {
		t.Errorf("%+v, %v", got.Effects, err)
	}
}

// loudest encodes a window as the mean of its highest channel, in steps.
type loudest struct{}

func (loudest) Match(s *series.Series) (*series.Series, error) { return s, nil }

func (loudest) Encode(_ context.Context, windows []*series.Window) (rows []float32, err error) {
	for _, w := range windows {
		most := math.Inf(-1)
		for _, v := range w.Values {
			var sum float64
			for _, x := range v {
				if x == x {
					sum += x / float64(len(v))
				}
			}
			most = max(most, math.Round(sum/10)*10)
		}
		rows = append(rows, float32(most))
	}
	return rows, nil
}

// TestReadingsAreBounded: of more windows than there may be every second, fourth, eighth is kept.
func TestReadingsAreBounded(t *testing.T) {
	kept := newReadings(2, 5)
	for i := range 100 {
		kept.add(&series.Window{Values: [][]float64{{float64(i), 0}}}, place{0, i, i + 2})
	}
	if len(kept.places) > 5 || len(kept.values) != 2*len(kept.places) || kept.met != 100 {
		t.Errorf("%d windows with %d values of %d", len(kept.places), len(kept.values), kept.met)
	}
	for i, p := range kept.places {
		if p.start != i*kept.every || float64(kept.values[2*i])+kept.origin[0] != float64(p.start) {
			t.Errorf("window %d is the one at %d: %g", i, p.start, kept.values[2*i])
		}
	}
}

// swinging are channels of one period and their own phases.
func swinging(r *rand.Rand, id string, n int) *series.Series {
	s := &series.Series{ID: id}
	for c := range 4 {
		v := make([]float64, n)
		for i := range v {
			v[i] = 3 + math.Sin(2*math.Pi*float64(i)/16+float64(c)) + 0.05*r.NormFloat64()
		}
		s.Values = append(s.Values, v)
	}
	return s
}

// TestChannelOfAnEncoder: of channels that swing, the one with a fault is named, by an encoder alone and as a part without levels, where
// gaps in place of a channel would be a fault themselves; a reference keeps what that takes, and tells where it has none.
func TestChannelOfAnEncoder(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 1))
	normal := swinging(r, "normal", 2000)
	for i := range 5 {
		normal.Values[i%2][100*i] = series.Gap
	}
	kernels, err := newFitted(t.Context(), fitted[Kernels], 32, 4, []*series.Series{normal})
	if err != nil {
		t.Fatal(err)
	}
	d, err := Fit(t.Context(), kernels, series.FromSlice([]*series.Series{normal}), Config{Window: 32, Metric: knn.Euclidean})
	if err != nil {
		t.Fatal(err)
	}
	f := fitFused(t, FusedConfig{Parts: []Part{EncodingPart("model", kernels, 32)}}, normal)
	one, two := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")
	if err := d.Save(one); err != nil {
		t.Fatal(err)
	}
	if err := f.Save(two); err != nil {
		t.Fatal(err)
	}
	d2, err := Load(one, kernels)
	if err != nil {
		t.Fatal(err)
	}
	f2, err := LoadFused(two, kernels)
	if err != nil {
		t.Fatal(err)
	}
	if !d2.Explains() || !f2.Explains() {
		t.Errorf("references keep readings: %v, %v", d2.Explains(), f2.Explains())
	}
	for c := range 4 {
		today := swinging(r, "today", 200)
		for i := 80; i < 120; i++ {
			today.Values[c][i] = today.Values[c][80]
		}
		for name, pair := range map[string][2]Explainer{"detector": {d, d2}, "fused": {f, f2}} {
			got, err := pair[0].explain(t.Context(), today.Values, 100)
			if err != nil || len(got.Effects) == 0 || got.Effects[0].Channel != c {
				t.Errorf("%s: a fault of channel %d: %+v, %v", name, c, got.Effects, err)
			}
			if again, err := pair[1].explain(t.Context(), today.Values, 100); err != nil || !reflect.DeepEqual(got, again) {
				t.Errorf("%s from a file: %+v, want %+v (%v)", name, again, got, err)
			}
		}
	}
	// As an older program has written it.
	meta, ts, err := tensorfile.ReadBytes(one)
	if err != nil {
		t.Fatal(err)
	}
	ts = slices.DeleteFunc(ts, func(t tensorfile.Tensor) bool { return t.Name == "readings" || t.Name == "readings_places" })
	if _, err := decode(meta, ts); err == nil {
		t.Error("the settings tell of readings that are missing")
	}
	// Of several faults the first is told, in a line.
	if _, err := decode(meta, slices.DeleteFunc(slices.Clone(ts), func(t tensorfile.Tensor) bool { return t.Name == "rows" })); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("neither rows nor readings: %q", err)
	}
	// Windows so long that the number of their values overflows, to what there is.
	d.config.Window = 1<<62 + d.config.Window
	if err := d.restoreReadings(d.readings.file(), named(d.readings.tensors("")), ""); err == nil {
		t.Error("the windows are longer than there are values")
	}
	d.config.Window -= 1 << 62
	d.readings = nil
	if err := d.Save(one); err != nil {
		t.Fatal(err)
	}
	if d2, err = Load(one, kernels); err != nil || d2.Explains() {
		t.Errorf("without readings: %v", err)
	}
	if _, err := d2.explain(t.Context(), normal.Values, 100); err != nil {
		t.Error(err)
	}
}
