package jobs

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"time"
)

// Follow says how a job goes on with inputs that come while it runs.
type Follow struct {
	// Find lists the inputs there are now.
	Find func() ([]Input, error)
	// Every is the time between two looks; below 1 it is a second.
	Every time.Duration
	// Settle is how long an input must have been left alone, by its time of modification or since it was first seen like that, before it
	// is taken for complete. A file that is moved in whole and is as old is taken at once. Where inputs continue each other, one waits for
	// those before it that are not complete, up to ten times as long.
	Settle time.Duration
	// Looked, unless nil, is told after each look what was done so far.
	Looked func(sum Summary)
}

// sight is what is known of an input from one look to the next.
type sight struct {
	stamp stamp
	since time.Time // first seen like that
	// settled is whether it is taken for complete, and done whether it was worked on as it is.
	settled, done bool
	// held is since when inputs after it wait for it, where inputs continue each other; told whether that was given up.
	held time.Time
	told bool
}

// watch tells which inputs are complete and have not been worked on.
type watch struct {
	f    *Follow
	seen map[string]*sight
	// files counts the inputs of each recording at the last look, where inputs continue each other.
	files map[string]int
}

// see looks at inputs and returns those that are there. Whole tells those that are known to be complete as they are.
func (w *watch) see(all []Input, whole func(in Input, s stamp) bool) (there []Input) {
	seen := map[string]*sight{}
	for _, in := range all {
		info, err := os.Stat(in.Path)
		if err != nil || info.IsDir() {
			continue // not there yet, or gone again
		}
		at, now := w.seen[in.Path], now()
		if s := stampOf(info); at == nil || at.stamp != s {
			next := &sight{stamp: s, since: now}
			if at != nil && !at.done {
				next.held, next.told = at.held, at.told
			}
			at = next
		}
		seen[in.Path] = at
		at.settled = at.settled || now.Sub(info.ModTime()) >= w.f.Settle || now.Sub(at.since) >= w.f.Settle || whole(in, at.stamp)
		there = append(there, in)
	}
	w.seen = seen
	return there
}

// ready returns the inputs to work on, each by itself, and marks them as done.
func (w *watch) ready(there []Input) (out []Input) {
	for _, in := range there {
		if at := w.seen[in.Path]; at.settled && !at.done {
			at.done = true
			out = append(out, in)
		}
	}
	return out
}

// wait is the time between two looks; false when the run has ended.
func (f *Follow) wait(ctx context.Context) bool {
	every := f.Every
	if every < 1 {
		every = time.Second
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(every):
		return true
	}
}

// follow works on inputs as they come, until the context ends. The order of a look is that of [Find].
func (r *run) follow(ctx context.Context, f *Follow) error {
	w := &watch{f: f}
	for {
		all, err := f.Find()
		if err != nil {
			return err
		}
		ready := r.ready(w, all)
		if len(ready) > 0 {
			// What would be written to one place is refused over all inputs, whenever they come.
			if _, err := r.job.over(all).steps(); err != nil {
				return err
			}
			if err := r.look(ctx, ready); err != nil && ctx.Err() == nil {
				return err
			}
		}
		if f.Looked != nil {
			f.Looked(r.sum)
		}
		if !f.wait(ctx) {
			return errors.Join(r.inOrder(all), r.save())
		}
	}
}

// inOrder puts the files beside the outputs in the order of the inputs, whenever these came.
func (r *run) inOrder(all []Input) error {
	steps, err := r.job.over(all).steps()
	at := map[string]int{}
	for i, s := range steps {
		at[s.Beside] = i
	}
	slices.SortStableFunc(r.sum.Beside, func(a, b string) int { return cmp.Compare(at[a], at[b]) })
	return err
}

// ready returns the inputs to look at.
func (r *run) ready(w *watch, all []Input) []Input {
	if !r.job.Continuous {
		return w.ready(w.see(all, func(Input, stamp) bool { return false }))
	}
	// The one that was the last before a restart would otherwise wait, and the one before it be taken for the last.
	there := w.see(all, func(in Input, s stamp) bool {
		known, ok := r.record(in)
		return ok && known.Source == s
	})
	return r.grown(w, there)
}

// record is what is known of an input's output.
func (r *run) record(in Input) (record, bool) {
	known, ok := r.known.Outputs[recordKey(in.Place+r.job.Ending)]
	return known, ok
}

// over is the job over other inputs.
func (j Job) over(inputs []Input) Job {
	j.Inputs = inputs
	return j
}

// made tells whether there is an output, which an interrupted look may not have come to.
func (s *Step) made(known *manifest) bool {
	_, ok := known.Outputs[s.key]
	return ok
}

// forget leaves the failures out of inputs that are worked on once more.
func (r *run) forget(steps []Step) {
	now := map[string]bool{}
	for _, s := range steps {
		now[s.Path], now[s.Beside] = true, true
	}
	r.sum.Failed = slices.DeleteFunc(r.sum.Failed, func(f Failure) bool { return now[f.Input] })
	r.sum.Beside = slices.DeleteFunc(r.sum.Beside, func(file string) bool { return now[file] })
}
