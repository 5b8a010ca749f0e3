package jobs

import (
	"fmt"
	"time"
)

// patience is how many times [Follow.Settle] inputs wait for one that lies before them and is not complete.
const patience = 10

// grown returns what is to be looked at where inputs continue each other: the complete inputs of every recording of which one has come,
// has changed or is gone, and marks them as done. An input waits for those before it that are there and not complete, up to a bound.
func (r *run) grown(w *watch, there []Input) (out []Input) {
	files := map[string]int{} // there are, by recording
	for _, one := range recordings(there) {
		of := there[one[0]].Recording()
		part, fresh := r.complete(w, there, one)
		files[of] = len(one)
		if !fresh && len(one) >= w.files[of] {
			continue
		}
		for _, in := range part {
			w.seen[in.Path].done = true
		}
		out = append(out, part...)
	}
	w.files = files
	return out
}

// complete returns the inputs of a recording that may be worked on, in their order, and whether one of them has not been.
func (r *run) complete(w *watch, there []Input, one []int) (part []Input, fresh bool) {
	holding := false
	for k, i := range one {
		in, at := there[i], w.seen[there[i].Path]
		switch {
		case at.settled && (at.done || !holding):
			part, fresh = append(part, in), fresh || !at.done
		case !at.settled && w.waiting(there, one[k+1:]):
			if at.held.IsZero() {
				at.held = now()
			}
			if bound := patience * w.f.Settle; now().Sub(at.held) < bound {
				holding = true
			} else if !at.told {
				at.told = true
				r.note("%s is still changing after %v; the files behind it go on without it, and are made anew once it is complete", in.Path, bound.Round(time.Millisecond))
			}
		}
	}
	return part, fresh
}

// waiting tells whether one of some inputs is complete and has not been worked on.
func (w *watch) waiting(there []Input, of []int) bool {
	for _, i := range of {
		if at := w.seen[there[i].Path]; at.settled && !at.done {
			return true
		}
	}
	return false
}

// note tells what is worth a line.
func (r *run) note(format string, args ...any) {
	if r.o.Note != nil {
		r.o.Note(fmt.Sprintf(format, args...))
	}
}
