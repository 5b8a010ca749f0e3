package series

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/wavekin/wavekin/internal/plural"
)

// Window is a part of a series.
type Window struct {
	// Series is the ID of the series.
	Series string
	// Start (inclusive) and End (exclusive) are positions in the whole series.
	Start, End int
	// StartTime and EndTime are the time stamps of the first and the last value, if HasTimes.
	StartTime, EndTime int64
	HasTimes           bool
	// Times are the time stamps of the values, or nil. The slice is shared with the series.
	Times []int64
	// Channels names the channels; it may be nil.
	Channels []string
	// Values holds [channel][time], NaN for gaps.
	Values [][]float64
	// Label is the class of the series.
	Label string
	// Zone is the zone of the time stamps, as in [Series].
	Zone *time.Location
}

// Measured is the number of values that are no gaps.
func (w *Window) Measured() int { return measured(w.Values) }

// Share is the share of the values that were measured, 0 to 1; the padding of a short series counts as gaps. A window of
// share 0 holds no information: it gets no score and is not used for training.
func (w *Window) Share() float64 {
	total := 0
	for _, v := range w.Values {
		total += len(v)
	}
	return safeDiv(float64(w.Measured()), float64(total))
}

// LongestGap is how many time stamps in a row have no value in any channel, at most.
func (w *Window) LongestGap() int {
	longest, run := 0, 0
	for t := range w.End - w.Start {
		run++
		for _, v := range w.Values {
			if t < len(v) && !IsGap(v[t]) {
				run = 0
				break
			}
		}
		longest = max(longest, run)
	}
	return longest
}

// ShortError says that a series is shorter than the window.
type ShortError struct {
	Series       string
	Len, Windows int
}

// Error names the series and both lengths.
func (e *ShortError) Error() string {
	return fmt.Sprintf("series %q has %s, the window needs %d", e.Series, plural.Of(e.Len, "time stamp"), e.Windows)
}

// Cut says how series are cut into windows. The zero value makes one window of each whole series.
type Cut struct {
	// Length is that of a window in time stamps; 0 means whole series.
	Length int
	// Stride is the distance between the starts of windows in time stamps; 0 means 1.
	Stride int
	// Reach makes the last window end at the last value: where the stride leaves values over, one more window is cut, which
	// overlaps the one before by more than the others do.
	Reach bool
	// PadShort makes one window, continued with gaps, of a series that is shorter than Length and otherwise has none.
	PadShort bool
}

// Starts returns the positions at which the windows of a series of n time stamps start. Only one of a series that is shorter
// than Length, with PadShort, ends beyond the series.
func (c Cut) Starts(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		last := -1
		switch {
		case n < 1:
			return
		case c.Length <= 0 || n < c.Length && c.PadShort:
			yield(0)
			return
		}
		for at := 0; at+c.Length <= n; at += c.stride() {
			if last = at; !yield(at) {
				return
			}
		}
		if c.Reach && last >= 0 && last+c.Length < n {
			yield(n - c.Length)
		}
	}
}

func (c Cut) stride() int { return max(1, c.Stride) }

// Windows cuts a series that is in memory. The windows share its values, unless they are padded; a series that is shorter
// than Length gives none without PadShort.
func (c Cut) Windows(s *Series) []*Window {
	if c.Length > s.Len() && c.PadShort && s.Len() > 0 {
		return []*Window{s.Whole(c.Length)}
	}
	var out []*Window
	for at := range c.Starts(s.Len()) {
		n := c.Length
		if n <= 0 {
			n = s.Len()
		}
		out = append(out, s.window(at, n))
	}
	return out
}

// Windows cuts one series into windows of length time stamps every stride time stamps, as [Cut].Windows does.
func Windows(s *Series, length, stride int) []*Window {
	return Cut{Length: length, Stride: stride}.Windows(s)
}

// Windower cuts the series of a reader into windows, joining chunks. It holds one window and one chunk in memory, or a whole
// series where windows are whole series. The windows share the values of the chunks, unless they lie across two.
type Windower struct {
	r       Reader
	c       Cut
	buf     *Series // the part of the present series that may still be needed
	ahead   *Series // the chunk of which buf has the beginning only
	next    int     // where the next window starts in the whole series
	made    int
	pending *Series
	done    bool
}

// NewWindower returns a Windower that cuts the series of r.
func NewWindower(r Reader, c Cut) *Windower { return &Windower{r: r, c: c} }

// Next returns the next window, io.EOF at the end, or a *ShortError; after a
// *ShortError it can be called again and goes on with the next series.
func (w *Windower) Next() (*Window, error) {
	for {
		if w.ahead != nil && w.next >= w.ahead.Start {
			w.buf, w.ahead = shared(w.ahead), nil
		}
		if w.buf != nil && w.c.Length > 0 && w.next+w.c.Length <= w.buf.Start+w.buf.Len() {
			return w.cut(w.c.Length), nil
		}
		chunk, err := w.peek()
		if err != nil {
			return nil, err
		}
		switch {
		case w.buf == nil && chunk == nil:
			return nil, io.EOF
		case w.buf == nil:
			w.begin(chunk)
		case chunk != nil && w.buf.Continues(chunk):
			w.pending = nil
			w.extend(chunk)
		default:
			win, err := w.finish()
			if win != nil || err != nil {
				return win, err
			}
		}
	}
}

// peek returns the chunk that was read but not used yet, nil at the end.
func (w *Windower) peek() (*Series, error) {
	if w.pending != nil || w.done {
		return w.pending, nil
	}
	s, err := w.r.Next()
	if errors.Is(err, io.EOF) {
		w.done = true
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := s.Check(); err != nil {
		return nil, err
	}
	w.pending = s
	return s, nil
}

func (w *Windower) begin(s *Series) {
	w.buf, w.pending, w.next, w.made = shared(s), nil, s.Start, 0
}

// shared is a series with the values of s, to which chunks can be appended without changing s.
func shared(s *Series) *Series {
	own := *s
	own.Values = append([][]float64(nil), s.Values...)
	for c, v := range own.Values {
		own.Values[c] = v[:len(v):len(v)]
	}
	own.Times = s.Times[:len(s.Times):len(s.Times)]
	own.PointLabels = nil
	return &own
}

// extend drops what no window needs any more and appends the chunk. A long chunk takes the place of what was there as soon as
// the windows start in it, so that all but its beginning is never copied.
func (w *Windower) extend(chunk *Series) {
	if w.c.Length <= 0 {
		w.buf.Join(chunk)
		return
	}
	if chunk.Len() >= 2*w.c.Length {
		w.ahead, chunk = chunk, chunk.Slice(0, w.c.Length-1)
	}
	keep := w.next
	if w.c.Reach {
		// The series may end at the next value, with a window up to there.
		keep = min(keep, w.buf.Start+w.buf.Len()+1-w.c.Length)
	}
	w.buf = w.buf.Slice(keep-w.buf.Start, w.buf.Len())
	for c, v := range w.buf.Values {
		w.buf.Values[c] = append(make([]float64, 0, len(v)+chunk.Len()), v...)
	}
	if w.buf.Times != nil {
		// Empty is not nil here: nil would say that there are no stamps at all.
		w.buf.Times = append(make([]int64, 0, len(w.buf.Times)+chunk.Len()), w.buf.Times...)
	}
	w.buf.Join(chunk)
}

// finish ends the present series.
func (w *Windower) finish() (*Window, error) {
	defer func() { w.buf = nil }()
	n := w.buf.Len()
	end := w.buf.Start + n
	switch {
	case w.c.Length <= 0 && n > 0:
		return w.cut(n), nil
	case w.made > 0 && w.c.Reach && w.next-w.c.stride()+w.c.Length < end:
		w.next = end - w.c.Length
		return w.cut(w.c.Length), nil
	case w.made > 0:
		return nil, nil
	case w.c.PadShort && n > 0:
		win := w.cut(n)
		for c, v := range win.Values {
			win.Values[c] = padTo(v, w.c.Length)
		}
		return win, nil
	}
	return nil, &ShortError{Series: w.buf.ID, Len: n, Windows: max(1, w.c.Length)}
}

// padTo continues v with gaps to n values.
func padTo(v []float64, n int) []float64 {
	for len(v) < n {
		v = append(v, Gap)
	}
	return v
}

// cut takes n values from the next position. The window shares them with the buffer, which is appended to, but never overwritten.
func (w *Windower) cut(n int) *Window {
	win := w.buf.window(w.next-w.buf.Start, n)
	w.next += w.c.stride()
	w.made++
	return win
}

// Whole is the series as one window of a given length: cut where it is longer, continued with gaps where it is
// shorter. A length of 0 means its own. The values are copies.
func (s *Series) Whole(length int) *Window {
	if length <= 0 {
		length = s.Len()
	}
	w := s.Slice(0, length).window(0, min(length, s.Len()))
	for c, v := range w.Values {
		w.Values[c] = padTo(append(make([]float64, 0, length), v...), length)
	}
	return w
}

// window returns n values from position at of the series in memory as a window that shares them.
func (s *Series) window(at, n int) *Window {
	w := &Window{Series: s.ID, Start: s.Start + at, End: s.Start + at + n, Channels: s.Channels, Label: s.Label, Zone: s.Zone,
		Values: make([][]float64, len(s.Values))}
	for c, v := range s.Values {
		w.Values[c] = v[at : at+n : at+n]
	}
	if s.Times != nil {
		w.HasTimes, w.StartTime, w.EndTime, w.Times = true, s.Times[at], s.Times[at+n-1], s.Times[at:at+n:at+n]
	}
	return w
}
