package detect

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// Fit learns from the windows of normal series, which it streams: only their encodings stay in memory. Series shorter than
// the window are left out ([Detector.Short]). Errors: ErrTooFew, a [*series.ShortError] if
// all of them are, those of the reader and those of the encoder.
func Fit(ctx context.Context, by Encoder, normal series.Reader, c Config) (*Detector, error) {
	var ahead *model.Predictor
	var err error
	if c.Score == Prediction {
		if ahead, err = predictorOf(by); err != nil {
			return nil, err
		}
		by = ahead
	}
	if c, err = c.resolve(by); err != nil {
		return nil, err
	}
	d := &Detector{config: c, by: by, coder: identity(by), prints: newPrints(c.Window), predictor: ahead, readings: newReadings(c.Window, c.Coreset)}
	if ahead != nil {
		if err := d.fitPredictions(ctx, normal); err != nil {
			return nil, err
		}
		return d, nil
	}
	if err = d.gather(ctx, normal, 0); err == nil {
		err = d.settle(ctx)
	}
	if err = errors.Join(err, d.forget()); err != nil {
		return nil, err
	}
	return d, nil
}

// gather keeps the rows of the normal windows and makes the index; of more than most, where that is not 0, it keeps every
// second, fourth, eighth, so that they are spread evenly and memory is bounded.
func (d *Detector) gather(ctx context.Context, normal series.Reader, most int) error {
	every, met, timed := 1, 0, len(d.times) == len(d.places)
	for b, err := range model.Stream(ctx, d.by, normal, d.streaming()) {
		var short *series.ShortError
		switch {
		case errors.As(err, &short):
			d.short = append(d.short, short)
			continue
		case err != nil:
			return err
		}
		for i, w := range b.Windows {
			d.learn(w)
			if b.Rows[i] == nil {
				continue
			}
			here := place{len(d.names) - 1, w.Start, w.End}
			d.readings.add(w, here)
			if met++; (met-1)%every != 0 {
				continue
			}
			if err := d.keep(b.Rows[i]); err != nil {
				return err
			}
			timed = timed && w.HasTimes
			d.times = append(d.times, w.StartTime)
			d.places = append(d.places, here)
			if most > 0 && len(d.places) > most {
				d.thin()
				every *= 2
			}
		}
	}
	if len(d.places) == 0 {
		if len(d.short) > 0 {
			return d.short[0]
		}
		return fmt.Errorf("%w: no window of %d time stamps holds a value, or each is mostly one gap", ErrTooFew, d.config.Window)
	}
	if !timed {
		d.times = nil
	}
	d.readings.measure()
	return d.makeIndex(ctx)
}

// thin keeps every second row.
func (d *Detector) thin() {
	dim := len(d.rows) / len(d.places)
	n := (len(d.places) + 1) / 2
	for i := range n {
		copy(d.rows[i*dim:(i+1)*dim], d.rows[2*i*dim:(2*i+1)*dim])
		d.places[i], d.times[i] = d.places[2*i], d.times[2*i]
	}
	d.rows, d.places, d.times = d.rows[:n*dim], d.places[:n], d.times[:n]
}

// streaming is how series are cut.
func (d *Detector) streaming() model.StreamOptions {
	o := model.StreamOptions{Window: d.config.Window, Stride: d.config.Stride, Reach: !d.continuing, KeepEmpty: true, Delay: d.delay}
	if d.predictor == nil {
		o.LongestGap = longestGap(d.config.Window)
	}
	return o
}

// learn keeps what recognises a normal window, and the name of its series.
func (d *Detector) learn(w *series.Window) {
	n := len(d.names)
	if n == 0 || d.names[n-1] != w.Series || d.prints.restarted(w.Start) {
		d.names = append(d.names, w.Series)
		d.prints.begin(n)
	}
	d.prints.learn(w)
}

// FitRows learns from rows of dim numbers that are no windows, such as encodings of images; their order does not matter.
func FitRows(rows []float32, dim int, c Config) (*Detector, error) {
	c.Window, c.Stride, c.Align, c.NewSeries, c.Coreset, c.Score = 1, 1, Centre, false, 0, Distance
	c, err := c.resolve(nil)
	if err != nil {
		return nil, err
	}
	d := &Detector{config: c, rows: rows}
	if dim < 1 || len(rows)%dim != 0 {
		return nil, fmt.Errorf("%d numbers are not whole rows of %d", len(rows), dim)
	}
	if len(rows) < 2*dim {
		return nil, fmt.Errorf("%w: %d, want at least 2", ErrTooFew, len(rows)/dim)
	}
	for i := range len(rows) / dim {
		d.places = append(d.places, place{0, i, i + 1})
	}
	if err := d.makeIndex(context.Background()); err != nil {
		return nil, err
	}
	if err := d.settle(context.Background()); err != nil {
		return nil, err
	}
	if d.points = nil; c.Approximate {
		d.rows = nil
	}
	return d, nil
}

// settle scores normal windows without the windows that would find themselves, and keeps what is to be compared with.
func (d *Detector) settle(ctx context.Context) error {
	if n := d.config.Coreset; n > 0 && n < len(d.places) {
		return d.condense(ctx, n)
	}
	scores, err := d.some(ctx, d.all(), d.places)
	if err != nil {
		return err
	}
	if err := d.calibrate(d.places, scores); err != nil || !d.config.Rates {
		return err
	}
	if scores, err = d.some(ctx, d.all(), d.widened(beside)); err != nil {
		return err
	}
	d.rate(d.places, scores)
	return nil
}

// calibrate keeps the scores of the normal windows, which lie at places, and of their time stamps.
func (d *Detector) calibrate(places []place, scores []float64) error {
	spread := d.spread()
	last := -1
	for i, s := range scores {
		p := places[i]
		if p.series != last {
			d.points = appendScored(d.points, spread.finish())
			d.independent += 1
		} else if p.start >= spread.independent {
			d.independent++
		}
		if p.series != last || p.start >= spread.independent {
			spread.independent = p.end
		}
		last = p.series
		if s != s {
			continue
		}
		d.windows = append(d.windows, float32(s))
		d.points = appendScored(d.points, spread.add(p.start, p.end, s))
	}
	d.points = appendScored(d.points, spread.finish())
	if len(d.windows) == 0 {
		if d.config.NewSeries {
			return fmt.Errorf("%w: a single series has nothing to be compared with where new series are to be scored, want at least 2", ErrTooFew)
		}
		return fmt.Errorf("%w: all %d windows of %d time stamps overlap each other, want readings of at least %d time stamps",
			ErrTooFew, len(places), d.config.Window, 2*d.config.Window)
	}
	slices.Sort(d.windows)
	slices.Sort(d.points)
	return nil
}

// rate keeps how often normal readings have episodes, by the scores of windows at places, made without what lies near them.
func (d *Detector) rate(places []place, scores []float64) {
	var all [][]float64
	spread := d.spread()
	for i, s := range scores {
		p := places[i]
		if i == 0 || p.series != places[i-1].series {
			all = append(all, spread.finish())
		}
		one := append(all[len(all)-1], spread.add(p.start, p.end, s)...)
		if i == len(scores)-1 || p.series != places[i+1].series {
			one = append(one, spread.finish()...)
		}
		all[len(all)-1] = one
	}
	d.rates = newRates(all, d.Join())
}

// widened are the places of the rows with a share of their series around each.
func (d *Detector) widened(share float64) []place {
	ends := make([]int, len(d.names))
	for _, p := range d.places {
		ends[p.series] = max(ends[p.series], p.end)
	}
	out := make([]place, len(d.places))
	for i, p := range d.places {
		out[i] = p.widened(int(share * float64(ends[p.series])))
	}
	return out
}
