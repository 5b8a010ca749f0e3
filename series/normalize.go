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
		n.Mean = append(n.Mean, safeDiv(sum, float64(count)))
		n.Std = append(n.Std, math.Sqrt(safeDiv(square, float64(count))))
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

// Apply standardises a window in place. Gaps stay gaps; a channel that does not
// vary becomes 0. Channels beyond the fitted ones are left alone.
func (n *Normalizer) Apply(x [][]float32) {
	for c := range x {
		switch n.Mode {
		case ModeWindow, ModeSeries:
			mean, std, _ := Stats(x[c])
			standardize(x[c], mean, std)
		case ModeTrain:
			if c < len(n.Mean) && c < len(n.Std) {
				standardize(x[c], n.Mean[c], n.Std[c])
			}
		}
	}
}

// ApplySeries standardises a whole series into a copy.
func (n *Normalizer) ApplySeries(s *Series) *Series {
	out := *s
	out.Values = make([][]float32, len(s.Values))
	for c, v := range s.Values {
		out.Values[c] = append([]float32(nil), v...)
	}
	n.Apply(out.Values)
	return &out
}

// standardize subtracts and divides; a deviation within the rounding of the mean counts as none.
func standardize(x []float32, mean, std float64) {
	inv := 0.0
	if std > 1e-7*math.Abs(mean) && std > 1e-30 {
		inv = 1 / std
	}
	for i, v := range x {
		if !IsGap(v) {
			x[i] = float32((float64(v) - mean) * inv)
		}
	}
}
