package detect

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/wavekin/wavekin/internal/tensorfile"
)

// Rates says how often normal readings have episodes. Each stretch of them is scored without the normal windows for some time before
// and behind it, as readings of another day would be. Neighbouring time stamps have like scores, so that episodes are counted, not time
// stamps: what is known is the number of episodes, joined as [Episodes] does, above each threshold.
type Rates struct {
	// scores are those of all time stamps, ascending.
	scores []float32
	// heights, descending: the highest threshold at which there are 1, 2, 3 episodes.
	heights []float32
	join    int
}

const (
	// beside is the share of a series, before and behind a window, that is left out when it is scored for a rate.
	beside = 0.1
	// direct is from how many episodes on a threshold lies between counts; below it, it is that of an exponential tail.
	direct = 5
	// tailed is how many of the highest episodes the tail is fitted to.
	tailed = 20
	// furthest is the lowest number of episodes in the time of the normal readings that a tail is asked for.
	furthest = 0.1
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
	if len(r.heights) < direct {
		return 0
	}
	return furthest / float64(len(r.scores))
}

// Threshold is the score that normal readings reach in so many episodes per time stamp. Where that is less than one episode in all
// normal readings it is extrapolated by an exponential tail of the highest episodes (the peaks over a threshold of extreme value theory,
// with shape 0), as far as a tenth of an episode. Where they have fewer episodes at any threshold it is the lowest one that has most.
func (r *Rates) Threshold(rate float64) (threshold float64, extrapolated bool, err error) {
	n := rate * float64(len(r.scores))
	switch {
	case !(rate > 0):
		return 0, false, fmt.Errorf("a rate of %g, want above 0", rate)
	case len(r.heights) < direct:
		return 0, false, fmt.Errorf("normal readings of %d time stamps have %d episodes at most; want %d for a rate", len(r.scores), len(r.heights), direct)
	case n < furthest:
		return 0, false, fmt.Errorf("the normal readings are too short for a rate that small")
	case n < direct:
		return r.tail(n), n < 1, nil
	}
	k := min(int(n), len(r.heights))
	u := float64(r.heights[k-1])
	if k < len(r.heights) {
		u += (n - float64(k)) * (float64(r.heights[k]) - u)
	}
	return u, false, nil
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
	return []tensorfile.Tensor{{Name: "held", Shape: []int{len(r.scores)}, Data: r.scores}, {Name: "heights", Shape: []int{len(r.heights)}, Data: r.heights}}
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
	return r, nil
}
