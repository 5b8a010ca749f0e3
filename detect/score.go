package detect

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"time"

	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// Score is what is said of one window.
type Score struct {
	// Score is the mean distance to the k nearest normal windows, or, with [Prediction], the mean error of prediction of the
	// window's last step; NaN for a window without a value, or, of distances, with a gap over more than half of it.
	Score float64
	// P is the share of normal windows that score at least as high, counting this one: small when normal data hardly ever
	// look like it. It is never 0. NaN for a window without a value.
	P float64
	// Nearest is the nearest normal window; the zero Place where there is none, as with [Prediction].
	Nearest Place
}

// Place is where a normal window lies.
type Place struct {
	// Series is its name.
	Series string
	// Start (inclusive) and End (exclusive) are positions in the series.
	Start, End int
	// StartTime is the time stamp of its first value, if HasTimes.
	StartTime int64
	HasTimes  bool
}

// Windows are some windows of new series with their scores.
type Windows struct {
	// Windows are in the order in which they were read.
	Windows []*series.Window
	// Scores has one entry for each.
	Scores []Score
	// Horizons are, with [Prediction], the errors of prediction of each window's last step, [horizon], the one predicted from the nearest
	// step first; nil for a window without a value, and of distances.
	Horizons [][]float64
}

// Windows scores the windows of new series as they are read, in bounded memory. A series that is shorter than the window
// gives a [*series.ShortError], after which the loop may go on with the next one; every other error ends it.
func (d *Detector) Windows(ctx context.Context, r series.Reader) iter.Seq2[*Windows, error] {
	return d.windowsOf(ctx, r, unknown)
}

// unknown: new series may be part of the normal ones, which is found out by their values.
const unknown = -1

// windowsOf scores series of which it is known that they are the normal series of a number, or unknown.
func (d *Detector) windowsOf(ctx context.Context, r series.Reader, itself int) iter.Seq2[*Windows, error] {
	return func(yield func(*Windows, error) bool) {
		if d.by == nil {
			yield(nil, errors.New("a reference that was loaded without a model scores nothing"))
			return
		}
		for b, err := range model.Stream(ctx, d.by, r, d.streaming()) {
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			s, err := d.score(b, itself)
			if !yield(s, err) || err != nil {
				return
			}
		}
	}
}

// score compares the windows of a batch that have a row.
func (d *Detector) score(b *model.Batch, itself int) (*Windows, error) {
	var rows []float32
	var normal []*place
	last := finder{prints: &d.prints}
	for i, row := range b.Rows {
		if row == nil {
			continue
		}
		if len(row) != d.width() {
			return nil, fmt.Errorf("encodings of %d numbers, those of the normal windows have %d", len(row), d.width())
		}
		rows = append(rows, row...)
		normal = append(normal, d.amongAfter(&last, b.Windows[i], itself))
	}
	found, err := d.compare(rows, func(i int) (int, int) {
		if normal[i] == nil {
			return 0, 0
		}
		return d.around(*normal[i])
	})
	if err != nil {
		return nil, err
	}
	out := &Windows{Windows: b.Windows, Scores: make([]Score, len(b.Windows))}
	if d.predictor != nil {
		out.Horizons = make([][]float64, len(b.Windows))
	}
	at := 0
	for i, row := range b.Rows {
		if row == nil {
			out.Scores[i] = Score{Score: math.NaN(), P: math.NaN()}
			continue
		}
		out.Scores[i] = d.judge(found[at])
		if out.Horizons != nil {
			out.Horizons[i] = found[at].each
		}
		at++
	}
	return out, nil
}

// found is what a row is compared to: the score, and the number of the nearest normal row or -1.
type found struct {
	score   float64
	nearest int
	each    []float64 // by horizon
}

// compare scores rows without the normal ones in the range that except gives for each; nil leaves out none.
func (d *Detector) compare(rows []float32, except func(i int) (lo, hi int)) ([]found, error) {
	if d.predictor != nil {
		return d.surprises(rows, d.rows, except), nil
	}
	hits, err := d.index.SearchExcept(rows, d.config.K, except)
	if err != nil {
		return nil, err
	}
	out := make([]found, len(hits))
	for i, h := range hits {
		if out[i] = (found{score: meanDistance(h), nearest: -1}); len(h) > 0 {
			out[i].nearest = h[0].Row
		}
	}
	return out, nil
}

// among is where a window lies in the normal data, nil where it is none of them.
func (d *Detector) among(w *series.Window, itself int) *place {
	return d.amongAfter(&finder{prints: &d.prints}, w, itself)
}

// amongAfter is among with what is known of the window before.
func (d *Detector) amongAfter(last *finder, w *series.Window, itself int) *place {
	if itself != unknown {
		p := place{itself, w.Start, w.End}.widened(d.margin)
		return &p
	}
	if p, ok := last.find(w); ok {
		return &p
	}
	return nil
}

// judge makes a score of what was found.
func (d *Detector) judge(f found) Score {
	s := Score{Score: f.score, P: pvalue(d.windows, f.score, 1)}
	if f.nearest >= 0 {
		s.Nearest = d.placeOf(f.nearest)
	}
	return s
}

// Rows scores rows of a detector of [FitRows]; a Nearest's Start is the number of the normal row.
func (d *Detector) Rows(rows []float32) ([]Score, error) {
	all, err := d.compare(rows, nil)
	if err != nil {
		return nil, err
	}
	out := make([]Score, len(all))
	for i, f := range all {
		out[i] = d.judge(f)
	}
	return out, nil
}

// Points are consecutive time stamps of a series with their scores.
type Points struct {
	// Series is its name, and Start the position of the first time stamp in it.
	Series string
	Start  int
	// Times are the time stamps, nil where only positions are known, and Zone is their zone.
	Times []int64
	Zone  *time.Location
	// Values are the readings, [channel][time].
	Values [][]float64
	// Score is NaN where no window with a value covers the time stamp, or, with End, ends with it.
	Score []float64
	// P is the share of normal time stamps that score at least as high, counting this one; never 0, and NaN where Score is.
	P []float64
	// Horizons are the errors of prediction, [horizon][time], NaN where Score is; nil of distances.
	Horizons [][]float64
	// Windows are windows that were scored on the way, each of them in one of the Points of a stream; nil where there are none.
	Windows *Windows
}

// Points scores the time stamps of new series, in bounded memory, as Windows does; a time stamp is handed out when the last
// window that concerns it is scored.
func (d *Detector) Points(ctx context.Context, r series.Reader) iter.Seq2[*Points, error] {
	return d.pointsOf(ctx, r, unknown)
}

func (d *Detector) pointsOf(ctx context.Context, r series.Reader, itself int) iter.Seq2[*Points, error] {
	if d.config.Stride > d.config.Window {
		err := fmt.Errorf("a stride of %d time stamps leaves some between windows of %d without a score, want at most the window", d.config.Stride, d.config.Window)
		return func(yield func(*Points, error) bool) { yield(nil, err) }
	}
	return func(yield func(*Points, error) bool) {
		p := pointer{d: d, spread: d.spread()}
		for b, err := range d.windowsOf(ctx, r, itself) {
			var short *series.ShortError
			if err != nil {
				if !errors.As(err, &short) {
					if rest := p.finish(); rest != nil && !yield(rest, nil) {
						return
					}
				}
				if !yield(nil, err) {
					return
				}
				continue
			}
			p.windows = b
			for i, w := range b.Windows {
				if p.other(w) {
					if done := p.finish(); done != nil && !yield(done, nil) {
						return
					}
				}
				var each []float64
				if b.Horizons != nil {
					each = b.Horizons[i]
				}
				p.add(w, b.Scores[i].Score, each)
			}
			if done := p.ready(); done != nil && !yield(done, nil) {
				return
			}
		}
		if rest := p.finish(); rest != nil {
			yield(rest, nil)
		}
	}
}

// Collect joins the points of one series; it ends at the first error.
func Collect(points iter.Seq2[*Points, error]) (*Points, error) {
	all := &Points{Windows: &Windows{}}
	for p, err := range points {
		if err != nil {
			return nil, err
		}
		if all.Score == nil {
			all.Series, all.Start, all.Zone, all.Values = p.Series, p.Start, p.Zone, make([][]float64, len(p.Values))
			all.Horizons = make([][]float64, len(p.Horizons))
		}
		for k, v := range p.Horizons {
			all.Horizons[k] = append(all.Horizons[k], v...)
		}
		for c, v := range p.Values {
			all.Values[c] = append(all.Values[c], v...)
		}
		all.Times, all.Score, all.P = append(all.Times, p.Times...), append(all.Score, p.Score...), append(all.P, p.P...)
		if p.Windows != nil {
			all.Windows.Windows = append(all.Windows.Windows, p.Windows.Windows...)
			all.Windows.Scores = append(all.Windows.Scores, p.Windows.Scores...)
			all.Windows.Horizons = append(all.Windows.Horizons, p.Windows.Horizons...)
		}
	}
	return all, nil
}

// pointer gathers the scores of the time stamps of one series.
type pointer struct {
	d       *Detector
	spread  spread
	each    []spread // by horizon
	last    *series.Window
	held    Points // time stamps met, with the values of all and the scores of those that are final
	windows *Windows
}

// other tells whether a window begins another series, which may have the same name.
func (p *pointer) other(w *series.Window) bool {
	return p.last != nil && (w.Series != p.last.Series || w.Start <= p.last.Start)
}

func (p *pointer) add(w *series.Window, score float64, horizons []float64) {
	if p.last == nil {
		p.held = Points{Series: w.Series, Start: w.Start, Zone: w.Zone, Values: make([][]float64, len(w.Values))}
		p.each = nil
		for range p.d.horizons() {
			p.held.Horizons, p.each = append(p.held.Horizons, nil), append(p.each, p.d.spread())
		}
	}
	met := p.held.Start + p.met()
	for c, v := range w.Values {
		p.held.Values[c] = append(p.held.Values[c], v[met-w.Start:]...)
	}
	if w.Times != nil {
		p.held.Times = append(p.held.Times, w.Times[met-w.Start:]...)
	}
	p.keep(p.spread.add(w.Start, w.End, score))
	for k := range p.each {
		one := math.NaN()
		if k < len(horizons) {
			one = horizons[k]
		}
		p.held.Horizons[k] = append(p.held.Horizons[k], p.each[k].add(w.Start, w.End, one)...)
	}
	p.last = w
}

// met is the number of time stamps held.
func (p *pointer) met() int {
	if len(p.held.Values) == 0 {
		return 0
	}
	return len(p.held.Values[0])
}

func (p *pointer) keep(scores []float64) {
	for _, s := range scores {
		p.held.Score = append(p.held.Score, s)
		p.held.P = append(p.held.P, pvalue(p.d.points, s, p.d.alike()))
	}
}

// ready hands out the time stamps whose scores are final, and the windows scored, if there are any.
func (p *pointer) ready() *Points {
	n := len(p.held.Score)
	if n == 0 && p.windows == nil {
		return nil
	}
	out := p.held
	out.Windows, p.windows = p.windows, nil
	p.held = Points{Series: out.Series, Start: out.Start + n, Zone: out.Zone, Values: make([][]float64, len(out.Values)), Horizons: make([][]float64, len(out.Horizons))}
	for c, v := range out.Values {
		out.Values[c], p.held.Values[c] = v[:n:n], append([]float64(nil), v[n:]...)
	}
	if out.Times != nil {
		out.Times, p.held.Times = out.Times[:n:n], append([]int64(nil), out.Times[n:]...)
	}
	return &out
}

// finish ends the series: here, or elsewhere, where it continues.
func (p *pointer) finish() *Points {
	if p.last == nil {
		return nil
	}
	if p.d.continuing {
		p.spread.finish()
		p.last = nil
		return p.ready()
	}
	p.keep(p.spread.finish())
	for k := range p.each {
		p.held.Horizons[k] = append(p.held.Horizons[k], p.each[k].finish()...)
	}
	p.last = nil
	return p.ready()
}
