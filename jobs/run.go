package jobs

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/internal/output"
	"github.com/wavekin/wavekin/internal/reread"
)

// Table is the output of one input, complete but not yet in its place, and what is told of it.
type Table struct {
	*datasets.Writer
	// Rows are those of the table, and Windows what they were made of.
	Rows, Windows int
	// Beside is kept at [Step.Beside], where the job wants something beside its outputs.
	Beside []byte
	// After is what is left to the file that continues the input, in a job that is continuous.
	After []byte
	// Ends says that the output depends on whether the input is the last one of its recording ([Step.Last]).
	Ends bool
}

// Work makes the output of one input and does not close it. After an error it leaves nothing behind.
type Work func(ctx context.Context, s Step) (Table, error)

// Options say how a job is run; the zero value does one large input after the other, and goes on after one that fails.
type Options struct {
	// Workers is how many large inputs are worked on at once; 0 means 1. Up to 64 small ones take the place of a large one, so that the
	// memory needed does not grow with their number or size.
	Workers int
	// Retries is how many times what may pass is tried again, see [datasets.Options].
	Retries int
	// Stop ends the job at the first input that fails.
	Stop bool
	// Done, unless nil, is told of every input, with its error or nil; one call at a time.
	Done func(s Step, err error, done, total int)
	// Follow, unless nil, goes on with inputs that come later, until the context ends; Run then returns no error for that.
	Follow *Follow
	// Note, unless nil, is told what else is worth a line.
	Note func(text string)
}

// Failure is an input without an output.
type Failure struct {
	Input string
	Err   error
}

// Summary is what a run has done.
type Summary struct {
	// Inputs counts all, Kept those whose outputs were up to date, and Done the outputs that were made, each time that one was.
	Inputs, Kept, Done int
	// Rows and Windows count what was made.
	Rows, Windows int
	// Failed are in the order of the inputs.
	Failed []Failure
	// Beside are the files beside the outputs of all other inputs, in their order, where the job wants them.
	Beside []string
}

// Run makes the outputs that are missing or out of date. What is done stays when it ends early: by its context, by an output that
// cannot be written, or, with Stop, by an input that fails; the error says which. Inputs that fail otherwise are in the summary. An
// error of type [*BusyError] says that another job works on the folder.
func (j Job) Run(ctx context.Context, o Options, work Work) (*Summary, error) {
	_, err := os.Stat(j.Out)
	fresh := errors.Is(err, fs.ErrNotExist)
	if err := os.MkdirAll(j.Out, 0o777); err != nil {
		return nil, output.Wrap(j.Out, err)
	}
	if fresh {
		defer os.Remove(j.Out) // does nothing where something is in it
	}
	l, err := lockFolder(j.Out, j.Shard)
	if err != nil {
		return nil, err
	}
	defer l.release()
	known, err := readManifests(j.Out)
	if err != nil {
		return nil, err
	}
	steps, err := j.steps()
	if err != nil {
		return nil, err
	}
	j.sweep(steps)
	j.takeOver(known, steps)
	r := &run{job: j, o: o, work: work, known: known, counted: map[string]bool{}, met: map[string]bool{}, fails: map[string]failing{}}
	if dead := l[0].dead; dead != "" {
		r.note("%s: the job before (%s) did not end by itself; this one goes on from there", j.Out, dead)
	}
	// What shards know is to be in this manifest before theirs are removed.
	r.dirty = j.Shard.Count == 0 && len(manifestFiles(j.Out)) > 1
	if o.Follow != nil {
		err = r.follow(ctx, o.Follow)
	} else {
		err = r.look(ctx, j.Inputs)
	}
	if err == nil {
		err = j.tidy()
	}
	return &r.sum, err
}

// look works on what is to be done of some inputs.
func (r *run) look(ctx context.Context, inputs []Input) error {
	steps, err := r.job.over(inputs).plan(r.known)
	if err != nil {
		return err
	}
	r.forget(steps)
	r.failed, r.ended, r.total = make([]error, len(steps)), 0, len(steps)
	err = r.all(ctx, steps)
	for i, failure := range r.failed {
		switch {
		case failure != nil:
			r.sum.Failed = append(r.sum.Failed, Failure{steps[i].Path, failure})
		case r.job.Beside != "" && steps[i].made(r.known):
			r.sum.Beside = append(r.sum.Beside, steps[i].Beside)
		}
	}
	for _, s := range steps {
		r.met[s.key] = true
	}
	r.sum.Inputs = len(r.met)
	return err
}

// sweep removes what killed jobs have left: below the folder where nobody else writes there, else of the shard's own outputs.
func (j Job) sweep(steps []Step) {
	if j.Shard.Count == 0 {
		// A folder that cannot be listed has nothing that could be removed.
		_ = filepath.WalkDir(j.Out, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				output.SweepFolder(path, func(string) bool { return true })
			}
			return nil
		})
		return
	}
	mine := map[string]map[string]bool{j.Out: {j.Shard.name(manifestEnding): true}}
	for _, s := range steps {
		dir, base := filepath.Dir(s.Output), filepath.Base(s.Output)
		if mine[dir] == nil {
			mine[dir] = map[string]bool{}
		}
		mine[dir][base] = true
	}
	for dir, bases := range mine {
		output.SweepFolder(dir, func(base string) bool { return bases[base] })
	}
}

// takeOver leaves in the manifest of a shard what is its own.
func (j Job) takeOver(known *manifest, steps []Step) {
	if j.Shard.Count == 0 {
		return
	}
	mine := map[string]record{}
	for _, s := range steps {
		if r, ok := known.Outputs[s.key]; ok {
			mine[s.key] = r
		}
	}
	known.Outputs = mine
}

// tidy removes the manifests of shards, which that of the whole folder has taken over.
func (j Job) tidy() error {
	if j.Shard.Count > 0 {
		return nil
	}
	for _, file := range manifestFiles(j.Out) {
		if filepath.Base(file) != j.Shard.name(manifestEnding) {
			if err := os.Remove(file); err != nil {
				return output.Wrap(file, err)
			}
		}
	}
	return nil
}

// run is a job under way.
type run struct {
	job  Job
	o    Options
	work Work

	mu     sync.Mutex // of what follows
	known  *manifest
	dirty  bool // known has more than its file
	sum    Summary
	failed []error // by step of this look
	ended  int     // steps of this look, of total
	total  int
	// counted are the outputs that are in Done or Kept, met those of all inputs so far, and fails the inputs that failed, by path, where later inputs are taken too.
	counted map[string]bool
	met     map[string]bool
	fails   map[string]failing
}

// all does what the steps say, and keeps the manifest.
func (r *run) all(ctx context.Context, steps []Step) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	saved := make(chan struct{})
	var keeping sync.WaitGroup
	keeping.Go(func() { r.keep(saved, cancel) })
	if r.job.Continuous {
		r.continuing(ctx, steps, cancel)
	} else {
		r.each(ctx, steps, cancel)
	}
	close(saved)
	keeping.Wait()
	return errors.Join(context.Cause(ctx), r.save())
}

// each does what the steps say, each by itself.
func (r *run) each(ctx context.Context, steps []Step, cancel context.CancelCauseFunc) {
	slots := make(chan struct{}, large*max(1, r.o.Workers))
	var workers sync.WaitGroup
	for i := range steps {
		if !steps[i].Do {
			r.mu.Lock()
			r.keepStep(&steps[i])
			r.mu.Unlock()
			continue
		}
		n := weight(steps[i].source.Bytes)
		for range n {
			slots <- struct{}{}
		}
		workers.Go(func() {
			if err := r.step(ctx, i, steps[i]); err != nil {
				cancel(err)
			}
			for range n {
				<-slots
			}
		})
	}
	workers.Wait()
}

const (
	// large is the weight of the inputs that are worked on alone, or beside as many as there are workers.
	large = 64
	// perWeight is how many bytes weigh one: compressed ones take some times as much memory, and readers hold some for any file.
	perWeight = 128 << 10
)

// weight is how many of the slots an input takes.
func weight(bytes int64) int { return int(min(1+bytes/perWeight, large)) }

// refresh notes the time of an input that was written again with the same content.
func (r *run) refresh(s *Step) {
	if s.sum == "" {
		return
	}
	rec := r.known.Outputs[s.key]
	rec.Source = s.source.trusted(now())
	r.known.Outputs[s.key] = rec
	r.dirty = true
}

// step makes one output. An error ends the job.
func (r *run) step(ctx context.Context, i int, s Step) error {
	if ctx.Err() != nil {
		return nil // whoever ended it has said why
	}
	rec, err := r.make(ctx, &s)
	var out *output.Error
	var fatal error
	switch {
	case err != nil && ctx.Err() != nil:
		return nil
	case errors.As(err, &out):
		return err
	case err != nil && r.o.Stop:
		fatal = err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended++
	if r.failed[i] = err; err == nil {
		r.sum.Done++
		r.counted[s.key] = true
		r.sum.Rows += rec.Rows
		r.sum.Windows += rec.Windows
		r.known.Outputs[s.key] = rec
		r.known.Made[rec.Made] = r.job.Made
		r.dirty = true
	}
	if r.o.Done != nil {
		r.o.Done(s, err, r.ended, r.total)
	}
	return fatal
}

// make makes one output, puts it in its place, and returns what is known of it then.
func (r *run) make(ctx context.Context, s *Step) (record, error) {
	again := reread.Options{Retries: r.o.Retries}
	before, err := reread.Stat(s.Path, again)
	if err == nil && before.IsDir() {
		if _, err = os.ReadDir(s.Path); err == nil {
			err = errors.New("no files of a known format there")
		}
	}
	if err != nil {
		return record{}, &datasets.Error{File: s.Path, Offset: -1, Err: plain(err)}
	}
	begun := now()
	if s.sum, err = hash(s.Path, again); err != nil {
		return record{}, &datasets.Error{File: s.Path, Offset: -1, Err: plain(err)}
	}
	if err := os.MkdirAll(filepath.Dir(s.Output), 0o777); err != nil {
		return record{}, output.Wrap(s.Output, err)
	}
	if s.before != nil {
		if err := s.before.load(); err != nil {
			return record{}, err
		}
	}
	t, err := r.work(ctx, *s)
	if err != nil {
		return record{}, err
	}
	if err := Unchanged(s.Path, before); err != nil {
		return record{}, errors.Join(err, t.Abort())
	}
	beside, err := r.beside(s, t.Beside)
	if err != nil {
		return record{}, errors.Join(err, t.Abort())
	}
	left, err := r.leave(s, t)
	if err != nil {
		return record{}, errors.Join(err, t.Abort())
	}
	if err := t.Close(); err != nil {
		return record{}, err
	}
	written, err := os.Stat(s.Output)
	if err != nil {
		return record{}, output.Wrap(s.Output, err)
	}
	return record{Input: s.Path, SHA256: s.sum, Source: stampOf(before).trusted(begun), Output: stampOf(written), Made: r.job.Made.id(), Rows: t.Rows, Windows: t.Windows, Beside: beside, Seam: left}, nil
}

// beside puts what goes along with an output in its place, or removes what is left of an earlier one.
func (r *run) beside(s *Step, content []byte) (*besideRecord, error) {
	if r.job.Beside == "" {
		_ = os.Remove(s.Beside) // most often it is not there; one that stays is never looked at
		return nil, nil
	}
	if err := os.MkdirAll(filepath.Dir(s.Beside), 0o777); err != nil {
		return nil, output.Wrap(s.Beside, err)
	}
	if err := writeWhole(s.Beside, content); err != nil {
		return nil, err
	}
	info, err := os.Stat(s.Beside)
	if err != nil {
		return nil, output.Wrap(s.Beside, err)
	}
	return &besideRecord{r.job.Beside, stampOf(info)}, nil
}

// Unchanged tells whether an input is still the file that it was before it was read; nil stands for what is no file.
func Unchanged(path string, before fs.FileInfo) error {
	if before == nil || !before.Mode().IsRegular() {
		return nil
	}
	after, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = errors.New("it was removed while it was read, perhaps before it was complete")
	case err == nil && (stampOf(before) != stampOf(after) || !os.SameFile(before, after)):
		err = errors.New("it changed while it was read; run the command again to read it again")
	}
	if err != nil {
		return &datasets.Error{File: path, Offset: -1, Err: plain(err)}
	}
	return nil
}

// keepEvery is the least time between two writings of the manifest. What was done since the last one is done again after a kill.
const keepEvery = 200 * time.Millisecond

// keep writes the manifest now and then until the job ends; one that cannot be written ends it.
func (r *run) keep(end <-chan struct{}, cancel context.CancelCauseFunc) {
	wait := keepEvery
	for {
		select {
		case <-end:
			return
		case <-time.After(wait):
		}
		begun := time.Now()
		if err := r.save(); err != nil {
			cancel(err)
			return
		}
		// A long manifest must not take more than a small share of the time.
		wait = max(keepEvery, 20*time.Since(begun))
	}
}

// save writes the manifest where it has changed.
func (r *run) save() error {
	r.mu.Lock()
	if !r.dirty {
		r.mu.Unlock()
		return nil
	}
	text, err := r.known.encode()
	r.dirty = false
	r.mu.Unlock()
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(r.job.Out, r.job.Shard.name(manifestEnding)), text)
}

// Paths are the inputs that failed.
func (s *Summary) Paths() []string {
	paths := []string{}
	for _, f := range s.Failed {
		paths = append(paths, f.Input)
	}
	return slices.Clip(paths)
}
