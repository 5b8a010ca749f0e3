package series

import (
	"iter"
	"math"
)

// Pieces are the values of a channel in order, a piece at a time. They can be gone through again; a piece is valid until the next one.
type Pieces = iter.Seq2[[]float64, error]

// Recordings are series that are gone through by pieces, as often as it takes: in memory ([InMemory]) or elsewhere.
type Recordings interface {
	// Len is the number of series, NumChannels that of their channels.
	Len() int
	NumChannels() int
	// Channel are the values of a channel of series i.
	Channel(i, channel int) Pieces
}

// InMemory are series as [Recordings]; one that lacks a channel has no values there.
type InMemory []*Series

// Len is the number of series.
func (all InMemory) Len() int { return len(all) }

// NumChannels is the largest number of channels.
func (all InMemory) NumChannels() int {
	n := 0
	for _, s := range all {
		n = max(n, s.NumChannels())
	}
	return n
}

// Channel is one piece.
func (all InMemory) Channel(i, channel int) Pieces {
	return func(yield func([]float64, error) bool) {
		if channel < all[i].NumChannels() {
			yield(all[i].Values[channel], nil)
		}
	}
}

// pieceOf is one piece of values in memory.
func pieceOf[F Float](x []F) Pieces {
	return func(yield func([]float64, error) bool) {
		wide := make([]float64, len(x))
		for i, v := range x {
			wide[i] = float64(v)
		}
		yield(wide, nil)
	}
}

// acrossSeries are the values of one channel of all series.
func acrossSeries(r Recordings, channel int) Pieces {
	return func(yield func([]float64, error) bool) {
		for i := range r.Len() {
			for x, err := range r.Channel(i, channel) {
				if !yield(x, err) || err != nil {
					return
				}
			}
		}
	}
}

// ExtentOf is [Extent] of a channel over all recordings.
func ExtentOf(r Recordings, channel int) (lo, hi float64, values int, err error) {
	return extent(acrossSeries(r, channel))
}

func extent(p Pieces) (lo, hi float64, values int, err error) {
	m, err := measure(p)
	return m.lo, m.hi, m.n, err
}

// measures are the extent of values, their sum and their number; with statsOf, also their mean and deviation.
type measures struct {
	lo, hi, sum float64
	n           int
	mean, std   float64
}

func measure(p Pieces) (m measures, err error) {
	for x, err := range p {
		if err != nil {
			return measures{}, err
		}
		for _, v := range x {
			switch {
			case IsGap(v):
				continue
			case m.n == 0:
				m.lo, m.hi = v, v
			}
			m.lo, m.hi, m.sum, m.n = min(m.lo, v), max(m.hi, v), m.sum+v, m.n+1
		}
	}
	return m, nil
}

// statsOf is [Stats] of values in pieces, to the bit.
func statsOf(p Pieces) (measures, error) {
	m, err := measure(p)
	if m.lo == m.hi || err != nil {
		m.mean = m.lo
		return m, err
	}
	m.mean = m.sum / float64(m.n)
	squares, err := total(p, func(v float64) float64 { return (v - m.mean) * (v - m.mean) })
	if err != nil {
		return measures{}, err
	}
	m.std = math.Sqrt(squares / float64(m.n))
	if size := max(math.Abs(m.lo), math.Abs(m.hi)); !(m.std > 0 && m.std <= math.MaxFloat64) && size <= math.MaxFloat64 {
		m.mean, m.std, err = scaledStats(p, size, m.n)
	}
	return m, err
}

// scaledStats are the mean and the deviation of n values of which the largest has a size whose square overflows or underflows.
func scaledStats(p Pieces, size float64, n int) (mean, std float64, err error) {
	if mean, err = total(p, func(v float64) float64 { return v / size / float64(n) }); err != nil {
		return 0, 0, err
	}
	squares, err := total(p, func(v float64) float64 { return (v/size - mean) * (v/size - mean) })
	return mean * size, max(math.Sqrt(squares/float64(n))*size, math.SmallestNonzeroFloat64), err
}

// total sums a function of the measured values in their order.
func total(p Pieces, of func(float64) float64) (sum float64, err error) {
	for x, err := range p {
		if err != nil {
			return 0, err
		}
		for _, v := range x {
			if !IsGap(v) {
				sum += of(v)
			}
		}
	}
	return sum, nil
}
