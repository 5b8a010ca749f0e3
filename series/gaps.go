package series

import "math"

// Float is a number of a series (float64) or of a network (float32).
type Float interface{ ~float32 | ~float64 }

// IsGap tells whether v is a gap, NaN.
func IsGap[F Float](v F) bool { return v != v }

// FillGaps interpolates gaps linearly, in place; at the ends the nearest value is repeated, and a channel without any value becomes
// 0. It returns the number of gaps.
func FillGaps[F Float](x []F) int {
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
				x[j] = F(from + step*float64(j-last))
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

// Stats returns the mean and the standard deviation of the measured values, and their number. The deviation is 0 if and only if
// there is one distinct value or none; without a value all three are 0.
func Stats[F Float](x []F) (mean, std float64, n int) {
	var lo, hi F
	for _, v := range x {
		if IsGap(v) {
			continue
		}
		if n == 0 {
			lo, hi = v, v
		}
		lo, hi = min(lo, v), max(hi, v)
		mean += float64(v)
		n++
	}
	if lo == hi {
		return float64(lo), 0, n
	}
	mean /= float64(n)
	for _, v := range x {
		if !IsGap(v) {
			std += (float64(v) - mean) * (float64(v) - mean)
		}
	}
	std = math.Sqrt(std / float64(n))
	if size := max(math.Abs(float64(lo)), math.Abs(float64(hi))); !(std > 0 && std <= math.MaxFloat64) && size <= math.MaxFloat64 {
		mean, std = scaledStats(x, size, n)
	}
	return mean, std, n
}

// scaledStats are the mean and the deviation of values of which the largest has a size whose square overflows or underflows.
func scaledStats[F Float](x []F, size float64, n int) (mean, std float64) {
	for _, v := range x {
		if !IsGap(v) {
			mean += float64(v) / size / float64(n)
		}
	}
	for _, v := range x {
		if !IsGap(v) {
			d := float64(v)/size - mean
			std += d * d
		}
	}
	return mean * size, max(math.Sqrt(std/float64(n))*size, math.SmallestNonzeroFloat64)
}

// Extent is the lowest and the highest value of a channel over all series, and how many values it has; gaps do not
// count. Without a value all are 0.
func Extent(all []*Series, channel int) (lo, hi float64, values int) {
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
