package methods

import (
	"fmt"
)

// collapseAdvice says what to do about a siamese method whose protection was left out.
func collapseAdvice(what string, out bool) []string {
	if !out {
		return nil
	}
	return []string{fmt.Sprintf("the %s is left out, without which this method is known to collapse; put it back", what)}
}

// unseenRows warns of a run that does not meet every sample.
func unseenRows(seen float64) []string {
	if seen >= 1 {
		return nil
	}
	return []string{fmt.Sprintf("the run meets only %.0f %% of the samples, and the bank's other rows stay random; take more steps, or larger batches", 100*seen)}
}
