package augment

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/wavekin/wavekin/augment/language/languagetest"
)

var gap = float32(math.NaN())

// wave returns channels of different rhythm, level and noise, and, with gapEvery
// above 0, a gap there and a run of three in the middle.
func wave(seed uint64, channels, n, gapEvery int) [][]float32 {
	rng := rand.New(rand.NewPCG(seed, 1))
	x := make([][]float32, channels)
	for c := range x {
		x[c] = make([]float32, n)
		for t := range x[c] {
			x[c][t] = float32(math.Sin(2*math.Pi*float64(t)/float64(12+4*c))+0.01*float64(t)+0.2*rng.NormFloat64()) + float32(c)
			if gapEvery > 0 && (t%gapEvery == gapEvery-1 || n > 20 && t >= n/2 && t < n/2+3) {
				x[c][t] = gap
			}
		}
	}
	return x
}

func clone(x [][]float32) [][]float32 {
	out := make([][]float32, len(x))
	for c := range x {
		out[c] = slices.Clone(x[c])
	}
	return out
}

// same compares bits, so that gaps equal gaps.
func same(a, b [][]float32) bool {
	return slices.EqualFunc(a, b, func(a, b []float32) bool {
		return slices.EqualFunc(a, b, func(a, b float32) bool { return a == b || a != a && b != b })
	})
}

func rngOf(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }

func apply(a Augmentation, x [][]float32, seed uint64, other [][]float32) [][]float32 {
	out := clone(x)
	Pipeline{a}.Apply(out, &Context{RNG: rngOf(seed), Other: other})
	return out
}

// made returns every entry with its defaults, and a few again with others.
func made(t *testing.T) map[string]Augmentation {
	all := map[string]Augmentation{}
	for _, e := range Catalog() {
		a, err := New(e.Name)
		if err != nil {
			t.Fatal(err)
		}
		switch e.Name {
		case "maybe":
			a = Maybe{Of: Jitter{}}
		case "choice":
			a = Choice{Of: []Augmentation{Jitter{}, Crop{}}}
		}
		all[e.Name] = a
	}
	for _, text := range []string{"diff(3)", "season-diff(4)", "season(1,0,5)", "season-drop(2)", "crop(0.01,0.02)", "slice(1)",
		"time-warp(5,64)", "magnitude-warp(3,1)", "window-warp(1)", "permutation(64)", "mask(1)", "mask-span(1,64)", "mask-channel(1)",
		"freq-mask(1)", "trend(1)", "trend(0.000001)", "low-pass(0.000001)", "high-pass(1)", "phase-shift(3)", "frac-diff(2)", "flip(1)", "negate(1)"} {
		all[text] = MustParse(text).First[0]
	}
	return all
}

// timed lists what moves values in time, and gaps with them.
var timed = []string{"crop", "slice", "time-warp", "window-warp", "permutation", "flip", "channel-shuffle", "choice"}

func nameOf(text string) string { name, _, _ := strings.Cut(text, "("); return name }

func TestWholeCatalogue(t *testing.T) {
	for text, a := range made(t) {
		t.Run(text, func(t *testing.T) {
			if a.Name() != nameOf(text) {
				t.Fatalf("its name is %q", a.Name())
			}
			for _, n := range []int{1, 2, 3, 4, 5, 7, 16, 37, 128} {
				for _, channels := range []int{1, 2, 5} {
					for _, gapEvery := range []int{0, 9, 2} {
						for seed := range uint64(4) {
							x, o := wave(seed, channels, n, gapEvery), wave(seed+100, channels, n, 5)
							oBefore := clone(o)
							got := apply(a, x, seed, o)
							demands(t, a.Name(), x, got)
							if !same(got, apply(a, x, seed, o)) {
								t.Fatal("the same generator, another view")
							}
							if !same(o, oBefore) {
								t.Fatal("the other sample was changed")
							}
							demands(t, a.Name(), x, apply(a, x, seed, nil))
							demands(t, a.Name(), x, apply(a, x, seed, [][]float32{{1}}))
						}
					}
				}
			}
		})
	}
}

// demands holds a view to what every augmentation promises.
func demands(t *testing.T, name string, x, got [][]float32) {
	t.Helper()
	if len(got) != len(x) {
		t.Fatalf("%d channels became %d", len(x), len(got))
	}
	for c := range x {
		if len(got[c]) != len(x[c]) {
			t.Fatalf("channel %d: length %d became %d", c, len(x[c]), len(got[c]))
		}
		for i, v := range got[c] {
			if math.IsInf(float64(v), 0) || math.Abs(float64(v)) > 1e4 {
				t.Fatalf("channel %d of length %d, time %d: %g", c, len(x[c]), i, v)
			}
			if !slices.Contains(timed, name) && (v != v) != (x[c][i] != x[c][i]) {
				t.Fatalf("channel %d of length %d, time %d: %g became %g", c, len(x[c]), i, x[c][i], v)
			}
		}
		if gaps(x[c]) == 0 && gaps(got[c]) > 0 {
			t.Fatalf("channel %d of length %d: gaps out of nothing", c, len(x[c]))
		}
	}
}

func TestAwkwardChannels(t *testing.T) {
	for text, a := range made(t) {
		for _, n := range []int{1, 2, 3, 40} {
			x := wave(1, 3, n, 0)
			for i := range x[1] {
				x[0][i], x[1][i] = 3, gap // constant; nothing measured
			}
			for seed := range uint64(6) {
				got := apply(a, x, seed, wave(2, 3, n, 0))
				empty := 0
				for c := range got {
					if gaps(got[c]) == n {
						empty++
					} else if gaps(got[c]) != 0 {
						t.Fatalf("%s, length %d, channel %d: %d gaps", text, n, c, gaps(got[c]))
					}
				}
				if empty != 1 {
					t.Fatalf("%s, length %d: %d channels without values, want 1", text, n, empty)
				}
				all := [][]float32{slices.Repeat([]float32{gap}, n)}
				if got := apply(a, all, seed, wave(2, 1, n, 0)); gaps(got[0]) != n {
					t.Fatalf("%s, length %d: values where nothing was measured", text, n)
				}
			}
		}
		Pipeline{a}.Apply(nil, &Context{RNG: rngOf(1)})
		Pipeline{a}.Apply([][]float32{{}, {}}, &Context{RNG: rngOf(1)})
	}
}

// What moves time must not lose or invent more gaps than the stretching explains.
func TestGapsMoveAlong(t *testing.T) {
	for _, a := range []Augmentation{Crop{Min: 0.5, Max: 0.5}, Slice{Keep: 0.5}, TimeWarp{}, WindowWarp{}, Permutation{}, Flip{P: 1}} {
		total, runs := 0.0, 0.0
		const n, trials = 400, 50
		for seed := range uint64(trials) {
			x := wave(seed, 1, n, 0)
			for at := 10; at+4 < n; at += 20 {
				copy(x[0][at:], []float32{gap, gap, gap, gap})
			}
			got := apply(a, x, seed, nil)
			total += float64(gaps(got[0])) / float64(n)
			runs++
		}
		if share := total / runs; math.Abs(share-0.2) > 0.02 {
			t.Errorf("%s: %.3f of the values are gaps, before 0.2", a.Name(), share)
		}
	}
}

func TestRandomOnesDiffer(t *testing.T) {
	fixed := []string{"identity", "diff", "season-diff", "frac-diff", "standardize", "trend", "trend-drop", "trend-swap", "season-keep", "season-drop", "season-swap"}
	x, o := wave(1, 3, 128, 0), wave(2, 3, 128, 0)
	for text, a := range made(t) {
		if strings.Contains(text, "(") {
			continue
		}
		views := map[string]bool{}
		changed := false
		for seed := range uint64(40) {
			got := apply(a, x, seed, o)
			key := ""
			for _, v := range got {
				for _, u := range v[:8] {
					key += format32(u)
				}
				key += format32(v[100]) + format32(v[60])
			}
			views[key] = true
			changed = changed || !same(got, x)
		}
		if changed == (text == "identity") {
			t.Errorf("%s: changed is %v", text, changed)
		}
		if (len(views) == 1) != slices.Contains(fixed, text) {
			t.Errorf("%s: %d different views of 40", text, len(views))
		}
	}
}

func format32(v float32) string { return strconv.FormatFloat(float64(v), 'g', -1, 32) + " " }

// Scratch is shared between goroutines; views must not be.
func TestConcurrentViews(t *testing.T) {
	x, o := wave(1, 3, 96, 11), wave(2, 3, 96, 0)
	var wg sync.WaitGroup
	for text, a := range made(t) {
		want := apply(a, x, 5, o)
		for range 4 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for range 5 {
					if !same(apply(a, x, 5, o), want) {
						t.Errorf("%s: differs with others at work", text)
					}
				}
			}()
		}
	}
	wg.Wait()
}

func TestCatalogueAgreesWithStructs(t *testing.T) {
	languagetest.Catalogue(t, Catalog(), Parse, func(a Augmentation) string { return Pipeline{a}.String() })
	var names []string
	for _, e := range Catalog() {
		names = append(names, e.Name)
		if e.Follow != nil {
			continue
		}
		// A struct of zeros does what the defaults do.
		a := e.Make(e.Defaults())
		zero := reflect.Zero(reflect.TypeOf(a)).Interface().(Augmentation)
		x, o := wave(3, 3, 90, 7), wave(4, 3, 90, 0)
		if !same(apply(zero, x, 9, o), apply(a, x, 9, o)) {
			t.Errorf("%s: the zero value does something else", e.Usage)
		}
	}
	// The names that the command line promises.
	for _, n := range strings.Fields("diff trend season jitter scale shift crop time-warp magnitude-warp window-warp permutation mask freq-mask freq-noise phase-shift flip negate channel-shuffle rotation mixup slice low-pass high-pass") {
		if !slices.Contains(names, n) {
			t.Errorf("no %s", n)
		}
	}
}

func TestNew(t *testing.T) {
	a, err := New("season", 0.5)
	if err != nil || a != (Season{Amplitude: 0.5, Phase: 0.3}) {
		t.Errorf("got %#v, %v", a, err)
	}
	for _, bad := range []struct {
		name    string
		numbers []float64
		want    string
	}{
		{"jiter", nil, "did you mean jitter"},
		{"jitter", []float64{0}, "sigma is 0, want above 0"},
		{"jitter", []float64{math.NaN()}, "sigma is NaN"},
		{"jitter", []float64{1, 2}, "takes (sigma), not 2"},
		{"flip", []float64{1.5}, "p is 1.5, want above 0, up to 1"},
		{"diff", []float64{1.5}, "whole number"},
		{"crop", []float64{0.9, 0.5}, "min is above max"},
		{"identity", []float64{1}, "takes no numbers"},
	} {
		if _, err := New(bad.name, bad.numbers...); err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%s%v: %v, want %q", bad.name, bad.numbers, err, bad.want)
		}
	}
}

// Structs put together in Go may hold anything: Check tells, and Apply holds.
func TestOutOfRange(t *testing.T) {
	nan := math.NaN()
	for _, a := range []Augmentation{
		Jitter{-1}, Jitter{nan}, Scale{-1}, Shift{nan}, Negate{2}, Mixup{7}, Crop{-1, 5}, Crop{0.9, 0.1}, Crop{nan, nan}, Slice{9}, MagnitudeWarp{0.1, 1000},
		TimeWarp{nan, -4}, WindowWarp{3}, Permutation{1}, Permutation{1000}, Permutation{-3}, Flip{nan}, Mask{2}, MaskSpan{2, -1}, MaskSpan{nan, 1 << 40},
		MaskChannel{5}, FreqMask{2}, LowPass{2}, HighPass{nan}, HighPass{3}, FreqNoise{2, -1}, FreqPerturb{-1, 0}, PhaseShift{100}, Diff{50}, Diff{-1},
		SeasonDiff{-2}, FracDiff{99}, Trend{3}, TrendSwap{nan}, Season{-1, 0, -1}, SeasonKeep{1 << 40}, Rotation{1e9}, Maybe{P: 2, Of: Jitter{-1}}, Choice{Of: []Augmentation{Trend{2}, Jitter{}}}, Choice{Of: []Augmentation{Jitter{}}},
	} {
		if err := (Spec{First: Pipeline{a}}).Check(); err == nil || !strings.Contains(err.Error(), a.Name()) {
			t.Errorf("%#v: Check says %v", a, err)
		}
		for _, n := range []int{1, 2, 40} {
			x := wave(1, 3, n, 6)
			demands(t, a.Name(), x, apply(a, x, 3, wave(2, 3, n, 0)))
		}
	}
	if err := (Spec{First: Pipeline{nil}}).Check(); err == nil {
		t.Error("nil passes")
	}
	for _, e := range Catalog() {
		if e.Name == "maybe" || e.Name == "choice" {
			continue
		}
		if err := MustParse(e.Usage).Check(); err != nil {
			t.Error(err)
		}
	}
}
