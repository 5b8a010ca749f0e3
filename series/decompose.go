package series

import "math"

// Components is a decomposed series: at every time stamp the sum of Trend, Seasons and Remainder is the series. At gaps Trend and
// Seasons have values; Remainder is a gap.
type Components[F Float] struct {
	Trend []F
	// Seasons holds one repeating part per period, in the order of the periods, each around 0.
	Seasons   [][]F
	Remainder []F
}

// decomposeRounds is how often trend and seasons are estimated, each after the present estimates of the others are subtracted;
// after the third round little changes.
const decomposeRounds = 4

// Decompose splits x into a trend (a moving average over the longest period, or over a tenth of the series without periods, with
// fitted lines at both ends), one season per period (the mean of each phase) and a remainder. A period below 2, or longer than
// half of x, gives a season of zeros.
func Decompose[F Float](x []F, periods []int) Components[F] {
	n := len(x)
	out := Components[F]{Trend: make([]F, n), Seasons: make([][]F, len(periods)), Remainder: make([]F, n)}
	width := 0
	for i, p := range periods {
		out.Seasons[i] = make([]F, n)
		if p >= 2 && p <= n/2 {
			width = max(width, p)
		}
	}
	if width == 0 {
		width = max(3, n/10|1)
	}
	width = min(width, n)

	base, work, missing := centred(x)
	trend := make([]float64, n)
	seasons := make([][]float64, len(periods))
	for i := range seasons {
		seasons[i] = make([]float64, n)
	}
	rest := make([]float64, n)
	for range decomposeRounds {
		for t, v := range work {
			rest[t] = v - sumAt(seasons, t)
		}
		smooth(trend, rest, width)
		for i, p := range periods {
			if p < 2 || p > n/2 {
				continue
			}
			for t, v := range work {
				rest[t] = v - trend[t] - sumAt(seasons, t) + seasons[i][t]
			}
			fold(seasons[i], rest, missing, p)
		}
		// A gap is filled with the sum of trend and seasons, so that it changes neither.
		for t := range work {
			if missing[t] {
				work[t] = trend[t] + sumAt(seasons, t)
			}
		}
	}
	for t := range x {
		out.Trend[t] = F(trend[t] + base)
		known := float64(out.Trend[t])
		for i := range seasons {
			out.Seasons[i][t] = F(seasons[i][t])
			known += float64(out.Seasons[i][t])
		}
		// Computed from the rounded parts, so that the sum is x.
		out.Remainder[t] = F(float64(x[t]) - known)
	}
	return out
}

// Compose returns the sum of the components, which is the series. Parts that are shorter than Trend, or absent, count as 0.
func (c Components[F]) Compose() []F {
	out := make([]F, len(c.Trend))
	for t, v := range c.Trend {
		sum := float64(v)
		for _, s := range c.Seasons {
			if t < len(s) {
				sum += float64(s[t])
			}
		}
		if t < len(c.Remainder) {
			sum += float64(c.Remainder[t])
		}
		out[t] = F(sum)
	}
	return out
}

// centred returns the mean of x, x without it and with gaps interpolated, and where
// those (and infinities) are.
func centred[F Float](x []F) (base float64, work []float64, missing []bool) {
	own := append([]F{}, x...)
	missing = make([]bool, len(x))
	for i, v := range own {
		if !finite(v) {
			missing[i], own[i] = true, F(Gap)
		}
	}
	base, _, _ = Stats(own)
	work = make([]float64, len(x))
	if FillGaps(own) == len(x) {
		return base, work, missing
	}
	for i, v := range own {
		work[i] = float64(v) - base
	}
	return base, work, missing
}

func sumAt(parts [][]float64, t int) float64 {
	sum := 0.0
	for _, p := range parts {
		sum += p[t]
	}
	return sum
}

// smooth writes the centred moving average over width values; over an even width
// both ends count half, so that the average stays centred. Within half a width of
// either end it continues with the line fitted to the outermost values.
func smooth(dst, x []float64, width int) {
	n := len(x)
	if n == 0 {
		return
	}
	half := width / 2
	if n < 2*half+2 {
		FitLine(dst, x, 0, n, 0, n)
		return
	}
	prefix := make([]float64, n+1)
	for t, v := range x {
		prefix[t+1] = prefix[t] + v
	}
	for t := half; t < n-half; t++ {
		if width%2 == 1 {
			dst[t] = (prefix[t+half+1] - prefix[t-half]) / float64(width)
		} else {
			dst[t] = (prefix[t+half] - prefix[t-half+1] + (x[t-half]+x[t+half])/2) / float64(width)
		}
	}
	span := min(n, 2*half+1)
	FitLine(dst, x, 0, span, 0, half)
	FitLine(dst, x, n-span, n, n-half, n)
}

// FitLine writes to dst[to:until] the least-squares line through x[from:end].
func FitLine[F float32 | float64](dst []float64, x []F, from, end, to, until int) {
	m := float64(end - from)
	centre := float64(from) + (m-1)/2
	var mean, cross, square float64
	for t := from; t < end; t++ {
		dt := float64(t) - centre
		mean += float64(x[t])
		cross += dt * float64(x[t])
		square += dt * dt
	}
	mean /= m
	slope := 0.0
	if square > 0 {
		slope = cross / square
	}
	for t := to; t < until; t++ {
		dst[t] = mean + slope*(float64(t)-centre)
	}
}

// fold writes the mean of each phase of the period, less the mean over all phases.
// It returns the share of the variance that this takes away, corrected for the
// number of phases, so that noise has about 0 whatever the period.
func fold(dst, x []float64, missing []bool, period int) float64 {
	profile, count := make([]float64, period), make([]int, period)
	for t, v := range x {
		if !missing[t] {
			profile[t%period] += v
			count[t%period]++
		}
	}
	mean, measured, seen := 0.0, 0, 0
	for p := range profile {
		if count[p] > 0 {
			profile[p] /= float64(count[p])
			mean += profile[p]
			seen++
		}
		measured += count[p]
	}
	if seen > 0 {
		mean /= float64(seen)
	}
	for p := range profile {
		if profile[p] -= mean; count[p] == 0 {
			profile[p] = 0
		}
	}
	var before, after float64
	for t := range dst {
		dst[t] = profile[t%period]
		if !missing[t] {
			before += (x[t] - mean) * (x[t] - mean)
			after += (x[t] - mean - dst[t]) * (x[t] - mean - dst[t])
		}
	}
	if before == 0 || measured <= seen {
		return 0
	}
	return math.Max(0, 1-after/before*float64(measured-1)/float64(measured-seen))
}
