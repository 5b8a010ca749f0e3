package series

import "slices"

// VUSPeriod guesses the period of a series as the TSB-AD benchmark does where it chooses the window of its metrics VUS-ROC
// and VUS-PR: of each channel, over the first 20000 values and lags up to 400, the highest local maximum of the
// autocorrelation above lag 3; without one, or if it is below lag 6 or beyond lag 303, the benchmark's default of 125. It is
// the median over the channels, gaps interpolated, and 0 without channels. To compare with published figures only:
// [Periods] tells whether there is a period at all.
func VUSPeriod(s *Series) int {
	var all []int
	for _, v := range s.Values {
		all = append(all, vusPeriod(v))
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}

func vusPeriod(v []float64) int {
	const (
		lags     = 400
		base     = 3 // lags below are not looked at
		least    = 6
		most     = 303
		fallback = 125
	)
	x := slices.Clone(v)
	FillGaps(x)
	x = x[:min(PeriodPoints, len(x))]
	mean, std, _ := Stats(x)
	if !(std > 0) {
		return fallback
	}
	for i := range x {
		x[i] -= mean
	}
	acf := correlate(x, x, min(lags, len(x)-1))
	best := 0
	for lag := base + 1; lag+1 < len(acf); lag++ {
		if acf[lag] > acf[lag-1] && acf[lag] > acf[lag+1] && (best == 0 || acf[lag] > acf[best]) {
			best = lag
		}
	}
	if best < least || best > most {
		return fallback
	}
	return best
}
