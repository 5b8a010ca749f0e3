package detect

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/internal/tensorfile"
)

// Rates says how often normal readings have episodes. Each stretch of them is scored without the normal windows for some time before
// and after it, as readings of another day would be. Neighbouring time stamps have like scores, so that episodes are counted, not time
// stamps.
type Rates struct {
	// curves are the scores in the order of time, a sequence for each normal series; NaN is no score. nil in files of older programs.
	curves [][]float32
	// scores are those of all time stamps, ascending.
	scores []float32
	// heights, descending: the highest threshold at which there are 1, 2, 3 episodes.
	heights []float32
	join    int
}

const (
	// beside is the share of a series, before and after a window, that is left out when it is scored for a rate.
	beside = 0.1
	// direct is from how many episodes on a threshold lies between counts; below it, it is that of an exponential tail.
	direct = 5
	// tailed is how many of the highest episodes the tail is fitted to.
	tailed = 20
	// furthest is the lowest number of episodes in the time of the normal readings that a tail is asked for.
	furthest = 0.1
	// hold is how long an alarm lasts, as a share of the mean time between alarms; docs/results/alarms.md says how it was chosen.
	hold = 0.5
)

// ErrNoRates says that a detector was made without [Config].Rates or [FusedConfig].Rates, or loaded from an older file.
var ErrNoRates = errors.New("it does not say how often normal readings have episodes; make it anew")

// crossing is a threshold below which there are so many episodes more.
type crossing struct {
	score float32
	more  int
}

// newRates counts episodes in sequences of scores, one for each normal series; NaN is no score.
func newRates(sequences [][]float64, join int) *Rates {
	r := &Rates{join: max(1, join)}
	var all []crossing
	for _, s := range sequences {
		r.scores = appendScored(r.scores, s)
		curve := make([]float32, len(s))
		for i, v := range s {
			curve[i] = float32(v)
		}
		r.curves = append(r.curves, curve)
		all = append(all, r.crossings(s)...)
	}
	slices.Sort(r.scores)
	slices.SortStableFunc(all, func(a, b crossing) int { return cmp.Compare(b.score, a.score) })
	n := 0
	for i, c := range all {
		n += c.more
		if i+1 < len(all) && all[i+1].score == c.score {
			continue
		}
		for len(r.heights) < n {
			r.heights = append(r.heights, c.score)
		}
	}
	return r
}

// crossings lowers a threshold over a sequence: a time stamp that comes above it begins an episode, or joins two.
func (r *Rates) crossings(s []float64) (out []crossing) {
	order := []int{}
	for i, v := range s {
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s[b], s[a]) })
	above := make([]bool, len(s))
	for _, at := range order {
		left, right := at-1, at+1
		for left >= max(0, at-r.join) && !above[left] {
			left--
		}
		for right <= min(len(s)-1, at+r.join) && !above[right] {
			right++
		}
		above[at] = true
		before, behind := left >= max(0, at-r.join), right <= min(len(s)-1, at+r.join)
		switch {
		case !before && !behind:
			out = append(out, crossing{float32(s[at]), 1})
		case before && behind && right-left > r.join:
			out = append(out, crossing{float32(s[at]), -1})
		}
	}
	return out
}

// Points counts the normal time stamps with a score, and Episodes the most episodes that they have at any threshold.
func (r *Rates) Points() int { return len(r.scores) }

// Episodes is the most that normal readings have at any threshold.
func (r *Rates) Episodes() int { return len(r.heights) }

// Smallest is the smallest rate, in episodes per time stamp, for which there is a threshold; 0 where there is none for any.
func (r *Rates) Smallest() float64 {
	switch {
	case r.Judges():
		return furthest / float64(len(r.scores))
	case r.curves == nil || len(r.scores) == 0:
		return 0
	}
	return direct / float64(len(r.scores))
}

// Judges tells whether there are episodes enough, five at some threshold, for a tail and for p-values of whole series ([Rates.Exceeds]).
func (r *Rates) Judges() bool { return len(r.heights) >= direct }

// Alarm says which time stamps are alarms, for [Episodes].
type Alarm struct {
	// Threshold is the lowest score of one.
	Threshold float64
	// Join and Longest are as in [Episodes].
	Join, Longest int
	// Share is how much of the normal time reaches the threshold.
	Share float64
	// Extrapolated says that the threshold rests on a tail.
	Extrapolated bool
}

// Alarm finds the threshold at which normal readings have so many alarms per time stamp. An alarm lasts for half of the mean time between
// alarms: what reaches the threshold in that time belongs to it, in one episode or several, and what still does after it is the next one.
// The number of such alarms grows as the threshold falls, up to twice the rate, so that there is a threshold for every rate. (Episodes that are joined by their
// distance alone become fewer again where the score is hardly ever below the threshold.)
//
// Rates of fewer than five alarms in all normal readings are extrapolated, down to a tenth of an alarm, by an exponential tail of the
// highest episodes, joined by their distance (the peaks over a threshold of extreme value theory, with shape 0); such alarms are joined in
// the same way. So are all alarms where the rates come from the file of an older program; where normal readings have fewer of them at any
// threshold, it is then the lowest one that has most.
func (r *Rates) Alarm(rate float64) (a Alarm, err error) {
	n := rate * float64(len(r.scores))
	switch {
	case !(rate > 0):
		return a, fmt.Errorf("a rate of %g, want above 0", rate)
	case n < direct && len(r.heights) < direct:
		return a, fmt.Errorf("normal readings of %s have %s at most; want %d for a rate", plural.Of(len(r.scores), "time stamp"), plural.Of(len(r.heights), "episode"), direct)
	case n < furthest:
		return a, errors.New("the normal readings are too short for a rate that small")
	case n < direct:
		a = Alarm{Threshold: r.tail(n), Join: r.join, Extrapolated: n < 1}
	case r.curves == nil:
		k := min(int(n), len(r.heights))
		a = Alarm{Threshold: float64(r.heights[k-1]), Join: r.join}
		if k < len(r.heights) {
			a.Threshold += (n - float64(k)) * (float64(r.heights[k]) - a.Threshold)
		}
	default:
		last, k := max(1, int(hold/rate)), int(n+1e-9) // a whole number may have been rounded down
		a = Alarm{Threshold: r.reached(k, last), Join: min(r.join, last), Longest: last}
		a.Threshold += max(0, n-float64(k)) * (r.reached(k+1, last) - a.Threshold)
	}
	a.Share = float64(r.above(a.Threshold)) / float64(len(r.scores))
	return a, nil
}

// reached is the highest score at which there are so many alarms that last for some time stamps, or the lowest score.
func (r *Rates) reached(n, last int) float64 {
	k := sort.Search(len(r.scores), func(k int) bool { return r.alarms(r.scores[len(r.scores)-1-k], last) >= n })
	return float64(r.scores[len(r.scores)-1-min(k, len(r.scores)-1)])
}

// alarms counts those at a threshold.
func (r *Rates) alarms(threshold float32, last int) (n int) {
	for _, curve := range r.curves {
		until := 0
		for i, v := range curve {
			if v >= threshold && i >= until {
				n, until = n+1, i+last
			}
		}
	}
	return n
}

// above counts the normal time stamps that reach a score.
func (r *Rates) above(score float64) int {
	return len(r.scores) - sort.Search(len(r.scores), func(i int) bool { return float64(r.scores[i]) >= score })
}

// tail is the threshold that so many episodes exceed, by the mean excess of the highest ones over the lowest of these.
func (r *Rates) tail(n float64) float64 {
	base, excess, m := r.excesses()
	return base + excess*math.Log(float64(m)/n)
}

// excesses are those of the highest m episodes: the mean by which they exceed the lowest of them.
func (r *Rates) excesses() (base, mean float64, m int) {
	m = min(tailed, len(r.heights))
	base = float64(r.heights[m-1])
	for _, h := range r.heights[:m-1] {
		mean += (float64(h) - base) / float64(m-1)
	}
	return base, mean, m
}

// Share is the score that a share of normal time stamps reaches. The smallest share is that of one time stamp.
func (r *Rates) Share(share float64) (threshold float64, err error) {
	k := int(share * float64(len(r.scores)))
	if k < 1 || k > len(r.scores) {
		return 0, fmt.Errorf("a share of %g of %d normal time stamps, want one of them at least, and not more than all", share, len(r.scores))
	}
	return float64(r.scores[len(r.scores)-k]), nil
}

// tensors keep the rates in a file.
func (r *Rates) tensors() []tensorfile.Tensor {
	if r == nil {
		return nil
	}
	ts := []tensorfile.Tensor{{Name: "held", Shape: []int{len(r.scores)}, Data: r.scores}, {Name: "heights", Shape: []int{len(r.heights)}, Data: r.heights}}
	if r.curves == nil {
		return ts
	}
	curves, lengths := slices.Concat(r.curves...), make([]int, len(r.curves))
	for i, c := range r.curves {
		lengths[i] = len(c)
	}
	return append(ts, tensorfile.Tensor{Name: "curves", Shape: []int{len(curves)}, Data: curves},
		tensorfile.Tensor{Name: "curve_lengths", Shape: []int{len(lengths), digits}, Data: pack(lengths)})
}

// restoreRates takes what tensors has written; nil where there is nothing, as in files of older programs.
func restoreRates(byName map[string]tensorfile.Tensor, join int) (*Rates, error) {
	if _, ok := byName["held"]; !ok {
		return nil, nil
	}
	r := &Rates{scores: byName["held"].Data, heights: byName["heights"].Data, join: max(1, join)}
	rising := slices.Clone(r.heights)
	slices.Reverse(rising)
	if err := errors.Join(ascending(r.scores), ascending(rising)); err != nil {
		return nil, err
	}
	if len(r.heights) > len(r.scores) {
		return nil, fmt.Errorf("%d episodes of %d normal time stamps", len(r.heights), len(r.scores))
	}
	if _, ok := byName["curves"]; ok {
		return r, r.restoreCurves(byName["curves"].Data, unpack(byName["curve_lengths"].Data))
	}
	return r, nil
}

// restoreCurves takes scores in the order of time, which must be those that are known in ascending order.
func (r *Rates) restoreCurves(all []float32, lengths []int) error {
	var scores []float32
	for _, v := range all {
		if v == v {
			scores = append(scores, v)
		}
	}
	if slices.Sort(scores); !slices.Equal(scores, r.scores) {
		return errors.New("the scores of normal time stamps in their order are others than those in ascending order")
	}
	for _, n := range lengths {
		if n < 0 || n > len(all) {
			return fmt.Errorf("a normal series of %d time stamps, of %d that are left", n, len(all))
		}
		r.curves, all = append(r.curves, all[:n:n]), all[n:]
	}
	if len(all) > 0 {
		return fmt.Errorf("%d scores of normal time stamps belong to no series", len(all))
	}
	return nil
}
