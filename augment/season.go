package augment

import (
	"math"

	"github.com/wavekin/wavekin/augment/language"
	"github.com/wavekin/wavekin/series"
)

// maxPeriod bounds a period that is given.
const maxPeriod = 1 << 20

// Season perturbs what repeats: its amplitude is multiplied by a number drawn from
// N(1, Amplitude), one per channel, and it is moved by N(0, Phase) radians of its
// period, one angle for all channels. Trend and remainder stay. A channel that
// repeats nothing stays as it is.
type Season struct {
	// Amplitude and Phase are standard deviations; both 0 mean 0.3 each, one of them
	// 0 leaves that property alone.
	Amplitude, Phase float64
	// Period is in time stamps, at most half the window; 0 means that each channel's
	// strongest is looked for (at most a third of the window, and slower).
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
			// Between two time stamps the season is taken as a straight line.
			moved := (1-w)*float64(season[(t+whole)%period]) + w*float64(season[(t+whole+1)%period])
			v[t] += float32(f*moved - float64(season[t]))
		}
	}
}

// SeasonKeep keeps only what repeats. A channel that repeats nothing stays as it is.
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

// SeasonDrop takes away what repeats; trend and remainder are left.
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

// SeasonSwap exchanges what repeats for what repeats in the other sample. Where the
// other repeats nothing, the channel stays as it is.
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

// seasonOf returns the season of a channel, one value per time stamp, gaps
// included, and its period; nil and 0 where there is none.
func seasonOf(v []float32, period int) ([]float32, int) {
	if period = periodOf(v, period); period == 0 || gaps(v) == len(v) {
		return nil, 0
	}
	return series.Decompose(v, []int{period}).Seasons[0], period
}

// periodOf returns the given period if two of it fit, without a given one the
// strongest there is, and otherwise 0.
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
