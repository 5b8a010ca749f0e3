package detect

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/series"
)

// A finder that has seen the windows before finds what a new one does, also behind a jump and where readings lie elsewhere in memory.
func TestFinderGoesOn(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		return x
	}
	normal := &series.Series{ID: "normal", Values: [][]float64{draw(600), draw(600)}}
	p := newPrints(64)
	p.begin(0)
	for _, w := range series.Windows(normal, 64, 8) {
		p.learn(w)
	}
	// Readings of its own, then some of the normal ones, then its own again.
	met := &series.Series{ID: "met", Values: make([][]float64, 2)}
	for c := range met.Values {
		met.Values[c] = slices.Concat(draw(150), normal.Values[c][200:400], draw(150))
	}
	var windows []*series.Window
	for _, s := range []*series.Series{met, normal, met.Slice(100, 400)} {
		all := series.Windows(s, 64, 8)
		again := *all[3]
		again.Values = [][]float64{slices.Clone(again.Values[0]), slices.Clone(again.Values[1])}
		windows = append(windows, slices.Concat(all[:3], []*series.Window{&again}, all[4:10], all[7:], series.Windows(s, 64, 100))...)
	}
	last, found := finder{prints: &p}, 0
	for i, w := range windows {
		alone := finder{prints: &p}
		want, wantOK := alone.find(w)
		if got, ok := last.find(w); got != want || ok != wantOK {
			t.Errorf("window %d: %v, %v, on its own %v, %v", i, got, ok, want, wantOK)
		}
		if wantOK {
			found++
		}
	}
	if found < 20 || found > len(windows)-20 {
		t.Errorf("%d of %d windows found", found, len(windows))
	}
}
