package datasets

import (
	"fmt"
	"strings"
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
	name string
	kind kind
}

// layout says which columns of a table are read as what; -1 where there is none.
type layout struct {
	time, series, label int
	channels            []int
	names               []string // of the channels
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
	lists    [][][]float64     // [row][channel][time]
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

// timeNames are taken for the time column where the user names none.
var timeNames = []string{"time", "timestamp", "date", "datetime"}

// indexName is the column of positions that Convert writes where there are no time
// stamps; as a column of whole numbers it is no channel.
const indexName = "index"

// plan decides what each column is.
func plan(fields []field, o *Options) (*layout, error) {
	l := &layout{time: -1, series: -1, label: -1}
	find := func(name string) int {
		for i, f := range fields {
			if f.name == name {
				return i
			}
		}
		return -1
	}
	for _, f := range fields {
		l.lists = l.lists || f.kind == kindList
	}
	named := func(name, role string) (int, error) {
		if name == "" {
			return -1, nil
		}
		i := find(name)
		if i < 0 {
			return -1, fmt.Errorf("no column %q for the %s; there are: %s", name, role, fieldNames(fields))
		}
		return i, nil
	}
	var err error
	if l.time, err = named(o.Time, "time"); err != nil {
		return nil, err
	}
	if l.series, err = named(o.Series, "series"); err != nil {
		return nil, err
	}
	if l.label, err = named(o.Label, "label"); err != nil {
		return nil, err
	}
	chosen := map[int]bool{}
	for _, name := range o.Channels {
		i, err := named(name, "channels")
		if err != nil {
			return nil, err
		}
		if i < 0 {
			continue
		}
		k := fields[i].kind
		// A column of a CSV file that does not look like numbers is still tried, which gives the row of what is not one.
		if l.lists && k != kindList || !l.lists && !k.numeric() && k != kindText {
			return nil, fmt.Errorf("column %q cannot be a channel, it holds no numbers", name)
		}
		chosen[i] = true
		l.channels = append(l.channels, i)
		l.names = append(l.names, name)
	}
	l.guess(fields, chosen)
	if len(o.Channels) == 0 {
		for i, f := range fields {
			if i == l.time || i == l.series || i == l.label || f.name == indexName && f.kind == kindWhole {
				continue
			}
			if l.lists && f.kind == kindList || !l.lists && f.kind.numeric() {
				l.channels = append(l.channels, i)
				l.names = append(l.names, f.name)
			}
		}
	}
	if len(l.channels) == 0 {
		return nil, fmt.Errorf("no column of numbers to be a channel; there are: %s", fieldNames(fields))
	}
	if l.label >= 0 {
		l.textLabel = l.lists || !fields[l.label].kind.numeric()
	}
	for _, i := range []int{l.time, l.series, l.label} {
		if i >= 0 && (fields[i].kind == kindList || fields[i].kind == kindOther) {
			return nil, fmt.Errorf("column %q has a type that cannot be a time, a series or a label", fields[i].name)
		}
	}
	if l.lists {
		l.time = -1
	}
	return l, nil
}

// guess finds time, series and label by type and name where the user named none.
func (l *layout) guess(fields []field, chosen map[int]bool) {
	free := func(i int) bool { return !chosen[i] && i != l.time && i != l.series && i != l.label }
	for i, f := range fields {
		if l.time < 0 && free(i) && f.kind == kindTime {
			l.time = i
		}
	}
	for _, name := range timeNames {
		for i, f := range fields {
			if l.time < 0 && free(i) && f.kind != kindList && f.kind != kindOther && strings.EqualFold(f.name, name) {
				l.time = i
			}
		}
	}
	for i, f := range fields {
		if !free(i) {
			continue
		}
		scalar := f.kind == kindText || f.kind.numeric()
		if l.series < 0 && f.name == "series" && (f.kind == kindText || f.kind == kindWhole) {
			l.series = i
		} else if l.label < 0 && f.name == "label" && scalar {
			l.label = i
		}
	}
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
