package archive

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/series"
)

// rows is how the arrays of a set to classify are laid out.
type rows int

const (
	// rowsLabelled: a file of series with labels; in .npy a row is the class and then the values.
	rowsLabelled rows = iota
	// rowsArrays: [series, time], [series, time, channel] or [series, channel, time], and the classes in another file.
	rowsArrays
)

// openRows opens one part of a set to classify.
func (s Set) openRows(file, classes, format string, o datasets.Options) (datasets.Reader, error) {
	r, err := datasets.Open(file, s.options(o, format))
	if err != nil {
		return nil, err
	}
	out := &classed{Reader: r, file: file, array: strings.HasSuffix(bare(file), ".npy"), axes: s.rows == rowsArrays}
	if classes != "" {
		out.labelFile = classes
		if out.labels, err = datasets.Open(classes, datasets.Options{}); err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	return out, nil
}

// bare is a name in lower case without compression.
func bare(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(name), ".gz"), ".zst")
}

// classed hands out series with their classes.
type classed struct {
	datasets.Reader
	file      string
	array     bool // .npy, whose rows are series
	axes      bool // time may come before the channels
	labels    datasets.Reader
	labelFile string
	rest      []float64
	ready     []*series.Series
	count     int
}

// Close closes both files.
func (r *classed) Close() error {
	err := r.Reader.Close()
	if r.labels != nil {
		err = errors.Join(err, r.labels.Close())
		r.labels = nil
	}
	return err
}

func (r *classed) Next() (*series.Series, error) {
	for len(r.ready) == 0 {
		s, err := r.Reader.Next()
		if errors.Is(err, io.EOF) {
			return nil, r.end()
		}
		if err != nil {
			return nil, err
		}
		if r.ready, err = r.split(s); err != nil {
			return nil, err
		}
	}
	s := r.ready[0]
	r.ready = r.ready[1:]
	if r.labels != nil {
		v, err := r.label()
		if errors.Is(err, io.EOF) {
			err = fileError(r.labelFile, "%s, but there are more series in %s", plural.Of(r.count, "class"), r.file)
		}
		if err != nil {
			return nil, err
		}
		s.Label = class(v)
	}
	if s.Label == "" && s.Start == 0 {
		return nil, fileError(r.file, "series %q has no class (--label names the column of a table that holds it)", s.ID)
	}
	r.count++
	return s, nil
}

// split makes series of what a reader takes for the time stamps of a recording.
func (r *classed) split(s *series.Series) ([]*series.Series, error) {
	if !r.array {
		return []*series.Series{s}, nil
	}
	stem := datasets.Stem(r.file)
	if s.ID != stem { // three axes
		if r.axes && len(s.Values) > s.Len() {
			s = transposed(s)
		}
		return []*series.Series{s}, nil
	}
	var out []*series.Series
	for t := range s.Len() {
		one := &series.Series{ID: fmt.Sprintf("%s/%d", stem, s.Start+t), Channels: []string{"value"}}
		values := make([]float64, len(s.Values))
		for c := range values {
			values[c] = s.Values[c][t]
		}
		if r.labels == nil {
			if len(values) < 2 || math.IsNaN(values[0]) {
				return nil, fileError(r.file, "row %d has no class and values after it", s.Start+t)
			}
			one.Label, values = class(values[0]), values[1:]
		}
		one.Values = [][]float64{values}
		out = append(out, one)
	}
	return out, nil
}

// transposed is a series of [time][channel].
func transposed(s *series.Series) *series.Series {
	out := *s
	out.Channels = nil
	out.Values = make([][]float64, s.Len())
	for c := range out.Values {
		out.Channels = append(out.Channels, "channel"+strconv.Itoa(c))
		out.Values[c] = make([]float64, len(s.Values))
		for t := range out.Values[c] {
			out.Values[c][t] = s.Values[t][c]
		}
	}
	return &out
}

// label reads the next class.
func (r *classed) label() (float64, error) {
	for len(r.rest) == 0 {
		s, err := r.labels.Next()
		if err != nil {
			return 0, err
		}
		if s.NumChannels() != 1 {
			return 0, fileError(r.labelFile, "%s, want one class for each series", plural.Of(s.NumChannels(), "column"))
		}
		r.rest = s.Values[0]
	}
	v := r.rest[0]
	r.rest = r.rest[1:]
	return v, nil
}

// end checks that classes and series are as many.
func (r *classed) end() error {
	if r.labels == nil {
		return io.EOF
	}
	if _, err := r.label(); !errors.Is(err, io.EOF) {
		if err != nil {
			return err
		}
		return fileError(r.labelFile, "more classes than the %d series of %s", r.count, r.file)
	}
	return io.EOF
}

// class writes the number of a class; without one it is "".
func class(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
