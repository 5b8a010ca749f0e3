package detect

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/series"
)

// reach is how far from a time stamp its windows go.
func (d *Detector) reach() int { return d.config.Window }

// explain compares the window around a time stamp with normal ones, and again without each channel.
func (d *Detector) explain(ctx context.Context, values [][]float64, at int) (out Explanation, err error) {
	if d.by == nil || len(values) == 0 {
		return out, nil
	}
	scores, nearest, err := d.leaveOut(ctx, &series.Series{Values: values}, at, nil)
	if err != nil || scores == nil {
		return out, err
	}
	drops := make([]float64, len(values))
	for c, s := range scores[1:] {
		drops[c] = scores[0] - s
	}
	if out.Effects = rankedEffects(drops); len(out.Effects) == 0 {
		if drops, err = d.rises(ctx, &series.Series{Values: values}, at); err != nil {
			return out, err
		}
		out.Effects = rankedEffects(drops)
	}
	if nearest >= 0 {
		out.Nearest = d.placeOf(nearest)
	}
	return out, nil
}

// rises are by how much the score of the normal window that is nearest in all channels rises with each channel of the window around a time
// stamp put into it. They tell a
// channel where the score falls without none. nil without normal readings.
func (d *Detector) rises(ctx context.Context, s *series.Series, at int) ([]float64, error) {
	w, err := d.windowAt(s, at)
	if err != nil || w == nil {
		return nil, err
	}
	itself := d.among(w, unknown)
	base := d.readings.nearest(w.Values, itself)
	if base == nil {
		return nil, nil
	}
	windows := []*series.Window{{Start: w.Start, End: w.End, Channels: w.Channels, Values: base}}
	for c, v := range w.Values {
		one := *windows[0]
		one.Values = slices.Clone(base)
		one.Values[c] = v
		if one.Measured() == 0 {
			return nil, nil
		}
		windows = append(windows, &one)
	}
	rows, err := d.by.Encode(ctx, windows)
	if err != nil {
		return nil, err
	}
	found, err := d.compare(rows, d.excepting(itself))
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(base))
	for c := range out {
		out[c] = found[1+c].score - found[0].score
	}
	return out, nil
}

// excepting leaves out what overlaps a place of the normal data, unless that is nil.
func (d *Detector) excepting(itself *place) func(int) (lo, hi int) {
	return func(int) (int, int) {
		if itself == nil {
			return 0, 0
		}
		return d.around(*itself)
	}
}

// leaveOut scores the window around a time stamp of a short stretch of readings, first with all channels and then without each: 0
// without the only one. nearest is the row of the nearest normal window, or -1. nil: there is nothing to score, or to compare it with.
//
// A look is compared channel by channel, so that one of them can be left out of the distance to the same neighbours. To an encoder
// the channel is given as it might normally be beside the others: instead, or if that is nil what the detector's own normal readings hold, or
// gaps, which it reads as the mean, where it keeps none.
func (d *Detector) leaveOut(ctx context.Context, s *series.Series, at int, instead [][]float64) (scores []float64, nearest int, err error) {
	w, err := d.windowAt(s, at)
	if err != nil || w == nil || w.Measured() == 0 {
		return nil, 0, err
	}
	itself := d.among(w, unknown)
	windows := []*series.Window{w}
	_, look := d.by.(*looker)
	n := len(w.Values)
	if !look && n > 1 {
		if instead == nil {
			instead = d.readings.instead(w.Values, itself)
		}
		for c := range n {
			v := without(w, c, instead)
			if v.Measured() == 0 {
				return nil, 0, nil
			}
			windows = append(windows, v)
		}
	}
	rows, err := d.by.Encode(ctx, windows)
	if err != nil {
		return nil, 0, err
	}
	except := d.excepting(itself)
	if d.predictor != nil {
		return meansOf(d.surprises(rows, d.rows, except), n), -1, nil
	}
	hits, err := d.index.SearchExcept(rows, d.config.K, except)
	if err != nil || len(hits[0]) == 0 {
		return nil, 0, err
	}
	scores = make([]float64, 1+n)
	if look && n > 1 {
		d.lookWithout(rows, hits[0], scores)
	} else {
		for i, h := range hits {
			scores[i] = meanDistance(h)
		}
	}
	return scores, hits[0][0].Row, nil
}

// without is a window in which a channel has other values: those that it might have instead, or gaps where these are not known.
func without(w *series.Window, c int, instead [][]float64) *series.Window {
	out := *w
	out.Values = slices.Clone(w.Values)
	if c < len(instead) {
		out.Values[c] = instead[c]
	} else {
		out.Values[c] = slices.Repeat([]float64{series.Gap}, len(w.Values[c]))
	}
	return &out
}

// windowAt cuts the window that is centred on a position, or ends with it, as near to that as the readings allow; nil where they are
// shorter.
func (d *Detector) windowAt(s *series.Series, at int) (*series.Window, error) {
	s, err := d.by.Match(s)
	length := d.config.Window
	if err != nil || s.Len() < length {
		return nil, err
	}
	from := d.startOf(at, s.Len())
	w := &series.Window{Start: from, End: from + length, Channels: s.Channels, Values: make([][]float64, len(s.Values))}
	for c, v := range s.Values {
		w.Values[c] = v[from : from+length]
	}
	return w, nil
}

// startOf is where the window of a position begins, in a stretch of n.
func (d *Detector) startOf(at, n int) int {
	from := at - d.config.Window/2
	if d.config.Align == End {
		from = at + 1 - d.config.Window
	}
	return min(max(from, 0), n-d.config.Window)
}

// valuesOf are the values of a normal window of levels, whose row holds them standardised; nil for other rows.
func (d *Detector) valuesOf(row int) [][]float64 {
	l, ok := d.by.(*looker)
	if !ok || l.look != Level {
		return nil
	}
	dim := d.index.Dim()
	n := dim / d.config.Window
	values := make([][]float64, n)
	for c := range values {
		for _, v := range d.rows[row*dim+c*d.config.Window : row*dim+(c+1)*d.config.Window] {
			values[c] = append(values[c], l.norm.Mean[c]+float64(v)*l.norm.Std[c])
		}
	}
	return values
}

// lookWithout fills in the mean distance of a row to its neighbours, and that without the values of each channel.
func (d *Detector) lookWithout(row []float32, hits []knn.Hit, scores []float64) {
	dim, n := d.index.Dim(), len(scores)-1
	for _, h := range hits {
		near := d.rows[h.Row*dim : (h.Row+1)*dim]
		squares := make([]float64, n)
		var all float64
		for i, v := range row {
			square := float64(v-near[i]) * float64(v-near[i])
			all += square
			squares[i/(dim/n)] += square
		}
		scores[0] += math.Sqrt(all) / float64(len(hits))
		for c, square := range squares {
			scores[1+c] += math.Sqrt(max(0, all-square)) / float64(len(hits))
		}
	}
}

// placeOf is where the normal window of a row lies.
func (d *Detector) placeOf(row int) Place {
	p := d.places[row]
	out := Place{Start: p.start, End: p.end}
	if p.series < len(d.names) {
		out.Series = d.names[p.series]
	}
	if len(d.times) > 0 {
		out.StartTime, out.HasTimes = d.times[row], true
	}
	return out
}

// reach is how far from a time stamp its windows go.
func (f *Fused) reach() int { return f.longest }

// explain fuses the scores of the windows around a time stamp, and again without each channel: what of a part is left out is said at
// [Detector]; a part that goes by channel takes the highest three of the others.
func (f *Fused) explain(ctx context.Context, values [][]float64, at int) (out Explanation, err error) {
	s := &series.Series{Channels: f.channels, Values: values}
	drops := make([]float64, f.count)
	var weights float64
	shown, instead := f.shown(), substitutes{}
	for from := 0; from < len(f.branches); {
		p := f.branches[from].part
		to := from
		for to < len(f.branches) && f.branches[to].part == p {
			to++
		}
		scores := slices.Repeat([]float64{math.NaN()}, 1+f.count)
		if f.branches[from].channel >= 0 {
			err = f.explainEach(ctx, f.branches[from:to], s, at, scores)
		} else {
			var nearest int
			if nearest, err = f.branches[from].explain(ctx, s, at, instead.of(f, f.branches[from], s, at), scores); err == nil && from == shown && nearest >= 0 {
				d := f.branches[from].windows
				out.Nearest = d.placeOf(nearest)
				if out.Normal = d.valuesOf(nearest); out.Normal != nil && len(values) > 0 {
					out.From = d.startOf(at, len(values[0]))
				}
			}
		}
		if err != nil {
			return out, err
		}
		if w := f.parts[p].Weight; !math.IsNaN(scores[0]) {
			weights += w
			for c, v := range scores[1:] {
				drops[c] += w * (scores[0] - v)
			}
		}
		from = to
	}
	for c := range drops {
		drops[c] /= max(weights, math.SmallestNonzeroFloat64)
	}
	out.Effects = rankedEffects(drops)
	return out, nil
}

// substitutes are, by the length of a window, the values that each channel might have instead.
type substitutes map[int][][]float64

// of are those for the window of a branch around a time stamp; nil where the branch needs none, or keeps its own readings.
func (m substitutes) of(f *Fused, b *branch, s *series.Series, at int) [][]float64 {
	if b.windows == nil || b.windows.readings != nil {
		return nil
	}
	d := b.windows
	if _, look := d.by.(*looker); look || s.Len() < d.config.Window {
		return nil
	}
	if _, ok := m[d.config.Window]; !ok {
		m[d.config.Window] = f.instead(d, s, at)
	}
	return m[d.config.Window]
}

// shown is the branch whose nearest normal window is told: one that compares the levels of all channels if there is one, else the first
// that compares windows of all channels; -1 for none.
func (f *Fused) shown() int {
	first := -1
	for k, b := range f.branches {
		if b.windows == nil || b.channel >= 0 && f.count > 1 {
			continue
		}
		if f.parts[b.part].Look == Level && len(b.among) == 0 {
			return k
		}
		if first < 0 {
			first = k
		}
	}
	return first
}

// explain scores all channels together, and without each; NaN where there is no score. nearest is the row of the nearest normal window,
// or -1.
func (b *branch) explain(ctx context.Context, s *series.Series, at int, instead [][]float64, scores []float64) (nearest int, err error) {
	if b.windows == nil {
		return -1, nil
	}
	if b.among != nil && instead != nil {
		own := make([][]float64, len(b.among))
		for i, c := range b.among {
			own[i] = instead[c]
		}
		instead = own
	}
	own, nearest, err := b.windows.leaveOut(ctx, b.of(s), at, instead)
	if err != nil || own == nil {
		return -1, err
	}
	b.calibration.Apply(own)
	if len(own) == 2 {
		own[1] = 0 // nothing is left
	}
	for i := range scores {
		scores[i] = own[0]
	}
	for i, v := range own[1:] {
		c := i
		if b.among != nil {
			c = b.among[i]
		}
		scores[1+c] = v
	}
	return nearest, nil
}

// explainEach scores a part that goes by channel, and without each.
func (f *Fused) explainEach(ctx context.Context, branches []*branch, s *series.Series, at int, scores []float64) error {
	own := slices.Repeat([]float64{math.NaN()}, f.count)
	for _, b := range branches {
		var one []float64
		switch {
		case b.windows != nil:
			all, _, err := b.windows.leaveOut(ctx, b.of(s), at, nil)
			if err != nil {
				return err
			}
			one = all
		case b.components != nil:
			one = b.components.around(s.Values[b.channel], at)
		case b.distance > 0:
			lo := max(0, at-b.window-shortGap)
			x := s.Values[b.channel][lo:min(s.Len(), at+b.window+shortGap+1)]
			one = amplitudes(x, b.median, b.distance, b.window)[at-lo:]
		}
		if len(one) > 0 {
			own[b.channel] = one[0]
			b.calibration.Apply(own[b.channel : b.channel+1])
		}
	}
	for c := -1; c < f.count; c++ {
		scores[1+c] = meanOfHighest(own, c)
	}
	if math.IsNaN(scores[0]) {
		return nil
	}
	for c, v := range scores {
		if math.IsNaN(v) {
			scores[c] = 0 // nothing is left
		}
	}
	return nil
}

// meanOfHighest is the mean of the three highest scores, NaN and that of one channel left out.
func meanOfHighest(scores []float64, but int) float64 {
	var there []float64
	for c, v := range scores {
		if c != but && !math.IsNaN(v) {
			there = append(there, v)
		}
	}
	slices.SortFunc(there, func(a, b float64) int { return cmp.Compare(b, a) })
	n := min(len(there), highest)
	var sum float64
	for _, v := range there[:n] {
		sum += v
	}
	return sum / float64(n) // 0/0 is NaN
}
