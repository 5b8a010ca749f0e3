package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/imageset"
	"github.com/wavekin/wavekin/datasets/synthetic"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// inputs are the files that a command reads.
type inputs struct {
	*datasets.Inputs
	e *env
	// grid is what series are put on, nil for none; its step is that of the first series where it is 0.
	grid     *series.Grid
	resample bool
	held     int64 // bytes of a series that may be held to be put on the grid; 0: any
	// model scales what is read, nil for none.
	model *model.Model
	seam  *seam // nil where each stands by itself
}

// nothingThere refuses inputs before long work where not a single one is there; where some are, the others fail when they are opened.
func (e *env) nothingThere(paths []string) error {
	var failed []error
	for _, p := range paths {
		if p == datasets.Stdin || isAddress(p) || imageset.IsSet(p) || synthetic.Is(p) || strings.ContainsAny(p, "*?[@#") {
			return nil
		}
		_, err := os.Stat(p)
		if !errors.Is(err, os.ErrNotExist) {
			return nil
		}
		failed = append(failed, &datasets.Error{File: p, Offset: -1, Err: errors.Unwrap(err)})
	}
	switch len(failed) {
	case 0:
		return nil
	case 1:
		return failed[0]
	}
	for _, err := range failed {
		e.fail(err)
	}
	return allFailed{len(failed), failed[0]}
}

// open starts to read one of them.
func (l *inputs) open(i int) (*input, error) {
	r, err := l.begun(i)
	if err != nil {
		return nil, err
	}
	return l.wrap(r, i), nil
}

// begun opens an input, or begins to wait for it where it is followed.
func (l *inputs) begun(i int) (datasets.Reader, error) {
	if l.e.end == nil {
		return l.Open(i)
	}
	return follow(l.e.end, func() (datasets.Reader, error) { return l.Open(i) }), nil
}

// wrap is what an input is read through.
func (l *inputs) wrap(r datasets.Reader, i int) *input {
	in := &input{Reader: r, source: r, e: l.e, path: l.Files()[i], model: l.model, seam: l.seam}
	if l.seam != nil {
		in.source = &continued{Reader: r, seam: l.seam}
	}
	if l.grid != nil {
		if l.seam != nil && l.grid.Step == 0 {
			l.grid.Step = l.seam.step
		}
		in.list, in.gridded = l, series.OnGrid(in.source, *l.grid, l.resample)
		in.gridded.Hold(int(l.held / 8))
	}
	return in
}

// input is a file being read: it ends when the run is interrupted, says what it was read as, and which of its channels had
// no value.
type input struct {
	datasets.Reader
	source series.Reader // the reader, or what lies before it and the reader
	seam   *seam         // nil where it stands by itself
	e      *env
	path   string
	names  []string
	seen   []int // values by channel
	noted  int   // readings that have been told
	// failed: the last call gave an error, which says what matters of the reading.
	failed bool
	// Where series are put on a grid.
	list    *inputs
	gridded *series.Gridded
	// Where a model scales what is read: changes that rounding loses, by channel.
	model *model.Model
	lost  []series.Rounding
	meter *meter // is told of rows, unless nil
	watch bool   // refuse an input without rows, and remark on channels without a value
}

// Next returns the next chunk.
func (in *input) Next() (*series.Series, error) {
	s, err := in.next()
	if in.failed = err != nil && err != io.EOF; in.failed {
		return nil, err
	}
	in.tellReadings(err == io.EOF)
	if err == io.EOF {
		in.tellChanges()
		in.tellLost()
		if in.watch {
			in.tellEmpty()
		}
	}
	return s, err
}

// tellChanges says what putting the file on the grid did, and keeps its step for the next one.
func (in *input) tellChanges() {
	if in.gridded == nil {
		return
	}
	c := in.gridded.Changes()
	in.list.grid.Step = c.Step
	var done []string
	if c.Missing > 0 {
		done = append(done, fmt.Sprintf("%s without a reading, now gaps", plural.Of(c.Missing, "time stamp")))
	}
	if c.Irregular > 0 {
		done = append(done, fmt.Sprintf("%s moved (%s)", plural.Of(c.Irregular, "irregular one"), in.list.grid.Placing))
	}
	if c.Repeated > 0 {
		done = append(done, fmt.Sprintf("%s made one (%s)", plural.Of(c.Repeated, "repeated one"), in.list.grid.Repeated))
	}
	if c.Resampled > 0 {
		done = append(done, fmt.Sprintf("%d series of another step resampled (%s)", c.Resampled, in.list.grid.Placing))
	}
	if len(done) > 0 {
		in.e.remark("%s: put on a grid of %s: %s", in.path, series.StepText(c.Step), strings.Join(done, "; "))
	}
}

func (in *input) next() (*series.Series, error) {
	if err := in.e.ctx.Err(); err != nil {
		return nil, err
	}
	next := in.source.Next
	if in.gridded != nil {
		next = in.gridded.Next
	}
	s, err := next()
	var step *series.StepError
	var held *series.HeldError
	if errors.As(err, &held) {
		err = &datasets.Error{File: in.path, Offset: -1, Err: fmt.Errorf("%w, more than fit into --memory; give more, or write the readings on a grid (wavekin convert)", err)}
	}
	if errors.As(err, &step) {
		err = &datasets.Error{File: in.path, Offset: -1, Err: fmt.Errorf("%w; --resample brings it to that step", err)}
	}
	if err == io.EOF && in.watch && in.seen == nil {
		return nil, &datasets.Error{File: in.path, Offset: -1, Err: errors.New("there is not a single row in it")}
	}
	if err != nil {
		return nil, err
	}
	if in.meter != nil {
		in.meter.rows(s.Len())
	}
	if in.seam != nil {
		in.seam.note(s)
	}
	in.countLost(s)
	in.names = s.Channels
	for len(in.seen) < s.NumChannels() {
		in.seen = append(in.seen, 0)
	}
	for c := range s.Values {
		if in.seen[c] == 0 {
			_, _, in.seen[c] = series.Extent([]*series.Series{s}, c)
		}
	}
	return s, nil
}

// countLost adds what a chunk loses when the model scales it to 32 bits.
func (in *input) countLost(s *series.Series) {
	if in.model == nil || in.model.Settings.Normalizer == nil {
		return
	}
	own, err := in.model.Match(s)
	if err != nil {
		return // which is told where the series is used
	}
	for _, r := range in.model.Settings.Normalizer.Rounding([]*series.Series{own}) {
		if r.Channel == len(in.lost) {
			in.lost = append(in.lost, series.Rounding{Channel: r.Channel})
		}
		in.lost[r.Channel].Changes += r.Changes
		in.lost[r.Channel].Lost += r.Lost
	}
}

// tellLost remarks on it.
func (in *input) tellLost() {
	for c, r := range in.lost {
		name := fmt.Sprintf("channel%d", c)
		if names := in.model.Settings.ChannelNames; c < len(names) {
			name = names[c]
		}
		if r.Lost > 0 {
			in.e.remarkLost(in.path, name, r)
		}
	}
}

// chanceLost is the share of changes that rounding may lose without a remark: that of noise whose neighbours happen to be close.
const chanceLost = 1e-5

// remarkLost says what of a channel is lost to rounding.
func (e *env) remarkLost(path, channel string, r series.Rounding) {
	if float64(r.Lost) <= chanceLost*float64(r.Changes) {
		return
	}
	e.remark("warning: %s: channel %s: %d of %d changes are lost when it is scaled to 32 bits: its steps are tiny beside its range; learn from its differences, or take off what is constant",
		path, channel, r.Lost, r.Changes)
}

// inputReading is what inputs of one kind were read as.
type inputReading struct {
	*datasets.Reading
	// Alike counts further files that were read in the same way.
	Alike int `json:"alike,omitempty"`
}

// tellReadings remarks on what the files were read as that are done: all at the end, else all but the present one.
func (in *input) tellReadings(end bool) {
	all := datasets.Readings(in.Reader)
	for ; in.noted < len(all) && (end || in.noted < len(all)-1); in.noted++ {
		in.e.tell(all[in.noted])
	}
}

// Close also remarks on a file that was not read to its end.
func (in *input) Close() error {
	err := in.Reader.Close()
	if !in.failed && in.e.ctx.Err() == nil {
		in.tellReadings(true)
	}
	return err
}

// tell remarks on what a file was read as, once for files that are alike.
func (e *env) tell(r *datasets.Reading) {
	if !e.isNews(r) {
		return
	}
	e.remark("%s", r)
	for _, w := range r.Warnings {
		e.remark("%s: warning: %s", r.File, w)
	}
}

// isNews keeps a reading, and is false where one of that kind was met before.
func (e *env) isNews(r *datasets.Reading) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	kind := r.Kind()
	for _, have := range e.read {
		if have.Kind() == kind {
			if have.File != r.File {
				have.Alike++
			}
			return false
		}
	}
	e.read = append(e.read, &inputReading{Reading: r})
	return true
}

// tellEmpty names the channels without a value.
func (in *input) tellEmpty() {
	var empty []string
	for c, n := range in.seen {
		if n > 0 {
			continue
		}
		name := fmt.Sprintf("channel%d", c)
		if c < len(in.names) {
			name = in.names[c]
		}
		empty = append(empty, name)
	}
	if len(empty) > 0 {
		in.e.remark("%s: no value in %s; gaps only, which are read as the mean", in.path, listOf(empty))
	}
}

// listedNames is how many channels a line names.
const listedNames = 8

// listOf names channels in a line; many of them by the first ones and their number.
func listOf(names []string) string {
	if len(names) > listedNames {
		return fmt.Sprintf("%s, ... (%d)", strings.Join(names[:listedNames-1], ", "), len(names))
	}
	return strings.Join(names, ", ")
}

// step is that of the grid on which the input was put, 0 where there is none.
func (in *input) step() time.Duration {
	if in.gridded == nil {
		return 0
	}
	return in.gridded.Changes().Step
}

// leftOut counts what of an input has no score or no encoding.
type leftOut struct {
	e          *env
	path       string
	shorts     []*series.ShortError
	met, empty int
	goesOn     bool // the next file continues it: it may be short
}

func leftOutOf(e *env, r series.Reader) leftOut {
	m := seamOf(r)
	return leftOut{e: e, path: nameOf(r), goesOn: m != nil && !(m.completes && m.last)}
}

// short keeps an error that says no more than that a series is shorter than a window.
func (l *leftOut) short(err error) bool {
	var one *series.ShortError
	if !errors.As(err, &one) {
		return false
	}
	if !l.goesOn {
		l.shorts = append(l.shorts, one)
	}
	return true
}

func (l *leftOut) count(done bool) {
	l.met++
	if !done {
		l.empty++
	}
}

// tell names it; an input of short series alone is an error.
func (l *leftOut) tell(what, thing, why string) error {
	if len(l.shorts) > 0 && l.met == 0 {
		return l.shorts[0]
	}
	if l.empty > 0 {
		l.e.remark("%s: no %s for %s of %d: %s", l.path, what, plural.Of(l.empty, thing), l.met, why)
	}
	l.e.tellShort(l.path, l.shorts)
	return nil
}

// tellShort names the series that are left out because they are shorter than a window.
func (e *env) tellShort(path string, short []*series.ShortError) {
	if len(short) == 0 {
		return
	}
	var names []string
	for _, s := range short {
		names = append(names, fmt.Sprintf("%s (%d)", s.Series, s.Len))
	}
	// A file can be among the normal ones and the inputs.
	e.once("%s: left out, shorter than the window of %s: %s", path, plural.Of(short[0].Windows, "time stamp"), listOf(names))
}
