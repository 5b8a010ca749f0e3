package detect

import (
	"context"
	"errors"
	"io"
	"iter"

	"github.com/wavekin/wavekin/series"
)

// stretch is a part of a series with what is needed around it: the scores from one position to another are those of the
// whole series.
type stretch struct {
	series   *series.Series
	from, to int
}

// segments cuts series into stretches, joining chunks. It holds one stretch and one chunk in memory.
func (f *Fused) segments(ctx context.Context, r series.Reader) iter.Seq2[stretch, error] {
	around := f.around()
	length := segment
	if f.within > 0 {
		length = f.within
	}
	length = max(length, f.grid) / f.grid * f.grid
	return func(yield func(stretch, error) bool) {
		var held *series.Series // what may still be needed
		origin, from := 0, 0
		flush := func(end bool) bool {
			for held != nil {
				last := held.Start + held.Len()
				to := last
				switch {
				case end && f.continuing:
					if to = f.settled(last); to <= from {
						held = nil
						return true
					}
				case !end:
					if last-from < length+2*around {
						return true
					}
					to = from + length
				}
				begin := max(held.Start, from-around)
				cut := held.Slice(begin-held.Start, min(last, to+around)-held.Start)
				if !yield(stretch{cut, from, to}, nil) {
					return false
				}
				if from = to; end {
					held = nil
					return true
				}
				held = held.Slice(max(held.Start, from-around)-held.Start, held.Len()).Extendable()
			}
			return true
		}
		finish := func() bool {
			if held != nil && held.Start == origin && held.Len() < f.longest {
				short := &series.ShortError{Series: held.ID, Len: held.Len(), Windows: f.longest}
				held = nil
				return yield(stretch{}, short)
			}
			return flush(true)
		}
		for {
			s, err := r.Next()
			if errors.Is(err, io.EOF) {
				finish()
				return
			}
			if err == nil {
				err = errors.Join(s.Check(), ctx.Err())
			}
			if err == nil {
				s, err = f.match(s)
			}
			if err != nil {
				if finish() {
					yield(stretch{}, err)
				}
				return
			}
			if held == nil || !held.Continues(s) {
				if !finish() {
					return
				}
				held, origin, from = s.Extendable(), s.Start, s.Start
			} else {
				held.Join(s)
			}
			if !flush(false) {
				return
			}
		}
	}
}
