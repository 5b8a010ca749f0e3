package ondisk

import (
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"github.com/wavekin/wavekin/datasets/internal/spool"
	"github.com/wavekin/wavekin/series"
)

const (
	// blockBytes is what a block of the file takes, of all channels together; it has from fewestRows to mostRows time stamps.
	blockBytes           = 2 << 20
	fewestRows, mostRows = 64, 1 << 16
)

// Writer puts series into a temporary file.
type Writer struct {
	set  *Set
	rows [][]float64 // [channel][time], the block that is not written yet
	size int64       // of the file
}

// New makes a temporary file in a folder, in blocks of so many time stamps; 0 chooses by the number of channels.
func New(dir string, block int) (*Writer, error) {
	f, err := spool.File(dir)
	if err != nil {
		return nil, err
	}
	return &Writer{set: &Set{file: f, block: block}}, nil
}

// Add appends a series, or a chunk that continues the one before (see [series.Reader]); the channels of all must be those of the
// first, in any order. An error leaves the file as it is, to be closed by [Writer.Abort].
func (w *Writer) Add(s *series.Series) error {
	if err := s.Check(); err != nil {
		return err
	}
	if w.set.Len() > 0 {
		var err error
		if s, err = s.Pick(w.set.recs[0].about.Channels); err != nil {
			return err
		}
	}
	if !w.continues(s) {
		if err := w.begin(s); err != nil {
			return err
		}
	}
	w.note(s)
	for at := 0; at < s.Len(); { // with a time stamp there is a channel
		n := min(s.Len()-at, w.set.block-len(w.rows[0]))
		for c, v := range s.Values {
			w.rows[c] = append(w.rows[c], v[at:at+n]...)
		}
		if at += n; len(w.rows[0]) == w.set.block {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// continues tells whether a chunk goes on where the last series ends.
func (w *Writer) continues(s *series.Series) bool {
	if w.set.Len() == 0 {
		return false
	}
	last := &w.set.recs[w.set.Len()-1]
	return s.Start > 0 && s.ID == last.about.ID && s.Start == last.about.Start+last.stamps
}

// begin starts a series.
func (w *Writer) begin(s *series.Series) error {
	if err := w.flush(); err != nil {
		return err
	}
	if w.rows == nil {
		w.set.channels = s.NumChannels()
		w.rows = make([][]float64, w.set.channels)
		if w.set.block == 0 {
			w.set.block = max(fewestRows, min(blockBytes/8/max(1, w.set.channels), mostRows))
		}
	}
	if s.NumChannels() != w.set.channels {
		return &series.ChannelError{Series: s.ID, HaveCount: s.NumChannels(), WantCount: w.set.channels}
	}
	w.set.recs = append(w.set.recs, recording{about: series.Series{ID: s.ID, Channels: s.Channels, Step: s.Step, Zone: s.Zone, Start: s.Start, Label: s.Label}, offset: w.size})
	return nil
}

// note keeps where no channel of a chunk has a value, and its length.
func (w *Writer) note(s *series.Series) {
	r := &w.set.recs[w.set.Len()-1]
	for t := range s.Len() {
		if slices.ContainsFunc(s.Values, func(v []float64) bool { return !series.IsGap(v[t]) }) {
			continue
		}
		at := r.stamps + t
		if n := len(r.gaps); n > 0 && r.gaps[n-1].to == at {
			r.gaps[n-1].to++
			continue
		}
		r.gaps = append(r.gaps, stretch{at, at + 1})
	}
	r.stamps += s.Len()
	r.shown = r.stamps
}

// flush writes the block, channel after channel.
func (w *Writer) flush() error {
	for c, v := range w.rows {
		n, err := w.set.file.WriteAt(bytesOf(v), w.size)
		if w.size += int64(n); err != nil {
			return fmt.Errorf("a temporary file for the values of the series: %w", err)
		}
		w.rows[c] = v[:0]
	}
	return nil
}

// Set ends the file and returns what is in it.
func (w *Writer) Set() (*Set, error) {
	if err := w.flush(); err != nil {
		return nil, errors.Join(err, w.Abort())
	}
	w.rows = nil
	return w.set, nil
}

// Abort lets go of the file.
func (w *Writer) Abort() error { return w.set.Close() }

// bytesOf are the bytes of values as the processor has them: no other process reads the file.
func bytesOf(x []float64) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 8*len(x))
}
