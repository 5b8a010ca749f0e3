package detect

import (
	"errors"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/cpc"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/series"
)

// predictive is an untrained model of one channel with predictors, of windows of 32.
func predictive(t *testing.T) *model.Model {
	t.Helper()
	w, enc, method := nn.NewWeights(3), encoders.Conv{Width: 4, Depth: 1, Out: 6}, methods.CPC{Context: cpc.ContextConfig{Width: 5}, Horizons: 3}
	net, err := methods.NetworkOf(method, w, enc, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := method.Predictor(methods.Setup{Weights: w.Scope("method"), Net: net, Channels: 1, Length: 32}); err != nil {
		t.Fatal(err)
	}
	norm := &series.Normalizer{Mode: series.ModeTrain, Mean: []float64{0}, Std: []float64{1}}
	m, err := model.New(model.Settings{Channels: 1, Window: 32, Stride: 8, Normalizer: norm, Predictors: true}, "", model.Summary{}, enc, method, w)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// leaning is a series of normal numbers, each leaning on the one before.
func leaning(id string, seed uint64, n int) *series.Series {
	r := rand.New(rand.NewPCG(seed, 1))
	out, v := levels(id), 0.0
	for range n {
		v = 0.8*v + r.NormFloat64()
		out.Values[0] = append(out.Values[0], v)
	}
	return out
}

func fitPrediction(t *testing.T, c Config, normal ...*series.Series) *Detector {
	t.Helper()
	c.Score = Prediction
	d, err := Fit(t.Context(), predictive(t), series.FromSlice(normal), c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestPredictionByHand computes the scores of windows from the rows of the model and the steps that the detector keeps, and looks up
// that these are the last steps of normal windows, each once.
func TestPredictionByHand(t *testing.T) {
	normal := leaning("n", 1, 400)
	d := fitPrediction(t, Config{Negatives: 50}, normal)
	ahead := d.predictor
	lasts, err := ahead.Encode(t.Context(), series.Windows(normal, 32, 1))
	if err != nil {
		t.Fatal(err)
	}
	const dim, width = 6, 24
	seen := map[int]bool{}
	for i, p := range d.places {
		if seen[p.start] || !slices.Equal(d.rows[i*dim:(i+1)*dim], lasts[p.start*width:p.start*width+dim]) {
			t.Errorf("negative %d is not the last step of the window at %d, or is there twice", i, p.start)
		}
		seen[p.start] = true
	}
	if len(d.places) != 50 || len(d.windows) != 369 {
		t.Errorf("%d negatives and %d scores of normal windows, want 50 and 369", len(d.places), len(d.windows))
	}
	fresh := leaning("new", 2, 60)
	rows, err := ahead.Encode(t.Context(), series.Windows(fresh, 32, 1))
	if err != nil {
		t.Fatal(err)
	}
	all, err := Collect(d.Points(t.Context(), series.FromSlice([]*series.Series{fresh})))
	if err != nil {
		t.Fatal(err)
	}
	for at, got := range all.Score {
		if at < 31 {
			if !math.IsNaN(got) || !math.IsNaN(all.P[at]) || !math.IsNaN(all.Horizons[0][at]) {
				t.Errorf("time stamp %d has a score before a window ends", at)
			}
			continue
		}
		row := rows[(at-31)*width:]
		var mean float64
		for k := range 3 {
			one := cpc.Surprise(row[(1+k)*dim:(2+k)*dim], row[:dim], d.rows, 0, 0)
			if mean += one / 3; all.Horizons[k][at] != one {
				t.Errorf("time stamp %d, horizon %d: %g, want %g", at, k, all.Horizons[k][at], one)
			}
		}
		if math.Abs(got-mean) > 1e-12 || !(all.P[at] > 0 && all.P[at] <= 1) {
			t.Errorf("time stamp %d: %g with p-value %g, want %g", at, got, all.P[at], mean)
		}
	}
	if all.Windows.Scores[0].Nearest != (Place{}) || len(all.Windows.Horizons) != len(all.Windows.Windows) {
		t.Error("a prediction has a nearest window, or no horizons")
	}
}

// TestPredictionDoesNotLookAhead: readings that come later, and pieces in which they come, change no score, bit for bit; the newest
// time stamp has one.
func TestPredictionDoesNotLookAhead(t *testing.T) {
	d := fitPrediction(t, Config{}, leaning("n", 1, 500))
	whole := leaning("new", 2, 200)
	all, err := Collect(d.Points(t.Context(), series.FromSlice([]*series.Series{whole})))
	if err != nil {
		t.Fatal(err)
	}
	part, err := Collect(d.Points(t.Context(), series.FromSlice([]*series.Series{whole.Slice(0, 91)})))
	if err != nil {
		t.Fatal(err)
	}
	rest := whole.Slice(91, 200)
	chunks := []*series.Series{whole.Slice(0, 91), rest}
	pieces, err := Collect(d.Points(t.Context(), series.FromSlice(chunks)))
	if err != nil {
		t.Fatal(err)
	}
	if math.IsNaN(part.Score[90]) || len(part.Score) != 91 || len(pieces.Score) != 200 {
		t.Errorf("the newest of 91 time stamps has score %g", part.Score[90])
	}
	for i, want := range all.Score {
		if i < 91 && math.Float64bits(part.Score[i]) != math.Float64bits(want) || math.Float64bits(pieces.Score[i]) != math.Float64bits(want) {
			t.Fatalf("time stamp %d: %g, and %g and %g of a part and in pieces", i, want, part.Score[i], pieces.Score[i])
		}
	}
}

// TestPredictionIsHandedOutAtOnce: a time stamp's score comes with the window that ends with it.
func TestPredictionIsHandedOutAtOnce(t *testing.T) {
	s := spread{end: true, last: 4}
	for end := 8; end < 20; end++ {
		got := s.add(end-8, end, float64(end))
		if want := 1; end > 8 && (len(got) != want || got[0] != float64(end)) || end == 8 && (len(got) != 8 || got[7] != 8) {
			t.Fatalf("the window up to %d hands out %v", end, got)
		}
	}
	centred := spread{last: 4}
	var got []float64
	for start := 0; start <= 12; start += 2 {
		got = append(got, centred.add(start, start+8, float64(start))...)
	}
	got = append(got, centred.finish()...)
	// Steps of four time stamps every two: a time stamp has the mean of the two that show it, at the ends one alone.
	for i, v := range got {
		last := min(12, i-i%2-4)
		want := float64(last+max(0, last-2)) / 2
		if i >= 18 {
			want = 12
		}
		if i < 4 && !math.IsNaN(v) || i >= 4 && v != want {
			t.Errorf("time stamp %d: %g, want %g", i, v, want)
		}
	}
	if len(got) != 20 {
		t.Errorf("%d time stamps, want 20", len(got))
	}
}

// TestPredictionPValuesHold: of series like the normal ones a share of p-values near q is at most q, with blocks scored by negatives of others.
func TestPredictionPValuesHold(t *testing.T) {
	d := fitPrediction(t, Config{Align: Centre}, leaning("n", 1, 4000))
	var low, all float64
	for seed := range uint64(4) {
		p, err := Collect(d.Points(t.Context(), series.FromSlice([]*series.Series{leaning("new", 10+seed, 2000)})))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range p.P {
			if v == v {
				all++
				if v <= 0.1 {
					low++
				}
			}
		}
	}
	if share := low / all; share < 0.06 || share > 0.14 { // 8000 dependent time stamps, about 1000 independent: 0.1 ± 4 · 0.01
		t.Errorf("%.3f of p-values up to 0.1", share)
	}
}

// TestPredictionOfNormalReadings: readings that the negatives come from are not told from themselves.
func TestPredictionOfNormalReadings(t *testing.T) {
	normal := leaning("n", 1, 300)
	d := fitPrediction(t, Config{}, normal)
	for b, err := range d.Windows(t.Context(), series.FromSlice([]*series.Series{normal})) {
		if err != nil {
			t.Fatal(err)
		}
		rows, err := d.predictor.Encode(t.Context(), b.Windows)
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range b.Windows {
			lo, hi := d.around(place{0, w.Start, w.End})
			if lo == hi {
				t.Fatalf("no negative around %d", w.Start)
			}
			row := rows[i*24:]
			if want := cpc.Surprise(row[6:12], row[:6], d.rows, lo, hi); b.Horizons[i][0] != want {
				t.Fatalf("window %d: %g, want %g without negatives %d to %d", w.Start, b.Horizons[i][0], want, lo, hi)
			}
		}
	}
}

// TestPredictionSurvivesItsFile: scores are the same bits, another model and a model without predictors are refused, and nothing is added.
func TestPredictionSurvivesItsFile(t *testing.T) {
	normal, fresh := leaning("n", 1, 300), leaning("new", 2, 80)
	d := fitPrediction(t, Config{Rates: true, Seed: 4}, normal)
	path := filepath.Join(t.TempDir(), "ref")
	if err := d.Save(path); err != nil {
		t.Fatal(err)
	}
	again, err := Load(path, predictive(t))
	if err != nil {
		t.Fatal(err)
	}
	if again.Config() != func() Config { c := d.Config(); c.Rates = false; return c }() || again.Config().Negatives != 128 || again.Config().Align != End || again.Config().Stride != 1 {
		t.Errorf("settings %+v, want %+v", again.Config(), d.Config())
	}
	var scores [2][]float64
	for i, one := range []*Detector{d, again} {
		p, err := Collect(one.Points(t.Context(), series.FromSlice([]*series.Series{fresh})))
		if err != nil {
			t.Fatal(err)
		}
		scores[i] = append(p.Score[31:], p.P[31:]...)
	}
	if !slices.Equal(scores[0], scores[1]) {
		t.Error("what was loaded scores otherwise")
	}
	if _, err := Load(path, plain); !errors.Is(err, model.ErrNoPredictors) {
		t.Errorf("with raw readings: %v", err)
	}
	if err := again.Extend(t.Context(), series.FromSlice([]*series.Series{fresh})); !errors.Is(err, ErrSampled) {
		t.Errorf("extended: %v", err)
	}
	other := fitPrediction(t, Config{Seed: 5}, normal)
	if slices.Equal(other.rows, d.rows) {
		t.Error("another seed draws the same negatives")
	}
}

func TestPredictionRefusesBadSettings(t *testing.T) {
	normal := leaning("n", 1, 300)
	for want, c := range map[string]Config{"want 1 to": {Negatives: -1}, "belong to distances": {Coreset: 5}, "in windows of 32": {Window: 16},
		"want centre or end": {Align: "left"}} {
		c.Score = Prediction
		if _, err := Fit(t.Context(), predictive(t), series.FromSlice([]*series.Series{normal}), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := Fit(t.Context(), plain, series.FromSlice([]*series.Series{normal}), Config{Window: 8, Score: Prediction}); !errors.Is(err, model.ErrNoPredictors) {
		t.Errorf("raw readings: %v", err)
	}
	if _, err := Fit(t.Context(), predictive(t), series.FromSlice([]*series.Series{normal.Slice(0, 40)}), Config{Score: Prediction}); !errors.Is(err, ErrTooFew) {
		t.Errorf("windows that all overlap: %v", err)
	}
	if _, err := ParseKind("other"); err == nil {
		t.Error("a score called other is accepted")
	}
}

// TestSampleIsFair draws each number about equally often, none in the range left out, none twice.
func TestSampleIsFair(t *testing.T) {
	count := make([]int, 20)
	for seed := range uint64(2000) {
		got := sample(5, 20, 6, 10, rand.New(rand.NewPCG(seed, 0)))
		if len(got) != 5 || !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != 5 {
			t.Fatalf("drew %v", got)
		}
		for _, i := range got {
			count[i]++
		}
	}
	for i, n := range count {
		// 2000 draws of 5 among 16: 625 each, with a deviation of 21.
		if in := i >= 6 && i < 10; in && n != 0 || !in && (n < 540 || n > 710) {
			t.Errorf("%d was drawn %d times", i, n)
		}
	}
	if got := sample(9, 6, 2, 4, rand.New(rand.NewPCG(1, 0))); !slices.Equal(got, []int{0, 1, 4, 5}) {
		t.Errorf("of four, nine are %v", got)
	}
}
