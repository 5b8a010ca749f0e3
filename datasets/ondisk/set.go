package ondisk

import (
	"fmt"
	"os"
	"slices"
	"sort"

	"github.com/wavekin/wavekin/datasets/internal/spool"
	"github.com/wavekin/wavekin/series"
)

// Set is series whose values lie in a temporary file; several goroutines may read. It is what train.Recorded takes.
type Set struct {
	file     *os.File
	channels int
	block    int // time stamps
	recs     []recording
}

// recording is one series.
type recording struct {
	about  series.Series
	offset int64 // of its values in the file
	stamps int   // in the file: whole blocks, and a shorter one at the end
	shown  int   // leading ones that are to be seen
	gaps   []stretch
}

// stretch is without a value in any channel; to is exclusive.
type stretch struct{ from, to int }

// Len is the number of series.
func (s *Set) Len() int { return len(s.recs) }

// NumChannels is the number of channels of every series.
func (s *Set) NumChannels() int { return s.channels }

// Label is the class of a series, or "".
func (s *Set) Label(i int) string { return s.recs[i].about.Label }

// Stamps is the number of time stamps of a series.
func (s *Set) Stamps(i int) int { return s.recs[i].shown }

// About is a series with a nil row for each channel in place of its values, and without time stamps.
func (s *Set) About(i int) *series.Series {
	out := s.recs[i].about
	out.Values = make([][]float64, s.channels)
	return &out
}

// First returns this leading share of every series, above 0 and at most 1, of the same file: closing one closes both.
func (s *Set) First(share float64) *Set {
	out := *s
	out.recs = slices.Clone(s.recs)
	for i := range out.recs {
		r := &out.recs[i]
		r.shown = int(share * float64(r.shown))
	}
	return &out
}

// Empty tells whether no channel of a series has a value from one time stamp (inclusive) to another (exclusive); the error is for
// sets that have to look.
func (s *Set) Empty(i, from, to int) (bool, error) {
	r := &s.recs[i]
	from, to = max(from, 0), min(to, r.shown)
	if from >= to {
		return true, nil
	}
	k := sort.Search(len(r.gaps), func(k int) bool { return r.gaps[k].to > from })
	return k < len(r.gaps) && r.gaps[k].from <= from && to <= r.gaps[k].to, nil
}

// Read writes the values of a channel of a series from a time stamp on; after its end are gaps.
func (s *Set) Read(dst []float64, i, channel, from int) error {
	end := s.recs[i].shown
	for len(dst) > 0 && from < end {
		n, err := s.piece(dst[:min(len(dst), end-from)], i, channel, from)
		if err != nil {
			return err
		}
		dst, from = dst[n:], from+n
	}
	for t := range dst {
		dst[t] = series.Gap
	}
	return nil
}

// piece reads values up to the end of a block, and returns how many.
func (s *Set) piece(dst []float64, i, channel, from int) (int, error) {
	r := &s.recs[i]
	first := from / s.block * s.block
	rows := min(s.block, r.stamps-first)
	n := min(len(dst), first+rows-from)
	at := r.offset + 8*(int64(first)*int64(s.channels)+int64(channel)*int64(rows)+int64(from-first))
	if _, err := s.file.ReadAt(bytesOf(dst[:n]), at); err != nil {
		return 0, fmt.Errorf("series %q: its values in the temporary file: %w", r.about.ID, err)
	}
	return n, nil
}

// Channel are the values of a channel of a series, a block at a time.
func (s *Set) Channel(i, channel int) series.Pieces {
	return func(yield func([]float64, error) bool) {
		end := s.recs[i].shown
		x := make([]float64, min(s.block, end))
		for from := 0; from < end; {
			n, err := s.piece(x[:min(len(x), end-from)], i, channel, from)
			if !yield(x[:n], err) || err != nil {
				return
			}
			from += n
		}
	}
}

// Bytes is the size of the file.
func (s *Set) Bytes() int64 {
	if len(s.recs) == 0 {
		return 0
	}
	last := s.recs[len(s.recs)-1]
	return last.offset + 8*int64(last.stamps)*int64(s.channels)
}

// Close lets go of the file.
func (s *Set) Close() error { return spool.Drop(s.file) }
