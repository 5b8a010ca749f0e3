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
		mean, std, _ = scaledStats(pieceOf(x), size, n)
	}
	return mean, std, n
}

// Extent is the lowest and the highest value of a channel over all series, and how many values it has; gaps do not
// count. Without a value all are 0.
func Extent(all []*Series, channel int) (lo, hi float64, values int) {
	lo, hi, values, _ = ExtentOf(InMemory(all), channel) // memory does not fail
	return lo, hi, values
}
