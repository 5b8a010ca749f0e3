package series

import (
	"errors"
	"fmt"
	"io"
)

// Window is a stretch of a series.
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
}

// Measured is the number of values that are no gaps.
func (w *Window) Measured() int {
	n := 0
	for _, v := range w.Values {
		for _, x := range v {
			if !IsGap(x) {
				n++
			}
		}
	}
	return n
}

// ShortError says that a series is shorter than the window.
type ShortError struct {
	Series       string
	Len, Windows int
}

// Error names the series and both lengths.
func (e *ShortError) Error() string {
	return fmt.Sprintf("series %q has %d time stamps, the window needs %d", e.Series, e.Len, e.Windows)
}

// Windower cuts the series of a reader into windows of equal length, joining
// chunks; it holds one window and one chunk in memory.
type Windower struct {
	// PadShort makes one window, continued with gaps, of a series that is shorter than the window.
	PadShort bool

	r              Reader
	length, stride int
	buf            *Series // what of the present series may still be needed
	next           int     // where the next window starts in the whole series
	made           int
	pending        *Series
	done           bool
}

// NewWindower cuts windows of length time stamps every stride time stamps; a
// length of 0 means whole series, which then are read into memory one at a time.
func NewWindower(r Reader, length, stride int) *Windower {
	return &Windower{r: r, length: length, stride: max(1, stride)}
}

// Next returns the next window, io.EOF at the end, or a *ShortError; after a
// *ShortError it can be called again and goes on with the next series.
func (w *Windower) Next() (*Window, error) {
	for {
		if w.buf != nil && w.length > 0 && w.next+w.length <= w.buf.Start+w.buf.Len() {
			return w.cut(w.length), nil
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
		case chunk != nil && continues(w.buf, chunk):
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
	own := *s
	own.Values = append([][]float64(nil), s.Values...)
	for c, v := range own.Values {
		own.Values[c] = v[:len(v):len(v)]
	}
	own.Times = s.Times[:len(s.Times):len(s.Times)]
	own.PointLabels = nil
	w.buf, w.pending, w.next, w.made = &own, nil, s.Start, 0
}

// extend drops what no window needs any more and appends the chunk.
func (w *Windower) extend(chunk *Series) {
	if w.length > 0 {
		w.buf = w.buf.Slice(w.next-w.buf.Start, w.buf.Len())
		for c, v := range w.buf.Values {
			w.buf.Values[c] = append([]float64(nil), v...)
		}
		if w.buf.Times != nil {
			// Empty is not nil here: nil would say that there are no stamps at all.
			w.buf.Times = append(make([]int64, 0, len(w.buf.Times)), w.buf.Times...)
		}
	}
	join(w.buf, chunk)
}

// finish ends the present series.
func (w *Windower) finish() (*Window, error) {
	defer func() { w.buf = nil }()
	n := w.buf.Len()
	switch {
	case w.length == 0 && n > 0:
		return w.cut(n), nil
	case w.made > 0:
		return nil, nil
	case w.PadShort && n > 0:
		win := w.cut(n)
		for c, v := range win.Values {
			for len(v) < w.length {
				v = append(v, Gap)
			}
			win.Values[c] = v
		}
		return win, nil
	}
	return nil, &ShortError{Series: w.buf.ID, Len: n, Windows: max(1, w.length)}
}

// cut copies n values from the next position.
func (w *Windower) cut(n int) *Window {
	win := w.buf.window(w.next-w.buf.Start, n)
	// The buffer is reused, so that a window needs values of its own.
	for c, v := range win.Values {
		win.Values[c] = append(make([]float64, 0, max(n, w.length)), v...)
	}
	w.next += w.stride
	w.made++
	return win
}

// Windows cuts one series into windows of length time stamps every stride time stamps; the windows
// share its memory. A length of 0 means the whole series; one shorter than the window gives none.
func Windows(s *Series, length, stride int) []*Window {
	if length <= 0 {
		length = s.Len()
	}
	var out []*Window
	for at := 0; length > 0 && at+length <= s.Len(); at += max(1, stride) {
		out = append(out, s.window(at, length))
	}
	return out
}

// Whole is the series as one window of a given length: cut where it is longer, continued with gaps where it is
// shorter. A length of 0 means its own. The values are copies.
func (s *Series) Whole(length int) *Window {
	if length <= 0 {
		length = s.Len()
	}
	w := s.Slice(0, length).window(0, min(length, s.Len()))
	for c, v := range w.Values {
		full := append(make([]float64, 0, length), v...)
		for len(full) < length {
			full = append(full, Gap)
		}
		w.Values[c] = full
	}
	return w
}

// window is the stretch of n values from position at of what is in memory; it shares the values.
func (s *Series) window(at, n int) *Window {
	w := &Window{Series: s.ID, Start: s.Start + at, End: s.Start + at + n, Channels: s.Channels, Label: s.Label}
	for _, v := range s.Values {
		w.Values = append(w.Values, v[at:at+n:at+n])
	}
	if s.Times != nil {
		w.HasTimes, w.StartTime, w.EndTime, w.Times = true, s.Times[at], s.Times[at+n-1], s.Times[at:at+n:at+n]
	}
	return w
}
