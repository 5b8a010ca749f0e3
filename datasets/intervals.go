package datasets

import (
	"bufio"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/datasets/internal/dialect"
	"github.com/wavekin/wavekin/internal/plural"
)

// Interval is a labelled stretch of a series, both ends included.
type Interval struct {
	// Series is the series that it belongs to; empty where the file has no such column.
	Series string
	// From and To are time stamps in nanoseconds since 1970, or positions.
	From, To int64
	// Row is its line in the file.
	Row int
}

// Intervals are the stretches of a file.
type Intervals struct {
	File string
	Rows []Interval
	// Dates: From and To are time stamps, not positions.
	Dates bool
	// Local: they are time stamps without a time zone, and none was given.
	Local bool
}

// maxIntervals bounds the rows of a file of intervals, which are held in memory.
const maxIntervals = 1 << 20

var (
	startNames = []string{"start", "from", "begin", "start_time"}
	endNames   = []string{"end", "to", "stop", "end_time"}
)

// ReadIntervals reads a CSV file with the columns start and end (or from and to, begin, stop, start_time, end_time), each a position
// or a time stamp, and perhaps a column that tells series apart. ok is false, without an error, for every other file. Further
// columns, a missing end, and one before its start are an [*Error] with the line.
func ReadIntervals(path string, o Options) (in *Intervals, ok bool, err error) {
	if f := byName(path); path == Stdin || f == nil || f.Name != fallback || o.Label != "" {
		return nil, false, nil
	}
	if err := o.prepare(); err != nil {
		return nil, false, err
	}
	r, done, err := plainText(path, &o)
	if err != nil {
		return nil, false, err
	}
	defer done()
	t := intervalTable{path: path, gaps: dialect.NewGaps(o.Missing), series: -1}
	head, err := r.Peek(headBytes)
	layout := dialect.Sniff(head, err != nil)
	if _, err := r.Discard(layout.Skip); err != nil {
		return nil, false, located(path, err)
	}
	scan := dialect.NewScanner(r, layout)
	header, err := scan.Next()
	if err != nil {
		return nil, false, nil // the table reader says what is wrong
	}
	if ok, err := t.columns(header, o.Series); err != nil || !ok {
		return nil, ok, err
	}
	for {
		cells, err := scan.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		line := scan.Line() + layout.Lines
		if err != nil {
			return nil, true, rowError(path, line+1, "", "%w", err)
		}
		if len(cells) != len(header) {
			return nil, true, rowError(path, line, "", "%s, the header has %d", plural.Of(len(cells), "cell"), len(header))
		}
		if len(t.rows) == maxIntervals {
			return nil, true, rowError(path, line, "", "%w: more than %d intervals", ErrLimit, maxIntervals)
		}
		t.rows = append(t.rows, csvRow{line, copyCells(cells)})
	}
	in, err = t.read(dialect.Stamps{Format: o.TimeFormat, Zone: o.zone})
	return in, true, err
}

// plainText reads a file of text, decompressed and as UTF-8; done closes it.
func plainText(path string, o *Options) (r *bufio.Reader, done func(), err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fileError(path, "%w", plainPathError(err))
	}
	z, undo, err := Decompress(f)
	if err != nil {
		_ = f.Close()
		return nil, nil, located(path, err)
	}
	done = func() {
		undo()
		_ = f.Close()
	}
	decoded, _, err := dialect.Decode(bufio.NewReader(z), o.Encoding)
	if err != nil {
		done()
		return nil, nil, located(path, err)
	}
	return bufio.NewReaderSize(decoded, headBytes), done, nil
}

// intervalTable is a file of intervals as it is written.
type intervalTable struct {
	path               string
	gaps               *dialect.Gaps
	names              []string
	start, end, series int
	rows               []csvRow
}

// columns finds the columns; ok is false where these are not those of intervals.
func (t *intervalTable) columns(header [][]byte, series string) (ok bool, err error) {
	t.start, t.end = -1, -1
	var more []string
	labelled := false
	for i, h := range header {
		name := string(dialect.Trim(h))
		t.names = append(t.names, name)
		switch plain := plainName(name); {
		case t.start < 0 && slices.Contains(startNames, plain):
			t.start = i
		case t.end < 0 && slices.Contains(endNames, plain):
			t.end = i
		case t.series < 0 && (series == name || series == "" && slices.Contains(slices.Concat(seriesNames, tagNames), plain)):
			t.series = i
		default:
			labelled = labelled || slices.Contains(labelNames, plain)
			more = append(more, quoted(name))
		}
	}
	if t.start < 0 || t.end < 0 || labelled {
		return false, nil
	}
	if len(more) > 0 {
		return true, fileError(t.path, "columns %q and %q are those of intervals, but there is also %s; leave only the series, the start and the end of each anomaly", t.names[t.start], t.names[t.end], strings.Join(more, ", "))
	}
	return true, nil
}

// read makes intervals of the cells; both columns have one unit and one order of day and month.
func (t *intervalTable) read(stamps dialect.Stamps) (*Intervals, error) {
	var all [][]byte
	for _, r := range t.rows {
		all = append(all, r.cells[t.start], r.cells[t.end])
	}
	stamps.Column = t.names[t.start]
	column := func(i int) int { return []int{t.start, t.end}[i] }
	if at, err := stamps.Decide(all, t.gaps); err != nil {
		return nil, rowError(t.path, t.rows[at/2].line, t.names[column(at%2)], "%w", err)
	}
	in := &Intervals{File: t.path}
	for k, r := range t.rows {
		v := Interval{Row: r.line}
		if t.series >= 0 {
			v.Series = string(dialect.Trim(r.cells[t.series]))
		}
		for i, to := range []*int64{&v.From, &v.To} {
			cell := dialect.Trim(all[2*k+i])
			if t.gaps.Is(cell) {
				return nil, rowError(t.path, r.line, t.names[column(i)], "no time stamp and no position")
			}
			var err error
			if *to, err = stamps.Parse(cell); err != nil {
				return nil, rowError(t.path, r.line, t.names[column(i)], "%w", err)
			}
		}
		if v.To < v.From {
			return nil, rowError(t.path, r.line, t.names[t.end], "the interval ends before its start")
		}
		in.Rows = append(in.Rows, v)
	}
	if in.Dates, in.Local = stamps.Dates(), stamps.Local(); len(in.Rows) == 0 {
		return nil, fileError(t.path, "%w: no interval below the header", ErrEmpty)
	}
	return in, nil
}
