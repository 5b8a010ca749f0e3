package datasets

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wavekin/wavekin/datasets/internal/dialect"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/series"
)

// maxRecord bounds a row of a text file.
const maxRecord = dialect.MaxRow

// sampleRows is how many rows decide what the columns of a CSV file hold.
const sampleRows = 1000

// csvTable reads a text table: a row per line, cells between commas, semicolons, tabs or bars, with a header or without.
type csvTable struct {
	src    *source
	o      *Options
	layout dialect.Layout
	scan   *dialect.Scanner
	cols   []field
	styles []dialect.Style // of the numbers in each column
	header [][]byte
	first  [][]byte // the header of the first of InfluxDB's tables
	named  bool     // rows have one more cell in front, a name without a header
	sample []csvRow
	stamps dialect.Stamps
	parts  dialect.Parts // of a time stamp that lies in several columns
	point  []byte        // a stamp with a decimal point
	gaps   *dialect.Gaps
	texts  interned
	set    bool // the time column has been looked at
	blank  int  // rows without anything
	room   int  // rows of the last batch
	bad    map[int]*badCells
}

// csvRow is a row and its line in the file.
type csvRow struct {
	line  int
	cells [][]byte
}

// badCells counts the cells of a column that are read as gaps though they are none.
type badCells struct {
	count int
	first string
}

func openCSV(src *source, o *Options) (Reader, error) {
	t, err := newCSVTable(src, o)
	if err != nil {
		return nil, err
	}
	return newTableReader(t, src, o)
}

func newCSVTable(src *source, o *Options) (*csvTable, error) {
	head, err := src.r.Peek(headBytes)
	t := &csvTable{src: src, o: o, layout: dialect.Sniff(head, err != nil), gaps: dialect.NewGaps(o.Missing), bad: map[int]*badCells{}}
	t.stamps.Format, t.stamps.Zone = o.TimeFormat, o.zone
	if _, err := src.r.Discard(t.layout.Skip); err != nil {
		return nil, err
	}
	t.scan = dialect.NewScanner(src.r, t.layout)
	if err := t.look(); err != nil {
		return nil, err
	}
	if how := t.layout.String(); how != "" {
		src.reading.note("%s", how)
	}
	if n := t.layout.Preamble; n > 0 {
		src.reading.note("%s above the header left out", plural.Of(n, "line"))
	}
	return t, t.name()
}

func (t *csvTable) fields() []field { return t.cols }

func (t *csvTable) Close() error { return t.src.Close() }

// record reads one row of the file.
func (t *csvTable) record() (csvRow, error) {
	for {
		cells, err := t.scan.Next()
		switch {
		case errors.Is(err, dialect.ErrLong):
			return csvRow{}, rowError(t.src.path, t.scan.Line()+1, "", "%w: %w", ErrLimit, err)
		case errors.Is(err, dialect.ErrQuote):
			return csvRow{}, rowError(t.src.path, t.scan.Line()+1, "", "%w", err)
		case err != nil:
			return csvRow{}, located(t.src.path, err)
		}
		row := csvRow{t.scan.Line() + t.layout.Lines, cells}
		if t.layout.Annotated && t.first == nil {
			t.first = copyCells(cells)
		} else if t.layout.Annotated && t.scan.Commented() {
			// The next of InfluxDB's tables, with a header of its own.
			if !slices.EqualFunc(cells, t.first, bytes.Equal) {
				return row, rowError(t.src.path, row.line, "", "%w: another table begins here, whose columns are not those of the first", ErrFormat)
			}
			continue
		}
		return row, nil
	}
}

// check holds a row against the header; a delimiter after the last cell is let pass.
func (t *csvTable) check(row *csvRow) error {
	n := len(t.cols)
	if len(row.cells) == n {
		return nil
	}
	if len(row.cells) == n+1 && len(dialect.Trim(row.cells[n])) == 0 {
		row.cells = row.cells[:n]
		return nil
	}
	if err := zeroBytes(row.cells); err != nil {
		return rowError(t.src.path, row.line, "", "%w", err)
	}
	return rowError(t.src.path, row.line, "", "%s, but the header has %d", plural.Of(len(row.cells), "cell"), n)
}

// zeroBytes is the error of a row with zero bytes, nil for other rows.
func zeroBytes(cells [][]byte) error {
	for _, c := range cells {
		if bytes.IndexByte(c, 0) >= 0 {
			return fmt.Errorf("zero bytes, as a failure of the power leaves them; take them out of the file")
		}
	}
	return nil
}

// nextRow returns the sampled rows before it reads on.
func (t *csvTable) nextRow() (csvRow, error) {
	if len(t.sample) > 0 {
		row := t.sample[0]
		t.sample = t.sample[1:]
		return row, nil
	}
	return t.record()
}

// settle looks at the first time stamps before any is read.
func (t *csvTable) settle(l *layout) error {
	if t.set || l.time < 0 {
		return nil
	}
	t.set = true
	t.stamps.Column = t.cols[l.time].name
	for len(t.sample) > 0 {
		at, err := t.stamps.Decide(t.stampsOf(t.sample, l.time), t.gaps)
		if err == nil {
			break
		}
		bad := rowError(t.src.path, t.sample[at].line, t.cols[l.time].name, "%w", err)
		if !t.o.leaveOut(t.src.path, bad) {
			return bad
		}
		t.sample = slices.Delete(t.sample, at, at+1)
	}
	t.src.reading.tellStamps(&t.stamps)
	return nil
}

func (t *csvTable) read(l *layout, most int) (*batch, error) {
	if err := t.settle(l); err != nil {
		return nil, err
	}
	// Room for as many rows as the last batch had spares copies, and takes nothing that a small file does not need.
	lines := make([]int, 0, t.room)
	b := &batch{channels: make([][]float64, len(l.channels)), kept: make([]series.Column, len(l.kept)), line: func(row int) int { return lines[row] }}
	for c := range b.channels {
		b.channels[c] = make([]float64, 0, t.room)
	}
	if l.time >= 0 {
		b.times = make([]int64, 0, t.room)
	}
	for b.rows < most {
		row, err := t.nextRow()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if l.time >= 0 && isBlank(row.cells) {
			t.blank++
			continue
		}
		if err = t.check(&row); err == nil {
			err = t.add(b, l, row)
		}
		if err != nil {
			if !t.o.leaveOut(t.src.path, err) {
				return nil, err
			}
			b.cut(b.rows)
			continue
		}
		lines = append(lines, row.line)
		b.rows++
	}
	if t.blank > 0 && b.rows < most {
		t.src.reading.note("%s without anything left out", plural.Of(t.blank, "row"))
	}
	if b.rows == 0 {
		t.tellBad()
		return nil, io.EOF
	}
	t.tellZone()
	t.room = b.rows
	return b, nil
}

// isBlank tells whether a row has nothing but separators, as spreadsheets leave below a table.
func isBlank(cells [][]byte) bool {
	for _, c := range cells {
		if len(dialect.Trim(c)) > 0 {
			return false
		}
	}
	return true
}

// add appends a row to a batch.
func (t *csvTable) add(b *batch, l *layout, row csvRow) error {
	bad := func(column int, err error) error {
		return &Error{File: t.src.path, Row: row.line, Column: t.cols[column].name, Offset: -1, Err: err}
	}
	for c, i := range l.channels {
		v, err := t.styles[i].Parse(row.cells[i])
		if err != nil {
			if !t.passed(i, row, err) {
				return bad(i, err)
			}
			v = gapValue
		}
		b.channels[c] = append(b.channels[c], v)
	}
	for k, i := range l.kept {
		if err := t.keep(&b.kept[k], i, row.cells[i]); err != nil {
			return bad(i, err)
		}
	}
	if l.time >= 0 {
		cell := t.stamp(row, l.time)
		if t.gaps.Is(cell) {
			return bad(l.time, errNoStamp)
		}
		v, err := t.stamps.Parse(cell)
		if err != nil {
			return bad(l.time, err)
		}
		b.times = append(b.times, v)
	}
	if l.series >= 0 {
		id, ok := t.texts.of(row.cells[l.series])
		if !ok {
			return bad(l.series, errNotText)
		}
		b.ids = append(b.ids, id)
	}
	if l.label < 0 {
		return nil
	}
	if l.textLabel {
		text, ok := t.texts.of(row.cells[l.label])
		if !ok {
			return bad(l.label, errNotText)
		}
		b.classes = append(b.classes, text)
		return nil
	}
	v, err := t.styles[l.label].Parse(row.cells[l.label])
	if err != nil {
		return bad(l.label, err)
	}
	b.labels = append(b.labels, v)
	return nil
}

// keep adds a cell of a column that goes along: a number where the column holds numbers, otherwise the text.
func (t *csvTable) keep(c *series.Column, i int, cell []byte) error {
	c.Name = t.cols[i].name
	if t.cols[i].kind.numeric() {
		v, err := t.styles[i].Parse(cell)
		c.Null = append(c.Null, v != v)
		if t.cols[i].kind != kindWhole {
			c.Number = append(c.Number, v)
			return err
		}
		if err == nil && v == v && v != math.Trunc(v) {
			err = fmt.Errorf("%s after whole numbers only; name the column with --channels to have it as decimals", cell)
		}
		c.Whole = append(c.Whole, int64(v))
		return err
	}
	text, ok := t.texts.of(cell)
	if !ok {
		return errNotText
	}
	c.Text, c.Null = append(c.Text, text), append(c.Null, text == "")
	return nil
}

// passed counts a cell that is no number and is read as a gap, if the options allow that.
func (t *csvTable) passed(i int, row csvRow, err error) bool {
	if t.o.BadCells != GapCells {
		return false
	}
	have := t.bad[i]
	if have == nil {
		have = &badCells{first: fmt.Sprintf("row %d: %v", row.line, err)}
		t.bad[i] = have
	}
	have.count++
	return true
}

// tellBad says at the end what was read as gaps.
func (t *csvTable) tellBad() {
	for i, f := range t.cols {
		if b := t.bad[i]; b != nil {
			t.src.reading.warn("%s of column %q read as gaps; the first is in %s", plural.Of(b.count, "cell"), f.name, b.first)
		}
	}
}

// tellZone keeps the zone of the stamps so far.
func (t *csvTable) tellZone() {
	if r := t.src.reading; r.Time != nil {
		r.Time.Zone, r.Time.changed = t.stamps.Zoned()
		_, r.Time.offsets = t.stamps.Offset()
		r.Time.Positions, r.Time.Local = !t.stamps.Dates(), t.stamps.Local()
		r.tellZones(&t.stamps)
		if r.Time.changed {
			r.note("the offset of the stamps changes, as where clocks are put back; the stamps are instants")
		}
	}
}

var (
	errNoStamp = errors.New("the time stamp is missing; every row needs one")
	errNotText = errors.New("the text is not UTF-8; say how it is written with --encoding, such as latin1")
)

// interned keeps one string for cells that are alike.
type interned struct {
	last string
	all  map[string]string
}

// maxInterned bounds what is kept.
const maxInterned = 1 << 16

// of returns a cell as a string; false if it is not UTF-8.
func (in *interned) of(cell []byte) (string, bool) {
	if string(cell) == in.last {
		return in.last, true
	}
	s, ok := in.all[string(cell)]
	if !ok {
		s = strings.Clone(string(cell))
		if !utf8.ValidString(s) {
			return "", false
		}
		if in.all == nil || len(in.all) >= maxInterned {
			in.all = map[string]string{}
		}
		in.all[s] = s
	}
	in.last = s
	return s, true
}
