package series

import (
	"fmt"
	"math"
)

// Mode says what values are standardised by.
type Mode string

const (
	// ModeTrain subtracts the training data's mean per channel and divides by its
	// standard deviation: level and size stay visible.
	ModeTrain Mode = "train"
	// ModeWindow standardises every window by itself: only its shape stays.
	ModeWindow Mode = "window"
	// ModeSeries standardises every series by itself, which a reader of whole series can do.
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
type Normalizer struct {
	Mode Mode `json:"mode"`
	// Mean and Std hold the training data's statistics per channel, for ModeTrain.
	Mean []float64 `json:"mean,omitempty"`
	Std  []float64 `json:"std,omitempty"`
}

// FitNormalizer measures what mode needs. The zero mode is ModeTrain.
func FitNormalizer(all []*Series, mode Mode) (*Normalizer, error) {
	mode, err := ParseMode(string(mode))
	if err != nil {
		return nil, err
	}
	n := &Normalizer{Mode: mode}
	if mode != ModeTrain || len(all) == 0 {
		return n, nil
	}
	for c := range all[0].NumChannels() {
		var sum, square float64
		count := 0
		for _, s := range all {
			if s.NumChannels() != all[0].NumChannels() {
				return nil, fmt.Errorf("%q has %d channels, %q has %d", s.ID, s.NumChannels(), all[0].ID, all[0].NumChannels())
			}
			mean, std, k := Stats(s.Values[c])
			// Sums of squares around each series' own mean lose no digits to a large offset.
			delta := mean - safeDiv(sum, float64(count))
			if count > 0 {
				square += delta * delta * float64(count) * float64(k) / float64(count+k+boolInt(count+k == 0))
			}
			square += std * std * float64(k)
			sum += mean * float64(k)
			count += k
		}
		mean, std := safeDiv(sum, float64(count)), math.Sqrt(safeDiv(square, float64(count)))
		if lo, hi, _ := Extent(all, c); lo == hi {
			mean, std = lo, 0 // one distinct value is constant, whatever rounding makes of its mean
		}
		n.Mean, n.Std = append(n.Mean, mean), append(n.Std, std)
	}
	return n, nil
}

func safeDiv(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
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
// and scaled in float64 and rounded to float32 afterwards. Gaps stay gaps, and where src ends before dst the rest are gaps; a
// channel that does not vary becomes 0. Channels beyond the fitted ones are copied.
func (n *Normalizer) Apply(dst [][]float32, src [][]float64, from int) {
	for c, out := range dst {
		x := src[c][from:min(from+len(out), len(src[c]))]
		mean, inv := n.scale(c, x)
		for i, v := range x {
			out[i] = float32((v - mean) * inv)
		}
		for i := len(x); i < len(out); i++ {
			out[i] = float32(Gap)
		}
	}
}

// ApplySeries standardises a whole series into a copy.
func (n *Normalizer) ApplySeries(s *Series) *Series {
	out := *s
	out.Values = make([][]float64, len(s.Values))
	for c, x := range s.Values {
		mean, inv := n.scale(c, x)
		out.Values[c] = make([]float64, len(x))
		for i, v := range x {
			out.Values[c][i] = (v - mean) * inv
		}
	}
	return &out
}

// scale returns what is subtracted from channel c and by what the rest is multiplied.
func (n *Normalizer) scale(c int, x []float64) (mean, factor float64) {
	var std float64
	switch {
	case n.Mode == ModeWindow, n.Mode == ModeSeries:
		mean, std, _ = Stats(x)
	case n.Mode == ModeTrain && c < len(n.Mean) && c < len(n.Std):
		mean, std = n.Mean[c], n.Std[c]
	default:
		return 0, 1
	}
	if std > 0 {
		return mean, 1 / std
	}
	return mean, 0
}
