package series

import (
	"fmt"
	"math"
	"slices"
)

// Mode is the way values are standardised.
type Mode string

const (
	// ModeTrain subtracts the training data's mean per channel and divides by its
	// standard deviation: level and size stay visible.
	ModeTrain Mode = "train"
	// ModeWindow standardises every window by itself: only its shape stays.
	ModeWindow Mode = "window"
	// ModeSeries standardises every series by itself; it is for windows that are whole series.
	ModeSeries Mode = "series"
	// ModeNone leaves values as they are.
	ModeNone Mode = "none"
)

// ParseMode checks a mode's name.
func ParseMode(name string) (Mode, error) {
	switch m := Mode(name); m {
	case ModeTrain, ModeWindow, ModeSeries, ModeNone:
		return m, nil
	case "":
		return ModeTrain, nil
	}
	return "", fmt.Errorf("normalising is %q, want train, window, series or none", name)
}

// Normalizer standardises windows [channel][time]. Fitted once, it can be kept as JSON.
//
// A channel that is constant in the training data has no deviation to divide by, and yet that it moves is the clearest sign
// of all that something is new. With ModeTrain, a value v of a channel that was always m becomes (v - m) / (|m| / 2^20), at
// least -10 and at most 10: 0 as long as nothing changes, next to nothing for the rounding of float32, and ±10 for anything
// that differs by a hundred-thousandth of m or more (for m = 0, by anything at all).
type Normalizer struct {
	Mode Mode `json:"mode"`
	// Mean and Std hold the training data's statistics per channel, for ModeTrain. A Std of 0 marks a channel of one distinct
	// value, its Mean, or of none.
	Mean []float64 `json:"mean,omitempty"`
	Std  []float64 `json:"std,omitempty"`
}

const (
	// A constant channel's unit as a share of its value: 16 times the spacing of float32 numbers.
	constantUnit = 1. / (1 << 20)
	// The largest size, in units, that a change of a constant channel has.
	constantLimit = 10
)

// FitNormalizer measures what mode needs. The zero mode is ModeTrain.
func FitNormalizer(all []*Series, mode Mode) (*Normalizer, error) {
	for _, s := range all {
		if s.NumChannels() != all[0].NumChannels() {
			return nil, fmt.Errorf("%q has %d channels, %q has %d", s.ID, s.NumChannels(), all[0].ID, all[0].NumChannels())
		}
	}
	return Fit(InMemory(all), mode)
}

// Fit is [FitNormalizer] for recordings that need not be in memory; errors are of reading them, and of an unknown mode.
func Fit(r Recordings, mode Mode) (*Normalizer, error) {
	mode, err := ParseMode(string(mode))
	if err != nil {
		return nil, err
	}
	n := &Normalizer{Mode: mode}
	if mode != ModeTrain || r.Len() == 0 {
		return n, nil
	}
	for c := range r.NumChannels() {
		mean, std, err := fitChannel(r, c)
		if err != nil {
			return nil, err
		}
		n.Mean, n.Std = append(n.Mean, mean), append(n.Std, std)
	}
	return n, nil
}

// fitChannel returns the mean and the deviation of a channel over all series.
func fitChannel(r Recordings, c int) (mean, std float64, err error) {
	var sum, square, lo, hi float64
	count := 0
	for i := range r.Len() {
		m, err := statsOf(r.Channel(i, c))
		if err != nil {
			return 0, 0, err
		}
		if m.n == 0 {
			continue
		}
		if count == 0 {
			lo, hi = m.lo, m.hi
		} else {
			// Sums of squares around each series' own mean lose no digits to a large offset.
			delta := m.mean - sum/float64(count)
			square += delta * delta * float64(count) * float64(m.n) / float64(count+m.n)
		}
		lo, hi = min(lo, m.lo), max(hi, m.hi)
		square += m.std * m.std * float64(m.n)
		sum += m.mean * float64(m.n)
		count += m.n
	}
	if lo == hi {
		return lo, 0, nil // one distinct value is constant, whatever rounding makes of its mean
	}
	mean, std = sum/float64(count), math.Sqrt(square/float64(count))
	if !(std > 0 && std <= math.MaxFloat64) { // squares out of range
		m, err := statsOf(acrossSeries(r, c))
		return m.mean, m.std, err
	}
	return mean, std, nil
}

func safeDiv(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// Check tells whether n can be applied to windows of that many channels, as one that was read from a file may not.
func (n *Normalizer) Check(channels int) error {
	if _, err := ParseMode(string(n.Mode)); err != nil {
		return err
	}
	if n.Mode != ModeTrain {
		return nil
	}
	if len(n.Mean) != channels || len(n.Std) != channels {
		return fmt.Errorf("normaliser with statistics of %d and %d channels, want %d", len(n.Mean), len(n.Std), channels)
	}
	for c := range n.Mean {
		if m, s := n.Mean[c], n.Std[c]; math.IsNaN(m) || math.IsInf(m, 0) || !(s >= 0) || math.IsInf(s, 0) {
			return fmt.Errorf("normaliser with mean %g and deviation %g in channel %d, want finite numbers", m, s, c)
		}
	}
	return nil
}

// Apply writes a standardised window into dst [channel][time]: the values of src [channel][time] from position from on, centred
// and scaled in float64 and then rounded to float32. Gaps stay gaps, and where src ends before dst the rest are gaps; a
// channel that does not vary within the window (ModeWindow, ModeSeries) becomes 0. Channels beyond the fitted ones are copied.
func (n *Normalizer) Apply(dst [][]float32, src [][]float64, from int) {
	for c, out := range dst {
		x := src[c][from:min(from+len(out), len(src[c]))]
		n.channel(c, x).apply(out, x)
		for i := len(x); i < len(out); i++ {
			out[i] = float32(Gap)
		}
	}
}

// Scaling says what ModeTrain does to the values v of one channel: (v - Mean)·Factor, at least -Limit and at most Limit.
type Scaling struct{ Mean, Factor, Limit float64 }

// Scale is what is done to a channel, for programs that do so themselves; a mode that looks at the window, or none, leaves all as it is.
// Factor is finite: where it would be infinite, with a constant channel that was 0, it is the largest number.
func (n *Normalizer) Scale(channel int) Scaling {
	if n.Mode != ModeTrain {
		return Scaling{0, 1, math.Inf(1)}
	}
	s := n.channel(channel, nil)
	if s.constant {
		return Scaling{s.mean, min(s.factor, math.MaxFloat64), constantLimit}
	}
	return Scaling{s.mean, s.factor, math.Inf(1)}
}

// scaling is what is done to the values of one channel.
type scaling struct {
	mean, factor float64
	constant     bool // of a constant channel: limited
}

// channel returns the scaling of the values x of channel c.
func (n *Normalizer) channel(c int, x []float64) scaling {
	var mean, std float64
	switch {
	case n.Mode == ModeWindow, n.Mode == ModeSeries:
		if mean, std, _ = Stats(x); std == 0 {
			return scaling{mean: mean}
		}
	case n.Mode == ModeTrain && c < len(n.Mean) && c < len(n.Std):
		if mean, std = n.Mean[c], n.Std[c]; std == 0 {
			return scaling{mean, 1 / (constantUnit * math.Abs(mean)), true}
		}
	default:
		return scaling{factor: 1}
	}
	return scaling{mean: mean, factor: min(1/std, math.MaxFloat64)}
}

// apply writes the scaled x to dst, which is at least as long.
func (s scaling) apply(dst []float32, x []float64) {
	dst = dst[:len(x)]
	if !s.constant {
		for i, v := range x {
			dst[i] = float32((v - s.mean) * s.factor)
		}
		return
	}
	for i, v := range x {
		d := v - s.mean
		if d != 0 { // 0 times the infinite factor of a mean of 0 is no number
			d = max(min(d*s.factor, constantLimit), -constantLimit)
		}
		dst[i] = float32(d)
	}
}

// Rounding says how many changes of a channel vanish when it is scaled and rounded to float32.
type Rounding struct {
	Channel int
	// Changes counts the time stamps at which the value differs from the last one measured, Lost those of them at which the
	// scaled values are equal.
	Changes, Lost int
}

// Lost reports the channels of which rounding to float32 loses changes: steps that are small beside the channel's spread, or,
// without scaling (ModeNone), beside its level. It is for ModeTrain and ModeNone; what is scaled window by window loses
// changes only where a window spans seven digits, and is not reported.
func (n *Normalizer) Lost(all []*Series) []Rounding {
	return slices.DeleteFunc(n.Rounding(all), keepsAll)
}

// LostOf is [Normalizer.Lost] for recordings that need not be in memory.
func (n *Normalizer) LostOf(r Recordings) ([]Rounding, error) {
	all, err := n.rounding(r)
	return slices.DeleteFunc(all, keepsAll), err
}

func keepsAll(r Rounding) bool { return r.Lost == 0 }

// Rounding is Lost for every channel, also those that lose nothing.
func (n *Normalizer) Rounding(all []*Series) []Rounding {
	out, _ := n.rounding(InMemory(all)) // memory does not fail
	return out
}

func (n *Normalizer) rounding(all Recordings) ([]Rounding, error) {
	if n.Mode != ModeTrain && n.Mode != ModeNone {
		return nil, nil
	}
	var out []Rounding
	for c := range all.NumChannels() {
		r := Rounding{Channel: c}
		for i := range all.Len() {
			if err := n.channel(c, nil).count(&r, all.Channel(i, c)); err != nil {
				return nil, err
			}
		}
		out = append(out, r)
	}
	return out, nil
}

// count adds the changes of the values of a series to r.
func (s scaling) count(r *Rounding, values Pieces) error {
	last, seen := 0.0, false
	var scaled [2]float32
	for x, err := range values {
		if err != nil {
			return err
		}
		for _, v := range x {
			if IsGap(v) {
				continue
			}
			if seen && v != last {
				r.Changes++
				s.apply(scaled[:], []float64{last, v})
				if scaled[0] == scaled[1] {
					r.Lost++
				}
			}
			last, seen = v, true
		}
	}
	return nil
}
