package detect

import (
	"math"

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

// find returns where in the normal data a window lies, if at least half of its runs say the same.
func (p *prints) find(w *series.Window) (place, bool) {
	votes, runs := map[position]int{}, 0
	p.each(w, 0, func(i int, sum uint64) {
		at, ok := p.known[sum]
		if ok && at.series < 0 {
			return
		}
		runs++
		if ok {
			votes[position{at.series, at.at - i}]++
		}
	})
	for at, n := range votes {
		if 2*n > runs {
			return place{at.series, at.at, at.at + w.End - w.Start}, true
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
