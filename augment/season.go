package augment

import (
	"math"

	"github.com/wavekin/wavekin/augment/language"
	"github.com/wavekin/wavekin/series"
)

// maxPeriod bounds the Period fields.
const maxPeriod = 1 << 20

// Season perturbs the seasonal component: its amplitude is multiplied by a number drawn from N(1, Amplitude), one per channel,
// and it is shifted by an angle drawn from N(0, Phase) radians of its period, one for all channels. Trend and remainder stay
// the same, and so does a channel without a period.
type Season struct {
	// Amplitude and Phase are standard deviations. If both are 0 they mean 0.3; if one is 0 that property stays the same.
	Amplitude, Phase float64
	// Period is in time stamps, at most half the window; 0 means the strongest period of each channel (at most a third of the
	// window; finding it takes time).
	Period int
}

// Name implements [Augmentation].
func (Season) Name() string { return "season" }

// Numbers implements [language.Numbered].
func (a Season) Numbers() []float64 { return []float64{a.Amplitude, a.Phase, float64(a.Period)} }

// Apply implements [Augmentation].
func (a Season) Apply(x [][]float32, c *Context) {
	amplitude, phase := language.Or(a.Amplitude, 0), language.Or(a.Phase, 0)
	if amplitude == 0 && phase == 0 {
		amplitude, phase = 0.3, 0.3
	}
	angle := phase * c.RNG.NormFloat64()
	for _, v := range x {
		f := 1 + amplitude*c.RNG.NormFloat64()
		season, period := seasonOf(v, a.Period)
		if period == 0 {
			continue
		}
		shift := angle / (2 * math.Pi)
		shift = (shift - math.Floor(shift)) * float64(period)
		whole := int(shift)
		w := shift - float64(whole)
		for t := range v {
			// Between time stamps the season is interpolated linearly.
			moved := (1-w)*float64(season[(t+whole)%period]) + w*float64(season[(t+whole+1)%period])
			v[t] += float32(f*moved - float64(season[t]))
		}
	}
}

// SeasonKeep keeps the seasonal component only. A channel without a period is left unchanged.
type SeasonKeep struct {
	// Period is as in [Season].
	Period int
}

// Name implements [Augmentation].
func (SeasonKeep) Name() string { return "season-keep" }

// Numbers implements [language.Numbered].
func (a SeasonKeep) Numbers() []float64 { return []float64{float64(a.Period)} }

// Apply implements [Augmentation].
func (a SeasonKeep) Apply(x [][]float32, _ *Context) {
	for _, v := range x {
		season, _ := seasonOf(v, a.Period)
		for t, s := range season {
			if u := v[t]; u == u {
				v[t] = s
			}
		}
	}
}

// SeasonDrop removes the seasonal component and leaves trend and remainder.
type SeasonDrop struct {
	// Period is as in [Season].
	Period int
}

// Name implements [Augmentation].
func (SeasonDrop) Name() string { return "season-drop" }

// Numbers implements [language.Numbered].
func (a SeasonDrop) Numbers() []float64 { return []float64{float64(a.Period)} }

// Apply implements [Augmentation].
func (a SeasonDrop) Apply(x [][]float32, _ *Context) {
	for _, v := range x {
		season, _ := seasonOf(v, a.Period)
		for t, s := range season {
			v[t] -= s
		}
	}
}

// SeasonSwap replaces the seasonal component by that of the other sample. Where the other has no period, the channel is left
// unchanged.
type SeasonSwap struct {
	// Period is as in [Season].
	Period int
}

// Name implements [Augmentation].
func (SeasonSwap) Name() string { return "season-swap" }

// Numbers implements [language.Numbered].
func (a SeasonSwap) Numbers() []float64 { return []float64{float64(a.Period)} }

// Apply implements [Augmentation].
func (a SeasonSwap) Apply(x [][]float32, c *Context) {
	for i, v := range x {
		o := c.other(i, len(v))
		if o == nil {
			continue
		}
		theirs, period := seasonOf(o, a.Period)
		if period == 0 {
			continue
		}
		own, _ := seasonOf(v, a.Period)
		for t, s := range own {
			v[t] -= s
		}
		for t, s := range theirs {
			v[t] += s
		}
	}
}

// seasonOf returns the seasonal component of a channel, one value per time stamp including gaps, and its period; nil and 0 if
// there is none.
func seasonOf(v []float32, period int) ([]float32, int) {
	if period = periodOf(v, period); period == 0 || gaps(v) == len(v) {
		return nil, 0
	}
	return series.Decompose(v, []int{period}).Seasons[0], period
}

// periodOf returns the given period or, if it is 0, the strongest of the channel; 0 if there is none or it does not fit in
// twice.
func periodOf(v []float32, period int) int {
	if period <= 0 {
		found := series.Periods(v, 1)
		if len(found) == 0 {
			return 0
		}
		period = found[0].Length
	}
	if period < 2 || period > len(v)/2 {
		return 0
	}
	return period
}
