package evaluate

import (
	"cmp"
	"slices"
)

// PeriodLength guesses the period of a series from its autocorrelation, the way
// the TSB-AD benchmark chooses the window of VUSROC and VUSPR: over the first
// 20000 points and lags up to 400, the lag above 3 whose autocorrelation is a
// local maximum, and the highest of those. rank 1 is that lag; rank 2 is the
// highest maximum at a longer lag, and so on (the benchmark's own rank 3 mixes
// up two indices and is not followed); if there is none, the rank before. rank
// 0 gives 1. Without a maximum, or if it is below lag 6 or beyond lag 303, the
// result is 125, the benchmark's default.
//
// The numbers must be finite; with others the result is 125.
func PeriodLength(x []float64, rank int) int {
	const (
		longest  = 20000
		lags     = 400
		base     = 3 // lags below are not looked at
		fallback = 125
	)
	if rank == 0 {
		return 1
	}
	r := autocorrelation(x[:min(longest, len(x))], lags)
	if len(r) <= base {
		return fallback
	}
	r = r[base:]
	var peaks []int
	for i := 1; i+1 < len(r); i++ {
		if r[i] > r[i-1] && r[i] > r[i+1] {
			peaks = append(peaks, i)
		}
	}
	if len(peaks) == 0 {
		return fallback
	}
	// Positions in peaks, highest first.
	order := make([]int, len(peaks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(r[peaks[b]], r[peaks[a]]) })
	chosen := order[0]
	for ; rank > 1; rank-- {
		at := slices.Index(order, chosen)
		later := slices.IndexFunc(order[at:], func(i int) bool { return i > chosen })
		if later < 0 {
			break
		}
		chosen = order[at+later]
	}
	if peaks[chosen] < base || peaks[chosen] > 300 {
		return fallback
	}
	return peaks[chosen] + base
}

// autocorrelation returns lags 0 to the smaller of lags and len(x)-1; nothing
// for a constant series.
func autocorrelation(x []float64, lags int) []float64 {
	if len(x) == 0 {
		return nil
	}
	var mean, total float64
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	c := make([]float64, len(x))
	for i, v := range x {
		c[i] = v - mean
		total += c[i] * c[i]
	}
	if !(total > 0) {
		return nil
	}
	out := make([]float64, min(lags, len(x)-1)+1)
	for l := range out {
		out[l] = dot(c[l:], c[:len(c)-l]) / total
	}
	return out
}
