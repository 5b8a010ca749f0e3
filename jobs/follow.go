package jobs

import (
	"context"
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
	// is taken for complete. A file that is moved in whole and is as old is taken at once.
	Settle time.Duration
	// Looked, unless nil, is told after each look what was done so far.
	Looked func(sum Summary)
}

// sight is what is known of an input from one look to the next.
type sight struct {
	stamp stamp
	since time.Time // first seen like that
	done  bool      // it was worked on as it is
}

// watch tells which inputs are complete and have not been worked on.
type watch struct {
	f    *Follow
	seen map[string]*sight
}

// ready returns the inputs to work on, and marks them as done.
func (w *watch) ready(all []Input) (out []Input) {
	seen := map[string]*sight{}
	for _, in := range all {
		info, err := os.Stat(in.Path)
		if err != nil || info.IsDir() {
			continue // not there yet, or gone again
		}
		at, now := w.seen[in.Path], now()
		if s := stampOf(info); at == nil || at.stamp != s {
			at = &sight{stamp: s, since: now}
		}
		seen[in.Path] = at
		settled := now.Sub(info.ModTime()) >= w.f.Settle || now.Sub(at.since) >= w.f.Settle
		if settled && !at.done {
			at.done = true
			out = append(out, in)
		}
	}
	w.seen = seen
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
		if ready := w.ready(all); len(ready) > 0 {
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
			return r.save()
		}
	}
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
		now[s.Path] = true
	}
	kept := r.sum.Failed[:0]
	for _, f := range r.sum.Failed {
		if !now[f.Input] {
			kept = append(kept, f)
		}
	}
	r.sum.Failed = kept
	r.sum.Beside = slices.DeleteFunc(r.sum.Beside, func(file string) bool {
		return slices.ContainsFunc(steps, func(s Step) bool { return s.Beside == file })
	})
}
