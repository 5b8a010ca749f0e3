package detect

import (
	"math"
	"slices"

	"github.com/wavekin/wavekin/internal/random"
	"github.com/wavekin/wavekin/series"
)

// prints recognise stretches of the normal data by their values, wherever windows start: runs of some time stamps, chosen by
// their own content so that the same ones are chosen when the data are met again. A run that occurs twice recognises
// nothing and is dropped. Windows shorter than a run may be equal by chance and are never recognised.
type prints struct {
	every uint64 // one in so many runs is kept
	known map[uint64]position
	next  int // the first time stamp of the present series that is in no run yet
	last  int // the start of the last window learnt
	of    int // the present series
}

// position is a time stamp of a normal series; series is -1 for a run that occurs more than once.
type position struct{ series, at int }

// run is the number of time stamps in a run.
const run = 8

func newPrints(window int) prints {
	return prints{every: uint64(max(1, min(8, window/16))), known: map[uint64]position{}, last: -1}
}

// restarted tells whether a window at start belongs to another series than the one before, of the same name.
func (p *prints) restarted(start int) bool { return start <= p.last }

func (p *prints) begin(series int) { p.of, p.next, p.last = series, 0, -1 }

// learn keeps the runs of a window that those before it did not hold.
func (p *prints) learn(w *series.Window) {
	p.each(w, max(0, p.next-w.Start), func(i int, sum uint64) {
		at := position{p.of, w.Start + i}
		if _, twice := p.known[sum]; twice {
			at.series = -1
		}
		p.known[sum] = at
	})
	p.next, p.last = max(p.next, w.End-run+1), w.Start
}

// finder finds one window after the other: of one that shares readings with the window before it only the rest are looked at.
type finder struct {
	prints *prints
	last   *series.Window
	runs   []met
}

// met is a chosen run of a window, at a time stamp of its series, and where the normal data hold it.
type met struct {
	stamp int
	known bool
	at    position
}

// find returns where in the normal data a window lies, if more than half of its runs say the same.
func (f *finder) find(w *series.Window) (place, bool) {
	from := 0
	if f.follows(w) {
		from = max(0, f.last.End-run+1-w.Start)
		f.runs = slices.DeleteFunc(f.runs, func(r met) bool { return r.stamp < w.Start })
	} else {
		f.runs = f.runs[:0]
	}
	f.last = w
	f.prints.each(w, from, func(i int, sum uint64) {
		if at, ok := f.prints.known[sum]; !ok || at.series >= 0 {
			f.runs = append(f.runs, met{w.Start + i, ok, at})
		}
	})
	return f.vote(w)
}

// follows tells whether a window begins within the last one, by the place of its readings in memory.
func (f *finder) follows(w *series.Window) bool {
	if f.last == nil || len(w.Values) != len(f.last.Values) {
		return false
	}
	for c, v := range w.Values {
		if was, shift := f.last.Values[c], w.Start-f.last.Start; shift < 0 || shift >= len(was) || len(v) < len(was)-shift || &v[0] != &was[shift] {
			return false
		}
	}
	return len(w.Values) > 0
}

// vote is the place on which more than half of the runs of a window agree.
func (f *finder) vote(w *series.Window) (place, bool) {
	known := 0
	for _, r := range f.runs {
		if r.known {
			known++
		}
	}
	if 2*known <= len(f.runs) {
		return place{}, false
	}
	votes := map[position]int{}
	for _, r := range f.runs {
		if r.known {
			at := position{r.at.series, r.at.at - (r.stamp - w.Start)}
			if votes[at]++; 2*votes[at] > len(f.runs) {
				return place{at.series, at.at, at.at + w.End - w.Start}, true
			}
		}
	}
	return place{}, false
}

// each calls f with the chosen runs that start at from or later.
func (p *prints) each(w *series.Window, from int, f func(i int, sum uint64)) {
	n := 0
	if len(w.Values) > 0 {
		n = len(w.Values[0])
	}
	stamps := make([]uint64, 0, n)
	for t := from; t < n; t++ {
		var sum uint64
		for _, v := range w.Values {
			bits := math.Float64bits(v[t])
			if series.IsGap(v[t]) {
				bits = 1 // one gap is like another, whatever the bits of its NaN
			}
			sum = random.Mix(sum ^ bits)
		}
		stamps = append(stamps, sum)
	}
	for i := 0; i+run <= len(stamps); i++ {
		var sum uint64
		for _, s := range stamps[i : i+run] {
			sum = random.Mix(sum + s)
		}
		if sum%p.every == 0 {
			f(from+i, sum)
		}
	}
}
