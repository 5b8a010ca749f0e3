package datasets

import (
	"errors"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/series"
)

// openTSV reads the UCR archive's format: a series per line, the label first, then the values, between tabs (the 2018 archive)
// or commas or blanks (the older ones). Gaps at the end fill up shorter series and are dropped. What has one number in each line,
// and a .txt file that looks like one, is a matrix instead. A file whose first line is not numbers is a table with a header.
func openTSV(src *source, o *Options) (Reader, error) {
	head, _ := src.r.Peek(headBytes)
	line := firstLine(head, "")
	if line == "" {
		return nil, fileError(src.path, "%w", ErrEmpty)
	}
	sep := separator(line)
	cells := splitCells(line, sep)
	if len(cells) == 1 {
		if _, err := parseNumber(cells[0]); err == nil {
			return openMatrix(src, o)
		}
		return openCSV(src, o)
	}
	numbers := 0
	for _, c := range cells[1:] {
		if _, err := parseNumber(c); err == nil {
			numbers++
		}
	}
	// A wrong cell or two in the first series should be told, not taken for a header.
	if 2*numbers < len(cells)-1 {
		return openCSV(src, o)
	}
	if o.Format == "" {
		if matrix, index := isMatrix(src.path, string(head), sep, len(head) == headBytes); matrix {
			return newMatrix(src, o, index)
		}
	}
	set := &lineSet{o: o, lines: lineReader{src: src}}
	set.parse = func(line string) (*series.Series, error) {
		label, rest := cutCell(line, sep)
		if rest == "" {
			return nil, errors.New("no values; want the label and then the values")
		}
		if sep == " " {
			rest = strings.Join(strings.Fields(rest), " ")
		}
		v, err := parseValues(rest, sep)
		if err != nil {
			return nil, err
		}
		values := [][]float64{v}
		trimGaps(values)
		return &series.Series{Label: classText(label), Values: values}, nil
	}
	return set, nil
}

// separator is what stands between the cells of a line.
func separator(line string) string {
	for _, s := range []string{"\t", ",", ";"} {
		if strings.Contains(line, s) {
			return s
		}
	}
	return " "
}

func splitCells(line, sep string) []string {
	if sep == " " {
		return strings.Fields(line)
	}
	return strings.Split(line, sep)
}

func cutCell(line, sep string) (first, rest string) {
	first, rest, _ = strings.Cut(line, sep)
	return strings.TrimSpace(first), rest
}

// classText writes a class that is a whole number as one: 1.0000000e+00 is class 1.
func classText(label string) string {
	if v, err := strconv.ParseFloat(label, 64); err == nil && v == float64(int64(v)) && v > -1e9 && v < 1e9 {
		return strconv.FormatInt(int64(v), 10)
	}
	return label
}

// sampleCells bounds how many cells of the head of a text file are looked at to tell a matrix from labelled series.
const sampleCells = 100000

// isMatrix tells whether rows of numbers in a .txt file are time stamps and not labelled series: where the first column cannot
// be labels, because it has fractions or counts the rows, where there is one line only, or where neighbours in a column are
// closer than neighbours in a row. The name of a UCR file settles it, and rows of unequal length are series.
func isMatrix(path, head, sep string, cut bool) (matrix, index bool) {
	stem := strings.ToLower(Stem(path))
	if !strings.EqualFold(filepath.Ext(cutCompression(path)), ".txt") || strings.HasSuffix(stem, "_train") || strings.HasSuffix(stem, "_test") {
		return false, false
	}
	lines := strings.Split(strings.TrimPrefix(head, "\ufeff"), "\n")
	if cut {
		lines = lines[:max(1, len(lines)-1)]
	}
	var rows [][]float64
	cells := 0
	for _, line := range lines {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		var row []float64
		for _, c := range splitCells(line, sep) {
			v, err := parseNumber(c)
			if err != nil {
				return false, false // the reader of series says which cell
			}
			row = append(row, v)
		}
		if len(rows) > 0 && len(row) != len(rows[0]) {
			return false, false
		}
		rows = append(rows, row)
		if cells += len(row); cells > sampleCells {
			break
		}
	}
	if len(rows) < 2 {
		return true, false
	}
	whole, counts := true, true
	var across, along []float64
	for r, row := range rows {
		whole = whole && row[0] == math.Trunc(row[0])
		counts = counts && row[0] == rows[0][0]+float64(r)
		for c := 1; c < len(row); c++ {
			if c+1 < len(row) {
				across = append(across, math.Abs(row[c+1]-row[c]))
			}
			if r > 0 {
				along = append(along, math.Abs(row[c]-rows[r-1][c]))
			}
		}
	}
	if counts && len(rows) > 2 {
		return true, true
	}
	return !whole || mean(along) < mean(across), false
}

// mean leaves gaps out; that of nothing is infinite.
func mean(x []float64) float64 {
	sum, n := 0.0, 0
	for _, v := range x {
		if !math.IsNaN(v) {
			sum, n = sum+v, n+1
		}
	}
	if n == 0 {
		return math.Inf(1)
	}
	return sum / float64(n)
}

// matrixFile is one recording: a time stamp per line, a channel per column; or all values of one channel in one line.
type matrixFile struct {
	o       *Options
	lines   lineReader
	sep     string
	index   bool // the first column counts the rows and is no channel
	count   float64
	width   int // of a row, 0: unknown
	names   []string
	chunk   int
	start   int
	pending [][]float64 // rows that were read ahead
	end     error
}

// openMatrix reads numbers without a header. A single line holds the values of one channel.
func openMatrix(src *source, o *Options) (Reader, error) { return newMatrix(src, o, false) }

func newMatrix(src *source, o *Options, index bool) (Reader, error) {
	m := &matrixFile{o: o, lines: lineReader{src: src}, index: index}
	row, err := m.row()
	if errors.Is(err, io.EOF) {
		return nil, fileError(src.path, "%w", ErrEmpty)
	}
	if err != nil {
		return nil, err
	}
	m.width = len(row)
	m.pending = append(m.pending, row)
	second, err := m.row()
	switch {
	case errors.Is(err, io.EOF) && len(row) > 1:
		return &lineValues{name: src.stem(), src: src, values: row, chunk: o.ChunkRows}, nil
	case errors.Is(err, io.EOF):
		m.end = err
	case err != nil:
		return nil, err
	default:
		m.pending = append(m.pending, second)
	}
	if m.width > maxArrowFields {
		return nil, rowError(src.path, 1, "", "%w: %d channels; at most %d", ErrLimit, m.width, maxArrowFields)
	}
	m.names = channelNames(&series.Series{Values: make([][]float64, m.width)})
	m.chunk = max(1, o.ChunkRows/m.width)
	return m, nil
}

func (m *matrixFile) Close() error { return m.lines.src.Close() }

// row reads the next line that is not empty.
func (m *matrixFile) row() ([]float64, error) {
	line, err := "", error(nil)
	for line == "" && err == nil {
		line, err = m.lines.next()
	}
	if err != nil {
		return nil, err
	}
	if m.sep == "" {
		m.sep = separator(line)
	}
	if m.sep == " " {
		line = strings.Join(strings.Fields(line), " ")
	}
	v, err := parseValues(line, m.sep)
	var bad *Error
	if errors.As(err, &bad) {
		bad.File, bad.Row = m.lines.src.path, m.lines.line
		return nil, bad
	}
	if m.index {
		if m.lines.line > 1 && m.width > 0 && v[0] != m.count+1 {
			return nil, rowError(m.lines.src.path, m.lines.line, "value 1", "%v; the first column counts the rows, so %v was expected (--format matrix takes it for a channel)",
				v[0], m.count+1)
		}
		m.count, v = v[0], v[1:]
	}
	if m.width > 0 && len(v) != m.width {
		return nil, rowError(m.lines.src.path, m.lines.line, "", "%s, the rows before have %d", plural.Of(len(v), "value"), m.width)
	}
	return v, nil
}

func (m *matrixFile) Next() (*series.Series, error) {
	values := make([][]float64, m.width)
	for len(values[0]) < m.chunk && (m.end == nil || len(m.pending) > 0) {
		var row []float64
		if len(m.pending) > 0 {
			row, m.pending = m.pending[0], m.pending[1:]
		} else if row, m.end = m.row(); m.end != nil {
			if !errors.Is(m.end, io.EOF) && m.o.leaveOut(m.lines.src.path, m.end) {
				m.count, m.end = m.count+1, nil
				continue
			}
			break
		}
		for c, v := range row {
			values[c] = append(values[c], v)
		}
	}
	if m.end != nil && (!errors.Is(m.end, io.EOF) || len(values[0]) == 0) {
		return nil, m.end
	}
	s := &series.Series{ID: m.lines.src.stem(), Channels: m.names, Values: values, Start: m.start}
	m.start += s.Len()
	return s, nil
}

// lineValues is a recording of one channel in one line.
type lineValues struct {
	src    *source
	name   string
	values []float64
	chunk  int
	start  int
}

func (r *lineValues) Close() error { return r.src.Close() }

func (r *lineValues) Next() (*series.Series, error) {
	if r.start == len(r.values) {
		return nil, io.EOF
	}
	end := min(len(r.values), r.start+r.chunk)
	s := &series.Series{ID: r.name, Channels: []string{"value"}, Values: [][]float64{r.values[r.start:end:end]}, Start: r.start}
	r.start = end
	return s, nil
}
