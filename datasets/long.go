package datasets

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/wavekin/wavekin/datasets/internal/dialect"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/series"
)

// tableReader makes series of a table.
type tableReader struct {
	t     table
	l     *layout
	o     *Options
	file  string
	name  string // ID where there is no series column
	ready []*series.Series
	seen  map[string]bool // series that had rows
	id    string          // the present series
	open  bool
	next  int   // its next position
	last  int64 // its last time stamp
	class string
	row   int // rows of a list table so far
	done  bool

	reading *Reading
	words   dialect.Labels // of text labels
	points  bool           // they are labels of rows, not the class of a series
	decided bool
}

// newTableReader plans how a table is read; it closes the table when that fails.
func newTableReader(t table, src *source, o *Options) (Reader, error) {
	l, err := plan(t.fields(), o, src.reading)
	if err != nil {
		return nil, errors.Join(located(src.path, err), t.Close())
	}
	return &tableReader{t: t, l: l, o: o, file: src.path, name: src.stem(), seen: map[string]bool{}, reading: src.reading,
		words: dialect.Labels{Normal: o.NormalLabel}}, nil
}

func (r *tableReader) sets() bool { return r.l.lists }

func (r *tableReader) Close() error { return r.t.Close() }

func (r *tableReader) Next() (*series.Series, error) {
	for len(r.ready) == 0 {
		if r.done {
			return nil, io.EOF
		}
		if err := r.fill(); err != nil {
			r.done = true
			return nil, err
		}
	}
	s := r.ready[0]
	r.ready[0] = nil
	r.ready = r.ready[1:]
	return s, nil
}

// fill reads the next rows into ready.
func (r *tableReader) fill() error {
	if r.o.Sort && !r.l.lists {
		return r.fillSorted()
	}
	b, err := r.t.read(r.l, r.o.ChunkRows)
	if errors.Is(err, io.EOF) {
		r.done = true
		return nil
	}
	if err != nil {
		return located(r.file, err)
	}
	r.tellRounded(b)
	if r.l.lists {
		return r.addRows(b)
	}
	if err := r.readLabels(b); err != nil {
		return err
	}
	return r.addRuns(b)
}

// readLabels makes labels of rows where the words of the label column are such, or the numbers are not 0 and 1.
func (r *tableReader) readLabels(b *batch) error {
	switch {
	case b.labels != nil && r.o.NormalLabel != "":
		normal, err := parseNumber(r.o.NormalLabel)
		if err != nil {
			return &Error{File: r.file, Column: r.reading.LabelColumn, Offset: -1, Err: fmt.Errorf("the labels are numbers, but the normal label is %s", quoted(r.o.NormalLabel))}
		}
		for i, v := range b.labels {
			if v == normal {
				b.labels[i] = 0
			} else if v == v {
				b.labels[i] = 1
			}
		}
	case b.labels != nil && !r.decided:
		low, high := false, false
		for _, v := range b.labels {
			low, high = low || v == -1, high || v == 1
		}
		if low && high {
			r.reading.warn("labels are -1 and 1; say which is normal with --normal-label")
		}
	case b.classes != nil && !r.decided:
		r.points = r.pointWords(b)
		if r.points {
			r.reading.note("%s", &r.words)
		}
	}
	r.decided = true
	if b.classes != nil && r.points {
		b.labels = make([]float64, b.rows)
		for i, w := range b.classes {
			b.labels[i] = r.words.Value(w)
		}
		if r.o.keep {
			b.words = b.classes
		}
		b.classes = nil
	}
	return nil
}

// pointWords tells by the first rows whether words are labels of rows: they change within a series, or there is one series only,
// and it is known which word is normal.
func (r *tableReader) pointWords(b *batch) bool {
	var words []string
	changes := false
	for i, w := range b.classes {
		if !slices.Contains(words, w) {
			words = append(words, w)
		}
		changes = changes || i > 0 && w != b.classes[i-1] && (b.ids == nil || b.ids[i] == b.ids[i-1])
	}
	known := r.words.Decide(words)
	return known && (changes || b.ids == nil || r.o.NormalLabel != "")
}

// changed is the error of a class that is not the same throughout a series.
func (r *tableReader) changed(row int, id, from, to string) error {
	return rowError(r.file, row, r.reading.LabelColumn, "the label changes from %s to %s within series %s; say which label is normal with --normal-label, or name another label column with --label",
		quoted(from), quoted(to), quoted(id))
}

// addRuns cuts a batch of a long table where the series changes.
func (r *tableReader) addRuns(b *batch) error {
	for from := 0; from < b.rows; {
		to := b.rows
		id := r.name
		if b.ids != nil {
			id = b.ids[from]
			for to = from + 1; to < b.rows && b.ids[to] == id; {
				to++
			}
		}
		if !r.open || id != r.id {
			if r.seen[id] {
				return &Error{File: r.file, Row: b.line(from), Offset: -1, Err: fmt.Errorf(
					"%w: series %s goes on after another one; sort the table by series, or ask for sorting (--sort)", ErrOrder, quoted(id))}
			}
			r.seen[id] = true
			r.id, r.open, r.next, r.class = id, true, 0, ""
		}
		s := r.cutRun(b, from, to)
		if r.o.BadRow != nil {
			s = r.onlySound(s, b, from)
		}
		s.ID, s.Start = id, r.next
		if b.classes != nil && r.next == 0 {
			r.class = b.classes[from]
		}
		for i := from; b.classes != nil && i < to; i++ {
			if b.classes[i] != r.class {
				return r.changed(b.line(i), id, r.class, b.classes[i])
			}
		}
		s.Label = r.class
		if err := r.inOrder(s.Times, b, from); err != nil {
			return err
		}
		r.next += s.Len()
		from = to
		if s.Len() > 0 {
			r.ready = append(r.ready, s)
		}
	}
	return nil
}

// inOrder refuses a time stamp that is earlier than the one before; the first is in row from of a batch.
func (r *tableReader) inOrder(times []int64, b *batch, from int) error {
	if len(times) == 0 {
		return nil
	}
	last := times[0]
	if r.next > 0 {
		last = r.last
	}
	for i, t := range times {
		if t < last {
			return r.backwards(t, last, b.line(from+i))
		}
		last = t
	}
	r.last = last
	return nil
}

// backwards is the error of a time stamp that is earlier than the one before.
func (r *tableReader) backwards(t, last int64, row int) *Error {
	return &Error{File: r.file, Row: row, Offset: -1, Err: fmt.Errorf(
		"%w: time stamp %s after %s%s", ErrOrder, stampText(t), stampText(last), r.remedy(r.clockChange(t, last)))}
}

// remedy says what to do about the order of rows: a column of words that was left out may tell series apart. why is what clockChange says.
func (r *tableReader) remedy(why string) string {
	if r.l.series < 0 && why == ";" {
		for _, c := range r.reading.LeftOut {
			if strings.HasPrefix(c.Reason, leftText) { // that it is always the same word is told by the first rows alone
				return fmt.Sprintf("; if column %[1]s tells series apart, name it (--series %[1]s), else ask for sorting (--sort)", quoted(c.Column))
			}
		}
	}
	return why + " ask for sorting (--sort)"
}

// tellRounded looks at the columns of whole numbers.
func (r *tableReader) tellRounded(b *batch) {
	fields := r.t.fields()
	for c, v := range b.channels {
		if f := fields[r.l.channels[c]]; f.kind == kindWhole {
			r.reading.tellRounded(f.name, v)
		}
	}
}

// cutRun makes a chunk of the rows from (inclusive) to (exclusive).
func (r *tableReader) cutRun(b *batch, from, to int) *series.Series {
	s := &series.Series{Channels: r.l.names, Values: make([][]float64, len(b.channels))}
	for c, v := range b.channels {
		s.Values[c] = v[from:to:to]
	}
	if b.times != nil {
		s.Times = b.times[from:to:to]
	}
	if b.labels != nil {
		s.PointLabels = b.labels[from:to:to]
	}
	for _, c := range b.kept {
		s.Kept = append(s.Kept, c.Slice(from, to))
	}
	if b.words != nil {
		s.Kept = append(s.Kept, series.Column{Name: r.reading.LabelColumn, Text: b.words[from:to:to]})
	}
	return s
}

// clockChange says that stamps go back as those of a clock do that is put back from summer time: an hour at most, in a night to
// Sunday. Stamps of a zone do not.
func (r *tableReader) clockChange(t, last int64) string {
	if r.reading.Time != nil && r.reading.Time.Zone != "" {
		return ";"
	}
	if at := time.Unix(0, last).UTC(); last-t > int64(time.Hour) || at.Weekday() != time.Sunday || at.Hour() > 3 || !AreDates([]int64{t, last}) {
		return ";"
	}
	return ", as where clocks are put back; tell the hours apart with --time-zone, such as Europe/Berlin, or"
}

func stampText(t int64) string { return time.Unix(0, t).UTC().Format("2006-01-02T15:04:05.999999999") }

// addRows makes a series of each row of a table with list columns.
func (r *tableReader) addRows(b *batch) error {
	for i := range b.rows {
		s := &series.Series{ID: fmt.Sprintf("%s/%d", r.name, r.row), Channels: r.l.names, Values: b.lists[i]}
		if err := r.even(s, b.line(i)); err != nil {
			if !r.o.leaveOut(r.file, err) {
				return err
			}
			r.row++
			continue
		}
		if b.ids != nil {
			s.ID = b.ids[i]
		}
		if b.classes != nil {
			s.Label = b.classes[i]
		}
		r.row++
		r.ready = append(r.ready, s)
	}
	return nil
}

// even refuses a series whose channels differ in length.
func (r *tableReader) even(s *series.Series, row int) error {
	for c, v := range s.Values {
		if len(v) != len(s.Values[0]) {
			return rowError(r.file, row, r.l.names[c], "%s, but column %q has %d; the channels of a series must be equally long",
				plural.Of(len(v), "value"), r.l.names[0], len(s.Values[0]))
		}
	}
	return nil
}

// fillSorted reads the whole table, brings the rows of each series together in the
// order in which the series appear, and sorts each by time.
func (r *tableReader) fillSorted() error {
	r.done = true
	byID := map[string]*series.Series{}
	for {
		b, err := r.t.read(r.l, r.o.ChunkRows)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return located(r.file, err)
		}
		r.tellRounded(b)
		if err := r.readLabels(b); err != nil {
			return err
		}
		for from := 0; from < b.rows; {
			to, id := b.rows, r.name
			if b.ids != nil {
				id = b.ids[from]
				for to = from + 1; to < b.rows && b.ids[to] == id; {
					to++
				}
			}
			run := r.cutRun(b, from, to)
			run.ID = id
			s := byID[id]
			if s == nil {
				s = run.Extendable()
				if b.classes != nil {
					s.Label = b.classes[from]
				}
				byID[id] = s
				r.ready = append(r.ready, s)
			} else {
				s.Join(run)
			}
			for i := from; b.classes != nil && i < to; i++ {
				if b.classes[i] != s.Label {
					return r.changed(b.line(i), id, s.Label, b.classes[i])
				}
			}
			from = to
		}
	}
	for i, s := range r.ready {
		sorted, err := series.SortTimes(s)
		if err != nil {
			return located(r.file, err)
		}
		r.ready[i] = sorted
	}
	return nil
}

// onlySound leaves the rows out of a run whose time stamps go back; the run begins at row from of a batch.
func (r *tableReader) onlySound(s *series.Series, b *batch, from int) *series.Series {
	last, bad := r.last, []int{}
	for i, t := range s.Times {
		if i-len(bad) == 0 && r.next == 0 || t >= last {
			last = t
			continue
		}
		r.o.leaveOut(r.file, r.backwards(t, last, b.line(from+i)))
		bad = append(bad, i)
	}
	if len(bad) == 0 {
		return s
	}
	out := s.Slice(0, bad[0]).Extendable()
	for i, at := range bad {
		end := s.Len()
		if i+1 < len(bad) {
			end = bad[i+1]
		}
		if part := s.Slice(at+1, end); part.Len() > 0 {
			out.Join(part)
		}
	}
	return out
}
