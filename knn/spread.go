package knn

import "math"

// Spread turns values of windows into values of points: each of n points gets
// the mean over the windows that cover it. Window i covers the points from
// starts[i] up to, not including, ends[i]; what lies outside 0..n is ignored,
// and so are entries beyond the shortest of the three slices. A point that no
// window covers gets the value of the nearest covered one, the earlier on a
// tie; without any window all points are NaN.
func Spread(n int, starts, ends []int, values []float64) []float64 {
	out := make([]float64, max(n, 0))
	count := make([]int, len(out))
	for w := range min(len(starts), len(ends), len(values)) {
		for i := max(starts[w], 0); i < min(ends[w], n); i++ {
			out[i] += values[w]
			count[i]++
		}
	}
	last := -1 // the covered point before i
	for i := range out {
		if count[i] == 0 {
			continue
		}
		out[i] /= float64(count[i])
		for j := last + 1; j < i; j++ {
			if last >= 0 && j-last <= i-j {
				out[j] = out[last]
			} else {
				out[j] = out[i]
			}
		}
		last = i
	}
	for j := last + 1; j < len(out); j++ {
		out[j] = math.NaN()
		if last >= 0 {
			out[j] = out[last]
		}
	}
	return out
}
