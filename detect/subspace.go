package detect

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/wavekin/wavekin/internal/subspace"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/series"
)

// folds is how many parts the normal windows are divided into, in the order of time: each is scored by what is fitted to the others.
const folds = 5

// components are what the look Subspace measures windows of one channel by.
type components struct {
	window, stride int
	most           int                // normal windows that they are fitted to
	norm           *series.Normalizer // of the channel
	space          *subspace.Space    // of standardised windows
}

// newComponents fits them to normal series of one channel; nil where it has no value or does not vary.
func newComponents(p Part, normal []*series.Series, most int) (*components, error) {
	norm, err := series.FitNormalizer(normal, series.ModeTrain)
	if err != nil || len(norm.Std) == 0 || !(norm.Std[0] > 0) {
		return nil, err
	}
	c := &components{window: p.Window, stride: p.stride(), most: most, norm: norm}
	var z [][]float64
	for _, s := range normal {
		z = append(z, c.standardised(s.Values[0]))
	}
	if c.space = c.fit(z, nil); c.space == nil {
		return nil, nil
	}
	return c, nil
}

// standardised are values less their normal mean, in units of the normal deviation; gaps stay gaps.
func (c *components) standardised(x []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = (v - c.norm.Mean[0]) / c.norm.Std[0]
	}
	return out
}

// starts counts the windows of a series of n time stamps, one at every time stamp.
func (c *components) starts(n int) int { return max(0, n-c.window+1) }

// fit finds the components of the windows at every time stamp of series, at most so many of them, evenly, without those that without says,
// by the numbers of the series and of their first time stamp. nil: fewer than two are left, or these do not vary.
func (c *components) fit(all [][]float64, without func(i, at int) bool) *subspace.Space {
	total := 0
	for _, z := range all {
		total += c.starts(len(z))
	}
	every := max(1, (total+c.most-1)/c.most)
	values := make([]float64, 0, (total/every+1)*c.window)
	number := 0 // of the series' first window
	for i, z := range all {
		for at := (every - number%every) % every; at < c.starts(len(z)); at += every {
			if without != nil && without(i, at) {
				continue
			}
			end := len(values)
			if values = append(values, z[at:at+c.window]...); !fill(values[end:]) {
				values = values[:end]
			}
		}
		number += c.starts(len(z))
	}
	if len(values) < 2*c.window {
		return nil
	}
	s := subspace.Fit(values, c.window)
	if s == nil || !rounded(s.Mean) || !rounded(s.Axes) {
		return nil
	}
	return s
}

// rounded brings numbers to the float32 in which a file keeps them. It is false where one is not finite.
func rounded(x []float64) bool {
	for i, v := range x {
		if x[i] = float64(float32(v)); x[i]-x[i] != 0 {
			return false
		}
	}
	return true
}

// fill interpolates the gaps of a window. It is false where there is no value or too long a gap, as for the other parts.
func fill(window []float64) bool {
	w := series.Window{End: len(window), Values: [][]float64{window}}
	if w.Measured() == 0 || w.LongestGap() > longestGap(len(window)) {
		return false
	}
	series.FillGaps(window)
	return true
}

// ruler returns what measures a window of standardised values in a space; NaN where it has no length.
func (c *components) ruler(z []float64) func(in *subspace.Space, at int) float64 {
	window, along := make([]float64, c.window), make([]float64, 2*c.window)
	return func(in *subspace.Space, at int) float64 {
		copy(window, z[at:])
		if !fill(window) {
			return math.NaN()
		}
		if l := in.Length(window, along); l == l {
			return l
		}
		return math.Inf(1) // values too large for float64
	}
}

// scores are those of the time stamps of a channel.
func (c *components) scores(x []float64) []float64 {
	z := c.standardised(x)
	length := c.ruler(z)
	return subspace.Means(len(z), c.window, c.stride, func(at int) float64 { return length(c.space, at) })
}

// around is the score of the window around a time stamp; none of a stretch that is shorter.
func (c *components) around(x []float64, at int) []float64 {
	if len(x) < c.window {
		return nil
	}
	from := min(max(at-c.window/2, 0), len(x)-c.window)
	return []float64{c.ruler(c.standardised(x[from:from+c.window]))(c.space, 0)}
}

// own scores a channel of normal series, each window by what is fitted without its fold, the windows that overlap the fold, and those in a
// share of the series to either side. All are NaN where that leaves too little.
func (c *components) own(normal []*series.Series, channel int, share float64) [][]float64 {
	own, z, first := make([][]float64, len(normal)), make([][]float64, len(normal)), make([]int, len(normal))
	total := 0
	for i, s := range normal {
		own[i] = slices.Repeat([]float64{math.NaN()}, s.Len())
		z[i], first[i] = c.standardised(s.Values[channel]), total
		total += c.starts(s.Len())
	}
	var spaces [folds]*subspace.Space
	for k := range spaces {
		// The windows of the fold, by their number in all series.
		lo, hi := total*k/folds, total*(k+1)/folds
		if lo == hi {
			continue
		}
		spaces[k] = c.fit(z, func(i, at int) bool {
			from, to := max(lo-first[i], 0), min(hi-first[i], c.starts(len(z[i])))
			reach := c.window + int(share*float64(len(z[i])))
			return from < to && at > from-reach && at < to-1+reach
		})
		if spaces[k] == nil {
			return own
		}
	}
	for i := range normal {
		length := c.ruler(z[i])
		own[i] = subspace.Means(len(z[i]), c.window, c.stride, func(at int) float64 { return length(spaces[foldOf(first[i]+at, total)], at) })
	}
	return own
}

// foldOf is the fold of a window of so many: the k with total*k/folds <= number < total*(k+1)/folds.
func foldOf(number, total int) int { return ((number+1)*folds - 1) / total }

// tensors are what a file keeps beside the normaliser.
func (c *components) tensors(prefix string) []tensorfile.Tensor {
	narrow := func(name string, x []float64, shape ...int) tensorfile.Tensor {
		t := tensorfile.Tensor{Name: prefix + name, Shape: shape, Data: make([]float32, len(x))}
		for i, v := range x {
			t.Data[i] = float32(v)
		}
		return t
	}
	return []tensorfile.Tensor{narrow("mean", c.space.Mean, c.window), narrow("axes", c.space.Axes, c.window, c.window)}
}

// restoreComponents takes what tensors has written.
func restoreComponents(p Part, norm *series.Normalizer, byName map[string]tensorfile.Tensor, prefix string) (*components, error) {
	mean, axes := byName[prefix+"mean"].Data, byName[prefix+"axes"].Data
	if err := norm.Check(1); err != nil {
		return nil, err
	}
	if norm.Mode != series.ModeTrain || !(norm.Std[0] > 0) {
		return nil, errors.New("its normaliser does not divide by the deviation of the channel")
	}
	if len(mean) != p.Window || len(axes) != p.Window*p.Window {
		return nil, fmt.Errorf("a mean of %d numbers and components of %d, want %d and %d", len(mean), len(axes), p.Window, p.Window*p.Window)
	}
	wide := func(x []float32) []float64 {
		out := make([]float64, len(x))
		for i, v := range x {
			out[i] = float64(v)
		}
		return out
	}
	c := &components{window: p.Window, stride: p.stride(), norm: norm, space: &subspace.Space{Mean: wide(mean), Axes: wide(axes)}}
	if !rounded(c.space.Mean) || !rounded(c.space.Axes) {
		return nil, errors.New("a component that is no finite number")
	}
	return c, nil
}
