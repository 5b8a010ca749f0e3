package series

import "math"

// IsGap tells whether nothing was measured.
func IsGap(v float32) bool { return v != v }

// FillGaps interpolates gaps linearly, in place; at the ends the nearest value is
// held, and a channel without any value becomes 0. It returns how many gaps there were.
func FillGaps(x []float32) int {
	filled, last := 0, -1
	for i, v := range x {
		if IsGap(v) {
			filled++
			continue
		}
		switch {
		case last < 0:
			for j := range i {
				x[j] = v
			}
		case i-last > 1:
			step := (float64(v) - float64(x[last])) / float64(i-last)
			from := float64(x[last])
			for j := last + 1; j < i; j++ {
				x[j] = float32(from + step*float64(j-last))
			}
		}
		last = i
	}
	if last < 0 {
		clear(x)
		return filled
	}
	for j := last + 1; j < len(x); j++ {
		x[j] = x[last]
	}
	return filled
}

// Stats returns the mean and the standard deviation of what was measured, and how
// much that is; both are 0 where it is nothing.
func Stats(x []float32) (mean, std float64, n int) {
	for _, v := range x {
		if !IsGap(v) {
			mean += float64(v)
			n++
		}
	}
	if n == 0 {
		return 0, 0, 0
	}
	mean /= float64(n)
	for _, v := range x {
		if !IsGap(v) {
			std += (float64(v) - mean) * (float64(v) - mean)
		}
	}
	return mean, math.Sqrt(std / float64(n)), n
}

// Extent is the lowest and the highest value of a channel over all series, and how many values it has; gaps do not
// count. Without a value all are 0.
func Extent(all []*Series, channel int) (lo, hi float32, values int) {
	for _, s := range all {
		if channel >= s.NumChannels() {
			continue
		}
		for _, v := range s.Values[channel] {
			switch {
			case IsGap(v):
				continue
			case values == 0:
				lo, hi = v, v
			}
			lo, hi, values = min(lo, v), max(hi, v), values+1
		}
	}
	return lo, hi, values
}
