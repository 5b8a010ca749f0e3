package evaluate

import (
	"math"
	"slices"
)

// mostExact is how many differences the distribution of Wilcoxon's sum is computed for; beyond, it is close to normal.
const mostExact = 200

// Wilcoxon is the two-sided p-value of the signed-rank test (Wilcoxon, 1945): how often paired results without any difference
// between two methods would differ by as much as these, each sign being as likely as the other. Zeros are left out, as the
// author did; equal sizes share their mean rank, and up to 200 differences the distribution is exact with these. Without a
// difference it is 1.
func Wilcoxon(differences []float64) float64 {
	var d []float64
	for _, v := range differences {
		if v != 0 && !math.IsNaN(v) {
			d = append(d, v)
		}
	}
	n := len(d)
	if n == 0 {
		return 1
	}
	slices.SortFunc(d, func(a, b float64) int {
		switch x, y := math.Abs(a), math.Abs(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	twice := make([]int, n) // ranks, which may be halves
	positive, squares := 0, 0.0
	for from := 0; from < n; {
		to := from
		for to < n && math.Abs(d[to]) == math.Abs(d[from]) {
			to++
		}
		for i := from; i < to; i++ {
			twice[i] = from + 1 + to
			squares += float64(twice[i]*twice[i]) / 4
			if d[i] > 0 {
				positive += twice[i]
			}
		}
		from = to
	}
	whole := n * (n + 1)
	less := min(positive, whole-positive)
	if n > mostExact {
		z := (float64(whole)/4 - float64(less)/2) / math.Sqrt(squares/4)
		return math.Erfc(z / math.Sqrt2)
	}
	return min(1, 2*below(twice, less))
}

// below is the probability that the ranks with a positive sign sum up to at most a limit, all signs being equally likely.
func below(twice []int, limit int) float64 {
	chance := make([]float64, limit+1) // of each sum
	chance[0] = 1
	for _, r := range twice {
		for s := limit; s >= 0; s-- {
			chance[s] /= 2
			if s >= r {
				chance[s] += chance[s-r] / 2
			}
		}
	}
	var p float64
	for _, v := range chance {
		p += v
	}
	return p
}
