package methods

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// temperature checks a temperature, 0 meaning the default.
func temperature(t, d float64) (float32, error) {
	if t == 0 {
		t = d
	}
	tau := float32(t)
	if !(tau >= 1e-4) || tau > 1e3 {
		return 0, fmt.Errorf("temperature is %g, want 0.0001 to 1000", t)
	}
	return tau, nil
}

// checkMomentum checks a momentum in [0, 1], 0 meaning the default and negative none at all.
func checkMomentum(m, d float64) (float64, error) {
	if m == 0 {
		m = d
	}
	if m > 1 || math.IsNaN(m) {
		return 0, fmt.Errorf("momentum is %g, want at most 1", m)
	}
	return max(m, 0), nil
}

// teacherMomentum is the share of a teacher that each step keeps: own where it is given. Else it is m, 0 meaning d and negative
// none, throughout, or, where it rises, from m along half a cosine to 1.
func teacherMomentum(m, d float64, own Schedule, rises bool) (Schedule, error) {
	if own != (Schedule{}) {
		if err := own.Check(); err != nil {
			return own, fmt.Errorf("the teacher's momentum: %w", err)
		}
		if least, greatest := own.Bounds(); least < 0 || greatest > 1 {
			return own, fmt.Errorf("the teacher's momentum goes from %g to %g, want 0 to 1", least, greatest)
		}
		return own, nil
	}
	m, err := checkMomentum(m, d)
	if err != nil || !rises {
		return Constant(m), err
	}
	return Cosine(m, 1), nil
}

// positive reports the first weight, by name, that is not a number above 0.
func positive(method string, weights map[string]float64) error {
	for _, name := range sortedKeys(weights) {
		if v := weights[name]; !(v > 0) || math.IsInf(v, 0) {
			return fmt.Errorf("%s: %s is %g, want above 0", method, name, v)
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
