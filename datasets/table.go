package datasets

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/wavekin/wavekin/datasets/internal/dialect"
	"github.com/wavekin/wavekin/series"
)

// kind is what a column of a table holds, as far as reading it goes.
type kind uint8

const (
	kindOther  kind = iota // nothing that is read
	kindText               // also the time column of a CSV file
	kindNumber             // integers, floats, booleans
	kindWhole              // integers and booleans
	kindTime               // time stamps and dates
	kindList               // lists of numbers
)

// numeric tells whether a column can be a channel of a long table.
func (k kind) numeric() bool { return k == kindNumber || k == kindWhole }

// field is a column before it is read.
type field struct {
	name    string
	kind    kind
	unnamed bool     // the name was made up
	about   string   // why a column of another kind is not read, or empty
	zone    string   // of a time column, as TimeReading has it
	refused error    // why the file is refused unless the column is left out
	seen    *profile // nil: nothing is known of the values
}

// layout says which columns of a table are read as what; -1 where there is none.
type layout struct {
	time, series, label int
	channels            []int
	names               []string // of the channels
	kept                []int    // further columns, which go along
	lists               bool     // one series per row
	textLabel           bool     // a class per series, not a label per time stamp
}

// batch is some rows of a table, its columns in the order of a layout.
type batch struct {
	rows     int
	line     func(row int) int // the number for messages
	times    []int64           // nil without a time column
	ids      []string          // nil without a series column
	labels   []float64         // nil without a label column of numbers
	classes  []string          // nil without a label column of text
	channels [][]float64       // [channel][row]
	kept     []series.Column   // in the order of the layout
	words    []string          // the label column as it was written, where it is kept
	lists    [][][]float64     // [row][channel][time]
}

// cut takes back what was added after the first rows of a batch.
func (b *batch) cut(rows int) {
	for c, v := range b.channels {
		b.channels[c] = v[:rows]
	}
	for k, c := range b.kept {
		b.kept[k] = c.Slice(0, rows)
	}
	b.times, b.ids = b.times[:min(rows, len(b.times))], b.ids[:min(rows, len(b.ids))]
	b.labels, b.classes = b.labels[:min(rows, len(b.labels))], b.classes[:min(rows, len(b.classes))]
}

// table is what a reader of a tabular format provides.
type table interface {
	// fields describes the columns.
	fields() []field
	// read returns at most max rows of the columns in l, or io.EOF.
	read(l *layout, max int) (*batch, error)
	// Close frees what the table holds.
	Close() error
}

// plan decides what each column is, and says so in a reading.
func plan(fields []field, o *Options, r *Reading) (*layout, error) {
	l := &layout{time: -1, series: -1, label: -1}
	for _, f := range fields {
		l.lists = l.lists || f.kind == kindList
	}
	var err error
	if l.time, err = named(fields, o.Time, "time"); err != nil {
		return nil, err
	}
	if l.series, err = named(fields, o.Series, "series"); err != nil {
		return nil, err
	}
	if l.label, err = named(fields, o.Label, "label"); err != nil {
		return nil, err
	}
	p := &roles{l: l, fields: fields, chosen: map[int]bool{}, r: r}
	if err := p.choose(o.Channels); err != nil {
		return nil, err
	}
	p.guess()
	if l.lists {
		l.time = -1
	}
	p.rest(o)
	if p.err != nil && len(o.Channels) == 0 {
		return nil, p.err
	}
	if len(l.channels) == 0 && o.LabelsOnly && l.label >= 0 && fields[l.label].kind.numeric() {
		l.channels, l.names = []int{l.label}, []string{fields[l.label].name}
	}
	if len(l.channels) == 0 {
		return nil, noChannel(fields)
	}
	if l.label >= 0 {
		l.textLabel = l.lists || !fields[l.label].kind.numeric()
		r.LabelColumn = fields[l.label].name
	}
	for _, i := range []int{l.time, l.series, l.label} {
		if i >= 0 && (fields[i].kind == kindList || fields[i].kind == kindOther) {
			return nil, fmt.Errorf("column %q has a type that cannot be a time, a series or a label", fields[i].name)
		}
	}
	if l.series >= 0 {
		r.SeriesColumn = fields[l.series].name
	}
	if l.time >= 0 {
		r.Time = &TimeReading{Column: fields[l.time].name, Zone: fields[l.time].zone}
	}
	r.Channels = l.names
	return l, nil
}

// noChannel is the error of a table without a column of numbers: a column of numbers with units is told, and what else columns are.
func noChannel(fields []field) error {
	var names []string
	for i, f := range fields {
		if f.refused != nil {
			return f.refused
		}
		if len(names) == listedNames && i+1 < len(fields) {
			names = append(names, fmt.Sprintf("and %d more", len(fields)-i))
			break
		}
		is := map[kind]string{kindText: "text", kindTime: "time stamps", kindList: "lists"}[f.kind]
		if f.about != "" && f.kind == kindOther {
			is = f.about
		}
		if f.seen != nil && len(f.seen.few) > 0 && f.kind == kindText {
			is += fmt.Sprintf(" such as %s", quoted(f.seen.few[0]))
		}
		if is != "" {
			is = " (" + is + ")"
		}
		names = append(names, quoted(f.name)+is)
	}
	if len(fields) == 0 {
		names = []string{"none"}
	}
	return fmt.Errorf("no column of numbers to be a channel; there are: %s", strings.Join(names, ", "))
}

// choose makes channels of the columns that the user named.
func (p *roles) choose(names []string) error {
	for _, name := range names {
		i, err := named(p.fields, name, "channels")
		if err != nil {
			return err
		}
		if i < 0 {
			continue
		}
		k := p.fields[i].kind
		// A column of a CSV file that does not look like numbers is still tried, which gives the row of what is not one.
		if p.l.lists && k != kindList || !p.l.lists && !k.numeric() && k != kindText {
			if k == kindOther && p.fields[i].about != "" {
				return fmt.Errorf("column %q cannot be a channel: %s", name, p.fields[i].about)
			}
			return fmt.Errorf("column %q cannot be a channel, it holds no numbers", name)
		}
		if p.chosen[i] {
			return fmt.Errorf("column %q is named twice for the channels", name)
		}
		p.chosen[i] = true
		p.l.channels = append(p.l.channels, i)
		p.l.names = append(p.l.names, p.fields[i].name)
	}
	return nil
}

// rest gives the columns that have no role yet one, or leaves them out and says why.
func (p *roles) rest(o *Options) {
	for i, f := range p.fields {
		if !p.free(i) {
			continue
		}
		told, refused := len(p.r.Warnings), p.err
		reason, keep := p.leave(i)
		if !keep && o.keep && p.goesAlong(i, reason) {
			p.l.kept = append(p.l.kept, i)
			p.r.Warnings, p.err = p.r.Warnings[:told], refused
			continue
		}
		switch {
		case keep && len(o.Channels) == 0:
			p.l.channels = append(p.l.channels, i)
			p.l.names = append(p.l.names, f.name)
			continue
		case keep:
			reason = "not chosen"
		}
		p.r.LeftOut = append(p.r.LeftOut, LeftOut{f.name, reason})
	}
}

// named finds the column that the user named for a role, in the case it has or in another where that is clear; -1 for no name.
func named(fields []field, name, role string) (int, error) {
	if name == "" {
		return -1, nil
	}
	found := -1
	for i, f := range fields {
		if f.name == name {
			return i, nil
		}
		if strings.EqualFold(f.name, name) {
			if found >= 0 {
				return -1, fmt.Errorf("column %q for the %s may be %q or %q", name, role, fields[found].name, f.name)
			}
			found = i
		}
	}
	if found < 0 {
		return -1, fmt.Errorf("no column %q for the %s; there are: %s", name, role, fieldNames(fields))
	}
	return found, nil
}

// fieldNames lists the columns for a message.
func fieldNames(fields []field) string {
	if len(fields) == 0 {
		return "none"
	}
	var names []string
	for i, f := range fields {
		if i == 20 {
			names = append(names, fmt.Sprintf("and %d more", len(fields)-i))
			break
		}
		names = append(names, quoted(f.name))
	}
	return strings.Join(names, ", ")
}

// gapValue is what a gap is read as.
var gapValue = series.Gap

// plainStyle is how numbers are written in formats with a grammar of their own.
var plainStyle dialect.Style

// parseNumber reads a cell; gaps become NaN.
func parseNumber(s string) (float64, error) { return plainStyle.Parse([]byte(s)) }

// inRange refuses infinities and numbers beyond the range of float32, whose squares would leave that of float64; NaN stays NaN.
func inRange(v float64) (float64, error) { return dialect.InRange(v) }

// stamps turns one column's entries into nanoseconds since 1970, by their first one where a format does not look ahead.
type stamps struct{ dialect.Stamps }

func (p *stamps) fromInt(v int64) (int64, error)     { return p.Int(v) }
func (p *stamps) fromFloat(v float64) (int64, error) { return p.Float(v) }
func (p *stamps) fromText(s string) (int64, error)   { return p.Parse([]byte(s)) }

// AreDates tells time stamps from positions such as 0, 1, 2, which a time column may hold as well: whole numbers
// below 1e8 are kept as they are when read, and are written as numbers.
func AreDates(times []int64) bool {
	return len(times) > 0 && max(times[0], -times[0], times[len(times)-1]) >= 1e8
}

// FormatTime writes one of the time stamps of a series: in UTC where they are dates, else as the number that it is.
func FormatTime(ns int64, among []int64) string {
	if !AreDates(among) {
		return strconv.FormatInt(ns, 10)
	}
	return time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.999999999Z")
}

// FormatNumber writes a value with all its digits: the shortest text that reads as the same float64, without an exponent where
// it is of a usual size. A gap is empty.
func FormatNumber(v float64) string { return number(v, 64) }

// number is FormatNumber for values of so many bits.
func number(v float64, bits int) string {
	if v != v {
		return ""
	}
	form := byte('e')
	if a := math.Abs(v); a == 0 || a >= 1e-6 && a < 1e21 {
		form = 'f' // 1700000001, not 1.700000001e+09
	}
	return strconv.FormatFloat(v, form, -1, bits)
}
