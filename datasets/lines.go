package datasets

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/series"
)

// lineReader reads a text file line by line; one of the archives' lines is a whole series.
type lineReader struct {
	src  *source
	line int
}

// next returns a line without its end and the spaces around it.
func (r *lineReader) next() (string, error) {
	var long []byte
	for {
		part, err := r.src.r.ReadSlice('\n')
		long = append(long, part...)
		switch {
		case len(long) > maxRecord:
			return "", rowError(r.src.path, r.line+1, "", "%w: a line longer than %d MB", ErrLimit, maxRecord>>20)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return "", rowError(r.src.path, r.line+1, "", "%w", err)
		case err != nil && len(long) == 0:
			return "", io.EOF
		}
		if r.line++; r.line == 1 {
			long = bytes.TrimPrefix(long, []byte("\ufeff"))
		}
		return strings.TrimSpace(string(long)), nil
	}
}

// lineSet makes a series of each line of data.
type lineSet struct {
	o     *Options
	lines lineReader
	count int // of series
	left  int // lines that were left out
	dims  int // channels of the first series
	names []string
	parse func(line string) (*series.Series, error)
	skip  string // what comments begin with
	// classes are those that the header declares; empty: none are.
	classes []string
	end     error
}

func (r *lineSet) sets() bool { return true }

func (r *lineSet) Close() error { return r.lines.src.Close() }

func (r *lineSet) Next() (*series.Series, error) {
	if r.end != nil {
		return nil, r.end
	}
	s, err := r.read()
	r.end = err
	return s, err
}

func (r *lineSet) read() (*series.Series, error) {
	for {
		line, err := r.lines.next()
		if errors.Is(err, io.EOF) && r.count == 0 {
			return nil, fileError(r.lines.src.path, "there are no series in it")
		}
		if err != nil {
			return nil, err
		}
		if line == "" || r.skip != "" && strings.ContainsRune(r.skip, rune(line[0])) {
			continue
		}
		s, err := r.one(line)
		if err == nil {
			return s, nil
		}
		if !r.o.leaveOut(r.lines.src.path, err) {
			return nil, err
		}
		r.left++
	}
}

// one makes a series of a line.
func (r *lineSet) one(line string) (*series.Series, error) {
	s, err := r.parse(line)
	if err != nil {
		var known *Error
		if !errors.As(err, &known) {
			err = &Error{File: r.lines.src.path, Row: r.lines.line, Offset: -1, Err: err}
		} else if known.File == "" {
			known.File, known.Row = r.lines.src.path, r.lines.line
		}
		return nil, err
	}
	if r.count == 0 {
		r.dims = s.NumChannels()
	}
	if s.NumChannels() != r.dims {
		return nil, rowError(r.lines.src.path, r.lines.line, "", "%s, the series before have %d", plural.Of(s.NumChannels(), "channel"), r.dims)
	}
	for c, v := range s.Values {
		if len(v) != len(s.Values[0]) {
			return nil, rowError(r.lines.src.path, r.lines.line, fmt.Sprint(c), "%s, but channel 0 has %d; the channels of a series must be equally long",
				plural.Of(len(v), "value"), len(s.Values[0]))
		}
	}
	if r.names == nil {
		r.names = channelNames(s)
	}
	if len(r.classes) > 0 && s.Label != "" && !slices.Contains(r.classes, s.Label) && !slices.ContainsFunc(r.classes, func(c string) bool { return sameNumber(c, s.Label) }) {
		r.lines.src.reading.warn("row %d: class %s is none of those that the header declares: %s", r.lines.line, quoted(s.Label), listed(r.classes))
		r.classes = nil // told once
	}
	s.ID = fmt.Sprintf("%s/%d", r.lines.src.stem(), r.count+r.left)
	s.Channels = r.names
	r.count++
	return s, nil
}

// sameNumber tells whether two texts are one number, as 1 and 1.0.
func sameNumber(a, b string) bool {
	v, err1 := parseNumber(a)
	w, err2 := parseNumber(b)
	return err1 == nil && err2 == nil && v == w
}

// parseValues reads numbers between separators.
func parseValues(text string, sep string) ([]float64, error) {
	out := make([]float64, 0, strings.Count(text, sep)+1)
	for i := 1; ; i++ {
		cell, rest, more := strings.Cut(text, sep)
		v, err := parseNumber(cell)
		if err != nil {
			return nil, &Error{Column: fmt.Sprintf("value %d", i), Offset: -1, Err: err}
		}
		out = append(out, v)
		if !more {
			return out, nil
		}
		text = rest
	}
}

// trimGaps drops the gaps at the end that all channels share, except for the first time
// stamp: the archives fill series up to the longest one that way.
func trimGaps(values [][]float64) {
	n := 1
	for _, v := range values {
		if len(v) != len(values[0]) {
			return // which is an error that is told later
		}
		for last := len(v); last > n; last-- {
			if !series.IsGap(v[last-1]) {
				n = last
				break
			}
		}
	}
	for c, v := range values {
		values[c] = v[:min(n, len(v))]
	}
}
