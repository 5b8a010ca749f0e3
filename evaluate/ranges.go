package evaluate

import "fmt"

// RangeBias says which part of a range counts more in [RangeMetric].
type RangeBias int

// The positional biases of Tatbul et al. (figure 2): every point alike, the first points more, the middle more, the last more.
const (
	FlatBias RangeBias = iota
	FrontBias
	MiddleBias
	BackBias
)

// RangeMetric holds the choices in range-based precision and recall of Tatbul et al., "Precision and Recall for Time Series"
// (NeurIPS 2018). The zero value rewards every point of a range alike, and neither existence nor unity.
type RangeMetric struct {
	// Existence is alpha, the weight in recall of finding a range at all, from 0 to 1.
	Existence float64
	// Unity divides the reward for a range by the number of ranges that overlap it (gamma(x) = 1/x); without it gamma is 1.
	Unity bool
	// Bias is delta, in precision and in recall.
	Bias RangeBias
}

// RangeScore is precision, recall and their harmonic mean, each from 0 to 1.
type RangeScore struct {
	Precision, Recall, F1 float64
}

// Score compares predicted with labelled ranges, the stretches of true. With R the labelled ranges and P the predicted ones:
//
//	Recall(R, P)      = 1/|R| sum over i of Recall(R_i, P)
//	Recall(R_i, P)    = alpha Existence(R_i, P) + (1 - alpha) Overlap(R_i, P)
//	Existence(R_i, P) = 1 if any P_j overlaps R_i, else 0
//	Overlap(R_i, P)   = Cardinality(R_i, P) * sum over j of omega(R_i, R_i and P_j, delta)
//	Cardinality       = 1 if at most one P_j overlaps R_i, else gamma(how many do)
//	Precision(R, P)   = 1/|P| sum over j of Overlap(P_j, R)
//
// omega is the sum of delta over the overlap divided by that over the range (figure 2). starts are as in [Pairs]. Without a
// predicted point everything is 0. ErrShape for unequal or no lengths, ErrOneClass without a labelled point, ErrOption for
// Existence or Bias out of range.
func (m RangeMetric) Score(predicted, labels []bool, starts []int) (RangeScore, error) {
	if err := checkPredicted(predicted, labels); err != nil {
		return RangeScore{}, err
	}
	if !(m.Existence >= 0 && m.Existence <= 1) || m.Bias < FlatBias || m.Bias > BackBias {
		return RangeScore{}, fmt.Errorf("%w: existence %v, want 0 to 1; bias %d", ErrOption, m.Existence, m.Bias)
	}
	truth, found := stretches(labels, starts...), stretches(predicted, starts...)
	s := RangeScore{Recall: m.mean(truth, found, m.Existence), Precision: m.mean(found, truth, 0)}
	if s.Precision+s.Recall > 0 {
		s.F1 = 2 * s.Precision * s.Recall / (s.Precision + s.Recall)
	}
	return s, nil
}

// mean is the mean reward of ranges for their overlap with others; both are in order of time.
func (m RangeMetric) mean(ranges, others []stretch, existence float64) float64 {
	if len(ranges) == 0 {
		return 0
	}
	sum, first := 0.0, 0
	for _, r := range ranges {
		for first < len(others) && others[first].to < r.from {
			first++
		}
		all := m.weight(r, r.from, r.to)
		reward, overlaps := 0.0, 0
		for _, o := range others[first:] {
			if o.from > r.to {
				break
			}
			reward += m.weight(r, max(r.from, o.from), min(r.to, o.to)) / all // omega
			overlaps++
		}
		if overlaps == 0 {
			continue
		}
		if m.Unity {
			reward /= float64(overlaps)
		}
		sum += existence + (1-existence)*reward
	}
	return sum / float64(len(ranges))
}

// weight is the sum of delta over a range, from one point to another, both included.
func (m RangeMetric) weight(r stretch, from, to int) float64 {
	n := r.to - r.from + 1
	var sum float64
	for p := from; p <= to; p++ {
		sum += m.delta(p-r.from+1, n)
	}
	return sum
}

// delta is the weight of point i of n, counted from 1.
func (m RangeMetric) delta(i, n int) float64 {
	switch {
	case m.Bias == FlatBias:
		return 1
	case m.Bias == BackBias, m.Bias == MiddleBias && 2*i <= n:
		return float64(i)
	}
	return float64(n - i + 1)
}

// checkPredicted validates predictions and labels, of which one must be true.
func checkPredicted(predicted, labels []bool) error {
	if len(labels) == 0 || len(predicted) != len(labels) {
		return fmt.Errorf("%w: %d predictions, %d labels", ErrShape, len(predicted), len(labels))
	}
	for _, l := range labels {
		if l {
			return nil
		}
	}
	return fmt.Errorf("%w: no anomalous point", ErrOneClass)
}
