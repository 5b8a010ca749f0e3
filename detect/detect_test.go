package detect

import (
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/series"
)

// plain compares values as they are.
var plain = Raw{Normalizer: &series.Normalizer{Mode: series.ModeNone}}

func levels(id string, values ...float64) *series.Series {
	return &series.Series{ID: id, Values: [][]float64{values}}
}

func fit(t *testing.T, c Config, normal ...*series.Series) *Detector {
	t.Helper()
	d, err := Fit(t.Context(), plain, series.FromSlice(normal), c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func windowsOf(t *testing.T, d *Detector, r series.Reader) (ws []*series.Window, scores []Score) {
	t.Helper()
	for b, err := range d.Windows(t.Context(), r) {
		if err != nil {
			t.Fatal(err)
		}
		ws, scores = append(ws, b.Windows...), append(scores, b.Scores...)
	}
	return ws, scores
}

func pointsOf(t *testing.T, d *Detector, r series.Reader) *Points {
	t.Helper()
	next := -1
	out, err := Collect(func(yield func(*Points, error) bool) {
		for p, err := range d.Points(t.Context(), r) {
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Times) > 0 && len(p.Times) != len(p.Score) || len(p.P) != len(p.Score) || len(p.Values[0]) != len(p.Score) {
				t.Fatalf("%d time stamps, %d p-values and %d values for %d scores", len(p.Times), len(p.P), len(p.Values[0]), len(p.Score))
			}
			if next >= 0 && p.Start != next {
				t.Fatalf("points from %d on after %d", p.Start, next)
			}
			if next = p.Start + len(p.Score); !yield(p, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestScoreByHand: windows of one value, so that scores and p-values can be written down.
func TestScoreByHand(t *testing.T) {
	d := fit(t, Config{Window: 1, K: 1, Metric: knn.Euclidean}, levels("n", 0, 1, 3, 6))
	// Each normal value's distance from the nearest other one: 1, 1, 2, 3.
	_, got := windowsOf(t, d, series.FromSlice([]*series.Series{levels("new", 1.5, 10, 3)}))
	want := []Score{
		{0.5, 1, Place{Series: "n", Start: 1, End: 2}},    // all four normal scores are above
		{4, 1. / 5, Place{Series: "n", Start: 3, End: 4}}, // none is
		{0, 1, Place{Series: "n", Start: 2, End: 3}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestSeriesInAnyOrder: windows of several series overlap only within their own, so that the order of the series and their
// number of windows do not matter; and as many series as there are windows can be compared.
func TestSeriesInAnyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	var normal []*series.Series
	for i := range 20 {
		s := noise(r, string(rune('a'+i)), 72)
		for t := range s.Values[0] {
			s.Values[0][t] += 400 * float64(i%4)
		}
		normal = append(normal, s)
	}
	odd := noise(r, "odd", 72)
	for t := range odd.Values[0] {
		odd.Values[0][t] += 200
	}
	c := Config{Window: 64, Stride: 8, Metric: knn.Euclidean}
	_, want := windowsOf(t, fit(t, c, normal...), series.FromSlice([]*series.Series{odd}))
	if p := want[0].P; p != 1./41 {
		t.Errorf("a series unlike any of 20 with two windows each has p = %g, want %g", p, 1./41)
	}
	r.Shuffle(len(normal), func(i, j int) { normal[i], normal[j] = normal[j], normal[i] })
	_, got := windowsOf(t, fit(t, c, normal...), series.FromSlice([]*series.Series{odd}))
	if !reflect.DeepEqual(got, want) {
		t.Errorf("shuffled: %v, want %v", got, want)
	}
	if d := fit(t, Config{Window: 72, Metric: knn.Euclidean}, normal[:8]...); len(d.windows) != 8 {
		t.Errorf("eight series of one window each give %d normal scores", len(d.windows))
	}
}

// TestNewSeries: normal scores without the series' own windows are those of a series that was not seen.
func TestNewSeries(t *testing.T) {
	c := Config{Window: 1, K: 1, Metric: knn.Euclidean, NewSeries: true}
	d := fit(t, c, levels("a", 0, 0.1, 0.2), levels("b", 5, 5.1), levels("c", 11))
	if want := []float32{4.8, 4.8, 4.9, 4.9, 5, 5.9}; !near(d.windows, want) {
		t.Errorf("normal scores %v, want %v", d.windows, want)
	}
	if _, err := Fit(t.Context(), plain, series.FromSlice([]*series.Series{levels("a", 1, 2, 3)}), c); !errors.Is(err, ErrTooFew) {
		t.Errorf("a single series: %v, want ErrTooFew", err)
	}
}

func near(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Abs(float64(x-y)) < 1e-5 })
}

// TestFindsNotItself: normal data that are scored have the scores they had among the normal ones, from any start.
func TestFindsNotItself(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	normal := noise(r, "normal", 1200)
	d := fit(t, Config{Window: 32, Metric: knn.Euclidean}, normal)
	var scores []float32
	_, got := windowsOf(t, d, series.FromSlice([]*series.Series{normal}))
	for _, s := range got {
		scores = append(scores, float32(s.Score))
	}
	slices.Sort(scores)
	if !slices.Equal(scores, d.windows) {
		t.Error("normal data have other scores when they are scored again")
	}
	// A part of it under another name, whose windows start between the normal ones.
	part := normal.Slice(401, 900)
	part.ID, part.Start = "part", 0
	ws, got := windowsOf(t, d, series.FromSlice([]*series.Series{part}))
	for i, s := range got {
		if from := ws[i].Start + 401; s.Nearest.End > from && s.Nearest.Start < from+32 {
			t.Fatalf("the window at %d finds itself at %d", from, s.Nearest.Start)
		}
	}
}

// TestGapsHaveNoScore: windows without a value or with a gap over more than half of them, and time stamps that only such windows cover, have none.
func TestGapsHaveNoScore(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	normal, today := noise(r, "normal", 400), noise(r, "today", 400)
	for _, v := range today.Values {
		for i := 100; i < 200; i++ {
			v[i] = series.Gap
		}
	}
	d := fit(t, Config{Window: 16, Stride: 4, Metric: knn.Euclidean}, normal)
	ws, scores := windowsOf(t, d, series.FromSlice([]*series.Series{today}))
	for i, w := range ws {
		none := min(w.End, 200)-max(w.Start, 100) > 8 // half of a window
		if s := scores[i]; math.IsNaN(s.Score) != none || math.IsNaN(s.P) != none {
			t.Errorf("window %d to %d: score %g, p %g", w.Start, w.End, s.Score, s.P)
		}
	}
	p := pointsOf(t, d, series.FromSlice([]*series.Series{today}))
	// The last window with at most half of it in the gap ends at 108, and the first one again starts at 192.
	for i, s := range p.Score {
		if none := i >= 108 && i < 192; math.IsNaN(s) != none {
			t.Errorf("time stamp %d: score %g", i, s)
		}
	}
	for _, v := range normal.Values {
		for i := range v {
			v[i] = series.Gap
		}
	}
	if _, err := Fit(t.Context(), plain, series.FromSlice([]*series.Series{normal}), Config{Window: 16}); !errors.Is(err, ErrTooFew) {
		t.Errorf("gaps alone: %v, want ErrTooFew", err)
	}
}

// TestPointsAreMeansOfWindows: the oracle takes every pair of a time stamp and a window.
func TestPointsAreMeansOfWindows(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	normal, today := noise(r, "normal", 300), noise(r, "today", 203)
	for _, align := range []Align{Centre, End} {
		d := fit(t, Config{Window: 16, Stride: 5, Metric: knn.Euclidean, Align: align}, normal)
		ws, scores := windowsOf(t, d, series.FromSlice([]*series.Series{today}))
		if last := ws[len(ws)-1]; last.End != 203 {
			t.Fatalf("the last window ends at %d of 203", last.End)
		}
		want := make([]float64, 203)
		for i := range want {
			var sum, n float64
			for k, w := range ws {
				if align == Centre && w.Start <= i && i < w.End || align == End && w.End == i+1 {
					sum, n = sum+scores[k].Score, n+1
				}
			}
			want[i] = sum / n
		}
		for _, chunk := range []int{203, 7} {
			got := pointsOf(t, d, &chunked{today, chunk, 0})
			if got.Series != "today" || !slices.EqualFunc(got.Score, want, same) || !slices.Equal(got.Values[1], today.Values[1]) {
				t.Errorf("%s, chunks of %d: other scores than window by window", align, chunk)
			}
		}
		if align == Centre && slices.ContainsFunc(want, math.IsNaN) {
			t.Error("a time stamp has no score")
		}
	}
}

func same(a, b float64) bool { return a == b || a != a && b != b }

// chunked reads a series in parts.
type chunked struct {
	s     *series.Series
	n, at int
}

func (c *chunked) Next() (*series.Series, error) {
	if c.at >= c.s.Len() {
		return nil, io.EOF
	}
	out := c.s.Slice(c.at, c.at+c.n)
	c.at += c.n
	return out, nil
}

// TestEndLooksNotAhead: with End, what comes later changes no earlier score; with Centre it does.
func TestEndLooksNotAhead(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	normal, today := noise(r, "normal", 500), noise(r, "today", 100)
	for _, align := range []Align{Centre, End} {
		d := fit(t, Config{Window: 16, Metric: knn.Euclidean, Align: align}, normal)
		calm := pointsOf(t, d, series.FromSlice([]*series.Series{today}))
		loud := today.Slice(0, 100)
		loud.Values = [][]float64{slices.Clone(today.Values[0]), slices.Clone(today.Values[1])}
		loud.Values[0][60] = 100
		after := pointsOf(t, d, series.FromSlice([]*series.Series{loud}))
		if unchanged := slices.EqualFunc(calm.Score[:60], after.Score[:60], same); unchanged != (align == End) {
			t.Errorf("%s: scores before the change are unchanged: %v", align, unchanged)
		}
		if !(after.Score[60] > 2*calm.Score[60]) || after.P[60] > 0.01 {
			t.Errorf("%s: score %g with p %g at the change, %g without it", align, after.Score[60], after.P[60], calm.Score[60])
		}
		if align == End && !(math.IsNaN(calm.Score[14]) && !math.IsNaN(calm.Score[15])) {
			t.Error("End: the first score is not that of the first whole window")
		}
	}
}

// TestShortSeries: they are named, and the others are scored.
func TestShortSeries(t *testing.T) {
	d := fit(t, Config{Window: 3, Metric: knn.Euclidean}, levels("tiny", 1), levels("n", 1, 2, 1, 2, 1, 2, 1, 2))
	if s := d.Short(); len(s) != 1 || s[0].Series != "tiny" {
		t.Errorf("short normal series: %v", s)
	}
	var short *series.ShortError
	scored := 0
	for p, err := range d.Points(t.Context(), series.FromSlice([]*series.Series{levels("a", 1, 2, 1), levels("b", 1), levels("c", 2, 1, 2)})) {
		switch {
		case err == nil:
			scored += len(p.Score)
		case !errors.As(err, &short) || short.Series != "b":
			t.Fatal(err)
		}
	}
	if short == nil || scored != 6 {
		t.Errorf("%d time stamps scored and %v, want 6 and a short series", scored, short)
	}
	if _, err := Fit(t.Context(), plain, series.FromSlice([]*series.Series{levels("tiny", 1)}), Config{Window: 3}); !errors.As(err, &short) {
		t.Errorf("a short series alone: %v", err)
	}
	if _, err := Fit(t.Context(), plain, series.FromSlice([]*series.Series{levels("n", 1, 2, 3)}), Config{Window: 2, Stride: 1}); !errors.Is(err, ErrTooFew) {
		t.Errorf("windows that all overlap: %v", err)
	}
}

// TestThreads: the number of threads decides no bit.
func TestThreads(t *testing.T) {
	defer kernel.SetThreads(kernel.Threads())
	r := rand.New(rand.NewPCG(9, 9))
	normal, today := noise(r, "normal", 3000), noise(r, "today", 3000)
	var want *Points
	for _, threads := range []int{1, 3} {
		kernel.SetThreads(threads)
		got := pointsOf(t, fit(t, Config{Window: 32, Metric: knn.Euclidean}, normal), series.FromSlice([]*series.Series{today}))
		if want == nil {
			want = got
		}
		if !slices.Equal(got.Score, want.Score) || !slices.Equal(got.P, want.P) {
			t.Errorf("%d threads give other scores", threads)
		}
	}
}

func TestBadConfig(t *testing.T) {
	for _, c := range []Config{{}, {Window: -1}, {Window: 4, Stride: -1}, {Window: 4, K: -1}, {Window: 4, Metric: 9}, {Window: 4, Align: "left"}} {
		if _, err := Fit(t.Context(), plain, series.FromSlice([]*series.Series{levels("n", 1, 2, 3, 4, 5, 6, 7, 8, 9)}), c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
	d := fit(t, Config{Window: 2, Stride: 3}, levels("n", 1, 2, 3, 4, 5, 6, 7, 8, 9))
	for _, err := range d.Points(t.Context(), series.FromSlice([]*series.Series{levels("a", 1, 2, 3)})) {
		if err == nil {
			t.Error("time stamps are scored though some lie between windows")
		}
	}
	for _, rows := range [][]float32{nil, {1}, {1, 2, 3}, {1, 2}, {1, 2, float32(math.NaN()), 4}} {
		if _, err := FitRows(rows, 2, Config{}); err == nil {
			t.Errorf("rows %v are taken", rows)
		}
	}
}

func TestFitRows(t *testing.T) {
	d, err := FitRows([]float32{0, 1, 3, 6}, 1, Config{K: 1, Metric: knn.Euclidean})
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.Rows([]float32{10})
	if want := []Score{{4, 1. / 5, Place{Series: "", Start: 3, End: 4}}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
}
