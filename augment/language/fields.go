package language

import (
	"errors"
	"math/rand/v2"
)

// Or returns v, or the default where v is not set.
func Or(v, fallback float64) float64 {
	if v > 0 {
		return v
	}
	return fallback
}

// Share is Or for a share or a probability, which is at most 1.
func Share(v, fallback float64) float64 { return min(Or(v, fallback), 1) }

// Whole is Or for counts, 1 to most.
func Whole(v, fallback, most int) int {
	if v < 1 {
		return fallback
	}
	return min(v, most)
}

// Ordered returns an error if two bounds are in the wrong order.
func Ordered(lo, hi float64) error {
	if lo > hi {
		return errors.New("min is above max")
	}
	return nil
}

// Chance is true with probability p.
func Chance(rng *rand.Rand, p float64) bool { return rng.Float64() < p }
