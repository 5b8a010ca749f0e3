package datasets

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/wavekin/wavekin/datasets/internal/dialect"
	"github.com/wavekin/wavekin/series"
)

// Reading says what a file was read as: what each column was taken for, what was left out and why, how the time stamps lie,
// and what was guessed. It is complete when the file has been read to its end.
type Reading struct {
	// File is the path as it was given.
	File string `json:"file"`
	// Format is the format's name, as in [Formats].
	Format string `json:"format"`
	// Collection names the published collection whose layout the file has, or is empty.
	Collection string `json:"collection,omitempty"`
	// Time describes the time stamps; nil where there are none.
	Time *TimeReading `json:"time,omitempty"`
	// SeriesColumn is the column that tells series apart, or empty.
	SeriesColumn string `json:"series_column,omitempty"`
	// LabelColumn is the column of labels, or empty.
	LabelColumn string `json:"label_column,omitempty"`
	// Channels names the channels in their order.
	Channels []string `json:"channels"`
	// Single: all channels are stored as float32, or as half floats.
	Single bool `json:"float32,omitempty"`
	// LeftOut lists the columns that are not read.
	LeftOut []LeftOut `json:"left_out,omitempty"`
	// Notes say what was recognised without being asked for: a delimiter, an encoding, a decimal comma.
	Notes []string `json:"notes,omitempty"`
	// Rounded names the columns with whole numbers beyond 2^53, whose last digits a float64 does not keep.
	Rounded []string `json:"rounded,omitempty"`
	// Warnings say what may be wrong: a useful column left out, a meaning guessed against the odds.
	Warnings []string `json:"warnings,omitempty"`
	// Series and Rows count what was read: series, and their time stamps.
	Series int `json:"series"`
	Rows   int `json:"rows"`
}

// LeftOut is a column that is not read.
type LeftOut struct {
	Column string `json:"column"`
	Reason string `json:"reason"`
}

// TimeReading says how the time stamps of a file lie.
type TimeReading struct {
	// Column is the time column, or empty where the format has none.
	Column string `json:"column,omitempty"`
	// Positions: the stamps are numbers that count rows or seconds, not dates.
	Positions bool `json:"positions,omitempty"`
	// Zone is the zone of the stamps as an IANA name or an offset such as +01:00; empty for UTC, for stamps without a zone,
	// and where the offset changes.
	Zone string `json:"zone,omitempty"`
	// Local: stamps of a text table have no offset, and no zone was given; they are taken for UTC.
	Local bool `json:"local,omitempty"`
	// Step is the usual distance of neighbours in nanoseconds; for positions, in positions. 0: fewer than two stamps.
	Step int64 `json:"step_ns"`
	// Irregular counts distances that are no multiple of the step within 1 %, Missing the stamps that a regular series would
	// have between its first and its last one, Repeated the stamps that are equal to the one before.
	Irregular int `json:"irregular"`
	Missing   int `json:"missing"`
	Repeated  int `json:"repeated"`
	// OtherSteps counts the series whose usual step is another one.
	OtherSteps int `json:"other_steps,omitempty"`

	offsets bool // each stamp has an offset of its own, which may change with any row
	changed bool // and which did
}

// Elsewhere tells whether the stamps are of another zone than UTC.
func (t *TimeReading) Elsewhere() bool { return t != nil && (t.Zone != "" || t.changed) }

// Note adds to what was recognised, once.
func (r *Reading) note(format string, args ...any) { addOnce(&r.Notes, format, args) }

// warn adds a warning, once.
func (r *Reading) warn(format string, args ...any) { addOnce(&r.Warnings, format, args) }

func addOnce(to *[]string, format string, args []any) {
	text := fmt.Sprintf(format, args...)
	for _, have := range *to {
		if have == text {
			return
		}
	}
	*to = append(*to, text)
}

// tellStamps says what the first time stamps were taken for.
func (r *Reading) tellStamps(s *dialect.Stamps) {
	if how := s.Doubt(); how != "" {
		r.warn("the time: %s", how)
	} else if how := s.Note(); how != "" {
		r.note("%s", how)
	}
}

// tellZones says how the names of zones that were read were understood.
func (r *Reading) tellZones(s *dialect.Stamps) {
	if how := s.ZoneNote(); how != "" {
		r.note("%s", how)
	}
}

// tellRounded says once of a column of whole numbers that some have more digits than a float64 keeps.
func (r *Reading) tellRounded(column string, v []float64) {
	if !slices.Contains(r.Rounded, column) && slices.ContainsFunc(v, func(x float64) bool { return math.Abs(x) >= 1<<53 }) {
		r.Rounded = append(r.Rounded, column)
		r.warn("column %q has whole numbers beyond 2^53, whose last digits are rounded", column)
	}
}

// keep says that only some of the channels are used.
func (r *Reading) keep(channels []string) {
	for _, c := range r.Channels {
		if !slices.Contains(channels, c) {
			r.LeftOut = append(r.LeftOut, LeftOut{c, "not among those asked for"})
		}
	}
	r.Channels = channels
}

// Kind is equal for files that were read alike: the same format, columns and step, and the same kinds of trouble. Their
// readings differ in the file's name and in counts.
func (r *Reading) Kind() string {
	k := *r
	k.File, k.Series, k.Rows = "", 0, 0
	if r.Time != nil {
		t := *r.Time
		t.Irregular, t.Missing, t.Repeated = min(t.Irregular, 1), min(t.Missing, 1), min(t.Repeated, 1)
		return fmt.Sprintf("%+v %+v", k.withoutTime(), t)
	}
	return fmt.Sprintf("%+v", k)
}

func (r Reading) withoutTime() Reading {
	r.Time = nil
	return r
}

// String is one line without the warnings, such as
// `line3.csv: csv; time "time" every 1m, 2 missing; channels pressure, flow; left out "remarks" (text)`.
func (r *Reading) String() string {
	parts := []string{r.Format}
	if r.Collection != "" {
		parts[0] += " of " + r.Collection
	}
	parts = append(parts, r.Notes...)
	if r.Time == nil {
		parts = append(parts, "no time stamps")
	} else {
		parts = append(parts, r.Time.String())
	}
	if r.SeriesColumn != "" {
		parts = append(parts, fmt.Sprintf("series by %q", r.SeriesColumn))
	}
	if r.LabelColumn != "" {
		parts = append(parts, fmt.Sprintf("labels in %q", r.LabelColumn))
	}
	if len(r.Channels) == 1 {
		parts = append(parts, "channel "+r.Channels[0])
	} else {
		parts = append(parts, "channels "+listed(r.Channels))
	}
	if len(r.LeftOut) > 0 {
		var out []string
		for _, l := range r.LeftOut {
			out = append(out, fmt.Sprintf("%q (%s)", l.Column, l.Reason))
		}
		parts = append(parts, "left out "+listed(out))
	}
	return r.File + ": " + inLine.Replace(strings.Join(parts, "; "))
}

// String says how the stamps lie.
func (t *TimeReading) String() string {
	text := "time"
	if t.Column != "" {
		text = fmt.Sprintf("time %q", t.Column)
	}
	switch {
	case t.Step > 0 && t.Positions:
		text += fmt.Sprintf(" in steps of %d", t.Step)
	case t.Step > 0:
		text += " every " + series.StepText(time.Duration(t.Step))
	}
	if t.Zone != "" {
		text += " in " + t.Zone
	}
	for _, c := range []struct {
		n    int
		what string
	}{{t.Irregular, "irregular"}, {t.Missing, "missing"}, {t.Repeated, "repeated"}} {
		if c.n > 0 {
			text += fmt.Sprintf(", %d %s", c.n, c.what)
		}
	}
	if t.OtherSteps > 0 {
		text += fmt.Sprintf(", %d series with another step", t.OtherSteps)
	}
	return text
}

// listedNames is how many names a line shows.
const listedNames = 8

// inLine keeps text in one line: names of columns may be of several.
var inLine = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ")

// listed names things in a line; many of them by the first ones and their number.
func listed(names []string) string {
	if len(names) > listedNames {
		return fmt.Sprintf("%s, ... (%d)", inLine.Replace(strings.Join(names[:listedNames-1], ", ")), len(names))
	}
	return inLine.Replace(strings.Join(names, ", "))
}

// Readings says what a reader has read so far, in the order of its files. It is nil for readers that are not of this package.
func Readings(r Reader) []*Reading {
	switch t := r.(type) {
	case interface{ readings() []*Reading }:
		return t.readings()
	case interface{ Readings() []*Reading }:
		return t.Readings()
	case interface{ Unwrap() Reader }:
		return Readings(t.Unwrap())
	}
	return nil
}

// observed counts what a reader hands out.
type observed struct {
	Reader
	reading *Reading
	want    []string // the channels that are asked for
	clock   clock
	zone    *time.Location // of the time stamps, named so
	named   string
}

func (o *observed) readings() []*Reading { return []*Reading{o.reading} }

func (o *observed) sets() bool { return areSets(o.Reader) }

func (o *observed) Next() (*series.Series, error) {
	s, err := o.Reader.Next()
	if err != nil {
		if err == io.EOF {
			o.clock.tell(o.reading)
		}
		return s, err
	}
	if s, err = o.chosen(s); err != nil {
		return nil, err
	}
	if o.reading.Channels == nil {
		o.reading.Channels = channelNames(s)
	}
	if s.Start == 0 {
		o.reading.Series++
	}
	o.reading.Rows += s.Len()
	o.clock.add(s)
	if s.Zone == nil && s.Times != nil {
		s.Zone = o.zoned()
	}
	return s, nil
}

// zoned is the zone that time stamps are shown in; nil for UTC and where each has an offset of its own.
func (o *observed) zoned() *time.Location {
	t := o.reading.Time
	if t == nil || t.Zone == "" || t.offsets {
		return nil
	}
	if o.zone == nil || o.named != t.Zone {
		zone, err := locationOf(t.Zone)
		if err != nil { // a zone of an Arrow column that is not known here
			return nil
		}
		o.zone, o.named = zone, t.Zone
	}
	return o.zone
}

// chosen takes the channels that are asked for, in their order, out of a series of a format that has no columns to choose from. A table
// has chosen them already.
func (o *observed) chosen(s *series.Series) (*series.Series, error) {
	names := channelNames(s)
	if len(o.want) == 0 || slices.EqualFunc(names, o.want, strings.EqualFold) {
		return s, nil
	}
	out := *s
	out.Channels, out.Values = nil, nil
	for _, name := range o.want {
		c := slices.IndexFunc(names, func(have string) bool { return strings.EqualFold(have, name) })
		if c < 0 {
			return nil, &Error{File: o.reading.File, Column: name, Offset: -1, Err: fmt.Errorf("no such channel; the file has %s", listed(names))}
		}
		out.Channels, out.Values = append(out.Channels, names[c]), append(out.Values, s.Values[c])
	}
	if o.reading.Channels == nil {
		o.reading.Channels = names
	}
	o.reading.keep(out.Channels)
	return &out, nil
}

// Close also completes the reading of a file that was not read to its end.
func (o *observed) Close() error {
	o.clock.tell(o.reading)
	return o.Reader.Close()
}

// clockSample is how many distances decide the usual step of a series.
const clockSample = 1024

// clock looks at the time stamps of series that pass by in chunks, in constant memory: the first distances of a series
// decide its step, all are counted.
type clock struct {
	first     bool // there were stamps
	dates     bool
	step      int64 // of the first series that has one
	other     int
	irregular int
	missing   int
	repeated  int

	open   bool
	last   int64
	own    int64    // the step of the present series; 0: undecided
	sample []uint64 // its first distances
	told   bool
}

func (c *clock) add(s *series.Series) {
	if s.Start == 0 {
		c.endSeries()
	}
	if len(s.Times) == 0 {
		return
	}
	if !c.first {
		c.first, c.dates = true, AreDates(s.Times)
	}
	for _, t := range s.Times {
		switch {
		case c.open && c.own > 0 && t > c.last && uint64(t)-uint64(c.last) == uint64(c.own): // as most are
		case c.open:
			// Unsigned: the distance of two int64 always fits, their difference may not.
			c.distance(uint64(t)-uint64(c.last), t < c.last)
		}
		c.open, c.last = true, t
	}
}

func (c *clock) distance(d uint64, back bool) {
	switch {
	case back:
		c.irregular++
	case d == 0:
		c.repeated++
	case c.own > 0:
		c.count(d)
	default:
		if c.sample = append(c.sample, d); len(c.sample) == clockSample {
			c.decide()
		}
	}
}

// decide takes the median of the sampled distances for the step.
func (c *clock) decide() {
	if len(c.sample) == 0 {
		return
	}
	sorted := slices.Clone(c.sample)
	slices.Sort(sorted)
	c.own = int64(min(sorted[len(sorted)/2], 1<<63-1))
	if c.step == 0 {
		c.step = c.own
	} else if d := c.own - c.step; max(d, -d) > c.step/100 {
		c.other++
	}
	for _, d := range c.sample {
		c.count(d)
	}
	c.sample = c.sample[:0]
}

func (c *clock) count(d uint64) {
	step := uint64(c.own)
	k := (d + step/2) / step
	off := max(d, k*step) - min(d, k*step)
	switch {
	case k == 0 || off > step/100:
		c.irregular++
	case k > 1:
		c.missing += int(k - 1)
	}
}

func (c *clock) endSeries() {
	if c.own == 0 {
		c.decide()
	}
	c.open, c.own, c.sample = false, 0, c.sample[:0]
}

// tell ends the count and puts it into a reading.
func (c *clock) tell(r *Reading) {
	if c.told {
		return
	}
	c.told = true
	c.endSeries()
	if !c.first {
		return
	}
	if r.Time == nil {
		r.Time = &TimeReading{}
	}
	t := r.Time
	t.Positions = t.Positions || !c.dates
	t.Step, t.Irregular, t.Missing, t.Repeated, t.OtherSteps = c.step, c.irregular, c.missing, c.repeated, c.other
}
