package train

import (
	"slices"

	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/series"
)

// Recordings are series that are read by stretches: in memory ([Series]) or elsewhere, such as an ondisk.Set. [Recorded] makes
// them a set to learn from.
type Recordings interface {
	Data
	series.Recordings
	// About is series i with a nil row for each channel in place of its values.
	About(i int) *series.Series
	// Stamps is the number of time stamps of series i.
	Stamps(i int) int
	// Read writes the values of a channel of series i from a time stamp on; after its end are gaps. Several goroutines call it
	// at a time.
	Read(dst []float64, i, channel, from int) error
	// Empty tells whether no channel of series i has a value from one time stamp (inclusive) to another (exclusive).
	Empty(i, from, to int) (bool, error)
}

// Series are series in memory; all must have the same channels, in any order.
type Series []*series.Series

// Len is the number of series.
func (all Series) Len() int { return len(all) }

// Label is the class of a series.
func (all Series) Label(i int) string { return all[i].Label }

// NumChannels is the number of channels of every series.
func (all Series) NumChannels() int { return series.InMemory(all).NumChannels() }

// Channel are the values of a channel, in one piece.
func (all Series) Channel(i, channel int) series.Pieces {
	return series.InMemory(all).Channel(i, channel)
}

// About is series i without its values.
func (all Series) About(i int) *series.Series {
	out := *all[i]
	out.Values = make([][]float64, all[i].NumChannels())
	return &out
}

// Stamps is the number of time stamps of series i.
func (all Series) Stamps(i int) int { return all[i].Len() }

// Read copies values of a channel.
func (all Series) Read(dst []float64, i, channel, from int) error {
	v := all[i].Values[channel]
	n := copy(dst, v[min(from, len(v)):])
	for k := n; k < len(dst); k++ {
		dst[k] = series.Gap
	}
	return nil
}

// Empty tells whether series i has no value from one time stamp to another.
func (all Series) Empty(i, from, to int) (bool, error) { return all[i].Measured(from, to) == 0, nil }

// Windows cuts the series, see [Recorded.Windows].
func (all Series) Windows(c Cut) (Windows, error) { return Recorded{all}.Windows(c) }

// Window chooses a length of window, see [Recorded.Window].
func (all Series) Window() (length, period int) {
	length, period, _ = Recorded{all}.Window() // memory does not fail
	return length, period
}

// pick returns recordings with the channels of these names, in this order; others are left out.
func pick(r Recordings, names []string) (Recordings, error) {
	p := picked{Recordings: r, order: make([][]int, r.Len()), names: names}
	moved := false
	first := r.About(0)
	for i := range r.Len() {
		s := r.About(i)
		if s.NumChannels() != first.NumChannels() {
			return nil, inputError("series %q has %s, series %q has %d; all must agree", s.ID, plural.Of(s.NumChannels(), "channel"), first.ID, first.NumChannels())
		}
		order, err := s.Order(names)
		if err != nil {
			return nil, &InputError{Err: err}
		}
		p.order[i] = order
		moved = moved || order != nil
	}
	if !moved {
		return r, nil
	}
	return p, nil
}

// picked are some channels of recordings; an order of nil is all of them as they are.
type picked struct {
	Recordings
	order [][]int
	names []string
}

func (p picked) NumChannels() int { return len(p.names) }

func (p picked) Channel(i, channel int) series.Pieces {
	if p.order[i] != nil {
		channel = p.order[i][channel]
	}
	return p.Recordings.Channel(i, channel)
}

func (p picked) About(i int) *series.Series {
	s := p.Recordings.About(i)
	if p.order[i] != nil {
		s.Channels, s.Values = p.names, make([][]float64, len(p.names))
	}
	return s
}

func (p picked) Read(dst []float64, i, channel, from int) error {
	if p.order[i] != nil {
		channel = p.order[i][channel]
	}
	return p.Recordings.Read(dst, i, channel, from)
}

// Empty looks at the picked channels alone.
func (p picked) Empty(i, from, to int) (bool, error) {
	if empty, err := p.Recordings.Empty(i, from, to); empty || err != nil || p.order[i] == nil {
		return empty, err
	}
	x := make([]float64, to-from)
	for c := range p.names {
		if err := p.Read(x, i, c, from); err != nil {
			return false, err
		}
		if slices.ContainsFunc(x, func(v float64) bool { return !series.IsGap(v) }) {
			return false, nil
		}
	}
	return true, nil
}
