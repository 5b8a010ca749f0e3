package datasets

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wavekin/wavekin/datasets/internal/dialect"
)

// look reads the header and the first rows.
func (t *csvTable) look() error {
	if t.layout.Header != nil {
		names, err := dialect.NewScanner(bytes.NewReader(t.layout.Header), dialect.Layout{Delimiter: t.layout.Delimiter}).Next()
		if err != nil {
			return rowError(t.src.path, t.layout.Lines, "", "%w", err)
		}
		t.sample = append(t.sample, csvRow{t.layout.Lines, copyCells(names)})
	}
	for len(t.sample) < sampleRows+1 {
		row, err := t.record()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		t.sample = append(t.sample, csvRow{row.line, copyCells(row.cells)})
	}
	if len(t.sample) == 0 {
		return fileError(t.src.path, "%w", ErrEmpty)
	}
	return nil
}

func copyCells(cells [][]byte) [][]byte {
	all := bytes.Join(cells, nil)
	out := make([][]byte, len(cells))
	for i, c := range cells {
		out[i], all = all[:len(c):len(c)], all[len(c):]
	}
	return out
}

// name takes the columns' names from the first row, or numbers them if it holds data, and judges what the columns hold.
func (t *csvTable) name() error {
	first := t.sample[0]
	if t.isTurned() {
		return rowError(t.src.path, first.line, "", "%w: time stamps side by side in the first row; want them below each other, a row for each", ErrFormat)
	}
	if t.o.NoHeader || t.layout.Header == nil && t.headless() {
		t.header = make([][]byte, len(first.cells))
		for i := range t.header {
			t.header[i] = []byte(strconv.Itoa(i))
		}
		if !t.o.NoHeader {
			t.src.reading.note("no header, columns are numbered")
		}
	} else {
		t.header, t.sample = first.cells, t.sample[1:]
	}
	if len(t.sample) == 0 {
		return fileError(t.src.path, "there is a header but no row below it")
	}
	t.fitHeader()
	have := map[string]bool{}
	for i, c := range t.header {
		f := field{name: string(dialect.Trim(c))}
		if f.unnamed = f.name == ""; f.unnamed {
			f.name = "column" + strconv.Itoa(i+1)
		}
		if !utf8.ValidString(f.name) {
			return rowError(t.src.path, first.line, "", "%w: the header is not UTF-8 text; say how it is written with --encoding, such as latin1", ErrFormat)
		}
		if have[f.name] {
			return rowError(t.src.path, first.line, f.name, "the name occurs twice in the header")
		}
		have[f.name] = true
		t.cols = append(t.cols, f)
	}
	sound := t.sample[:0]
	for _, row := range t.sample {
		if err := t.check(&row); err == nil {
			sound = append(sound, row)
		} else if !t.o.leaveOut(t.src.path, err) {
			return err
		}
	}
	for n := 0; n < maxUnitRows && len(sound) > 1 && t.isUnits(sound[0], sound[1:]); n++ {
		t.src.reading.note("row %d, %s, left out", sound[0].line, quoted(string(bytes.Join(sound[0].cells, []byte(" ")))))
		sound = sound[1:]
	}
	if t.sample = sound; len(sound) == 0 {
		return fileError(t.src.path, "there is a header but no row below it that can be used")
	}
	if len(t.cols) == 1 && bytes.ContainsAny(t.header[0], " ") && len(bytes.Fields(t.sample[0].cells[0])) == len(bytes.Fields(t.header[0])) {
		return rowError(t.src.path, first.line, "", "%w: one column, %s; want cells between commas, semicolons, tabs or bars, not spaces",
			ErrFormat, quoted(string(t.header[0])))
	}
	if len(t.cols) == 1 && bytes.ContainsAny(t.header[0], ",;\t|") && bytes.ContainsAny(t.sample[0].cells[0], ",;\t|") {
		return rowError(t.src.path, first.line, "", "%w: one column, %s; take the quotes around whole lines away", ErrFormat, quoted(string(t.header[0])))
	}
	return t.judge()
}

// isTurned tells whether columns are what rows should be: dates lie above numbers, in three columns or more.
func (t *csvTable) isTurned() bool {
	n := 0
	for i, c := range t.sample[0].cells {
		if dialect.IsDate(c) && dialect.Judge(column(t.sample[1:], i), t.gaps).Kind == dialect.Number {
			n++
		}
	}
	return n >= 3
}

// headless tells whether the first row is data: it has numbers and dates where the rows below have them, and no text there.
func (t *csvTable) headless() bool {
	first, rest := t.sample[0].cells, t.sample[1:]
	data, counted, whole := 0, true, true
	for i, c := range first {
		c = dialect.Trim(c)
		below := &dialect.Verdict{Kind: dialect.Number}
		if len(rest) > 0 {
			below = dialect.Judge(column(rest, i), t.gaps)
		}
		here := dialect.Judge([][]byte{c}, t.gaps)
		switch {
		case here.Kind == dialect.Empty:
			counted = false
			// A header may leave a column without a name, data may have a gap.
			continue
		case below.Kind == dialect.Text || below.Kind == dialect.Empty:
			counted = false
			continue
		case here.Kind != dialect.Number && here.Kind != dialect.Dates:
			return false
		}
		data++
		counted = counted && string(c) == strconv.Itoa(i)
		for _, row := range rest {
			whole = whole && (i >= len(row.cells) || isWhole(row.cells[i]))
		}
	}
	if t.countsYears(first) && !slices.ContainsFunc(rest, func(r csvRow) bool { return t.countsYears(r.cells) }) {
		t.src.reading.warn("the first row, which counts years, is taken for the header; --no-header reads it as data")
		return false
	}
	if data > 1 && counted && !whole {
		t.src.reading.warn("the first row, 0, 1, ..., is taken for the header; --no-header reads it as data")
		return false
	}
	return data > 0
}

// isUnits tells whether the first row below the header goes on with it, such as units: there is text where the rows below have numbers
// and dates, and no number or date in it.
func (t *csvTable) isUnits(first csvRow, rest []csvRow) bool {
	if t.layout.Header != nil || t.o.NoHeader {
		return false
	}
	words := 0
	for i, c := range first.cells {
		if c = dialect.Trim(c); len(c) == 0 {
			continue
		}
		here := dialect.Judge([][]byte{c}, t.gaps).Kind
		if here != dialect.Text {
			return false
		}
		if below := dialect.Judge(column(rest, i), t.gaps).Kind; below == dialect.Number || below == dialect.Dates {
			words++
		}
	}
	return words > 0
}

// maxUnitRows is how many rows below the header may go on with it: units, and how values were taken.
const maxUnitRows = 2

// countsYears tells whether the numbers of a row are years that follow each other, three or more.
func (t *csvTable) countsYears(cells [][]byte) bool {
	n, last := 0, 0
	for _, c := range cells {
		if t.gaps.Is(dialect.Trim(c)) || dialect.Judge([][]byte{c}, t.gaps).Kind == dialect.Text {
			continue
		}
		year, err := strconv.Atoi(string(dialect.Trim(c)))
		if err != nil || year < 1900 || year > 2100 || n > 0 && year != last+1 {
			return false
		}
		n, last = n+1, year
	}
	return n >= 3
}

func isWhole(cell []byte) bool {
	_, err := strconv.ParseInt(string(dialect.Trim(cell)), 10, 64)
	return err == nil
}

// column collects the cells of a column.
func column(rows []csvRow, i int) [][]byte {
	out := make([][]byte, 0, len(rows))
	for _, r := range rows {
		if i < len(r.cells) {
			out = append(out, r.cells[i])
		}
	}
	return out
}

// fitHeader makes the header as long as the rows where all of them agree on one cell more, which is a name for each row, or one
// less, where the header ends in a delimiter.
func (t *csvTable) fitHeader() {
	n, more, less := len(t.header), true, true
	for _, row := range t.sample {
		more = more && len(row.cells) == n+1 && len(dialect.Trim(row.cells[n])) > 0
		less = less && len(row.cells) == n-1
	}
	switch {
	case more:
		t.named = true
		t.header = slices.Insert(slices.Clone(t.header), 0, []byte(nil))
		t.src.reading.note("rows have a name in front")
	case less && len(dialect.Trim(t.header[n-1])) == 0:
		t.header = t.header[:n-1]
	}
}

// judge decides what the columns hold by their first cells.
func (t *csvTable) judge() error {
	verdicts := make([]*dialect.Verdict, len(t.cols))
	var marks []string
	for i := range t.cols {
		verdicts[i] = dialect.Judge(column(t.sample, i), t.gaps)
		if len(verdicts[i].Marks) > 0 && verdicts[i].Kind == dialect.Empty && slices.Contains(seriesNames, plainName(t.cols[i].name)) {
			verdicts[i].Kind = dialect.Text // a series may be called NA
		}
		if k := verdicts[i].Kind; k == dialect.Number || k == dialect.Empty {
			for _, m := range verdicts[i].Marks {
				if !slices.Contains(marks, quoted(m)) {
					marks = append(marks, quoted(m))
				}
			}
		}
	}
	decimal := byte(0)
	if t.o.Decimal != "" {
		decimal = t.o.Decimal[0]
	}
	for _, i := range dialect.Agree(verdicts, t.layout.Delimiter, decimal) {
		how := "with a decimal point"
		if verdicts[i].Style.Decimal == ',' {
			how = "with a decimal comma"
		}
		t.src.reading.warn("numbers such as %s in column %q are read %s; --decimal says otherwise", t.example(i), t.cols[i].name, how)
	}
	if len(marks) > 0 {
		t.src.reading.note("gaps are %s", listed(marks))
	}
	t.styles = make([]dialect.Style, len(t.cols))
	var seen profileOf
	for i, v := range verdicts {
		t.styles[i] = v.Style
		f := &t.cols[i]
		f.seen = t.profile(i, &seen)
		switch v.Kind {
		case dialect.Number:
			if f.kind = kindNumber; f.seen.whole {
				f.kind = kindWhole
			}
			if how := v.Style.String(); how != "" {
				t.src.reading.note("%s", how)
			}
		case dialect.Empty:
			f.kind = kindNumber
		case dialect.Dates:
			f.kind = kindTime
		case dialect.Units:
			f.kind = kindText
			f.refused = rowError(t.src.path, t.sample[v.At].line, f.name, "%s %w; to leave the column out, choose others with --channels",
				quoted(string(dialect.Trim(t.sample[v.At].cells[i]))), dialect.ErrUnit)
		default:
			f.kind = kindText
		}
	}
	t.findParts()
	return nil
}

// example is a number of a column that shows how it is written.
func (t *csvTable) example(i int) string {
	for _, row := range t.sample {
		if bytes.ContainsAny(row.cells[i], ",.") {
			return string(dialect.Trim(row.cells[i]))
		}
	}
	return ""
}

// profile looks at the first cells of a column.
func (t *csvTable) profile(i int, p *profileOf) *profile {
	for _, row := range t.sample {
		c := dialect.Trim(row.cells[i])
		if t.gaps.Is(c) {
			continue
		}
		v, err := t.styles[i].Parse(c)
		p.add(string(c), v, err == nil)
	}
	return p.done()
}

// clockNames are those of a column with the time of day, beside one with the date.
var clockNames = []string{"time", "clock", "time_of_day", "zeit", "uhrzeit", "heure", "hora", "ora", "hhmm"}

// partNames are those of columns that hold a part of the time stamp, and their range.
var partNames = []struct {
	names    []string
	from, to float64
}{
	{[]string{"year", "yr", "jahr"}, 1900, 2100},
	{[]string{"month", "mon", "monat"}, 1, 12},
	{[]string{"day", "day_of_month", "tag"}, 1, 31},
	{[]string{"hour", "hr", "hh", "stunde"}, 0, 24},
	{[]string{"minute"}, 0, 59},
	{[]string{"second", "sec"}, 0, 60},
}

// partColumn finds the column with a part of the time stamp, or -1. Its values are told by the first rows.
func (t *csvTable) partColumn(part int) int {
	p := partNames[part]
	for i, f := range t.cols {
		ok := func(c []byte) bool { return dialect.IsWithin(c, p.from, p.to, part == len(partNames)-1) }
		if f.kind.numeric() && slices.Contains(p.names, plainName(f.name)) && !t.isAsked(f.name) && t.all(i, ok) {
			return i
		}
	}
	return -1
}

// isAsked tells whether the user named a column for something.
func (t *csvTable) isAsked(name string) bool {
	is := func(have string) bool { return strings.EqualFold(have, name) }
	return is(t.o.Series) || is(t.o.Label) || slices.ContainsFunc(t.o.Channels, is)
}

// findParts looks for columns that make one time stamp together: one of dates without a time of day beside one with that or with the
// hour, or year, month, day and hour.
func (t *csvTable) findParts() {
	date := slices.IndexFunc(t.cols, func(f field) bool { return f.kind == kindTime })
	if date >= 0 {
		if !t.all(date, func(c []byte) bool { return bytes.IndexByte(c, ':') < 0 }) {
			return
		}
		if t.parts.Date = []int{date}; !t.findClock() && t.repeats(date) {
			t.findHours()
		}
	} else if year, month := t.partColumn(0), t.partColumn(1); year >= 0 && month >= 0 {
		t.parts.Date = []int{year, month}
		if day := t.partColumn(2); day >= 0 {
			if t.parts.Date = append(t.parts.Date, day); !t.findClock() {
				t.findHours()
			}
		}
		for i, f := range t.cols {
			if slices.Contains(timeNames, plainName(f.name)) && !slices.Contains(t.parts.Clock, i) {
				t.parts.Date = nil // there is another time
			}
		}
	}
	all := t.parts.Columns()
	if len(all) < 2 || t.parts.Date == nil || t.o.Time != "" && !strings.EqualFold(t.o.Time, t.cols[all[0]].name) {
		t.parts = dialect.Parts{}
		return
	}
	t.cols[all[0]].kind = kindTime
	for _, i := range all[1:] {
		t.cols[i].kind, t.cols[i].about = kindOther, fmt.Sprintf("a part of the time %q", t.cols[all[0]].name)
		if slices.Contains(t.parts.Clock, i) && !t.parts.Hours {
			t.cols[i].about = fmt.Sprintf("the time of day of %q", t.cols[all[0]].name)
		}
	}
}

// repeats tells whether the first rows have the same in a column as the row before.
func (t *csvTable) repeats(i int) bool {
	for k := 1; k < len(t.sample); k++ {
		if bytes.Equal(dialect.Trim(t.sample[k].cells[i]), dialect.Trim(t.sample[k-1].cells[i])) {
			return true
		}
	}
	return false
}

// findClock looks for a column with the time of day.
func (t *csvTable) findClock() bool {
	for i, f := range t.cols {
		if f.name == t.o.Time || t.isAsked(f.name) || !slices.Contains(clockNames, plainName(f.name)) {
			continue
		}
		text := f.kind == kindText && t.all(i, dialect.IsClock)
		// 0, 1, 2, ... are positions, or hours.
		digits := f.kind == kindWhole && t.all(i, dialect.IsDigitsClock) && slices.ContainsFunc(t.sample, func(r csvRow) bool { return len(dialect.Trim(r.cells[i])) >= 3 })
		if text || digits {
			t.parts.Clock, t.parts.Digits = []int{i}, digits
			return true
		}
	}
	return false
}

// findHours looks for columns with hour, minute and second.
func (t *csvTable) findHours() {
	for part := 3; part < len(partNames); part++ {
		i := t.partColumn(part)
		if i < 0 || t.cols[i].name == t.o.Time {
			return
		}
		t.parts.Clock, t.parts.Hours = append(t.parts.Clock, i), true
	}
}

// all tells whether the first cells of a column, gaps apart, are so, and there are any.
func (t *csvTable) all(i int, so func(cell []byte) bool) bool {
	any := false
	for _, row := range t.sample {
		c := dialect.Trim(row.cells[i])
		if t.gaps.Is(c) {
			continue
		}
		if any = true; !so(c) {
			return false
		}
	}
	return any
}

// stamp is the time stamp of a row, a number among them with a decimal point.
func (t *csvTable) stamp(row csvRow, i int) []byte {
	if t.parts.Date != nil && i == t.parts.Date[0] {
		return t.parts.Join(row.cells, t.gaps)
	}
	cell := dialect.Trim(row.cells[i])
	if t.cols[i].kind.numeric() && !t.gaps.Is(cell) {
		if point, ok := t.styles[i].Point(t.point[:0], cell); ok {
			t.point = point
			return point
		}
	}
	return cell
}

// stampsOf are the time stamps of rows.
func (t *csvTable) stampsOf(rows []csvRow, i int) [][]byte {
	var out [][]byte
	for _, row := range rows {
		out = append(out, bytes.Clone(t.stamp(row, i)))
	}
	return out
}
