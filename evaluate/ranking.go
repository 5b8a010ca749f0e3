package evaluate

import (
	"cmp"
	"fmt"
	"slices"
)

// ROCAUC is the area under the ROC curve: the chance that a random anomalous
// point scores higher than a random normal one, a tie counting one half. labels
// are true where something is wrong. It returns ErrShape for unequal or no
// lengths, ErrNotFinite for NaN or infinite scores, ErrOneClass if the labels
// are all equal.
func ROCAUC(scores []float64, labels []bool) (float64, error) {
	steps, positive, err := ranking(scores, labels)
	if err != nil {
		return 0, err
	}
	if positive == len(labels) {
		return 0, fmt.Errorf("%w: no normal point", ErrOneClass)
	}
	// Twice the number of (anomalous, normal) pairs in the right order.
	var twice float64
	var last step
	for _, s := range steps {
		twice += float64(s.fp-last.fp) * float64(s.tp+last.tp)
		last = s
	}
	return twice / 2 / float64(positive) / float64(len(labels)-positive), nil
}

// AveragePrecision is the sum over thresholds, from the highest score down, of
// precision times the gain in recall, without interpolation; equal scores are
// one threshold. Random scores give about the share of anomalous points. Errors
// as for ROCAUC, but all points may be anomalous (the result is then 1).
func AveragePrecision(scores []float64, labels []bool) (float64, error) {
	steps, positive, err := ranking(scores, labels)
	if err != nil {
		return 0, err
	}
	var sum float64
	var last step
	for _, s := range steps {
		sum += float64(s.tp-last.tp) * float64(s.tp) / float64(s.tp+s.fp)
		last = s
	}
	return sum / float64(positive), nil
}

// BestF1 is the highest point-wise F1 over all thresholds. The threshold is
// chosen with the labels in hand, so this is what a score could reach, not what
// it would. Errors as for AveragePrecision.
func BestF1(scores []float64, labels []bool) (float64, error) {
	_, f1, err := BestThreshold(scores, labels)
	return f1, err
}

// BestThreshold is the threshold of BestF1, with that F1: points scoring at
// least as much are called anomalous. Of equally good thresholds it is the
// highest.
func BestThreshold(scores []float64, labels []bool) (threshold, f1 float64, err error) {
	steps, positive, err := ranking(scores, labels)
	if err != nil {
		return 0, 0, err
	}
	for _, s := range steps {
		// 2 TP + FP + FN = predicted + positive.
		f := 2 * float64(s.tp) / float64(s.tp+s.fp+positive)
		if f > f1 {
			f1, threshold = f, s.score
		}
	}
	return threshold, f1, nil
}

// ShareBelow is the share of values that are less than x, from 0 to 1; 0
// without values.
func ShareBelow(values []float64, x float64) float64 {
	below := 0
	for _, v := range values {
		if v < x {
			below++
		}
	}
	return float64(below) / float64(max(len(values), 1))
}

// step is the state of the count when every point of at least score is called
// anomalous.
type step struct {
	score  float64
	tp, fp int
}

// ranking walks the points from the highest score down, ties together.
func ranking(scores []float64, labels []bool) (steps []step, positive int, err error) {
	if positive, err = check(scores, labels); err != nil {
		return nil, 0, err
	}
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	now := step{}
	for i, p := range order {
		if labels[p] {
			now.tp++
		} else {
			now.fp++
		}
		if i+1 == len(order) || scores[order[i+1]] != scores[p] {
			now.score = scores[p]
			steps = append(steps, now)
		}
	}
	return steps, positive, nil
}

// check validates scores and labels and counts the true labels, at least one.
func check(scores []float64, labels []bool) (positive int, err error) {
	if len(scores) == 0 || len(scores) != len(labels) {
		return 0, fmt.Errorf("%w: %d scores, %d labels", ErrShape, len(scores), len(labels))
	}
	for i, s := range scores {
		if s-s != 0 {
			return 0, fmt.Errorf("%w: score %d is %v", ErrNotFinite, i, s)
		}
		if labels[i] {
			positive++
		}
	}
	if positive == 0 {
		return 0, fmt.Errorf("%w: no anomalous point", ErrOneClass)
	}
	return positive, nil
}
