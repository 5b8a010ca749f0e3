package evaluate

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Errors that callers can test for with errors.Is; the text around them names
// the sizes, rows and values.
var (
	// ErrShape: nothing to measure, or slices whose lengths do not belong
	// together.
	ErrShape = errors.New("shape mismatch")
	// ErrNotFinite: a NaN or an infinity among scores or features.
	ErrNotFinite = errors.New("number is not finite")
	// ErrOneClass: only one kind of label, so there is nothing to tell apart.
	ErrOneClass = errors.New("labels are all of one kind")
	// ErrOption: an option out of range.
	ErrOption = errors.New("option out of range")
	// ErrNotFitted: Predict before a successful Fit.
	ErrNotFitted = errors.New("probe is not fitted")
)

// Accuracy is the share of predictions that equal the truth, from 0 to 1.
func Accuracy[T cmp.Ordered](truth, predicted []T) (float64, error) {
	if err := pairs(truth, predicted); err != nil {
		return 0, err
	}
	right := 0
	for i, t := range truth {
		if predicted[i] == t {
			right++
		}
	}
	return float64(right) / float64(len(truth)), nil
}

// MacroF1 is the mean over classes of F1 = 2 TP / (2 TP + FP + FN). Every class
// that occurs in truth or among the predictions counts once, whatever its size.
func MacroF1[T cmp.Ordered](truth, predicted []T) (float64, error) {
	classes, counts, err := Confusion(truth, predicted)
	if err != nil {
		return 0, err
	}
	var sum float64
	for c := range classes {
		both := 0 // TP+FN plus TP+FP
		for o := range classes {
			both += counts[c][o] + counts[o][c]
		}
		sum += 2 * float64(counts[c][c]) / float64(both)
	}
	return sum / float64(len(classes)), nil
}

// Confusion counts how often each class was predicted as each other:
// counts[i][j] rows of classes[i] were predicted as classes[j]. classes holds
// every class of either slice in ascending order.
func Confusion[T cmp.Ordered](truth, predicted []T) (classes []T, counts [][]int, err error) {
	if err := pairs(truth, predicted); err != nil {
		return nil, nil, err
	}
	classes = distinct(truth, predicted)
	counts = make([][]int, len(classes))
	for i := range counts {
		counts[i] = make([]int, len(classes))
	}
	for i, t := range truth {
		a, _ := slices.BinarySearch(classes, t)
		b, _ := slices.BinarySearch(classes, predicted[i])
		counts[a][b]++
	}
	return classes, counts, nil
}

func pairs[T any](truth, predicted []T) error {
	if len(truth) == 0 || len(truth) != len(predicted) {
		return fmt.Errorf("%w: %d true classes, %d predicted", ErrShape, len(truth), len(predicted))
	}
	return nil
}

func distinct[T cmp.Ordered](lists ...[]T) []T {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}
