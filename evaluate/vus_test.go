package evaluate

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// lcg is a generator simple enough to be repeated in any language, so that
// reference values from other programs can be checked.
func lcg(seed uint32, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		seed = seed*1664525 + 1013904223
		out[i] = float64(seed) / (1 << 32)
	}
	return out
}

// labelled marks the stretches [from, to] and adds lift to their scores.
func labelled(scores []float64, lift float64, runs ...[2]int) []bool {
	labels := make([]bool, len(scores))
	for _, r := range runs {
		for i := r[0]; i <= r[1]; i++ {
			labels[i] = true
			scores[i] += lift
		}
	}
	return labels
}

func quantise(x []float64, levels float64) {
	for i, v := range x {
		x[i] = math.Floor(v*levels) / levels
	}
}

// The expected values were printed by the authors' public code, TSB-AD
// repository at commit 87630099, generate_curve(labels, scores, window, "opt",
// 250), and by scikit-learn 1.9.1 (roc_auc_score, average_precision_score),
// with NumPy 2.4.6, on the same scores.
func TestPublishedCode(t *testing.T) {
	for _, c := range []struct {
		name             string
		n                int
		seed             uint32
		lift, levels     float64
		runs             [][2]int
		window           int
		vusROC, vusPR    float64
		roc, meanPrecise float64
	}{
		{"three stretches", 1000, 1, 0.5, 0, [][2]int{{100, 120}, {130, 140}, {700, 700}}, 20,
			0.8892554464440892, 0.43389989291271097, 0.8947698285857542, 0.6128306275719135},
		{"at the ends", 500, 2, 0.3, 0, [][2]int{{0, 9}, {480, 499}}, 33,
			0.7489727226783477, 0.35224942452365665, 0.6767375886524822, 0.32660945129146324},
		{"fewer points than thresholds, ties", 120, 3, 0.5, 8, [][2]int{{50, 59}}, 10,
			0.9094539332641687, 0.6418907093477316, 0.9022727272727273, 0.6325000133977138},
		{"touching slopes, ties", 400, 4, 0.2, 5, [][2]int{{10, 12}, {17, 20}, {24, 24}, {200, 260}}, 7,
			0.7169577675558092, 0.36964880649031373, 0.7464643811025001, 0.49071019705558694},
		{"window 0", 400, 4, 0, 0, [][2]int{{10, 12}, {17, 20}, {24, 24}, {200, 260}}, 0,
			0.4901484303165638, 0.2122940196212656, 0.5811112570602917, 0.2365832730105515},
	} {
		t.Run(c.name, func(t *testing.T) {
			scores := lcg(c.seed, c.n)
			labels := labelled(scores, c.lift, c.runs...)
			if c.levels > 0 {
				quantise(scores, c.levels)
			}
			check := func(what string, got, want float64, err error) {
				t.Helper()
				if err != nil || math.Abs(got-want) > 1e-12 {
					t.Errorf("%s is %v (%v), want %v", what, got, err, want)
				}
			}
			v, err := VUSROC(scores, labels, c.window)
			check("VUSROC", v, c.vusROC, err)
			v, err = VUSPR(scores, labels, c.window)
			check("VUSPR", v, c.vusPR, err)
			v, err = ROCAUC(scores, labels)
			check("ROCAUC", v, c.roc, err)
			v, err = AveragePrecision(scores, labels)
			check("AveragePrecision", v, c.meanPrecise, err)
		})
	}
}

// slowVUS follows the definition point by point: label slopes, join stretches,
// threshold, count, for every window and threshold anew.
func slowVUS(scores []float64, labels []bool, maxWindow int) (roc, pr float64) {
	n := len(scores)
	sorted := slices.Clone(scores)
	slices.SortFunc(sorted, func(a, b float64) int {
		if a > b {
			return -1
		} else if a < b {
			return 1
		}
		return 0
	})
	for w := 0; w <= maxWindow; w++ {
		soft := make([]float64, n)
		p := 0.0
		for i, l := range labels {
			if !l {
				continue
			}
			p++
			soft[i] = 1
			for d := 1; d <= w/2; d++ {
				// Only the ends of a stretch have slopes.
				if i+1 < n && !labels[i+1] && i+d < n {
					soft[i+d] += math.Sqrt(1 - float64(d)/float64(w))
				}
				if i > 0 && !labels[i-1] && i-d >= 0 {
					soft[i-d] += math.Sqrt(1 - float64(d)/float64(w))
				}
			}
		}
		// group[i] numbers the stretch, slopes included, that covers i.
		group := make([]int, n)
		groups := 0
		for i := range n {
			soft[i] = min(1, soft[i])
			if soft[i] == 0 {
				continue
			}
			joined := false
			if i > 0 && soft[i-1] > 0 {
				// Neighbouring points belong together unless the left one is
				// the end of one slope and the right one the start of another.
				left, right := 0, 0
				for left <= w/2 && i-1-left >= 0 && !labels[i-1-left] {
					left++
				}
				for right <= w/2 && i+right < n && !labels[i+right] {
					right++
				}
				joined = !(left == w/2 && right == w/2 && w/2 > 0)
			}
			if !joined {
				groups++
			}
			group[i] = groups
		}
		lastT, lastF := 0.0, 0.0
		for k := range 250 {
			rank := int(float64(k) * (float64(n-1) / 249))
			if k == 249 {
				rank = n - 1
			}
			var tp, extra, found float64
			seen := map[int]bool{}
			for i, s := range scores {
				if s < sorted[rank] {
					continue
				}
				found++
				tp += soft[i]
				if !labels[i] {
					extra += soft[i]
				}
				if group[i] > 0 {
					seen[group[i]] = true
				}
			}
			pNew := (p + p + extra) / 2
			tpr := min(tp/pNew, 1) * float64(len(seen)) / float64(groups)
			fpr := (found - tp) / (float64(n) - pNew)
			roc += (fpr - lastF) * (tpr + lastT) / 2
			pr += (tpr - lastT) * tp / found
			lastT, lastF = tpr, fpr
		}
		roc += (1 - lastF) * (1 + lastT) / 2
	}
	return roc / float64(maxWindow+1), pr / float64(maxWindow+1)
}

func TestVUSAgainstDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for trial := range 120 {
		n := 2 + rng.IntN(150)
		scores, labels := make([]float64, n), make([]bool, n)
		levels := float64(1 + rng.IntN(40))
		on := false
		for i := range scores {
			if rng.IntN(8) == 0 {
				on = !on
			}
			labels[i] = on
			scores[i] = math.Floor(rng.NormFloat64() * levels)
		}
		labels[0], labels[n-1] = trial%2 == 0, trial%2 == 1
		w := rng.IntN(min(n, 24) + 1)
		roc, pr, err := VUS(scores, labels, w)
		if err != nil {
			t.Fatal(err)
		}
		wantROC, wantPR := slowVUS(scores, labels, w)
		if math.Abs(roc-wantROC) > 1e-12 || math.Abs(pr-wantPR) > 1e-12 {
			t.Errorf("trial %d, n %d, window %d: %v %v, want %v %v", trial, n, w, roc, pr, wantROC, wantPR)
		}
	}
}

func TestVUSMonotoneTransform(t *testing.T) {
	scores := lcg(11, 600)
	labels := labelled(scores, 0.4, [2]int{40, 60}, [2]int{300, 310})
	a, b, err := VUS(scores, labels, 12)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range scores {
		scores[i] = math.Exp(3 * s)
	}
	c, d, err := VUS(scores, labels, 12)
	if err != nil || a != c || b != d {
		t.Errorf("order of the scores is kept, but %v %v became %v %v (%v)", a, b, c, d, err)
	}
}

func TestScoreErrors(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		scores []float64
		labels []bool
		window int
		want   error
	}{
		{nil, nil, 0, ErrShape},
		{[]float64{1}, []bool{true, false}, 0, ErrShape},
		{[]float64{1, math.NaN()}, []bool{true, false}, 0, ErrNotFinite},
		{[]float64{inf, 1}, []bool{true, false}, 0, ErrNotFinite},
		{[]float64{1, 2}, []bool{false, false}, 0, ErrOneClass},
		{[]float64{1, 2}, []bool{true, true}, 0, ErrOneClass},
		{[]float64{1, 2}, []bool{true, false}, -1, ErrOption},
		{[]float64{1, 2}, []bool{true, false}, 3, ErrOption},
	} {
		if _, _, err := VUS(c.scores, c.labels, c.window); !errors.Is(err, c.want) {
			t.Errorf("VUS(%v, %v, %d): %v, want %v", c.scores, c.labels, c.window, err, c.want)
		}
		if c.want == ErrOption {
			continue
		}
		if _, err := ROCAUC(c.scores, c.labels); !errors.Is(err, c.want) {
			t.Errorf("ROCAUC(%v, %v): %v, want %v", c.scores, c.labels, err, c.want)
		}
	}
}

func ExampleVUSPR() {
	scores := []float64{0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0}
	labels := make([]bool, len(scores))
	labels[4] = true // the score fires one point late
	points, _ := AveragePrecision(scores, labels)
	volume, _ := VUSPR(scores, labels, 6)
	fmt.Printf("point by point %.2f, with slopes %.2f\n", points, volume)
	// Output: point by point 0.08, with slopes 0.47
}

func BenchmarkVUS(b *testing.B) {
	scores := lcg(1, 20000)
	labels := labelled(scores, 0.3, [2]int{3000, 3400}, [2]int{15000, 15100})
	for b.Loop() {
		if _, _, err := VUS(scores, labels, 300); err != nil {
			b.Fatal(err)
		}
	}
}
