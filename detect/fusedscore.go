package detect

import (
	"context"
	"errors"
	"io"
	"iter"
	"math"
	"slices"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/series"
)

// FusedPoints are time stamps with their scores and where these come from.
type FusedPoints struct {
	Points
	// Part is the part, by its number in [Fused.Parts], that adds most to the score; -1 where there is no score.
	Part []int
	// Channel is the channel, by its number in [Fused.Channels], that this part finds most unusual. Where the part compares channels
	// together it is the one with the highest score of a part by channel, and -1 where no such score is as high as that of one normal
	// time stamp in a hundred.
	Channel []int
}

// score fuses the scores of a whole series, or of a part of it that begins on the grid.
func (f *Fused) score(ctx context.Context, s *series.Series) (*FusedPoints, error) {
	all, errs := make([][]float64, len(f.branches)), make([]error, len(f.branches))
	kernel.Parallel(len(f.branches), 1, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			all[k], errs[k] = f.branches[k].scores(ctx, s)
		}
	})
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	out := f.fuseAll(all, s)
	for i, v := range out.Score {
		out.P[i] = pvalue(f.normal, v, f.alike)
	}
	return out, nil
}

// fuseAll fuses the scores of the branches at every time stamp of s; there are no p-values yet.
func (f *Fused) fuseAll(all [][]float64, s *series.Series) *FusedPoints {
	n := s.Len()
	out := &FusedPoints{Points: Points{Series: s.ID, Start: s.Start, Times: s.Times, Zone: s.Zone, Values: s.Values,
		Score: make([]float64, n), P: make([]float64, n)}, Part: make([]int, n), Channel: make([]int, n)}
	for i := range n {
		out.Score[i], out.Part[i], out.Channel[i] = f.fuse(all, i)
	}
	return out
}

// fuse is the weighted mean of the parts at time stamp i, and the part and channel that add most to it.
func (f *Fused) fuse(all [][]float64, i int) (score float64, part, channel int) {
	part, channel = -1, -1
	var sum, weights, most float64
	loud, alone := math.Ln2, -1 // the score of that one time stamp in a hundred
	for from := 0; from < len(f.branches); {
		var top [highest]float64
		p, n, loudest := f.branches[from].part, 0, -1
		for ; from < len(f.branches) && f.branches[from].part == p; from++ {
			v := math.NaN()
			if i < len(all[from]) {
				v = all[from][i]
			}
			if math.IsNaN(v) {
				continue
			}
			if n == 0 || v > top[0] {
				loudest = f.branches[from].channel
			}
			if c := f.branches[from].channel; c >= 0 && v > loud {
				loud, alone = v, c
			}
			n++
			for k := range top {
				if v > top[k] || k == n-1 {
					v, top[k] = top[k], max(v, top[k])
				}
			}
		}
		if n == 0 {
			continue
		}
		n = min(n, highest)
		var mean float64
		for _, v := range top[:n] {
			mean += v / float64(n)
		}
		w := f.parts[p].Weight
		sum, weights = sum+w*mean, weights+w
		if part < 0 || w*mean > most {
			part, channel, most = p, loudest, w*mean
		}
	}
	if channel < 0 && part >= 0 {
		channel = alone
	}
	return sum / weights, part, channel // 0/0 is NaN
}

// Points scores the time stamps of new series, whose channels are found by name, in bounded memory. A series that is shorter
// than the longest window gives a [*series.ShortError], after which the loop may go on; every other error ends it.
func (f *Fused) Points(ctx context.Context, r series.Reader) iter.Seq2[*FusedPoints, error] {
	return func(yield func(*FusedPoints, error) bool) {
		for s, err := range f.segments(ctx, r) {
			if err != nil {
				var short *series.ShortError
				if !yield(nil, err) || !errors.As(err, &short) {
					return
				}
				continue
			}
			p, err := f.score(ctx, s.series)
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(p.Cut(s.from-s.series.Start, s.to-s.series.Start), nil) {
				return
			}
		}
	}
}

// Cut keeps the time stamps from one number to another, and the windows as they are.
func (p *FusedPoints) Cut(from, to int) *FusedPoints {
	out := *p
	out.Start += from
	out.Score, out.P = p.Score[from:to], p.P[from:to]
	if p.Part != nil {
		out.Part, out.Channel = p.Part[from:to], p.Channel[from:to]
	}
	if p.Times != nil {
		out.Times = p.Times[from:to]
	}
	cut := func(all [][]float64) [][]float64 {
		all = slices.Clone(all)
		for c, v := range all {
			all[c] = v[from:to]
		}
		return all
	}
	out.Values, out.Horizons = cut(p.Values), cut(p.Horizons)
	return &out
}

// segment is how many time stamps are scored at once.
const segment = 1 << 15

// stretch is a part of a series with what is needed around it: the scores from one position to another are those of the
// whole series.
type stretch struct {
	series   *series.Series
	from, to int
}

// segments cuts series into stretches, joining chunks. It holds one stretch and one chunk in memory.
func (f *Fused) segments(ctx context.Context, r series.Reader) iter.Seq2[stretch, error] {
	length := segment
	if f.within > 0 {
		length = f.within
	}
	length = max(length, f.grid) / f.grid * f.grid
	return func(yield func(stretch, error) bool) {
		c := cutter{f: f, yield: yield, around: f.around(), length: length}
		for {
			s, err := r.Next()
			if errors.Is(err, io.EOF) {
				c.rest()
				return
			}
			if err == nil {
				err = errors.Join(s.Check(), ctx.Err())
			}
			if err == nil {
				s, err = f.match(s)
			}
			if err != nil {
				if c.rest() {
					yield(stretch{}, err)
				}
				return
			}
			if !c.add(s) {
				return
			}
		}
	}
}

// cutter hands out the stretches of series that come in chunks. Its methods are false when the reader of the stretches wants no more.
type cutter struct {
	f      *Fused
	yield  func(stretch, error) bool
	around int            // time stamps on either side that a score looks at
	length int            // of a stretch, in time stamps
	held   *series.Series // what may still be needed; nil between two series
	origin int            // where the series begins
	from   int            // the first time stamp that was not handed out
}

// add takes the next chunk, of the same series or of another one.
func (c *cutter) add(s *series.Series) bool {
	if c.held != nil && c.held.Continues(s) {
		c.held.Join(s)
		return c.full()
	}
	if !c.rest() {
		return false
	}
	c.held, c.origin, c.from = s.Extendable(), s.Start, s.Start
	return c.full()
}

// end is the position after the last time stamp.
func (c *cutter) end() int { return c.held.Start + c.held.Len() }

// full hands out the stretches of full length, whose scores no further chunk changes.
func (c *cutter) full() bool {
	for c.end()-c.from >= c.length+2*c.around {
		if !c.handOut(c.from + c.length) {
			return false
		}
		c.held = c.held.Slice(max(c.held.Start, c.from-c.around)-c.held.Start, c.held.Len()).Extendable()
	}
	return true
}

// rest hands out what is left of a series that has ended.
func (c *cutter) rest() bool {
	held := c.held
	if held == nil {
		return true
	}
	defer func() { c.held = nil }()
	if held.Start == c.origin && held.Len() < c.f.longest {
		return c.yield(stretch{}, &series.ShortError{Series: held.ID, Len: held.Len(), Windows: c.f.longest})
	}
	to := c.end()
	if c.f.continuing {
		if to = c.f.settled(to); to <= c.from {
			return true
		}
	}
	return c.handOut(to)
}

// handOut yields the stretch up to a position, with what lies around it.
func (c *cutter) handOut(to int) bool {
	begin := max(c.held.Start, c.from-c.around)
	cut := c.held.Slice(begin-c.held.Start, min(c.end(), to+c.around)-c.held.Start)
	if !c.yield(stretch{cut, c.from, to}, nil) {
		return false
	}
	c.from = to
	return true
}
