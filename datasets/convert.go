package datasets

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/series"
)

// Convert reads in, as Open does, and writes out, whose name says the format. Labelled
// series and other sets of separate series become a table with a row per series: series,
// label, and a list column per channel. All else, and everything in CSV, becomes a long
// table: series, time (or index where there are no time stamps), label if there is one,
// the channels, and the columns that are no channels. Labels are written as they were read, time stamps keep their zone. It streams: memory does not grow with the file. A cancelled context ends it
// with the context's error and without an output.
func Convert(ctx context.Context, in, out string, o Options) (done Converted, err error) {
	o.keep = true
	r, err := Open(in, o)
	if err != nil {
		return done, err
	}
	return ConvertFrom(ctx, r, in, out)
}

// ConvertFrom is Convert for what a reader gives, which it closes; in is what errors call it.
func ConvertFrom(ctx context.Context, r Reader, in, out string) (done Converted, err error) {
	defer func() { err = errors.Join(err, r.Close()) }()
	first, err := r.Next()
	if errors.Is(err, io.EOF) {
		return done, fileError(in, "no series in it")
	}
	if err != nil {
		return done, err
	}
	c := &conversion{in: in, names: channelNames(first), asTimes: first.Times != nil, dates: AreDates(first.Times),
		points: first.PointLabels != nil, class: first.Label != ""}
	c.rows = areSets(r) && first.Times == nil && !strings.EqualFold(filepath.Ext(out), ".csv")
	c.readings = func() []*Reading { return Readings(r) }
	if all := Readings(r); len(all) > 0 {
		c.single = all[0].Single
		if t := all[0].Time; t != nil {
			c.zone = t.Zone
		}
		c.keep(first, all[0])
	}
	w, err := NewWriter(out, c.columns())
	if err != nil {
		return done, err
	}
	for s := first; ; {
		if err = errors.Join(ctx.Err(), c.write(w, s)); err != nil {
			return done, errors.Join(err, w.Abort())
		}
		if s.Start == 0 {
			done.Series++
		}
		if s, err = r.Next(); errors.Is(err, io.EOF) {
			done.Rows = w.Rows()
			for _, one := range Readings(r) {
				done.Rounded = append(done.Rounded, one.Rounded...)
				for _, w := range one.Warnings {
					done.Warnings = append(done.Warnings, one.File+": "+w)
				}
			}
			return done, w.Close()
		}
		if err != nil {
			return done, errors.Join(err, w.Abort())
		}
	}
}

// Converted counts what [Convert] has written.
type Converted struct {
	// Rows is the length of the table.
	Rows int `json:"rows"`
	// Series is how many series are in it.
	Series int `json:"series"`
	// Rounded names the columns with whole numbers beyond 2^53, whose last digits are rounded.
	Rounded []string `json:"rounded,omitempty"`
	// Warnings are those of the [Reading] of each file, with its name in front.
	Warnings []string `json:"warnings,omitempty"`
}

// areSets tells whether a reader hands out separate whole series rather than recordings.
func areSets(r Reader) bool {
	if outer, ok := r.(interface{ Unwrap() Reader }); ok {
		return areSets(outer.Unwrap())
	}
	s, ok := r.(interface{ sets() bool })
	return ok && s.sets()
}

// channelNames invents names where there are none.
func channelNames(s *series.Series) []string {
	if len(s.Channels) == s.NumChannels() {
		return s.Channels
	}
	if s.NumChannels() == 1 {
		return []string{"value"}
	}
	names := make([]string, s.NumChannels())
	for i := range names {
		names[i] = "channel" + strconv.Itoa(i)
	}
	return names
}

// conversion is the shape of an output, which the first series decides.
type conversion struct {
	in      string
	names   []string
	rows    bool // a row per series
	asTimes bool
	dates   bool // the times are time stamps, not positions
	points  bool
	class   bool
	kept    []series.Column // further columns, without their values
	words   string          // the column of labels that are kept as they were written, or empty
	single  bool            // the channels are float32
	zone    string          // of the time stamps

	readings func() []*Reading
	ids      []string // of a chunk, like the next two
	labels   []string
	starts   []int64
}

func (c *conversion) columns() []Column {
	cols := []Column{{Name: "series", Type: String}}
	value, list := Float64, List
	if c.single {
		value, list = Float32, List32
	}
	switch {
	case c.rows:
		value = list
	case c.asTimes && c.dates:
		cols = append(cols, Column{Name: "time", Type: Timestamp, Zone: c.zone})
	case c.asTimes:
		cols = append(cols, Column{Name: "time", Type: Int64})
	default:
		cols = append(cols, Column{Name: indexName, Type: Int64})
	}
	switch {
	case c.class || c.rows:
		cols = append(cols, Column{Name: "label", Type: String})
	case c.points && c.words != "":
		cols = append(cols, Column{Name: "label", Type: String})
	case c.points:
		cols = append(cols, Column{Name: "label", Type: Float64})
	}
	add := func(i int, name string, t Type) {
		// A column that is called like one of the columns above gets another name.
		for slices.ContainsFunc(cols, func(taken Column) bool { return taken.Name == name }) {
			name += "_" + strconv.Itoa(i)
		}
		cols = append(cols, Column{Name: name, Type: t})
	}
	for i, name := range c.names {
		add(i, name, value)
	}
	for i, k := range c.kept {
		add(i, k.Name, columnType(k))
	}
	return cols
}

// keep notes which columns of the first series go along.
func (c *conversion) keep(first *series.Series, r *Reading) {
	for _, k := range first.Kept {
		if k.Name == r.LabelColumn {
			c.words = k.Name
			continue
		}
		c.kept = append(c.kept, k.Slice(0, 0))
	}
}

func columnType(c series.Column) Type {
	switch {
	case c.Number != nil:
		return Float64
	case c.Whole != nil:
		return Int64
	case c.Time != nil:
		return Timestamp
	}
	return String
}

// along finds a column that goes along by its name; where a series has none, all of it is missing.
func along(s *series.Series, name string, t Type) Values {
	for _, k := range s.Kept {
		if k.Name == name && columnType(k) == t {
			return Values{String: k.Text, Float64: k.Number, Int64: append(k.Whole, k.Time...), Null: k.Null}
		}
	}
	n := s.Len()
	return Values{String: make([]string, n), Float64: make([]float64, n), Int64: make([]int64, n), Null: slices.Repeat([]bool{true}, n)}
}

// write appends a chunk.
func (c *conversion) write(w *Writer, s *series.Series) error {
	if err := s.Check(); err != nil {
		return fileError(c.in, "%w", err)
	}
	switch {
	case s.NumChannels() != len(c.names):
		return fileError(c.in, "series %s has %s, the first one has %d; all must agree", quoted(s.ID), plural.Of(s.NumChannels(), "channel"), len(c.names))
	case (s.Times != nil) != c.asTimes && s.Len() > 0:
		return fileError(c.in, "series %s and the first one disagree in having time stamps", quoted(s.ID))
	}
	for _, r := range c.readings() {
		if c.single && !r.Single && r.Rows > 0 {
			return fileError(r.File, "its values are float64, those of the first input float32, as which they are written; convert it by itself")
		}
	}
	if c.rows {
		row := []any{s.ID, s.Label}
		for _, v := range s.Values {
			row = append(row, v)
		}
		return w.Append(row...)
	}
	n := s.Len()
	cols := []Values{{String: repeated(&c.ids, s.ID, n)}}
	if c.asTimes {
		cols = append(cols, Values{Int64: s.Times})
	} else {
		c.starts = c.starts[:0]
		for i := range n {
			c.starts = append(c.starts, int64(s.Start+i))
		}
		cols = append(cols, Values{Int64: c.starts})
	}
	switch {
	case c.class:
		cols = append(cols, Values{String: repeated(&c.labels, s.Label, n)})
	case c.words != "":
		cols = append(cols, along(s, c.words, String))
	case c.points && s.PointLabels == nil:
		cols = append(cols, Values{Float64: gaps(n)})
	case c.points:
		cols = append(cols, Values{Float64: s.PointLabels})
	}
	for _, v := range s.Values {
		if !c.single {
			cols = append(cols, Values{Float64: v})
			continue
		}
		narrow := make([]float32, n)
		for i, x := range v {
			narrow[i] = float32(x)
		}
		cols = append(cols, Values{Float32: narrow})
	}
	for _, k := range c.kept {
		cols = append(cols, along(s, k.Name, columnType(k)))
	}
	return w.AppendColumns(cols...)
}

// repeated is n times the same text, in a slice that is used again.
func repeated(buf *[]string, text string, n int) []string {
	*buf = (*buf)[:0]
	for range n {
		*buf = append(*buf, text)
	}
	return *buf
}

func gaps(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = series.Gap
	}
	return out
}
