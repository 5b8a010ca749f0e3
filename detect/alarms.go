package detect

import (
	"cmp"
	"slices"
	"time"
)

// Alarm is a stretch of time stamps that score unlike normal.
type Alarm struct {
	// Series is its name; Start (inclusive) and End (exclusive) are positions in it.
	Series     string
	Start, End int
	// StartTime and EndTime are the time stamps of its first and last point, if HasTimes; Zone is their zone.
	StartTime, EndTime int64
	HasTimes           bool
	Zone               *time.Location
	// Peak is the position of the highest score and PeakTime its time stamp; Score and P are those there.
	Peak     int
	PeakTime int64
	Score    float64
	P        float64
	// Part and Channel say where the highest score comes from, as in [FusedPoints]; -1 where that is not known.
	Part, Channel int
}

// Alarms gathers the stretches of a stream of points whose p-values are at most Level. Stretches nearer than Join are one.
// Only Most of them are kept, the ones of the highest scores.
type Alarms struct {
	// Level is the largest p-value of an alarm; Join is in time stamps.
	Level float64
	Join  int
	// Most is how many are kept; 0 means all.
	Most int

	all   []Alarm
	open  *Alarm
	total int
}

// Add takes the next points of the stream; part and channel may be nil.
func (a *Alarms) Add(p *Points, part, channel []int) {
	for i, score := range p.Score {
		if !(p.P[i] <= a.Level) { // NaN is no alarm
			continue
		}
		at := p.Start + i
		if o := a.open; o == nil || o.Series != p.Series || at < o.End || at-o.End >= a.Join {
			a.close()
			a.open = &Alarm{Series: p.Series, Start: at, Score: score - 1, HasTimes: p.Times != nil, Zone: p.Zone, Part: -1, Channel: -1}
			if p.Times != nil {
				a.open.StartTime = p.Times[i]
			}
		}
		o := a.open
		if o.End = at + 1; p.Times != nil {
			o.EndTime = p.Times[i]
		}
		if score > o.Score {
			o.Peak, o.Score, o.P = at, score, p.P[i]
			if p.Times != nil {
				o.PeakTime = p.Times[i]
			}
			if part != nil {
				o.Part, o.Channel = part[i], channel[i]
			}
		}
	}
}

func (a *Alarms) close() {
	if a.open == nil {
		return
	}
	a.all = append(a.all, *a.open)
	a.open = nil
	a.total++
	if a.Most > 0 && len(a.all) > 2*a.Most {
		a.rank()
	}
}

// rank sorts by the highest score, and keeps what is wanted.
func (a *Alarms) rank() {
	slices.SortStableFunc(a.all, func(x, y Alarm) int { return cmp.Compare(y.Score, x.Score) })
	if a.Most > 0 && len(a.all) > a.Most {
		a.all = a.all[:a.Most]
	}
}

// Ranked ends the stream: the alarms by their highest scores, and how many there were in all.
func (a *Alarms) Ranked() (alarms []Alarm, total int) {
	a.close()
	a.rank()
	return a.all, a.total
}
