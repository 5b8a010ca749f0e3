package datasets

import (
	"slices"

	"github.com/wavekin/wavekin/series"
)

// clockSample is how many distances decide the usual step of a series.
const clockSample = 1024

// clock looks at the time stamps of series that pass by in chunks, in constant memory: the first distances of a series
// decide its step, all are counted.
type clock struct {
	first     bool // there were stamps
	dates     bool
	step      int64 // of the first series that has one
	other     int
	irregular int
	missing   int
	repeated  int

	open   bool
	last   int64
	own    int64    // the step of the present series; 0: undecided
	sample []uint64 // its first distances
	told   bool
}

func (c *clock) add(s *series.Series) {
	if s.Start == 0 {
		c.endSeries()
	}
	if len(s.Times) == 0 {
		return
	}
	if !c.first {
		c.first, c.dates = true, AreDates(s.Times)
	}
	for _, t := range s.Times {
		if c.open {
			// Unsigned: the distance of two int64 always fits, their difference may not.
			c.distance(uint64(t)-uint64(c.last), t < c.last)
		}
		c.open, c.last = true, t
	}
}

func (c *clock) distance(d uint64, back bool) {
	switch {
	case back:
		c.irregular++
	case d == 0:
		c.repeated++
	case c.own > 0:
		c.count(d)
	default:
		if c.sample = append(c.sample, d); len(c.sample) == clockSample {
			c.decide()
		}
	}
}

// decide takes the median of the sampled distances for the step.
func (c *clock) decide() {
	if len(c.sample) == 0 {
		return
	}
	sorted := slices.Clone(c.sample)
	slices.Sort(sorted)
	c.own = int64(min(sorted[len(sorted)/2], 1<<63-1))
	if c.step == 0 {
		c.step = c.own
	} else if d := c.own - c.step; max(d, -d) > c.step/100 {
		c.other++
	}
	for _, d := range c.sample {
		c.count(d)
	}
	c.sample = c.sample[:0]
}

func (c *clock) count(d uint64) {
	step := uint64(c.own)
	k := (d + step/2) / step
	off := max(d, k*step) - min(d, k*step)
	switch {
	case k == 0 || off > step/100:
		c.irregular++
	case k > 1:
		c.missing += int(k - 1)
	}
}

func (c *clock) endSeries() {
	if c.own == 0 {
		c.decide()
	}
	c.open, c.own, c.sample = false, 0, c.sample[:0]
}

// tell ends the count and puts it into a reading.
func (c *clock) tell(r *Reading) {
	if c.told {
		return
	}
	c.told = true
	c.endSeries()
	if !c.first {
		return
	}
	if r.Time == nil {
		r.Time = &TimeReading{}
	}
	t := r.Time
	t.Positions = t.Positions || !c.dates
	t.Step, t.Irregular, t.Missing, t.Repeated, t.OtherSteps = c.step, c.irregular, c.missing, c.repeated, c.other
}
