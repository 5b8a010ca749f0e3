package language

import "math/rand/v2"

// Or returns v, or the default where v is not set.
func Or(v, fallback float64) float64 {
	if v > 0 {
		return v
	}
	return fallback
}

// Share is Or for a share of something, which is 1 at most.
func Share(v, fallback float64) float64 { return min(Or(v, fallback), 1) }

// Whole is Or for counts, 1 to most.
func Whole(v, fallback, most int) int {
	if v < 1 {
		return fallback
	}
	return min(v, most)
}

// Ordered says what is wrong with a pair of bounds, the first two numbers.
func Ordered(bounds []float64) string {
	if bounds[0] > bounds[1] {
		return "min is above max"
	}
	return ""
}

// Chance is true with probability p.
func Chance(rng *rand.Rand, p float64) bool { return rng.Float64() < p }
