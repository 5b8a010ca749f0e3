package jobs

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/internal/output"
)

const (
	// seamFolder holds what files leave to those that continue them, in the layout of the outputs.
	seamFolder = prefix + ".seams"
	seamEnding = ".json"
)

// seamRecord is what is known of what an input has left to the one that continues it.
type seamRecord struct {
	// Before and After are the hashes of what there was before it and of what it has left; Before is "" at the beginning.
	Before string `json:"before,omitempty"`
	After  string `json:"after"`
	File   stamp  `json:"file"`
	// Ends is [Table.Ends], and Last whether the input was the last one of its recording.
	Ends bool `json:"ends,omitempty"`
	Last bool `json:"last,omitempty"`
}

// timeKeys are Hive partitions by time: files that differ in these alone are of one recording.
var timeKeys = []string{"year", "month", "week", "day", "date", "hour", "minute", "dt", "ds"}

// Recording names what an input continues, where files are cut from recordings: its folder, without Hive partitions by time. Inputs of
// one recording continue each other in the order of their places, numbers in these by their value.
func (in Input) Recording() string {
	dir, _ := path.Split(in.Place)
	parts := slices.DeleteFunc(strings.Split(dir, "/"), func(part string) bool {
		key, _, ok := strings.Cut(part, "=")
		return ok && slices.Contains(timeKeys, strings.ToLower(key))
	})
	return strings.Join(parts, "/")
}

// recordings are the numbers of inputs by recording, in the order in which they continue each other.
func recordings(inputs []Input) (all [][]int) {
	at := map[string]int{}
	for i, in := range inputs {
		name := in.Recording()
		k, ok := at[name]
		if !ok {
			k = len(all)
			at[name], all = k, append(all, nil)
		}
		all[k] = append(all[k], i)
	}
	for _, one := range all {
		slices.SortStableFunc(one, func(a, b int) int { return byNumber(inputs[a].Place, inputs[b].Place) })
	}
	return all
}

// inputsOf are those of steps.
func inputsOf(steps []Step) []Input {
	out := make([]Input, len(steps))
	for i, s := range steps {
		out[i] = s.Input
	}
	return out
}

// byNumber compares names, stretches of digits in them as numbers: day=9 comes before day=10, and part-2.csv before part-10.csv.
func byNumber(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		m, n := leadingDigits(x), leadingDigits(y)
		if m == 0 || n == 0 {
			if c := cmp.Compare(x[0], y[0]); c != 0 {
				return c
			}
			x, y = x[1:], y[1:]
			continue
		}
		p, q := strings.TrimLeft(x[:m], "0"), strings.TrimLeft(y[:n], "0")
		if c := cmp.Or(cmp.Compare(len(p), len(q)), cmp.Compare(p, q)); c != 0 {
			return c
		}
		x, y = x[m:], y[n:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(a, b))
}

func leadingDigits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

// continued adds to a plan what follows from files continuing each other.
func (j Job) continued(steps []Step, known *manifest) {
	for _, one := range recordings(inputsOf(steps)) {
		left, anew := "", false // what there is before a file, and whether one before it is made anew
		for k, i := range one {
			s := &steps[i]
			s.Last = k == len(one)-1
			r := known.Outputs[s.key].Seam
			switch {
			case s.Do:
			case r == nil || !holds(r.File, s.seam):
				s.Do, s.Why = true, "what the next file goes on with is gone or was changed by others"
			case r.Ends && r.Last && !s.Last:
				s.Do, s.Why = true, "it was the last file of its recording, and another one follows now"
			case r.Ends && !r.Last && s.Last:
				s.Do, s.Why = true, "it is the last file of its recording now"
			case anew:
				s.Do, s.depends, s.Why = true, true, "a file before it is made anew"
			case r.Before != left:
				s.Do, s.Why = true, "what lies before it has changed"
			}
			if anew = anew || s.Do; !anew {
				left = r.After
			}
		}
	}
}

// holds tells whether a file is the one that was written.
func holds(s stamp, file string) bool {
	info, err := os.Stat(file)
	return err == nil && stampOf(info) == s
}

// seam is what lies before a file of a recording: its hash, and its content once that is needed.
type seam struct {
	hash, file string
	content    []byte
}

// load reads the content.
func (s *seam) load() error {
	if s.hash == "" || s.content != nil {
		return nil
	}
	text, err := os.ReadFile(s.file)
	if err == nil && hashOf(text) != s.hash {
		err = errors.New("it was changed by others")
	}
	if err != nil {
		return &datasets.Error{File: s.file, Offset: -1, Err: fmt.Errorf("what the file before has left: %w; run the command again to make that anew", plain(err))}
	}
	s.content = text
	return nil
}

func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// continuing does what the steps say, recording by recording: as many of these at once as there are slots.
func (r *run) continuing(ctx context.Context, steps []Step, cancel context.CancelCauseFunc) {
	slots := make(chan struct{}, large*max(1, r.o.Workers))
	var taking sync.Mutex // one takes all its slots before the next begins to
	var workers sync.WaitGroup
	for _, one := range recordings(inputsOf(steps)) {
		workers.Go(func() {
			var before seam
			late := r.lateness(steps, one)
			for k, i := range one {
				n := weight(steps[i].source.Bytes)
				taking.Lock()
				for range n {
					slots <- struct{}{}
				}
				taking.Unlock()
				err := r.next(ctx, i, steps[i], &before)
				for range n {
					<-slots
				}
				if err != nil {
					cancel(err)
				}
				late(k)
			}
		})
	}
	workers.Wait()
}

// lateness returns what says in a line, after a step of a recording, that its input belongs before one that was done without it: once,
// as all that comes after is made anew.
func (r *run) lateness(steps []Step, one []int) func(k int) {
	made := make([]bool, len(one))
	r.mu.Lock()
	for k, i := range one {
		made[k] = steps[i].made(r.known)
	}
	r.mu.Unlock()
	told := false
	return func(k int) {
		behind := slices.Index(made[k:], true)
		if told || made[k] || behind < 0 {
			return
		}
		r.mu.Lock()
		told = steps[one[k]].made(r.known)
		r.mu.Unlock()
		if told {
			r.note("%s belongs before %s, which was done without it; the tables from there on are made anew as far as that changes them", steps[one[k]].Path, steps[one[k+behind]].Path)
		}
	}
}

// next does a step of a recording, if need be, and moves on what lies before the following one. A file that fails is passed over: the
// following one then continues what is before that.
func (r *run) next(ctx context.Context, i int, s Step, before *seam) error {
	r.mu.Lock()
	had := r.known.Outputs[s.key].Seam
	if s.depends && had.Before == before.hash {
		s.Do = false
	}
	if !s.Do {
		r.keepStep(&s)
	}
	r.mu.Unlock()
	if s.Do && !r.stuck(i, &s, before) {
		s.before = before
		if err := r.step(ctx, i, s); err != nil || ctx.Err() != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.failed[i]; err != nil && r.o.Follow != nil {
		r.fails[s.Path] = failing{s.source, before.hash, err}
	}
	if !s.Do || r.failed[i] == nil {
		*before = seam{hash: r.known.Outputs[s.key].Seam.After, file: s.seam}
	}
	return nil
}

// failing is an input that failed, and what lay before it then.
type failing struct {
	source stamp
	before string
	err    error
}

// stuck tells whether an input has failed as it is, after what lies before it now, in this run: it is not tried again for every file that
// comes.
func (r *run) stuck(i int, s *Step, before *seam) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, ok := r.fails[s.Path]
	if !ok || f.source != s.source || f.before != before.hash {
		return false
	}
	r.failed[i] = f.err
	r.ended++
	return true
}

// keepStep counts a step that is up to date, once in a run.
func (r *run) keepStep(s *Step) {
	if r.ended++; !r.counted[s.key] {
		r.sum.Kept++
	}
	r.counted[s.key] = true
	r.refresh(s)
}

// leave puts what an input leaves to the following one in its place, or removes what is left of an earlier one.
func (r *run) leave(s *Step, t Table) (*seamRecord, error) {
	if !r.job.Continuous {
		_ = os.Remove(s.seam) // most often it is not there; one that stays is never looked at
		return nil, nil
	}
	if err := os.MkdirAll(filepath.Dir(s.seam), 0o777); err != nil {
		return nil, output.Wrap(s.seam, err)
	}
	if err := writeWhole(s.seam, t.After); err != nil {
		return nil, err
	}
	info, err := os.Stat(s.seam)
	if err != nil {
		return nil, output.Wrap(s.seam, err)
	}
	return &seamRecord{s.before.hash, hashOf(append(t.After, '\n')), stampOf(info), t.Ends, s.Last}, nil
}
