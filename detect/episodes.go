package detect

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"
)

// Episode is a stretch of time stamps that score unlike normal.
type Episode struct {
	// Alarm is the number of the alarm that it belongs to, in the order of the stream from 1 on.
	Alarm int
	// Source is that of [Episodes] when it began.
	Source string
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
	// Explanation is of the readings around the peak; empty without [Episodes].By.
	Explanation
	// Around are the readings and scores around the peak, of the episodes that [Episodes].Pictures keeps; nil for others.
	Around *Around
}

// Around is a stretch of a series: From is its first position, Values are [channel][time], and Scores has one for each.
type Around struct {
	From   int
	Values [][]float64
	Scores []float64
	Times  []int64
}

// Explanation says what moves the score of a time stamp.
type Explanation struct {
	// Effects are of the channels without which the score would be lower, the one that moves it most first; at most three.
	Effects []Effect
	// Nearest is the normal window that the readings resemble most; its Series is "" where there is none.
	Nearest Place
	// Normal are its values, [channel][time], beside those from position From on of the stretch that was explained; nil where they are not
	// kept.
	Normal [][]float64
	From   int
}

// Effect is what a channel adds to a score.
type Effect struct {
	Channel int
	// Drop is by how much the score falls without the channel or, where it falls without none, by how much that of the nearest normal window
	// rises with it, of an encoder.
	Drop float64
}

// Explainer explains scores; [Detector] and [Fused] are those there are.
type Explainer interface {
	// reach is how many time stamps on either side count.
	reach() int
	// explain takes readings [channel][time], of which that at position at is explained.
	explain(ctx context.Context, values [][]float64, at int) (Explanation, error)
}

// mostEffects is how many channels an explanation names.
const mostEffects = 3

// rankedEffects keeps the effects that raise a score, the largest first.
func rankedEffects(drops []float64) (out []Effect) {
	for c, d := range drops {
		if d > 0 {
			out = append(out, Effect{c, d})
		}
	}
	slices.SortStableFunc(out, func(a, b Effect) int { return cmp.Compare(b.Drop, a.Drop) })
	return out[:min(len(out), mostEffects)]
}

// Episodes gathers the stretches of a stream of points whose p-values are at most Level, or whose scores reach Threshold.
// Stretches nearer than Join are one (runs declustering: Leadbetter and others, 1989). They do not depend on how the stream was cut into
// points.
type Episodes struct {
	// Level is the largest p-value of an episode; Join is in time stamps.
	Level float64
	// Threshold, unless 0, is the lowest score of an episode, in place of Level.
	Threshold float64
	Join      int
	// Longest, unless 0, is how long an alarm lasts in time stamps: the episodes that begin in that time belong to it, and what reaches
	// beyond its end is an episode of the next one. With 0 each episode is an alarm.
	Longest int
	// Most is how many are kept, those of the highest scores; 0 means all.
	Most int
	// Source is told in the episodes that begin from now on, such as the file of their readings.
	Source string
	// Pictures is how many of the highest keep the readings around their peaks. It needs By.
	Pictures int
	// By explains those that are kept, unless nil.
	By Explainer

	all     []*episode // closed ones
	open    *episode
	waiting []*episode // closed ones that lack readings after their peaks
	drawn   []*episode // explained ones that keep the readings around their peaks
	total   int
	alarms  int
	began   int  // where the last alarm did
	going   bool // that was in the present series
	// The present series: its readings from a position on.
	series string
	from   int
	values [][]float64
	scores []float64
	times  []int64
	end    int
}

// episode is one with the readings around its peak.
type episode struct {
	Episode
	moved  bool // its peak lies in the present points
	from   int
	values [][]float64
	scores []float64
	times  []int64
	done   bool // explained
}

// Add takes the next points of the stream; part and channel may be nil.
func (e *Episodes) Add(ctx context.Context, p *Points, part, channel []int) error {
	if len(p.Score) == 0 {
		return nil
	}
	if e.end == 0 || p.Series != e.series || p.Start != e.end {
		if err := e.finish(ctx); err != nil {
			return err
		}
		e.series, e.from, e.values, e.scores, e.times = p.Series, p.Start, make([][]float64, len(p.Values)), nil, nil
	}
	e.end = p.Start + len(p.Score)
	if e.By != nil {
		for c, v := range p.Values {
			e.values[c] = append(e.values[c], v...)
		}
		e.scores, e.times = append(e.scores, p.Score...), append(e.times, p.Times...)
	}
	for i, score := range p.Score {
		at := p.Start + i
		if o := e.open; o != nil && (at-o.End >= e.Join || e.over(at)) {
			e.close()
		}
		if !e.unusual(score, p.P[i]) {
			continue
		}
		if e.open == nil {
			if !e.going || e.Longest == 0 || e.over(at) {
				e.alarms, e.began, e.going = e.alarms+1, at, true
			}
			e.open = &episode{Episode: Episode{Alarm: e.alarms, Source: e.Source, Series: p.Series, Start: at, Score: math.Inf(-1), HasTimes: p.Times != nil, Zone: p.Zone, Part: -1, Channel: -1}}
			if p.Times != nil {
				e.open.StartTime = p.Times[i]
			}
		}
		o := e.open
		if o.End = at + 1; p.Times != nil {
			o.EndTime = p.Times[i]
		}
		if score <= o.Score {
			continue
		}
		o.Peak, o.Score, o.P, o.moved = at, score, p.P[i], true
		if p.Times != nil {
			o.PeakTime = p.Times[i]
		}
		if part != nil {
			o.Part, o.Channel = part[i], channel[i]
		}
	}
	return e.keep(ctx, false)
}

// over tells that the last alarm ends before a position.
func (e *Episodes) over(at int) bool { return e.Longest > 0 && at-e.began >= e.Longest }

// unusual tells a time stamp of an episode; NaN is none.
func (e *Episodes) unusual(score, p float64) bool {
	if e.Threshold != 0 {
		return score >= e.Threshold
	}
	return p <= e.Level
}

// keep gives episodes the readings around their peaks that have come, explains those that have all, and drops what no later one
// needs.
func (e *Episodes) keep(ctx context.Context, last bool) error {
	if e.By == nil {
		e.waiting = nil
		return nil
	}
	reach := e.around()
	if e.open != nil {
		e.fill(e.open, reach)
	}
	var rest []*episode
	for _, w := range e.waiting {
		e.fill(w, reach)
		if !last && e.end <= w.Peak+reach {
			rest = append(rest, w)
		} else if e.Most == 0 {
			if err := e.explain(ctx, w); err != nil {
				return err
			}
		}
	}
	e.waiting = rest
	if cut := max(0, e.end-reach-e.from); len(e.values) > 0 && cut > 0 {
		for c, v := range e.values {
			e.values[c] = append([]float64(nil), v[cut:]...)
		}
		e.scores = append([]float64(nil), e.scores[cut:]...)
		if len(e.times) > 0 {
			e.times = append([]int64(nil), e.times[cut:]...)
		}
		e.from += cut
	}
	return nil
}

// fill copies the readings around a peak, as far as they are there.
func (e *Episodes) fill(o *episode, reach int) {
	if o.moved {
		o.moved, o.from, o.values, o.scores, o.times = false, max(e.from, o.Peak-reach), make([][]float64, len(e.values)), nil, nil
	}
	have, to := o.from+len(o.scores), min(o.Peak+reach+1, e.from+len(e.scores))
	if have < to {
		o.scores = append(o.scores, e.scores[have-e.from:to-e.from]...)
		if len(e.times) > 0 {
			o.times = append(o.times, e.times[have-e.from:to-e.from]...)
		}
	}
	for c, v := range e.values {
		have := o.from + len(o.values[c])
		if to := min(o.Peak+reach+1, e.from+len(v)); have < to {
			o.values[c] = append(o.values[c], v[have-e.from:to-e.from]...)
		}
	}
}

// explain explains an episode once, and keeps the readings around its peak as long as it may be among the highest.
func (e *Episodes) explain(ctx context.Context, o *episode) (err error) {
	if e.By == nil || o.done || len(o.values) == 0 {
		return nil
	}
	o.Explanation, err = e.By.explain(ctx, o.values, o.Peak-o.from)
	o.Around = &Around{o.from, o.values, o.scores, o.times}
	o.done, o.values = true, nil
	if e.drawn = append(e.drawn, o); len(e.drawn) > 2*e.Pictures {
		e.forget()
	}
	return err
}

// around is how far from a peak readings are kept.
func (e *Episodes) around() int {
	if e.Pictures > 0 {
		return 2 * e.By.reach()
	}
	return e.By.reach()
}

// forget keeps the readings around the peaks of the highest alone.
func (e *Episodes) forget() {
	kept := highestOf(slices.Clone(e.drawn), e.Pictures)
	keep := map[*episode]bool{}
	for _, o := range kept {
		keep[o] = true
	}
	for _, o := range e.drawn {
		if !keep[o] {
			o.Around, o.Normal = nil, nil
		}
	}
	e.drawn = kept
}

func (e *Episodes) close() {
	e.all, e.waiting = append(e.all, e.open), append(e.waiting, e.open)
	e.open = nil
	if e.total++; e.Most > 0 && len(e.all) > 2*e.Most {
		e.all = highestOf(e.all, e.Most)
	}
}

// finish ends the present series.
func (e *Episodes) finish(ctx context.Context) error {
	if e.open != nil {
		e.close()
	}
	err := e.keep(ctx, true)
	e.series, e.from, e.end, e.values, e.going = "", 0, 0, nil, false
	return err
}

// highestOf keeps the episodes of the highest scores, in their order.
func highestOf(all []*episode, most int) []*episode {
	if len(all) <= most {
		return all
	}
	ranked := slices.Clone(all)
	slices.SortStableFunc(ranked, func(x, y *episode) int { return cmp.Compare(y.Score, x.Score) })
	kept := map[*episode]bool{}
	for _, o := range ranked[:most] {
		kept[o] = true
	}
	return slices.DeleteFunc(all, func(o *episode) bool { return !kept[o] })
}

// All ends the stream: the episodes in the order of the stream, and how many there were in all.
func (e *Episodes) All(ctx context.Context) (episodes []Episode, total int, err error) {
	if err := e.finish(ctx); err != nil {
		return nil, 0, err
	}
	if e.Most > 0 {
		e.all = highestOf(e.all, e.Most)
	}
	for _, o := range e.all {
		if err := e.explain(ctx, o); err != nil {
			return nil, 0, err
		}
	}
	e.forget()
	for _, o := range e.all {
		episodes = append(episodes, o.Episode)
	}
	return episodes, e.total, nil
}

// Alarms is how many alarms the episodes so far belong to.
func (e *Episodes) Alarms() int { return e.alarms }

// Ranked are the episodes of the highest scores, at most so many, the highest first.
func Ranked(episodes []Episode, most int) []Episode {
	out := slices.Clone(episodes)
	slices.SortStableFunc(out, func(x, y Episode) int { return cmp.Compare(y.Score, x.Score) })
	return out[:min(len(out), most)]
}
