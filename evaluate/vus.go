package evaluate

import (
	"fmt"
	"math"
	"slices"
	"sort"
)

// vusThresholds is the number of thresholds that the authors' benchmark uses.
const vusThresholds = 250

// VUSROC and VUSPR are the volumes under the ROC and precision-recall surfaces
// of Paparrizos et al., "Volume Under the Surface" (PVLDB 2022), as their
// TSB-AD benchmark computes them (generate_curve, version "opt", 250
// thresholds).
//
// For a window w each labelled stretch [s, e] is given slopes: a point at
// distance d from 1 to w/2 (halved, rounded down) beside it gets the label
// sqrt(1 - d/w), where slopes meet they add up to at most 1. Thresholds are the
// scores at 250 evenly spaced ranks. With E the sum of slope labels of points
// at or above the threshold, P the number of labelled points and n of all
// points: TP = labelled points found + E, recall = min(1, TP / (P + E/2)) times
// the share of stretches (with their slopes; those whose slopes share a point
// are one) in which any point is found, FPR = (found - TP) / (n - P - E/2),
// precision = TP / found. The area under each curve is averaged over the
// windows 0, 1, ..., maxWindow.
//
// maxWindow is in points, usually the period of the series (series.VUSPeriod).
// ErrOption if it is negative or longer than the series; other errors as for
// ROCAUC.
func VUSROC(scores []float64, labels []bool, maxWindow int) (float64, error) {
	roc, _, err := VUS(scores, labels, maxWindow)
	return roc, err
}

// VUSPR is the volume under the precision-recall surface; see VUSROC.
func VUSPR(scores []float64, labels []bool, maxWindow int) (float64, error) {
	_, pr, err := VUS(scores, labels, maxWindow)
	return pr, err
}

// VUS returns VUSROC and VUSPR of the same curves, in one pass.
func VUS(scores []float64, labels []bool, maxWindow int) (roc, pr float64, err error) {
	positive, err := check(scores, labels)
	if err != nil {
		return 0, 0, err
	}
	n := len(scores)
	if positive == n {
		return 0, 0, fmt.Errorf("%w: no normal point", ErrOneClass)
	}
	if maxWindow < 0 || maxWindow > n {
		return 0, 0, fmt.Errorf("%w: window of %d for %d points", ErrOption, maxWindow, n)
	}
	v := newSurface(scores, labels, positive)
	for w := range maxWindow + 1 {
		a, p := v.areas(w)
		roc += a
		pr += p
	}
	return roc / float64(maxWindow+1), pr / float64(maxWindow+1), nil
}

type stretch struct{ from, to int } // both ends belong to it

// stretches lists the runs of true labels. A run ends where another series starts.
func stretches(labels []bool, starts ...int) []stretch {
	var out []stretch
	for i, l := range labels {
		for len(starts) > 0 && starts[0] < i {
			starts = starts[1:]
		}
		switch {
		case !l:
		case i > 0 && labels[i-1] && (len(starts) == 0 || starts[0] != i):
			out[len(out)-1].to = i
		default:
			out = append(out, stretch{i, i})
		}
	}
	return out
}

// surface holds what does not depend on the window. A point is found from one
// threshold on, its level, because thresholds only fall; so sums over found
// points are running sums over levels.
type surface struct {
	labels   []bool
	runs     []stretch
	positive float64
	level    []int     // first threshold at which a point is found
	found    []float64 // points found, per threshold
	hits     []float64 // labelled points found, per threshold

	slope  []float64 // scratch: label of each point beside the stretches
	extra  []float64 // scratch: slope labels found, per threshold
	exists []float64 // scratch: stretches found, per threshold
}

func newSurface(scores []float64, labels []bool, positive int) *surface {
	n, t := len(scores), vusThresholds
	sorted := slices.Clone(scores)
	slices.Sort(sorted)
	slices.Reverse(sorted)
	thresholds := make([]float64, t)
	spacing := float64(n-1) / float64(t-1)
	for k := range thresholds {
		thresholds[k] = sorted[min(int(float64(k)*spacing), n-1)]
	}
	// The last rank is the lowest score, whatever the rounding above.
	thresholds[t-1] = sorted[n-1]
	v := &surface{
		labels: labels, runs: stretches(labels), positive: float64(positive),
		level: make([]int, n), found: make([]float64, t), hits: make([]float64, t),
		slope: make([]float64, n), extra: make([]float64, t), exists: make([]float64, t),
	}
	for i, s := range scores {
		k := sort.Search(t-1, func(k int) bool { return thresholds[k] <= s })
		v.level[i] = k
		v.found[k]++
		if labels[i] {
			v.hits[k]++
		}
	}
	accumulate(v.found)
	accumulate(v.hits)
	return v
}

func accumulate(x []float64) {
	for i := 1; i < len(x); i++ {
		x[i] += x[i-1]
	}
}

// areas returns the areas under the two curves for one window.
func (v *surface) areas(w int) (roc, pr float64) {
	n, half := len(v.labels), w/2
	clear(v.slope)
	clear(v.extra)
	clear(v.exists)
	for _, r := range v.runs {
		for d := 1; d <= half; d++ {
			s := math.Sqrt(1 - float64(d)/float64(w))
			if r.to+d < n {
				v.slope[r.to+d] += s
			}
			if r.from-d >= 0 {
				v.slope[r.from-d] += s
			}
		}
	}
	merged := 0.0
	for i := 0; i < len(v.runs); {
		j := i + 1
		// Slopes that end on the same point join two stretches, slopes that
		// end on neighbouring points do not.
		for j < len(v.runs) && v.runs[j-1].to+half >= v.runs[j].from-half {
			j++
		}
		first := vusThresholds
		for p := max(v.runs[i].from-half, 0); p <= min(v.runs[j-1].to+half, n-1); p++ {
			first = min(first, v.level[p])
			if !v.labels[p] {
				v.extra[v.level[p]] += min(1, v.slope[p])
			}
		}
		v.exists[first]++
		merged++
		i = j
	}
	accumulate(v.extra)
	accumulate(v.exists)
	var lastTPR, lastFPR float64
	for k := range vusThresholds {
		tp := v.hits[k] + v.extra[k]
		p := v.positive + v.extra[k]/2
		tpr := min(tp/p, 1) * v.exists[k] / merged
		fpr := (v.found[k] - tp) / (float64(n) - p)
		roc += (fpr - lastFPR) * (tpr + lastTPR) / 2
		pr += (tpr - lastTPR) * tp / v.found[k]
		lastTPR, lastFPR = tpr, fpr
	}
	// The curve is drawn on to (1, 1), which the last threshold need not
	// reach.
	roc += (1 - lastFPR) * (1 + lastTPR) / 2
	return roc, pr
}
