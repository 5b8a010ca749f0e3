package train

import (
	"fmt"
	"math/rand/v2"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/series"
)

// windows is the training set: positions in series that stay in memory once.
type windows struct {
	series           []*series.Series
	at               []position
	length, channels int
	norm             *series.Normalizer
}

type position struct{ series, start int }

// newWindows lists every window of the series. With a length of 0 a window is a
// whole series; shorter ones are continued with gaps.
func newWindows(all []*series.Series, length, stride int, norm *series.Normalizer) (*windows, error) {
	if len(all) == 0 {
		return nil, fmt.Errorf("train: no series to learn from")
	}
	w := &windows{series: all, length: length, channels: all[0].NumChannels(), norm: norm}
	for _, s := range all {
		if s.NumChannels() != w.channels {
			return nil, fmt.Errorf("train: series %q has %d channels, series %q has %d; all must agree",
				s.ID, s.NumChannels(), all[0].ID, w.channels)
		}
		if length == 0 {
			w.length = max(w.length, s.Len())
		}
	}
	if w.length == 0 || w.channels == 0 {
		return nil, fmt.Errorf("train: the series are empty")
	}
	for i, s := range all {
		if length == 0 {
			w.at = append(w.at, position{i, 0})
			continue
		}
		for start := 0; start+length <= s.Len(); start += stride {
			w.at = append(w.at, position{i, start})
		}
	}
	if len(w.at) < 2 {
		longest := 0
		for _, s := range all {
			longest = max(longest, s.Len())
		}
		return nil, fmt.Errorf("train: %d window(s) of %d time stamps, want at least 2 to tell apart (the longest series has %d time stamps; choose a smaller window)",
			len(w.at), w.length, longest)
	}
	return w, nil
}

// raw copies a window's values, normalised, gaps kept, into dst [C][L].
func (w *windows) raw(dst [][]float32, i int) {
	p := w.at[i]
	s := w.series[p.series]
	for c := range dst {
		n := copy(dst[c], s.Values[c][p.start:])
		for j := n; j < len(dst[c]); j++ {
			dst[c][j] = series.Gap
		}
	}
	w.norm.Apply(dst)
}

// batcher fills the views of a batch; its scratch is reused.
type batcher struct {
	w     *windows
	views augment.Spec
	seed  uint64
	own   [][][]float32
	other [][][]float32
}

func newBatcher(w *windows, views augment.Spec, seed uint64, batch int) *batcher {
	b := &batcher{w: w, views: views, seed: seed}
	for range batch {
		b.own = append(b.own, rows(w.channels, w.length))
		b.other = append(b.other, rows(w.channels, w.length))
	}
	return b
}

func rows(c, l int) [][]float32 {
	out := make([][]float32, c)
	flat := make([]float32, c*l)
	for i := range out {
		out[i] = flat[i*l : (i+1)*l]
	}
	return out
}

// fill writes the view of each listed sample into dst [N, C, L]. What is drawn
// depends on seed, epoch, sample and view alone, not on the workers.
func (b *batcher) fill(dst []float32, samples []int, epoch, view int) {
	pipeline := b.views.First
	if view == 1 {
		pipeline = b.views.Second
	}
	l := b.w.length
	kernel.Parallel(len(samples), 1, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			rng := rand.New(rand.NewPCG(b.seed, uint64(epoch)<<34^uint64(samples[k])<<2^uint64(view+1)))
			x := b.own[k]
			b.w.raw(x, samples[k])
			b.w.raw(b.other[k], rng.IntN(len(b.w.at)))
			pipeline.Apply(x, &augment.Context{RNG: rng, Other: b.other[k]})
			for c := range x {
				series.FillGaps(x[c])
				copy(dst[(k*len(x)+c)*l:], x[c])
			}
		}
	})
}

// order is the permutation of n samples in an epoch.
func order(n int, seed uint64, epoch int) []int {
	return rand.New(rand.NewPCG(seed, ^uint64(epoch))).Perm(n)
}
