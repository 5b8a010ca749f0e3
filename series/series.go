package series

import (
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// Gap is the value of a time stamp at which nothing was measured: NaN.
var Gap = math.NaN()

// Series is one recording: some channels over the same time stamps.
type Series struct {
	// ID identifies the series in its data set.
	ID string
	// Channels names the channels; it may be nil.
	Channels []string
	// Values holds [channel][time]; NaN is a gap.
	Values [][]float64
	// Times holds nanoseconds since 1970, one per time stamp, or is nil where only positions are known.
	Times []int64
	// Step is the distance of neighbouring time stamps where the series lies on a grid ([Grid]), and otherwise 0.
	Step time.Duration
	// Zone is the zone in which the time stamps were written and are to be shown; nil means UTC.
	Zone *time.Location
	// Start is the position of the first value in the whole series, if this is a chunk of it.
	Start int
	// Label is the class of the whole series, or empty.
	Label string
	// PointLabels holds a label per time stamp (an anomaly), or is nil.
	PointLabels []float64
	// Kept are columns that are no channels and go along with the time stamps, for a conversion; nil elsewhere.
	Kept []Column
}

// Column is a column of a table that is no channel: one of the slices has an entry for each time stamp, the others are nil.
type Column struct {
	Name   string
	Text   []string
	Number []float64
	Whole  []int64 // whole numbers
	Time   []int64 // nanoseconds since 1970
	// Null marks entries without a value.
	Null []bool
}

// Slice returns the entries from (inclusive) to (exclusive), which share their memory.
func (c Column) Slice(from, to int) Column {
	return Column{c.Name, cut(c.Text, from, to), cut(c.Number, from, to), cut(c.Whole, from, to), cut(c.Time, from, to), cut(c.Null, from, to)}
}

func cut[T any](x []T, from, to int) []T {
	if x == nil {
		return nil
	}
	return x[from:to:to]
}

// append adds the entries of a column of the same kind.
func (c *Column) append(more Column) {
	c.Text, c.Number = append(c.Text, more.Text...), append(c.Number, more.Number...)
	c.Whole, c.Time, c.Null = append(c.Whole, more.Whole...), append(c.Time, more.Time...), append(c.Null, more.Null...)
}

// Len returns the number of time stamps.
func (s *Series) Len() int {
	if len(s.Values) == 0 {
		return 0
	}
	return len(s.Values[0])
}

// NumChannels returns the number of channels.
func (s *Series) NumChannels() int { return len(s.Values) }

// Measured is the number of values, over all channels, from one position (inclusive) to another (exclusive) that are no gaps;
// positions beyond the series have none.
func (s *Series) Measured(from, to int) int { return measured(s.Slice(from, to).Values) }

func measured(values [][]float64) int {
	n := 0
	for _, v := range values {
		for _, x := range v {
			if !IsGap(x) {
				n++
			}
		}
	}
	return n
}

// Slice returns the time stamps from (inclusive) to (exclusive), clamped to the
// series; the values are shared.
func (s *Series) Slice(from, to int) *Series {
	to = min(max(to, 0), s.Len())
	from = min(max(from, 0), to)
	out := *s
	out.Start = s.Start + from
	out.Values = make([][]float64, len(s.Values))
	for c, v := range s.Values {
		out.Values[c] = v[from:to]
	}
	if s.Times != nil {
		out.Times = s.Times[from:to]
	}
	if s.PointLabels != nil {
		out.PointLabels = s.PointLabels[from:to]
	}
	out.Kept = nil
	for _, c := range s.Kept {
		out.Kept = append(out.Kept, c.Slice(from, to))
	}
	return &out
}

// Check reports channels of unequal length, or time stamps and labels that do not match the values.
func (s *Series) Check() error {
	n := s.Len()
	for c, v := range s.Values {
		if len(v) != n {
			return fmt.Errorf("series %q: channel %d has %d values, channel 0 has %d", s.ID, c, len(v), n)
		}
	}
	if s.Times != nil && len(s.Times) != n {
		return fmt.Errorf("series %q: %d time stamps for %d values", s.ID, len(s.Times), n)
	}
	if s.PointLabels != nil && len(s.PointLabels) != n {
		return fmt.Errorf("series %q: %d labels for %d values", s.ID, len(s.PointLabels), n)
	}
	return nil
}

// Reader returns series, whole or in chunks: a series with a Start above 0 continues the one before if they have the same ID. Next
// returns io.EOF at the end. The series it has returned stay valid.
type Reader interface {
	Next() (*Series, error)
}

// FromSlice reads series that are in memory.
func FromSlice(all []*Series) Reader { return &sliceReader{all} }

type sliceReader struct{ rest []*Series }

func (r *sliceReader) Next() (*Series, error) {
	if len(r.rest) == 0 {
		return nil, io.EOF
	}
	s := r.rest[0]
	r.rest = r.rest[1:]
	return s, nil
}

// ReadAll reads every series of r into memory and joins chunks.
func ReadAll(r Reader) ([]*Series, error) {
	var all []*Series
	err := Each(r, func(s *Series) error {
		all = Append(all, s)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Each hands every series or chunk of r to a function, checked, until one of them fails.
func Each(r Reader, add func(*Series) error) error {
	for {
		s, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.Check(); err != nil {
			return err
		}
		if err := add(s); err != nil {
			return err
		}
	}
}

// Append joins a chunk to the last of the series that it continues, or adds it to them; its values may be shared.
func Append(all []*Series, chunk *Series) []*Series {
	if n := len(all); n > 0 && all[n-1].Continues(chunk) {
		all[n-1].Join(chunk)
		return all
	}
	return append(all, chunk.Extendable())
}

// Extendable returns a series to which [Series.Join] appends without changing s, whose values it shares.
func (s *Series) Extendable() *Series {
	own := *s
	own.Values = make([][]float64, len(s.Values))
	for c, v := range s.Values {
		// A capacity equal to the length makes an append copy instead of overwrite.
		own.Values[c] = v[:len(v):len(v)]
	}
	own.Times = s.Times[:len(s.Times):len(s.Times)]
	own.PointLabels = s.PointLabels[:len(s.PointLabels):len(s.PointLabels)]
	own.Kept = nil
	for _, c := range s.Kept {
		own.Kept = append(own.Kept, c.Slice(0, s.Len()))
	}
	return &own
}

// Continues tells whether chunk goes on where s ends, see [Reader].
func (s *Series) Continues(chunk *Series) bool {
	return chunk.Start > 0 && chunk.ID == s.ID && chunk.Start == s.Start+s.Len() && len(chunk.Values) == len(s.Values)
}

// Join appends a chunk that continues s. If one of them lacks time stamps or labels, the joined series has none.
func (s *Series) Join(chunk *Series) {
	for c := range s.Values {
		s.Values[c] = append(s.Values[c], chunk.Values[c]...)
	}
	if chunk.Times == nil {
		s.Times = nil
	}
	if s.Times != nil {
		s.Times = append(s.Times, chunk.Times...)
	}
	if chunk.PointLabels == nil {
		s.PointLabels = nil
	}
	if s.PointLabels != nil {
		s.PointLabels = append(s.PointLabels, chunk.PointLabels...)
	}
	for i := range min(len(s.Kept), len(chunk.Kept)) {
		s.Kept[i].append(chunk.Kept[i])
	}
}
