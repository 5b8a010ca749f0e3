package train

import (
	"fmt"
	"math/rand/v2"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/augment/language"
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/internal/random"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/series"
)

// batcher fills the views of a batch; its scratch is reused.
type batcher struct {
	w     *windows
	spec  augment.Spec
	views []methods.View
	seed  uint64
	slots []slot
}

// slot is the working memory of one place in the batch.
type slot struct {
	own, other [][]float32 // windows
	read       [][]float64
	err        error
	source     *rand.PCG
	rng        *rand.Rand
	ctx        augment.Context
	view, mix  [][]float32 // what of them the view shows, as sub-slices or as resized copies
	resized    [2][][]float32
}

func newBatcher(w *windows, cfg Config) (*batcher, error) {
	views, err := viewsOf(cfg.Method, 1)
	if err != nil {
		return nil, err
	}
	b := &batcher{w: w, spec: cfg.Views, seed: cfg.Seed, views: views}
	for range min(cfg.Batch, len(w.at)) {
		s := slot{own: rows(w.channels, w.length), other: rows(w.channels, w.length), read: valueRows(w.channels, w.length), source: &rand.PCG{},
			view: make([][]float32, w.channels), mix: make([][]float32, w.channels),
			resized: [2][][]float32{rows(w.channels, w.length), rows(w.channels, w.length)}}
		s.rng = rand.New(s.source)
		s.ctx.RNG = s.rng
		b.slots = append(b.slots, s)
	}
	return b, nil
}

// viewsOf lists the views that a method wants, two of full length unless it says otherwise; none may be longer than most
// times the whole.
func viewsOf(m methods.Method, most float64) ([]methods.View, error) {
	views := m.Needs().Views
	if len(views) == 0 {
		return []methods.View{{}, {Second: true}}, nil
	}
	for i, v := range views {
		lo, hi := v.Crop[0], v.Crop[1]
		if v.Length < 0 || v.Length > most || lo < 0 || hi < lo || hi > 1 || (hi > 0 && lo == 0) {
			return nil, fmt.Errorf("view %d of %s has length %g and crops %g to %g of the whole, want shares of 0 to 1, and a length of at most %g",
				i, m.Name(), v.Length, lo, hi, most)
		}
	}
	return views, nil
}

// chosen are the augmentations of a view.
func chosen[S language.Step, P language.Pipeline[S]](s language.Spec[S, P], v methods.View) P {
	i := 0
	if v.Second {
		i = 1
	}
	if v.Short {
		return s.Short(i)
	}
	return s.View(i)
}

func rows(c, l int) [][]float32 {
	out := make([][]float32, c)
	flat := make([]float32, c*l)
	for i := range out {
		out[i] = flat[i*l : (i+1)*l]
	}
	return out
}

// lengthOf is the length of a view in time stamps.
func (b *batcher) lengthOf(view int, spans []methods.Span) int {
	if spans != nil {
		return spans[view].To - spans[view].From
	}
	if l := b.views[view].Length; l > 0 {
		return max(1, int(l*float64(b.w.length)+0.5))
	}
	return b.w.length
}

func (b *batcher) axes(spans []methods.Span) [][]int {
	out := make([][]int, len(b.views))
	for i := range out {
		out[i] = []int{b.lengthOf(i, spans)}
	}
	return out
}

func (b *batcher) fill(dst [][]float32, ids []int, epoch int, spans []methods.Span) error {
	for v := range dst {
		if err := b.one(dst[v], ids, epoch, v, spans); err != nil {
			return err
		}
	}
	return nil
}

// one writes a view of each listed sample into dst [N, C, L].
func (b *batcher) one(dst []float32, samples []int, epoch, view int, spans []methods.Span) error {
	pipeline := chosen(b.spec, b.views[view])
	l := b.lengthOf(view, spans)
	kernel.Parallel(len(samples), 1, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			s := &b.slots[k]
			if s.err = b.show(s, samples[k], epoch, view, spans); s.err != nil {
				continue
			}
			s.ctx.Other = s.mix
			pipeline.Apply(s.view, &s.ctx)
			b.views[view].Then.Apply(s.view, &s.ctx)
			for c, x := range s.view {
				series.FillGaps(x)
				copy(dst[(k*len(s.view)+c)*l:], x)
			}
		}
	})
	for k := range samples {
		if err := b.slots[k].err; err != nil {
			return err
		}
	}
	return nil
}

// show sets the slot's view, and a stretch of another sample as long, before augmentation.
func (b *batcher) show(s *slot, sample, epoch, view int, spans []methods.Span) error {
	from, keep, l := 0, b.w.length, b.lengthOf(view, spans)
	if spans != nil {
		// One offset serves all views of a sample, so that their spans keep their distance.
		random.Seed(s.source, b.seed, random.Offset, epoch, sample)
		from, keep = spans[view].From+offset(s.rng, spans, b.w.length), l
	}
	random.Seed(s.source, b.seed, random.View, epoch, sample, view)
	if err := b.w.raw(s.own, s.read, sample); err != nil {
		return err
	}
	if err := b.w.raw(s.other, s.read, s.rng.IntN(len(b.w.at))); err != nil {
		return err
	}
	if c := b.views[view].Crop; c[1] > 0 && spans == nil {
		share := c[0] + (c[1]-c[0])*s.rng.Float64()
		keep = min(b.w.length, max(1, int(share*float64(b.w.length)+0.5)))
		from = s.rng.IntN(b.w.length - keep + 1)
	}
	for c := range s.view {
		own, other := s.own[c][from:from+keep], s.other[c][from:from+keep]
		if keep != l {
			own, other = s.resized[0][c][:l], s.resized[1][c][:l]
			resize(own, s.own[c][from:from+keep])
			resize(other, s.other[c][from:from+keep])
		}
		s.view[c], s.mix[c] = own, other
	}
	return nil
}

// offset draws by how much all spans of a sample are moved inside a window of that length.
func offset(rng *rand.Rand, spans []methods.Span, length int) int {
	lo, hi := length, 0
	for _, s := range spans {
		lo, hi = min(lo, s.From), max(hi, s.To)
	}
	return rng.IntN(length-(hi-lo)+1) - lo
}

// resize stretches src over dst by linear interpolation; a value is a gap where the nearest one is.
func resize(dst, src []float32) {
	step := 0.0
	if len(dst) > 1 {
		step = float64(len(src)-1) / float64(len(dst)-1)
	}
	for i := range dst {
		at := float64(i) * step
		j := min(int(at), len(src)-1)
		w := float32(at - float64(j))
		a, b := src[j], src[min(j+1, len(src)-1)]
		switch {
		case a != a || b != b:
			dst[i] = a
			if w > 0.5 {
				dst[i] = b
			}
		default:
			dst[i] = a + w*(b-a)
		}
	}
}

// order is the permutation of n samples in an epoch.
func order(n int, seed uint64, epoch int) []int {
	return random.New(seed, random.Order, epoch).Perm(n)
}
