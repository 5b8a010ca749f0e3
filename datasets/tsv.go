package datasets

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/wavekin/wavekin/series"
)

// openTSV reads the UCR archive's format: a series per line, the label first, then the
// values, between tabs (the 2018 archive) or commas or spaces (the older ones). Gaps at
// the end fill up shorter series and are dropped. A file with one number per line is one
// series. A file whose first line is not numbers is a table with a header, as CSV is.
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
			return &columnFile{lines: lineReader{src: src}, chunk: o.ChunkRows}, nil
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
	set := &lineSet{lines: lineReader{src: src}}
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
	for _, s := range []string{"\t", ","} {
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

// columnFile is one series, a number per line.
type columnFile struct {
	lines lineReader
	chunk int
	start int
	end   error
}

func (r *columnFile) Close() error { return r.lines.src.Close() }

func (r *columnFile) Next() (*series.Series, error) {
	if r.end != nil {
		return nil, r.end
	}
	var values []float64
	for len(values) < r.chunk {
		line, err := r.lines.next()
		if errors.Is(err, io.EOF) {
			r.end = err
			break
		}
		if err == nil && line == "" {
			continue
		}
		var v float64
		if err == nil {
			if v, err = parseNumber(line); err != nil {
				err = rowError(r.lines.src.path, r.lines.line, "", "%w", err)
			}
		}
		if err != nil {
			r.end = err
			return nil, err
		}
		values = append(values, v)
	}
	if len(values) == 0 {
		return nil, r.end
	}
	s := &series.Series{ID: r.lines.src.stem(), Channels: []string{"value"}, Values: [][]float64{values}, Start: r.start}
	r.start += len(values)
	return s, nil
}
