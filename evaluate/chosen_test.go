package evaluate

import (
	"errors"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/knn"
)

// told is a probe that is right about held-out rows of some classes alone.
type told struct{ knows []int }

func (told) Name() string                    { return "told" }
func (told) Fit([]float32, int, []int) error { return nil }
func (p told) Predict(x []float32) ([]int, error) {
	out := make([]int, len(x))
	for i, v := range x {
		if out[i] = -1; slices.Contains(p.knows, int(v)) {
			out[i] = int(v)
		}
	}
	return out, nil
}

// TestChosen: the probe that is right about most rows that it has not seen is taken, the first of equal ones.
func TestChosen(t *testing.T) {
	x, y := []float32{0, 0, 0, 1, 1, 1, 1, 2, 2}, []int{0, 0, 0, 1, 1, 1, 1, 2, 2}
	few, most, same := told{[]int{0}}, told{[]int{1, 2}}, told{[]int{2, 1}}
	p := &Chosen{Of: []Probe{few, &most, &same}}
	if _, err := p.Predict(x); !errors.Is(err, ErrNotFitted) {
		t.Error(err)
	}
	if err := p.Fit(x, 1, y); err != nil || p.best != Probe(&most) {
		t.Fatalf("chose %v, %v", p.best, err)
	}
	got, err := p.Predict([]float32{0, 2})
	if want := []int{-1, 2}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
}

// TestChosenHasNotSeenTheRow: a probe that knows what it has seen by heart, and nothing else, gains nothing by that.
func TestChosenHasNotSeenTheRow(t *testing.T) {
	var x []float32
	var y []int
	for i := range 10 { // the nearest rows of one are of the other class, and are not held out with it
		x, y = append(x, float32(2*i), float32(2*((i+2)%10)+1)), append(y, 0, 1)
	}
	p := &Chosen{Of: []Probe{&KNN{Metric: knn.Euclidean, Raw: true}, &told{[]int{0, 1}}}}
	if err := p.Fit(x, 1, y); err != nil || p.best != p.Of[1] {
		t.Fatalf("chose %v, %v", p.best, err)
	}
}

// TestChosenWantsProbes: none is an error, and so are rows without classes.
func TestChosenWantsProbes(t *testing.T) {
	if err := (&Chosen{}).Fit([]float32{0, 1}, 1, []int{0, 1}); !errors.Is(err, ErrOption) {
		t.Error(err)
	}
	if err := (&Chosen{Of: []Probe{&Ridge{}}}).Fit([]float32{0, 1}, 1, []int{0}); !errors.Is(err, ErrShape) {
		t.Error(err)
	}
}

// TestFolds: every fold has about the same number of rows of each class.
func TestFolds(t *testing.T) {
	if got, want := folds([]int{1, 0, 1, 0, 1, 1}, 2, 5), []int{2, 0, 3, 1, 4, 0}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
