package detect

import (
	"errors"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/wavekin/wavekin/series"
)

// TestRatesCountEpisodes: the number of episodes above a threshold is the one that Episodes finds, or that of a higher threshold.
func TestRatesCountEpisodes(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 1))
	var all [][]float64
	for _, n := range []int{300, 1, 50} {
		s := make([]float64, n)
		for i := range s {
			if s[i] = float64(r.IntN(40)); r.IntN(10) == 0 {
				s[i] = math.NaN()
			}
		}
		all = append(all, s)
	}
	for _, join := range []int{1, 4, 9} {
		rates := newRates(all, join)
		most := 0
		for u := 39.0; u >= 1; u-- {
			e := Episodes{Threshold: u, Join: join}
			for i, s := range all {
				if err := e.Add(t.Context(), &Points{Series: string(rune('a' + i)), Score: s, P: s}, nil, nil); err != nil {
					t.Fatal(err)
				}
			}
			_, n, err := e.All(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			most = max(most, n)
			got := 0
			for _, h := range rates.heights {
				if float64(h) >= u {
					got++
				}
			}
			if got != most {
				t.Errorf("joined at %d, threshold %g: %d episodes, want %d", join, u, got, most)
			}
		}
	}
}

// TestAlarmsOfARate: at the threshold of a rate, normal readings have that many alarms, as Episodes counts them with what belongs to the
// rate, also where their scores hardly ever fall; a lower rate has no lower threshold.
func TestAlarmsOfARate(t *testing.T) {
	r := rand.New(rand.NewPCG(34, 1))
	var all [][]float64
	level, points := 5.0, 0
	for _, n := range []int{3000, 1, 1500} {
		s := make([]float64, n)
		for i := range s {
			level += 0.05*r.NormFloat64() - 0.01*(level-5)                              // slow: neighbours are alike
			if s[i] = float64(float32(level + 0.01*r.NormFloat64())); r.IntN(50) == 0 { // as they are kept
				s[i] = math.NaN()
				continue
			}
			points++
		}
		all = append(all, s)
	}
	rates, last := newRates(all, 64), math.Inf(-1)
	for _, n := range []int{200, 60, 20, 8, 5, 3, 1} {
		a, err := rates.Alarm(float64(n) / float64(points))
		if err != nil {
			t.Fatal(err)
		}
		if a.Threshold < last {
			t.Errorf("%d alarms: %g, below the threshold of more of them, %g", n, a.Threshold, last)
		}
		if last = a.Threshold; n < direct {
			continue
		}
		e := Episodes{Threshold: a.Threshold, Join: a.Join, Longest: a.Longest}
		for i, s := range all {
			if err := e.Add(t.Context(), &Points{Series: string(rune('a' + i)), Score: s, P: s}, nil, nil); err != nil {
				t.Fatal(err)
			}
		}
		episodes, _, err := e.All(t.Context())
		got := e.Alarms()
		if err != nil || got < n || got > n+2 {
			t.Errorf("%d alarms at %+v, want %d (%v)", got, a, n, err)
		}
		for _, o := range episodes {
			if o.End-o.Start > a.Longest {
				t.Errorf("an alarm from %d to %d, want at most %d", o.Start, o.End, a.Longest)
			}
		}
	}
}

// TestRatesOnFreshData: thresholds for rates, direct and extrapolated, give about as many episodes on normal data that were not seen.
func TestRatesOnFreshData(t *testing.T) {
	rates := []float64{1. / 200, 1. / 1000}
	const trials, length = 4, 12000
	var want, got [2]float64
	for trial := range trials {
		r := rand.New(rand.NewPCG(uint64(trial), 32))
		parts := RawParts(32)
		f := fitFused(t, FusedConfig{Parts: parts, Rates: true}, noise(r, "normal", 4000))
		fresh := fusedPoints(t, f, series.FromSlice([]*series.Series{noise(r, "fresh", length)}))
		know, err := f.Rates()
		if err != nil {
			t.Fatal(err)
		}
		for i, rate := range rates {
			a, err := know.Alarm(rate)
			if err != nil || a.Extrapolated != (rate*float64(know.Points()) < 1) {
				t.Fatalf("rate %g of %d: %+v, %v", rate, know.Points(), a, err)
			}
			e := Episodes{Threshold: a.Threshold, Join: a.Join, Longest: a.Longest}
			if err := e.Add(t.Context(), &fresh.Points, nil, nil); err != nil {
				t.Fatal(err)
			}
			if _, _, err := e.All(t.Context()); err != nil {
				t.Fatal(err)
			}
			want[i], got[i] = want[i]+rate*length, got[i]+float64(e.Alarms())
		}
	}
	t.Logf("episodes %v, wanted %v", got, want)
	for i := range rates {
		if ratio := got[i] / want[i]; ratio < 0.5 || ratio > 2 {
			t.Errorf("rate %g: %g episodes, want %g", rates[i], got[i], want[i])
		}
	}
}

// TestRatesInFiles: a reference keeps them, and says so where it has none.
func TestRatesInFiles(t *testing.T) {
	r := rand.New(rand.NewPCG(33, 1))
	normal := noise(r, "normal", 2000)
	for i := range normal.Len() {
		normal.Times = append(normal.Times, int64(i)*1e9)
	}
	for _, with := range []bool{true, false} {
		f := fitFused(t, FusedConfig{Parts: RawParts(32), Rates: with}, normal)
		norm, err := series.FitNormalizer([]*series.Series{normal}, series.ModeTrain)
		if err != nil {
			t.Fatal(err)
		}
		by := Raw{Normalizer: norm}
		d, err := Fit(t.Context(), by, series.FromSlice([]*series.Series{normal}), Config{Window: 32, Metric: 1, Rates: with, Coreset: 100})
		if err != nil {
			t.Fatal(err)
		}
		one, two := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")
		if err := errors.Join(f.Save(one), d.Save(two)); err != nil {
			t.Fatal(err)
		}
		f2, err1 := LoadFused(one)
		d2, err2 := Load(two, by)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		if len(d2.times) != len(d2.places) || d2.times[50] != int64(d2.places[50].start)*1e9 || d2.Step() != 1e9 {
			t.Errorf("times of a core-set: %d for %d windows", len(d2.times), len(d2.places))
		}
		for _, c := range []struct{ had, has func() (*Rates, error) }{{f.Rates, f2.Rates}, {d.Rates, d2.Rates}} {
			had, err := c.had()
			has, err2 := c.has()
			if !with {
				if !errors.Is(err, ErrNoRates) || !errors.Is(err2, ErrNoRates) {
					t.Errorf("without: %v, %v", err, err2)
				}
				continue
			}
			if err := errors.Join(err, err2); err != nil {
				t.Fatal(err)
			}
			for _, rate := range []float64{1. / 100, 1. / 500} {
				a, err := had.Alarm(rate)
				b, err2 := has.Alarm(rate)
				if err := errors.Join(err, err2); err != nil || a != b || !(a.Threshold > 0) || !(a.Share > 0) {
					t.Errorf("%+v and %+v, %v", a, b, err)
				}
			}
			has.curves = nil // as in files of older programs
			if a, err := has.Alarm(0.5); err != nil || float32(a.Threshold) != had.heights[len(had.heights)-1] || a.Join != had.join || a.Longest != 0 {
				t.Errorf("more episodes than there are: %+v, %v", a, err)
			}
			if _, err := had.Alarm(had.Smallest() / 2); err == nil {
				t.Error("fewer than the tail is asked for")
			}
			if s, err := had.Share(0.01); err != nil || !(s > 0) {
				t.Errorf("a share: %g, %v", s, err)
			}
		}
	}
}
