package detect

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/series"
)

// noise is an autoregressive series of two channels, smooth over some ten time stamps, so that overlapping windows are alike.
func noise(r *rand.Rand, id string, n int) *series.Series {
	const warmUp = 200
	s := &series.Series{ID: id, Channels: []string{"a", "b"}, Values: [][]float64{make([]float64, n), make([]float64, n)}}
	for _, v := range s.Values {
		var x, drive float64
		for i := -warmUp; i < n; i++ {
			drive = 0.8*drive + r.NormFloat64()
			x = 0.9*x + drive
			if i >= 0 {
				v[i] = x
			}
		}
	}
	return s
}

// TestPValuesNeedTheExclusion: were overlapping windows compared with each other, normal scores would be too low.
func TestPValuesNeedTheExclusion(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 8))
	normal, fresh := noise(r, "normal", 1515), noise(r, "fresh", 1515)
	d := fitNoise(t, normal, Config{Window: 16, Stride: 1, Metric: knn.Euclidean})
	hits, err := d.index.SearchExcept(d.rows, d.config.K, func(i int) (int, int) { return i, i + 1 })
	if err != nil {
		t.Fatal(err)
	}
	var found []float32
	for _, h := range hits {
		found = append(found, float32(meanDistance(h)))
	}
	slices.Sort(found)
	low := 0
	for ws, err := range d.Windows(t.Context(), series.FromSlice([]*series.Series{fresh})) {
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range ws.Scores {
			if pvalue(found, s.Score, 1) <= 0.05 {
				low++
			}
		}
	}
	if low < 300 { // of 1500; 75 are expected of right p-values
		t.Errorf("%d of 1500 windows have p <= 0.05 without the exclusion; the test above proves little then", low)
	}
}

// TestPValuesOfFreshNormalData: the share of p-values up to a is a, for windows and time stamps, overlapping windows or not.
// Each trial draws normal and fresh data anew; shares are compared with a in units of their standard error over the trials.
func TestPValuesOfFreshNormalData(t *testing.T) {
	levels := []float64{0.01, 0.05, 0.1}
	for _, c := range []struct {
		stride, coreset int
		align           Align
	}{{4, 0, Centre}, {16, 0, Centre}, {4, 0, End}, {4, 100, Centre}} {
		t.Run(fmt.Sprintf("stride %d, core-set %d, %s", c.stride, c.coreset, c.align), func(t *testing.T) {
			const trials = 40
			shares := map[string][][]float64{"window": make([][]float64, len(levels)), "point": make([][]float64, len(levels))}
			for trial := range trials {
				r := rand.New(rand.NewPCG(uint64(trial), 7))
				d := fitNoise(t, noise(r, "normal", 4000), Config{Window: 16, Stride: c.stride, Align: c.align, Coreset: c.coreset, Metric: knn.Euclidean})
				fresh := noise(r, "fresh", 4000)
				for kind, ps := range map[string][]float64{"window": windowP(t, d, fresh), "point": pointP(t, d, fresh)} {
					for i, a := range levels {
						shares[kind][i] = append(shares[kind][i], shareUpTo(ps, a))
					}
				}
			}
			for kind, byLevel := range shares {
				for i, a := range levels {
					mean, std, n := series.Stats(byLevel[i])
					// A p-value is a multiple of one in the number of windows, so that a share may be off by as much.
					if se, step := std/math.Sqrt(float64(n)), float64(c.stride)/4000; math.Abs(mean-a) > 3*se+step {
						t.Errorf("%s p <= %g: %.4f of them, standard error %.4f", kind, a, mean, se)
					}
				}
			}
		})
	}
}

func fitNoise(t *testing.T, normal *series.Series, c Config) *Detector {
	t.Helper()
	norm, err := series.FitNormalizer([]*series.Series{normal}, series.ModeTrain)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Fit(t.Context(), Raw{Normalizer: norm}, series.FromSlice([]*series.Series{normal}), c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func windowP(t *testing.T, d *Detector, s *series.Series) (out []float64) {
	t.Helper()
	for ws, err := range d.Windows(t.Context(), series.FromSlice([]*series.Series{s})) {
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range ws.Scores {
			out = append(out, s.P)
		}
	}
	return out
}

func pointP(t *testing.T, d *Detector, s *series.Series) (out []float64) {
	t.Helper()
	for p, err := range d.Points(t.Context(), series.FromSlice([]*series.Series{s})) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p.P...)
	}
	return out
}

func shareUpTo(ps []float64, a float64) float64 {
	n, of := 0, 0
	for _, p := range ps {
		if p == p {
			of++
		}
		if p <= a {
			n++
		}
	}
	return float64(n) / float64(of)
}
