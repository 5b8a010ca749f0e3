package detect

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/series"
)

// mostReadings is how many values of normal windows are kept at most for explanations: 16 MB.
const mostReadings = 1 << 22

// readings are a sample of the normal windows as they were read. A channel that is left out of a window takes its place from the
// normal window that is nearest in the other channels: gaps, or zeros, would be a fault themselves.
type readings struct {
	window   int
	channels int
	most     int // windows
	every    int // one in so many normal windows is kept, of
	met      int // so many
	places   []place
	// A value is origin + scale * what is kept, which is NaN for a gap: differences from a normal value, so that large ones keep their digits.
	origin, scale []float64
	values        []float32 // [window][channel][time]
	spread        []float64 // of what is kept, by channel
}

// newReadings keeps windows of a length, at most so many, 0 for as many as memory allows.
func newReadings(window, most int) *readings {
	return &readings{window: window, most: most, every: 1}
}

// size is the number of values of a window.
func (r *readings) size() int { return r.window * r.channels }

// add keeps a normal window that lies at p, or every second, fourth, eighth.
func (r *readings) add(w *series.Window, p place) {
	if r == nil {
		return
	}
	if r.channels == 0 {
		r.channels = len(w.Values)
		r.origin, r.scale = make([]float64, r.channels), slices.Repeat([]float64{1}, r.channels)
		for c, v := range w.Values {
			if i := slices.IndexFunc(v, func(x float64) bool { return !series.IsGap(x) }); i >= 0 {
				r.origin[c] = v[i]
			}
		}
		limit := max(1, mostReadings/max(1, r.size()))
		if r.most = min(r.most, limit); r.most <= 0 {
			r.most = limit
		}
	}
	if r.met++; (r.met-1)%r.every != 0 {
		return
	}
	for c, v := range w.Values {
		for _, x := range v {
			r.values = append(r.values, float32(x-r.origin[c]))
		}
	}
	if r.places = append(r.places, p); len(r.places) > r.most && len(r.places) > 1 {
		r.thin()
	}
}

// thin keeps every second window.
func (r *readings) thin() {
	n, size := (len(r.places)+1)/2, r.size()
	for i := range n {
		copy(r.values[i*size:(i+1)*size], r.values[2*i*size:(2*i+1)*size])
		r.places[i] = r.places[2*i]
	}
	r.values, r.places, r.every = r.values[:n*size], r.places[:n], 2*r.every
}

// measure finds the spread of the channels.
func (r *readings) measure() {
	if r == nil {
		return
	}
	r.spread = make([]float64, r.channels)
	for c := range r.spread {
		var n, mean, squares float64
		for i := range r.places {
			for _, x := range r.channel(i, c) {
				if v := float64(x); v == v {
					n++
					d := v - mean
					mean += d / n
					squares += d * (v - mean)
				}
			}
		}
		if n > 0 {
			r.spread[c] = math.Sqrt(squares / n)
		}
	}
}

// channel is a channel of a window, as it is kept.
func (r *readings) channel(i, c int) []float32 {
	return r.values[i*r.size()+c*r.window : i*r.size()+(c+1)*r.window]
}

// instead returns, for each channel of a window, the values that it might normally have beside the others: those of the normal window whose
// other channels are nearest, each measured in units of its own spread. Windows that overlap except do not count, unless it is nil. nil where
// no normal window is left.
func (r *readings) instead(values [][]float64, except *place) [][]float64 {
	if r == nil || len(values) != r.channels {
		return nil
	}
	nearest, least := make([]int, r.channels), slices.Repeat([]float64{math.Inf(1)}, r.channels)
	left := false
	r.compare(values, except, func(i int, apart []float64, all float64) {
		left = true
		for c, d := range apart {
			if all-d < least[c] {
				least[c], nearest[c] = all-d, i
			}
		}
	})
	if !left {
		return nil
	}
	out := make([][]float64, r.channels)
	for c, i := range nearest {
		out[c] = r.read(i, c)
	}
	return out
}

// nearest returns the normal window that is nearest in all channels, compared as in instead; nil where none is left.
func (r *readings) nearest(values [][]float64, except *place) [][]float64 {
	if r == nil || len(values) != r.channels {
		return nil
	}
	best, least := -1, math.Inf(1)
	r.compare(values, except, func(i int, _ []float64, all float64) {
		if all < least {
			best, least = i, all
		}
	})
	if best < 0 {
		return nil
	}
	out := make([][]float64, r.channels)
	for c := range out {
		out[c] = r.read(best, c)
	}
	return out
}

// compare hands over the squared distances of the channels of a window from those of each normal one that does not overlap except, and their sum.
func (r *readings) compare(values [][]float64, except *place, f func(i int, apart []float64, all float64)) {
	apart := make([]float64, r.channels)
	for i, p := range r.places {
		if except != nil && p.overlaps(*except) {
			continue
		}
		var all float64
		for c, v := range values {
			apart[c] = 0
			if r.spread[c] == 0 {
				continue
			}
			unit, of := 1/(r.spread[c]*r.scale[c]), r.origin[c]
			var sum float64
			for t, x := range r.channel(i, c) {
				if d := (v[t]-of)*unit - float64(x)/r.spread[c]; d == d { // NaN where one of them is a gap
					sum += d * d
				}
			}
			apart[c] = sum
			all += sum
		}
		f(i, apart, all)
	}
}

// read returns a channel of a window as it was read.
func (r *readings) read(i, c int) []float64 {
	out := make([]float64, r.window)
	for t, x := range r.channel(i, c) {
		out[t] = r.origin[c] + r.scale[c]*float64(x)
	}
	return out
}

// levels are the readings that a detector of levels keeps as its rows, standardised.
func (d *Detector) levels() *readings {
	l := d.by.(*looker)
	r := &readings{window: d.config.Window, channels: len(l.norm.Std), places: d.places, origin: l.norm.Mean, scale: l.norm.Std, values: d.rows}
	for _, std := range l.norm.Std {
		spread := 1.0
		if std == 0 {
			spread = 0
		}
		r.spread = append(r.spread, spread)
	}
	return r
}

// holds tells whether a part compares windows of the levels of all channels, which are readings then.
func (p *Part) holds(window int) bool {
	return p.Look == Level && !p.Each && !p.Varied && p.Window == window
}

// keeps tells whether a part needs normal readings of its own: where an encoder is asked about several channels and no other part holds
// windows of that length.
func (f *Fused) keeps(p Part) bool {
	encodes := p.Look == Kernels || p.Look == Learnt || p.Look == Encoding
	return encodes && !p.Each && !slices.ContainsFunc(f.parts, func(o Part) bool { return o.holds(p.Window) })
}

// instead are the values that each channel of the window of d around a time stamp might have instead, by the part that holds readings of
// that length; nil where there is none.
func (f *Fused) instead(d *Detector, s *series.Series, at int) [][]float64 {
	for _, b := range f.branches {
		if b.windows == nil || !f.parts[b.part].holds(d.config.Window) {
			continue
		}
		from := d.startOf(at, s.Len())
		w := &series.Window{Values: make([][]float64, len(s.Values))}
		for c, v := range s.Values {
			w.Values[c] = v[from : from+d.config.Window]
		}
		return b.windows.levels().instead(w.Values, b.windows.among(w, unknown))
	}
	return nil
}

// readingsFile is what is kept of readings beside their numbers.
type readingsFile struct {
	Origin []float64 `json:"origin"`
	Every  int       `json:"every"`
	Met    int       `json:"met"`
	Most   int       `json:"most"`
}

// file is nil without readings.
func (r *readings) file() *readingsFile {
	if r == nil || len(r.places) == 0 {
		return nil
	}
	return &readingsFile{r.origin, r.every, r.met, r.most}
}

// tensors are the windows, as they are kept, and where they lie.
func (r *readings) tensors(prefix string) []tensorfile.Tensor {
	if r.file() == nil {
		return nil
	}
	return []tensorfile.Tensor{
		{Name: prefix + "readings", Shape: []int{len(r.places), r.channels, r.window}, Data: r.values},
		{Name: prefix + "readings_places", Shape: []int{len(r.places), 3, digits}, Data: packPlaces(r.places)},
	}
}

// restoreReadings takes what tensors has written of windows of the detector's length; nil where there is nothing.
func (d *Detector) restoreReadings(f *readingsFile, byName map[string]tensorfile.Tensor, prefix string) (err error) {
	if f == nil {
		return nil
	}
	r := &readings{window: d.config.Window, channels: len(f.Origin), most: f.Most, every: f.Every, met: f.Met, origin: f.Origin, values: byName[prefix+"readings"].Data}
	if r.places, err = unpackPlaces(unpack(byName[prefix+"readings_places"].Data), len(d.names)); err != nil {
		return fmt.Errorf("readings: %w", err)
	}
	n := len(r.places)
	rows := n * r.channels
	if rows == 0 || r.every < 1 || r.most < n || r.met < n || len(r.values)%rows != 0 || len(r.values)/rows != r.window {
		return fmt.Errorf("readings: %d values of %d normal windows of %d channels, at most %d of them", len(r.values), n, r.channels, r.most)
	}
	for _, v := range r.origin {
		if v-v != 0 {
			return fmt.Errorf("readings: a channel begins with %g, want a finite number", v)
		}
	}
	for _, v := range r.values {
		if math.IsInf(float64(v), 0) {
			return errors.New("readings: an infinite value")
		}
	}
	r.scale = slices.Repeat([]float64{1}, r.channels)
	r.measure()
	d.readings = r
	return nil
}

// Explains tells whether there are normal readings to explain scores with: without them, as of a reference of an older program, channels are
// left out as gaps, which may be as unusual as a fault.
func (d *Detector) Explains() bool {
	in := d.Input()
	return d.readings != nil || in != nil && in.Channels == 1
}

// Explains is that of [Detector.Explains].
func (f *Fused) Explains() bool {
	return f.count == 1 || !slices.ContainsFunc(f.branches, func(b *branch) bool {
		return b.windows != nil && b.windows.readings == nil && f.keeps(f.parts[b.part])
	})
}
