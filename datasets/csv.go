package datasets

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxRecord bounds a row of a text file: an unclosed quote would otherwise read all of it into memory.
const maxRecord = 64 << 20

// sampleRows is how many rows decide which columns of a CSV file hold numbers.
const sampleRows = 1000

// csvTable reads a CSV file with a header, or without one if the first row is all numbers.
type csvTable struct {
	src    *source
	limit  *recordLimit
	r      *csv.Reader
	cols   []field
	sample []csvRow
	stamps stamps
}

// csvRow is a row and its line in the file.
type csvRow struct {
	line  int
	cells []string
}

func openCSV(src *source, o *Options) (Reader, error) {
	t, err := newCSVTable(src)
	if err != nil {
		return nil, err
	}
	return newTableReader(t, src, o)
}

func newCSVTable(src *source) (*csvTable, error) {
	if mark, err := src.r.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = src.r.Discard(3)
	}
	head, _ := src.r.Peek(headBytes)
	t := &csvTable{src: src, limit: &recordLimit{r: src.r}}
	t.r = csv.NewReader(t.limit)
	t.r.Comma = delimiter(firstLine(head, ""))
	t.r.FieldsPerRecord = -1
	t.r.TrimLeadingSpace = true
	header, err := t.record()
	if errors.Is(err, io.EOF) {
		return nil, fileError(src.path, "%w", ErrEmpty)
	}
	if err != nil {
		return nil, err
	}
	if err := t.name(header); err != nil {
		return nil, err
	}
	for len(t.sample) < sampleRows {
		row, err := t.record()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		t.sample = append(t.sample, row)
	}
	if len(t.sample) == 0 {
		return nil, fileError(src.path, "there is a header but no row below it")
	}
	t.judge()
	return t, nil
}

// delimiter is the most frequent of the usual ones.
func delimiter(line string) rune {
	best, most := ',', 0
	for _, d := range []rune{',', ';', '\t'} {
		if n := strings.Count(line, string(d)); n > most {
			best, most = d, n
		}
	}
	return best
}

// name takes the columns' names from the first row, or numbers them if it holds data.
func (t *csvTable) name(first csvRow) error {
	numbers := true
	for _, c := range first.cells {
		_, err := strconv.ParseFloat(strings.TrimSpace(c), 64)
		numbers = numbers && err == nil
	}
	have := map[string]bool{}
	for i, c := range first.cells {
		name := strings.TrimSpace(c)
		if numbers {
			name = strconv.Itoa(i)
		} else if name == "" {
			name = "column" + strconv.Itoa(i+1)
		}
		if !utf8.ValidString(name) {
			return rowError(t.src.path, first.line, "", "%w: the header is not UTF-8 text", ErrFormat)
		}
		if have[name] {
			return rowError(t.src.path, first.line, name, "the name occurs twice in the header")
		}
		have[name] = true
		t.cols = append(t.cols, field{name: name})
	}
	if numbers {
		t.sample = append(t.sample, first)
	}
	return nil
}

// judge decides which columns hold numbers: those where at least half of the cells
// that are not gaps are. A column of gaps only counts as numbers.
func (t *csvTable) judge() {
	for i := range t.cols {
		number, whole, text := 0, 0, 0
		for _, row := range t.sample {
			cell := strings.TrimSpace(row.cells[i])
			if isGapCell(cell) {
				continue
			}
			if _, err := strconv.ParseFloat(cell, 64); err != nil {
				text++
				continue
			}
			number++
			if _, err := strconv.ParseInt(cell, 10, 64); err == nil {
				whole++
			}
		}
		switch {
		case text > number:
			t.cols[i].kind = kindText
		case number > 0 && whole == number && text == 0:
			t.cols[i].kind = kindWhole
		default:
			t.cols[i].kind = kindNumber
		}
	}
}

func (t *csvTable) fields() []field { return t.cols }

func (t *csvTable) Close() error { return t.src.Close() }

// record reads one row, which must have as many cells as the header.
func (t *csvTable) record() (csvRow, error) {
	t.limit.left = maxRecord
	cells, err := t.r.Read()
	if err != nil {
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			return csvRow{}, rowError(t.src.path, parse.Line, "", "%w (character %d); want RFC 4180", parse.Err, parse.Column)
		}
		return csvRow{}, located(t.src.path, err)
	}
	line, _ := t.r.FieldPos(0)
	if len(t.cols) > 0 && len(cells) != len(t.cols) {
		return csvRow{}, rowError(t.src.path, line, "", "%d cells, but the header has %d", len(cells), len(t.cols))
	}
	return csvRow{line, cells}, nil
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

func (t *csvTable) read(l *layout, max int) (*batch, error) {
	var lines []int
	b := &batch{channels: make([][]float64, len(l.channels)), line: func(row int) int { return lines[row] }}
	for b.rows < max {
		row, err := t.nextRow()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		lines = append(lines, row.line)
		b.rows++
		bad := func(column int, err error) error {
			return &Error{File: t.src.path, Row: row.line, Column: t.cols[column].name, Offset: -1, Err: err}
		}
		for c, i := range l.channels {
			v, err := parseNumber(row.cells[i])
			if err != nil {
				return nil, bad(i, err)
			}
			b.channels[c] = append(b.channels[c], v)
		}
		if l.time >= 0 {
			cell := strings.TrimSpace(row.cells[l.time])
			if isGapCell(cell) {
				return nil, bad(l.time, errNoStamp)
			}
			v, err := t.stamps.fromText(cell)
			if err != nil {
				return nil, bad(l.time, err)
			}
			b.times = append(b.times, v)
		}
		if l.series >= 0 {
			b.ids = append(b.ids, strings.Clone(row.cells[l.series]))
		}
		if l.label < 0 {
			continue
		}
		if l.textLabel {
			b.classes = append(b.classes, strings.Clone(row.cells[l.label]))
			continue
		}
		v, err := parseNumber(row.cells[l.label])
		if err != nil {
			return nil, bad(l.label, err)
		}
		b.labels = append(b.labels, v)
	}
	if b.rows == 0 {
		return nil, io.EOF
	}
	return b, nil
}

var errNoStamp = errors.New("the time stamp is missing; every row needs one")

// recordLimit fails when a row is longer than maxRecord.
type recordLimit struct {
	r    io.Reader
	left int
}

func (r *recordLimit) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, fmt.Errorf("%w: a row longer than %d MB; is a quote not closed?", ErrLimit, maxRecord>>20)
	}
	n, err := r.r.Read(p)
	r.left -= n
	return n, err
}
