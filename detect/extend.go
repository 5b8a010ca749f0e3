package detect

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"

	"github.com/wavekin/wavekin/series"
)

// ErrKnown says that readings are in a reference already.
var ErrKnown = errors.New("these readings are in the reference already")

// ErrSampled says that a reference keeps a sample of its readings, to which none can be added.
var ErrSampled = errors.New("the reference keeps a sample of its readings, to which none can be added; make it anew with all")

// Extend learns from further normal series too, cut like those before. The detector is then the one that [Fit] makes of all series at
// once; with a core-set it is chosen among the windows kept before and the new ones, as the others are gone. Errors are those of Fit,
// [ErrKnown] and, with [Prediction], [ErrSampled]; after one the detector is not to be used.
func (d *Detector) Extend(ctx context.Context, further series.Reader) error {
	switch {
	case d.by == nil:
		return errors.New("a reference that was loaded without its model learns nothing")
	case d.config.Approximate:
		return errors.New("a reference with an approximate search keeps no encodings to which others could be added")
	case d.config.Score == Prediction:
		return ErrSampled
	case len(d.places) == 0:
		return fmt.Errorf("%w: no windows to add to", ErrTooFew)
	}
	before, known := len(d.places), maps.Clone(d.prints.known)
	d.config.Rates = d.rates != nil
	d.windows, d.points, d.independent, d.rates, d.short = nil, nil, 0, nil, nil
	d.prints.last = math.MaxInt // what comes is another series than the last one, whatever its name
	if err := d.gather(ctx, further, 0); err != nil {
		return err
	}
	if len(d.places) == before {
		if len(d.short) > 0 {
			return d.short[0]
		}
		return fmt.Errorf("%w: no further window of %d time stamps holds a value", ErrTooFew, d.config.Window)
	}
	if fresh, again := d.prints.since(known); again > fresh {
		return ErrKnown
	}
	return d.settle(ctx)
}

// since counts the runs that were not known before, and those that were and have been met again.
func (p *prints) since(known map[uint64]position) (fresh, again int) {
	for sum, at := range p.known {
		switch was, ok := known[sum]; {
		case !ok:
			fresh++
		case at.series < 0 && was.series >= 0:
			again++
		}
	}
	return fresh, again
}
