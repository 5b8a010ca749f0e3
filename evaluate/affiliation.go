package evaluate

// Affiliation is the precision and the recall of Huet et al., "Local Evaluation of Time Series Anomaly Detection Algorithms"
// (KDD 2022), from 0 to 1: how near predicted points are to the labelled stretch beside them, and how near labelled points are to
// a prediction, each compared with a point that is placed at random.
//
// Point i is the interval [i, i+1). Each labelled stretch A_j has a zone I_j, the times nearer to it than to another stretch, cut
// in the middle between neighbours. With P_j the predictions in I_j, X uniform in I_j, and dist(x, A) the distance from the nearest
// time in A:
//
//	precision_j = 1/|P_j| integral over x in P_j of Pr(dist(X, A_j) >= dist(x, A_j)) dx
//	recall_j    = 1/|A_j| integral over y in A_j of Pr(|y - X| >= dist(y, P_j)) dy
//	precision   = mean of precision_j over the zones that have a prediction
//	recall      = mean of recall_j over all zones, 0 for one without a prediction
//
// Predictions at random have a precision of about 0.5 or more, so 0.5 is poor. starts are as in [Pairs]; the zones of several series are
// averaged together, and a series without a labelled point has none. Without a prediction in any zone precision is 0. ErrShape for
// unequal or no lengths, ErrOneClass without a labelled point.
func Affiliation(predicted, labels []bool, starts []int) (precision, recall float64, err error) {
	if err := checkPredicted(predicted, labels); err != nil {
		return 0, 0, err
	}
	bounds := append([]int{0}, starts...)
	zones, found := 0, 0
	for k, from := range bounds {
		to := len(labels)
		if k+1 < len(bounds) {
			to = bounds[k+1]
		}
		truth, guesses := intervals(labels[from:to]), intervals(predicted[from:to])
		zones += len(truth)
		for j, a := range truth {
			z := zone{a: 0, b: float64(to - from), s: a.from, e: a.to}
			if j > 0 {
				z.a = (truth[j-1].to + a.from) / 2
			}
			if j+1 < len(truth) {
				z.b = (a.to + truth[j+1].from) / 2
			}
			if in := z.cut(guesses); len(in) > 0 {
				found++
				precision += z.precision(in)
				recall += z.recall(in)
			}
		}
	}
	if found > 0 {
		precision /= float64(found)
	}
	return precision, recall / float64(zones), nil
}

// interval is a stretch of time.
type interval struct{ from, to float64 }

// intervals are the stretches of true labels.
func intervals(labels []bool) []interval {
	var out []interval
	for _, s := range stretches(labels) {
		out = append(out, interval{float64(s.from), float64(s.to + 1)})
	}
	return out
}

// zone is the time from a to b, in which the labelled stretch lasts from s to e.
type zone struct{ a, b, s, e float64 }

// cut returns what of the predictions lies in the zone.
func (z zone) cut(guesses []interval) []interval {
	var out []interval
	for _, g := range guesses {
		if from, to := max(g.from, z.a), min(g.to, z.b); from < to {
			out = append(out, interval{from, to})
		}
	}
	return out
}

// precision is precision_j. At distance d outside the stretch the chance is (max(0, s-a-d) + max(0, b-e-d)) / (b-a).
func (z zone) precision(in []interval) float64 {
	var sum, length float64
	beyond := func(near, far float64) float64 {
		return rampDown(z.s-z.a, near, far) + rampDown(z.b-z.e, near, far)
	}
	for _, p := range in {
		length += p.to - p.from
		if from, to := max(p.from, z.s), min(p.to, z.e); from < to {
			sum += to - from
		}
		if to := min(p.to, z.s); p.from < to {
			sum += beyond(z.s-to, z.s-p.from) / (z.b - z.a)
		}
		if from := max(p.from, z.e); from < p.to {
			sum += beyond(from-z.e, p.to-z.e) / (z.b - z.a)
		}
	}
	return sum / length
}

// recall is recall_j. Inside a prediction the chance is 1. Where the prediction that ends at l is the nearest, X is as far away
// before l or beyond 2y-l, so that the chance is (max(0, l-a) + max(0, b+l-2y)) / (b-a); the other side is its mirror image.
func (z zone) recall(in []interval) float64 {
	sum := 0.0
	for i, p := range in {
		if from, to := max(p.from, z.s), min(p.to, z.e); from < to {
			sum += (to - from) * (z.b - z.a)
		}
		// The halves of the gaps on both sides of p.
		before, after := z.a, z.b
		if i > 0 {
			before = (in[i-1].to + p.from) / 2
		}
		if i+1 < len(in) {
			after = (p.to + in[i+1].from) / 2
		}
		if from, to := max(p.to, z.s), min(after, z.e); from < to {
			sum += (to-from)*(p.to-z.a) + rampDown(z.b+p.to, 2*from, 2*to)/2
		}
		if from, to := max(before, z.s), min(p.from, z.e); from < to {
			sum += (to-from)*(z.b-p.from) + rampDown(-(z.a+p.from), -2*to, -2*from)/2
		}
	}
	return sum / (z.e - z.s) / (z.b - z.a)
}

// rampDown is the integral of max(0, c - d) over d from near to far.
func rampDown(c, near, far float64) float64 {
	n, f := max(0, c-near), max(0, c-far)
	return (n*n - f*f) / 2
}
