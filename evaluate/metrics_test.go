package evaluate

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

func ExampleROCAUC() {
	scores := []float64{0.1, 0.4, 0.35, 0.8}
	labels := []bool{false, false, true, true}
	auc, err := ROCAUC(scores, labels)
	fmt.Println(auc, err)
	// Output: 0.75 <nil>
}

func ExampleMacroF1() {
	truth, predicted := []int{0, 0, 1, 1}, []int{0, 1, 1, 1}
	accuracy, _ := Accuracy(truth, predicted)
	f1, _ := MacroF1(truth, predicted)
	fmt.Printf("%.2f %.4f\n", accuracy, f1)
	// Output: 0.75 0.7333
}

func TestConfusion(t *testing.T) {
	classes, counts, err := Confusion([]int{7, 7, -1, 7}, []int{7, -1, -1, 3})
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{-1, 3, 7}; !reflect.DeepEqual(classes, want) {
		t.Errorf("classes %v, want %v", classes, want)
	}
	if want := [][]int{{1, 0, 0}, {0, 0, 0}, {1, 1, 1}}; !reflect.DeepEqual(counts, want) {
		t.Errorf("counts %v, want %v", counts, want)
	}
	// By hand: F1 of -1 is 2/3, of 3 it is 0, of 7 it is 2/4.
	if f, _ := MacroF1([]int{7, 7, -1, 7}, []int{7, -1, -1, 3}); math.Abs(f-(2.0/3+0.5)/3) > 1e-15 {
		t.Errorf("macro F1 %v", f)
	}
	if _, err := Accuracy[int](nil, nil); !errors.Is(err, ErrShape) {
		t.Errorf("no rows: %v", err)
	}
	if _, err := MacroF1([]int{1}, []int{1, 2}); !errors.Is(err, ErrShape) {
		t.Errorf("unequal: %v", err)
	}
}

// TestRanking counts pairs and thresholds by brute force.
func TestRanking(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n := 2 + rng.IntN(30)
		scores, labels := make([]float64, n), make([]bool, n)
		for i := range scores {
			scores[i] = float64(rng.IntN(10))
			labels[i] = rng.IntN(3) == 0
		}
		labels[0], labels[1] = true, false
		var right, pairs, positive float64
		for i := range scores {
			if !labels[i] {
				continue
			}
			positive++
			for j := range scores {
				if labels[j] {
					continue
				}
				pairs++
				if scores[i] > scores[j] {
					right++
				} else if scores[i] == scores[j] {
					right += 0.5
				}
			}
		}
		if got, err := ROCAUC(scores, labels); err != nil || math.Abs(got-right/pairs) > 1e-14 {
			t.Fatalf("ROCAUC %v (%v), want %v", got, err, right/pairs)
		}
		var best, bestAt, ap, recall float64
		for th := 9.0; th >= 0; th-- {
			var tp, found float64
			for i, s := range scores {
				if s >= th {
					found++
					if labels[i] {
						tp++
					}
				}
			}
			if found == 0 {
				continue
			}
			ap += (tp/positive - recall) * tp / found
			recall = tp / positive
			if f := 2 * tp / (found + positive); f > best {
				best, bestAt = f, th
			}
		}
		if got, err := AveragePrecision(scores, labels); err != nil || math.Abs(got-ap) > 1e-14 {
			t.Fatalf("AveragePrecision %v (%v), want %v", got, err, ap)
		}
		if at, got, err := BestThreshold(scores, labels); err != nil || math.Abs(got-best) > 1e-14 || at != bestAt {
			t.Fatalf("BestF1 %v at %v (%v), want %v at %v", got, at, err, best, bestAt)
		}
	}
}

func TestShareBelow(t *testing.T) {
	if v := ShareBelow([]float64{1, 2, 2, 3}, 2); v != 0.25 {
		t.Errorf("%v, want 0.25", v)
	}
	if v := ShareBelow(nil, 2); v != 0 {
		t.Errorf("no values: %v", v)
	}
}

func TestConstantScores(t *testing.T) {
	scores, labels := make([]float64, 10), make([]bool, 10)
	labels[3] = true
	if v, err := ROCAUC(scores, labels); v != 0.5 || err != nil {
		t.Errorf("ROCAUC %v %v, want 0.5", v, err)
	}
	if v, err := AveragePrecision(scores, labels); v != 0.1 || err != nil {
		t.Errorf("AveragePrecision %v %v, want 0.1", v, err)
	}
}

// The expected lengths of ranks 1 and 2 were printed by find_length_rank of the
// TSB-AD repository at commit 87630099 with statsmodels' acf, on the same
// series.
