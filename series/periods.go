package series

import (
	"math"
	"slices"
	"sort"
)

// Period is a length after which a series repeats itself.
type Period struct {
	// Length is in time stamps.
	Length int
	// Strength is the share of the variance that repeats, 0 to 1. A moving average over three periods is subtracted before, so
	// that a trend or a slow drift does not hide a season.
	Strength float64
}

const (
	// PeriodPoints is how many values a period is looked for in; of a longer series, the first.
	PeriodPoints = 20000

	// How often a series must contain a period: fewer repetitions cannot be told from a slow drift.
	minCycles = 3
	// The probability that a frequency of white noise passes for a peak (Fisher's test).
	falseAlarm = 0.001
	// How many times a peak exceeds the median power of the frequencies from half to twice its own: the spectrum of a drifting
	// series is not flat, but has no isolated peaks.
	aboveNeighbours = 8
	// A peak of clearCycles or more, clearAbove times the median, is not compared with the whole spectrum, nearly all of which may
	// be drift.
	clearAbove, clearCycles = 25, 16
	// The least strength of a season.
	minStrength = 0.02
	// The number of peaks of the spectrum that are tried per round.
	peaksTried = 16
	// The largest multiple of a peak's period that may be the period itself.
	maxMultiple = 16
)

// autocorrelation returns the autocorrelation of x around its own mean at the lags 0 to maxLag (at most len(x)-1), by the
// spectra of the values and of where there are any. Gaps are skipped: at each lag it is the mean over the pairs of which both
// were measured, divided by the variance of what was measured; a lag without such a pair has 0. It is nil where nothing varies.
func autocorrelation(x []float64, missing []bool, maxLag int) []float64 {
	maxLag = min(maxLag, len(x)-1)
	if maxLag < 0 {
		return nil
	}
	value, mask := make([]float64, len(x)), make([]float64, len(x))
	sum, size, n := 0.0, 0.0, 0
	for t, v := range x {
		if !missing[t] {
			sum += v
			size = math.Max(size, math.Abs(v))
			n++
		}
	}
	if n < 2 {
		return nil
	}
	mean, variance := sum/float64(n), 0.0
	for t, v := range x {
		if !missing[t] {
			value[t], mask[t] = v-mean, 1
			variance += value[t] * value[t]
		}
	}
	variance /= float64(n)
	if math.Sqrt(variance) <= 1e-12*size || variance == 0 {
		return nil
	}
	products, pairs := correlate(value, value, maxLag), correlate(mask, mask, maxLag)
	out := make([]float64, maxLag+1)
	for k := range out {
		// The number of pairs is a whole number, which the transform returns with rounding errors.
		if m := math.Round(pairs[k]); m > 0 {
			out[k] = products[k] / m / variance
		}
	}
	return out
}

// Periods finds up to most periods, the strongest first: peaks of the spectrum that the autocorrelation confirms. The season of
// each is subtracted before the next is searched, so that multiples of a steady period are not found again. For cycles of varying
// length, such as sunspots, the lengths are no more than a hint. Every period is at most a third of the series. Without a period,
// as in white noise, it returns nil; in about one random walk of ten it finds one.
func Periods[F Float](x []F, most int) []Period {
	x = x[:min(len(x), PeriodPoints)]
	n := len(x)
	_, rest, missing := centred(x)
	if n < 2*minCycles || !varies(x) {
		return nil
	}
	line := make([]float64, n)
	FitLine(line, rest, 0, n, 0, n)
	for t := range rest {
		rest[t] -= line[t]
		if missing[t] {
			rest[t] = 0
		}
	}
	if energy(rest) <= 1e-14*energy(line) {
		return nil // a straight line with rounding errors
	}
	whole := append([]float64{}, rest...)
	var found []Period
	season := make([]float64, n)
	for len(found) < most {
		var next Period
		for _, length := range candidates(rest, missing) {
			steady := withoutWander(rest, missing, 3*length)
			share := fold(season, steady, missing, length)
			strength := min(1, share*energy(steady)/energy(withoutWander(whole, missing, 3*length)))
			if strength >= minStrength && !known(found, length) {
				next = Period{Length: length, Strength: strength}
				break
			}
		}
		if next.Length == 0 {
			break
		}
		found = append(found, next)
		for t := range rest {
			if !missing[t] {
				rest[t] -= season[t]
			}
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].Strength > found[j].Strength })
	return found
}

// known tells whether a length is within a tenth of one that was found already.
func known(found []Period, length int) bool {
	for _, p := range found {
		if d := p.Length - length; 10*max(d, -d) <= p.Length {
			return true
		}
	}
	return false
}

// varies tells whether x has two distinct finite values.
func varies[F Float](x []F) bool {
	seen := false
	var first F
	for _, v := range x {
		switch {
		case !finite(v):
		case !seen:
			first, seen = v, true
		case v != first:
			return true
		}
	}
	return false
}

func energy(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return sum
}

// candidates returns the periods of the peaks of the spectrum that the
// autocorrelation confirms, the highest peak first.
func candidates(x []float64, missing []bool) []int {
	n := len(x)
	acf := autocorrelation(x, missing, n/minCycles+1)
	if acf == nil {
		return nil
	}
	spec := RFFT(x)
	power := make([]float64, len(spec))
	total := 0.0
	for k, v := range spec {
		if k > 0 {
			power[k] = real(v)*real(v) + imag(v)*imag(v)
			total += power[k]
		}
	}
	frequencies := float64(len(spec) - 1)
	if total == 0 || frequencies < 2 {
		return nil
	}
	least := total * (1 - math.Pow(falseAlarm/frequencies, 1/(frequencies-1)))
	typical := medians(power)
	var peaks []int
	for k := minCycles; k < len(power); k++ {
		if power[k] >= power[k-1] && (k+1 == len(power) || power[k] >= power[k+1]) && standsOut(power[k], k, least, typical[k]) {
			peaks = append(peaks, k)
		}
	}
	sort.SliceStable(peaks, func(i, j int) bool { return power[peaks[i]] > power[peaks[j]] })
	var lengths []int
	for _, k := range peaks[:min(len(peaks), peaksTried)] {
		// There is more than one whole lag between two frequencies of the transform.
		from, to, middle := float64(n)/(float64(k)+1), float64(n)/(float64(k)-1), float64(n)/float64(k)
		curve := acf
		if hill(acf, from, to) == 0 {
			// In a drifting series the autocorrelation falls so steeply that a repetition is no maximum of it.
			curve = autocorrelation(withoutWander(x, missing, int(math.Round(middle))), missing, len(acf)-1)
		}
		length := fundamental(curve, from, to, middle)
		if length == 0 {
			continue
		}
		// A slope moves the maximum to a shorter lag; it is found again without the slope.
		level := autocorrelation(withoutWander(x, missing, length), missing, len(acf)-1)
		if top := hill(level, 0.95*float64(length)-1, 1.05*float64(length)+1); top > 0 {
			length = top
		}
		if !slices.Contains(lengths, length) {
			lengths = append(lengths, length)
		}
	}
	return lengths
}

// standsOut tells whether a power is a peak and not the highest of many similar ones; least is what white noise does not reach,
// typical the median around.
func standsOut(power float64, k int, least, typical float64) bool {
	return power > least && power > aboveNeighbours*typical || k >= clearCycles && power > clearAbove*typical
}

// medians returns for every frequency the median power of those from about half to
// twice as high. Frequencies within a quarter octave share one, for speed.
func medians(power []float64) []float64 {
	out := make([]float64, len(power))
	for k := 1; k < len(power); {
		next := max(k+1, k*19/16)
		around := append([]float64{}, power[max(1, k/2):min(len(power), 2*k+1)]...)
		sort.Float64s(around)
		for ; k < min(next, len(power)); k++ {
			out[k] = around[len(around)/2]
		}
	}
	return out
}

// withoutWander subtracts the moving average over width; a width of whole periods leaves the season unchanged.
func withoutWander(x []float64, missing []bool, width int) []float64 {
	slow, out := make([]float64, len(x)), make([]float64, len(x))
	smooth(slow, x, min(width, len(x)))
	for t, v := range x {
		if !missing[t] {
			out[t] = v - slow[t]
		}
	}
	return out
}

// fundamental returns the lag of the highest maximum of the autocorrelation between from and to, or a multiple of it whose
// autocorrelation is more than twice as high: the highest peak of a spectrum may be an overtone.
func fundamental(acf []float64, from, to, middle float64) int {
	best := hill(acf, from, to)
	for m := 2.0; m <= maxMultiple && m*middle < float64(len(acf)); m++ {
		lag := hill(acf, m*middle-(middle-from), m*middle+(to-middle))
		if lag > 0 && (best == 0 || acf[best] < acf[lag]/2) {
			best = lag
		}
	}
	return best
}

// hill returns the lag of the highest local maximum above 0.1 within [from, to], 0 for none.
func hill(acf []float64, from, to float64) int {
	best := 0
	for lag := max(2, int(math.Floor(from))); lag <= int(math.Ceil(to)) && lag+1 < len(acf); lag++ {
		if acf[lag] > 0.1 && acf[lag] >= acf[lag-1] && acf[lag] >= acf[lag+1] && (best == 0 || acf[lag] > acf[best]) {
			best = lag
		}
	}
	return best
}
