package detect

import (
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/series"
)

// cutting is a detector, as it is where a series goes on and where it ends.
type cutting struct {
	name   string
	points func(goesOn bool) func(r series.Reader) iter.Seq2[*FusedPoints, error]
	seam   func(end int) Seam
	today  *series.Series
}

func cutDetector(t *testing.T, name string, d *Detector, today *series.Series) cutting {
	return cutting{name, func(goesOn bool) func(r series.Reader) iter.Seq2[*FusedPoints, error] {
		one := *d
		one.Continuing(goesOn)
		return func(r series.Reader) iter.Seq2[*FusedPoints, error] {
			return func(yield func(*FusedPoints, error) bool) {
				for p, err := range one.Points(t.Context(), r) {
					if p == nil {
						p = &Points{}
					}
					if !yield(&FusedPoints{Points: *p}, err) {
						return
					}
				}
			}
		}
	}, d.Seam, today}
}

// scored are the scores of a series from a position on, and the starts of the windows that were scored on the way.
func scored(t *testing.T, points iter.Seq2[*FusedPoints, error], from, begun int) (scores []float64, starts []int) {
	t.Helper()
	at := from
	for p, err := range points {
		if err != nil {
			t.Fatal(err)
		}
		p, all := p.Cut(min(max(0, from-p.Start), len(p.Score)), len(p.Score)), p.Windows
		if len(p.Score) > 0 && p.Start != at {
			t.Fatalf("time stamps from %d on, want %d", p.Start, at)
		}
		at, scores = at+len(p.Score), append(scores, p.Score...)
		if all == nil {
			continue
		}
		for _, w := range all.Windows {
			if w.Start >= begun {
				starts = append(starts, w.Start)
			}
		}
	}
	return scores, starts
}

// TestSeam: wherever a series is cut, the scores before the seam's Done, and those of what follows from Needed on, are those of the
// whole, and the windows too.
func TestSeam(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 2))
	normal := noise(r, "normal", 700)
	var all []cutting
	for name, c := range map[string]Config{
		"centre": {Window: 24, Stride: 5}, "every one": {Window: 9, Stride: 1}, "no overlap": {Window: 10, Stride: 10},
		"half overlap": {Window: 11, Stride: 6}, "end": {Window: 12, Align: End}, "ends apart": {Window: 12, Stride: 5, Align: End},
	} {
		all = append(all, cutDetector(t, name, fit(t, c, normal), noise(r, "today", 331)))
	}
	for name, align := range map[string]Align{"predicted, end": End, "predicted, centre": Centre} {
		all = append(all, cutDetector(t, name, fitPrediction(t, Config{Stride: 3, Align: align}, leaning("n", 4, 400)), leaning("today", 5, 331)))
	}
	f := fitFused(t, FusedConfig{Window: 40, Most: 60}, normal)
	all = append(all, cutting{"combined", func(goesOn bool) func(r series.Reader) iter.Seq2[*FusedPoints, error] {
		one := *f
		one.Continuing(goesOn)
		return func(r series.Reader) iter.Seq2[*FusedPoints, error] { return one.Points(t.Context(), r) }
	}, f.Seam, noise(r, "today", 331)})
	for _, c := range all {
		today := c.today
		want, windows := scored(t, c.points(false)(&chunked{today, 50, 0}), 0, 0)
		if len(want) != today.Len() {
			t.Fatalf("%s: %d scores of %d time stamps", c.name, len(want), today.Len())
		}
		for _, end := range []int{60, 61, 88, 100, 119, 120, 200, 297, 330} {
			at := c.seam(end)
			if at.Done > end || at.Needed > at.Done || c.name != "combined" && at.Done <= end-32-3 { // the longest window and its stride
				t.Fatalf("%s, cut at %d: %+v", c.name, end, at)
			}
			first, begun := scored(t, c.points(true)(&chunked{today.Slice(0, end), 50, 0}), 0, 0)
			rest, ended := scored(t, c.points(false)(&chunked{today.Slice(at.Needed, today.Len()), 50, 0}), at.Done, at.Begun)
			if len(first) != at.Done || !slices.EqualFunc(append(first, rest...), want, same) {
				t.Errorf("%s, cut at %d: %d scores before and %d behind it, want those of the whole and %d before", c.name, end, len(first), len(rest), at.Done)
			}
			if got := append(begun, ended...); !slices.Equal(got, windows) {
				t.Errorf("%s, cut at %d: windows at %v, want %v", c.name, end, got, windows)
			}
		}
	}
}
