package detect

import (
	"math"
	"slices"
	"sort"
	"time"
)

// Verdict judges a whole series by its highest score.
type Verdict struct {
	// Source is that of [Verdicts] when the series began, Series its name.
	Source, Series string
	// Points counts the time stamps with a score.
	Points int
	// Peak is the position of the highest score, Score that score, and PeakTime its time stamp if HasTimes; Zone is its zone.
	Peak     int
	Score    float64
	PeakTime int64
	HasTimes bool
	Zone     *time.Location
	// P is how often a normal series as long has a score as high, see [Rates.Exceeds]; Extrapolated says that it rests on a tail. P is
	// NaN for a series without a score.
	P            float64
	Extrapolated bool
}

// Verdicts gathers the verdicts of a stream of points. They do not depend on how the stream was cut into points.
type Verdicts struct {
	// Rates are those of the normal readings.
	Rates *Rates
	// Source is told in the verdicts of series that begin from now on, such as the file of their readings.
	Source string

	all []Verdict
	end int // position after the last points
}

// Add takes the next points of the stream.
func (v *Verdicts) Add(p *Points) {
	if len(p.Score) == 0 {
		return
	}
	n := len(v.all)
	if n == 0 || v.all[n-1].Source != v.Source || v.all[n-1].Series != p.Series || p.Start != v.end {
		v.all = append(v.all, Verdict{Source: v.Source, Series: p.Series, Score: math.NaN(), HasTimes: p.Times != nil, Zone: p.Zone})
		n++
	}
	v.end = p.Start + len(p.Score)
	one := &v.all[n-1]
	for i, score := range p.Score {
		if math.IsNaN(score) {
			continue
		}
		if one.Points++; one.Points > 1 && score <= one.Score {
			continue
		}
		one.Peak, one.Score = p.Start+i, score
		if p.Times != nil {
			one.PeakTime = p.Times[i]
		}
	}
}

// All are the verdicts in the order of the series.
func (v *Verdicts) All() []Verdict {
	for i := range v.all {
		one := &v.all[i]
		one.P, one.Extrapolated = v.Rates.Exceeds(one.Score, one.Points)
	}
	return v.all
}

// Expected is how many episodes the normal readings have in which the score reaches a value. Fewer than five are those of the
// exponential tail of [Rates.Alarm], without its limit; extrapolated says that it is less than one in all normal readings. Below the
// lowest threshold at which their number is known it is infinite.
func (r *Rates) Expected(score float64) (n float64, extrapolated bool) {
	known := len(r.heights)
	if known == 0 || score < float64(r.heights[known-1]) {
		return math.Inf(1), false
	}
	n = float64(sort.Search(known, func(i int) bool { return float64(r.heights[i]) < score }))
	if n >= direct {
		return n, false
	}
	base, excess, m := r.excesses()
	if excess == 0 { // scores that end at one value say nothing about what lies beyond
		return max(1, n), false
	}
	n = min(direct, float64(m)*math.Exp(-(score-base)/excess))
	return n, n < 1
}

// Exceeds is the probability that a normal series of so many time stamps has a score as high: 1 - exp(-(nT + m)/N), where normal readings
// of N time stamps reach it at m of them, in n episodes, and T is the length of the series: it reaches the score where one of these
// episodes lies within it or at its edge. It assumes that episodes of normal readings come independently of each other, at one rate (the Poisson
// limit of clumps: Aldous, 1989), and that the series is as likely to have them. NaN for no time stamps, or where the normal readings have too
// few episodes, see [Rates.Judges].
func (r *Rates) Exceeds(score float64, points int) (p float64, extrapolated bool) {
	if points == 0 || !r.Judges() {
		return math.NaN(), false
	}
	n, extrapolated := r.Expected(score)
	return -math.Expm1(-(n*float64(points) + float64(r.above(score))) / float64(len(r.scores))), extrapolated
}

// Adjusted are p-values as the procedure of Benjamini and Hochberg (1995) adjusts them: calling all series anomalous whose adjusted
// p-value is at most q keeps the expected share of false ones among them at q, for series that are independent of each other or
// positively dependent (Benjamini and Yekutieli, 2001). NaN is no series, and stays NaN.
func Adjusted(p []float64) []float64 {
	order := make([]int, 0, len(p))
	out := make([]float64, len(p))
	for i, v := range p {
		if out[i] = math.NaN(); !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	least := 1.0
	for k := len(order) - 1; k >= 0; k-- {
		i := order[k]
		least = min(least, p[i]*float64(len(order))/float64(k+1))
		out[i] = least
	}
	return out
}
