package suite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/archive"
	"github.com/wavekin/wavekin/evaluate"
)

// Item is one set of a comparison, whose data are read when its turn comes.
type Item struct {
	Name string
	// Rows makes the rows of the set, see [Classify.Set].
	Rows func(ctx context.Context, j *Journal) ([]Row, error)
}

// Items are sets as they are published, read with the given options.
func (c Classify) Items(sets []archive.Set, o datasets.Options) []Item {
	var out []Item
	for _, s := range sets {
		out = append(out, Item{s.Name, func(ctx context.Context, j *Journal) ([]Row, error) {
			d, err := s.Read(ctx, o)
			if err != nil {
				return nil, err
			}
			return c.Set(ctx, Set{Name: s.Name, Train: d.Train, Test: d.Test}, j)
		}})
	}
	return out
}

// Items are recordings as they are published, read with the given options and sorted by time. What is learnt from is a.Part where
// that is set, else what the collection says, else the first 15 %.
func (a Anomaly) Items(sets []archive.Set, o datasets.Options) []Item {
	o.Sort = true // the first part and the labels go by time
	var out []Item
	for _, s := range sets {
		out = append(out, Item{s.Name, func(ctx context.Context, j *Journal) ([]Row, error) {
			d, err := s.Read(ctx, o)
			if err != nil {
				return nil, err
			}
			var rows []Row
			var quiet oneClass
			for i, one := range d.Test {
				name, run := s.Name, a
				if len(d.Test) > 1 {
					name += "/" + one.ID
				}
				if a.Part == 0 && i < len(d.Train) && (len(d.Train) == 1 || d.Train[i].ID == one.ID) {
					run.Normal = d.Train[i]
				}
				more, err := run.Series(ctx, name, one, j)
				rows = append(rows, more...)
				if errors.Is(err, evaluate.ErrOneClass) {
					quiet = append(quiet, name)
				} else if err != nil {
					return rows, err
				}
			}
			return rows, quiet.err()
		}})
	}
	return out
}

// oneClass names the series of a set that are left out, since their labels are of one kind.
type oneClass []string

func (o oneClass) err() error {
	if len(o) == 0 {
		return nil
	}
	return o
}

func (o oneClass) Error() string {
	return fmt.Sprintf("%v: %s", evaluate.ErrOneClass, strings.Join(o, ", "))
}

// Is tells that it is an [evaluate.ErrOneClass].
func (oneClass) Is(err error) bool { return err == evaluate.ErrOneClass }

// Together makes several comparisons of the same sets one: each list has the sets in the same order. Rows that they have in
// common, such as raw values, are made once.
func Together(runs ...[]Item) []Item {
	if len(runs) == 1 {
		return runs[0]
	}
	var out []Item
	for i := range runs[0] {
		out = append(out, Item{runs[0][i].Name, func(ctx context.Context, j *Journal) ([]Row, error) {
			var each []func(j *Journal) ([]Row, error)
			for _, run := range runs {
				each = append(each, func(j *Journal) ([]Row, error) { return run[i].Rows(ctx, j) })
			}
			return inTurn(j, each)
		}})
	}
	return out
}

// inTurn makes the rows of several comparisons, those in common once. Labels of one kind in one of them do not end the others.
func inTurn(j *Journal, each []func(j *Journal) ([]Row, error)) (rows []Row, err error) {
	if j == nil {
		j = NewJournal()
	}
	seen := map[string]bool{}
	var quiet error
	for _, f := range each {
		more, err := f(j)
		for _, r := range more {
			if key, kerr := r.key(); kerr != nil || !seen[key] {
				seen[key] = true
				rows = append(rows, r)
			}
		}
		if errors.Is(err, evaluate.ErrOneClass) {
			quiet = err
		} else if err != nil {
			return rows, err
		}
	}
	return rows, quiet
}

// CompareImages is a set of images on which several comparisons are made. open is called when its turn comes; what it returns
// besides the set is called afterwards. Rows that the comparisons have in common, such as raw pixels, are made once.
func CompareImages(name string, open func() (ImageSet, func() error, error), runs ...Images) Item {
	return Item{name, func(ctx context.Context, j *Journal) (rows []Row, err error) {
		s, done, err := open()
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, done()) }()
		var each []func(j *Journal) ([]Row, error)
		for _, c := range runs {
			each = append(each, func(j *Journal) ([]Row, error) { return c.Set(ctx, s, j) })
		}
		return inTurn(j, each)
	}}
}

// Options say how a comparison is run.
type Options struct {
	// Journal keeps finished rows; nil keeps nothing.
	Journal *Journal
	// Parallel is how many sets are worked on at once; 0 means 1. The rows do not depend on it, but for the time that they took
	// and, with a budget in seconds, the number of steps.
	Parallel int
}

// Result is the result of a comparison.
type Result struct {
	// Rows are those of all sets, in the order of the sets.
	Rows []Row
	// Sets counts the sets, Skipped names those with labels of one kind only, which tell nothing apart, or the series of a set that
	// are left out for that.
	Sets    int
	Skipped []string
	// Failed are sets that could not be done, which does not keep the others from being done.
	Failed []Failure
	// Seconds is the time that it took.
	Seconds float64
}

// Failure is a set that could not be done.
type Failure struct {
	Set string
	Err error
}

// Compare makes the rows of all sets. It ends early when ctx is cancelled, or with ErrJournal; the result then holds the rows that
// were there.
func Compare(ctx context.Context, items []Item, o Options) (*Result, error) {
	if o.Parallel < 0 {
		return nil, fmt.Errorf("%d sets at once, want at least 1, or 0 for 1", o.Parallel)
	}
	start := time.Now()
	type outcome struct {
		rows []Row
		err  error
	}
	done := make([]outcome, len(items))
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var ended error // what ends it all
	var mu sync.Mutex
	var wait sync.WaitGroup
	next := make(chan int)
	for range min(max(1, o.Parallel), len(items)) {
		wait.Go(func() {
			for i := range next {
				if ctx.Err() != nil {
					continue
				}
				rows, err := items[i].Rows(ctx, o.Journal)
				done[i] = outcome{rows, err}
				if endsAll(err) {
					mu.Lock()
					if ended == nil {
						ended = err
					}
					mu.Unlock()
					stop()
				}
			}
		})
	}
	for i := range items {
		next <- i
	}
	close(next)
	wait.Wait()
	r := &Result{Sets: len(items), Seconds: time.Since(start).Seconds()}
	for i, d := range done {
		r.Rows = append(r.Rows, d.rows...)
		switch {
		case d.err == nil, endsAll(d.err):
		case errors.Is(d.err, evaluate.ErrOneClass):
			left := oneClass{items[i].Name}
			errors.As(d.err, &left)
			r.Skipped = append(r.Skipped, left...)
		default:
			r.Failed = append(r.Failed, Failure{items[i].Name, d.err})
		}
	}
	if ended == nil {
		ended = ctx.Err()
	}
	return r, ended
}

// endsAll tells whether an error ends the comparison.
func endsAll(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrJournal)
}
