package dialect

import (
	"bytes"
	"strings"
)

// Order is the order of day and month in dates such as 03/04/2020.
type Order uint8

// The orders.
const (
	Unknown Order = iota
	DayFirst
	MonthFirst
)

// civil is a date and a time of day as they are written.
type civil struct {
	year, month, day        int
	hour, minute, sec, nano int
	offset                  int    // seconds east of UTC
	zoned                   bool   // there is an offset
	zone                    string // its abbreviation, in lower case
	ambiguous               bool   // day and month may be exchanged, and no order says how
	slashed                 bool   // the order of day and month decides
}

// IsDate tells whether a cell is a date in one of the forms that are understood.
func IsDate(cell []byte) bool {
	cell = Trim(cell)
	if stamp, _, ok := splitPlace(cell); ok {
		cell = stamp
	}
	_, ok := parseCivil(cell, Unknown)
	return ok
}

// isDated tells whether a cell is a date, or one with a year of two digits that has a time of day behind it.
func isDated(cell []byte) bool {
	if IsDate(cell) {
		return true
	}
	if bytes.IndexByte(cell, ':') < 0 {
		return false
	}
	_, first := parseCivil(cell, DayFirst)
	_, second := parseCivil(cell, MonthFirst)
	return first || second
}

var months = map[string]int{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9,
	"oct": 10, "nov": 11, "dec": 12, "january": 1, "february": 2, "march": 3, "april": 4, "june": 6, "july": 7, "august": 8,
	"september": 9, "october": 10, "november": 11, "december": 12}

var weekdays = map[string]bool{"mon": true, "tue": true, "wed": true, "thu": true, "fri": true, "sat": true, "sun": true, "monday": true,
	"tuesday": true, "wednesday": true, "thursday": true, "friday": true, "saturday": true, "sunday": true}

// text reads a cell from left to right.
type text struct {
	b []byte
}

func (t *text) done() bool { return len(t.b) == 0 }

func (t *text) peek() byte {
	if len(t.b) == 0 {
		return 0
	}
	return t.b[0]
}

// number takes digits, at most most of them, and returns how many there were.
func (t *text) number(most int) (v, digits int) {
	for digits < most && digits < len(t.b) && isDigit(t.b[digits]) {
		v = v*10 + int(t.b[digits]-'0')
		digits++
	}
	t.b = t.b[digits:]
	return v, digits
}

// word takes letters and returns them in lower case.
func (t *text) word() string {
	n := 0
	for n < len(t.b) && (t.b[n]|0x20) >= 'a' && (t.b[n]|0x20) <= 'z' {
		n++
	}
	w := strings.ToLower(string(t.b[:n]))
	t.b = t.b[n:]
	return w
}

// skip takes every one of the characters at the front.
func (t *text) skip(chars string) {
	t.b = bytes.TrimLeft(t.b, chars)
}

// one takes one of the characters, if it is at the front.
func (t *text) one(chars string) byte {
	if c := t.peek(); c != 0 && strings.IndexByte(chars, c) >= 0 {
		t.b = t.b[1:]
		return c
	}
	return 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// parseCivil reads a date, with or without a time of day and an offset.
func parseCivil(cell []byte, order Order) (c civil, ok bool) {
	if len(cell) < 6 || len(cell) > 64 {
		return c, false
	}
	t := text{cell}
	if !isDigit(t.peek()) {
		w := t.word()
		if weekdays[w] {
			t.skip(", ")
			if !isDigit(t.peek()) {
				w = t.word()
			} else {
				w = ""
			}
		}
		if w != "" {
			if c.month = months[w]; c.month == 0 {
				return c, false
			}
			return c, t.monthFirst(&c) && c.valid()
		}
	}
	first, n := t.number(8)
	switch {
	case n == 8 && isDigit(t.peek()):
		return c, false
	case n == 8: // 20200131, 20200131T101500
		c.year, c.month, c.day = first/10000, first/100%100, first%100
		return c, t.peek() == 'T' && t.clock(&c) && c.valid()
	case n == 0 || n == 3 || n > 4:
		return c, false
	}
	sep := t.one("-/. ")
	if n == 4 && (sep == 0 || sep == '-') && t.one("W") != 0 { // 2024-W05-3
		return c, t.week(&c, first) && c.valid()
	}
	if sep == 0 {
		return c, false
	}
	if !isDigit(t.peek()) { // 24-May-2022
		t.skip(" ")
		c.day = first
		if c.month = months[t.word()]; c.month == 0 || n > 2 {
			return c, false
		}
		t.skip(". ,-/")
		var digits int
		c.year, digits = t.number(4)
		if digits == 2 {
			c.year = century(c.year)
		}
		return c, (digits == 4 || digits == 2) && t.clock(&c) && c.valid()
	}
	second, n2 := t.number(2)
	if sep == ' ' || n2 == 0 {
		return c, false
	}
	if n == 4 && t.done() && sep != '.' { // 2020-01
		c.year, c.month, c.day = first, second, 1
		return c, c.valid()
	}
	if t.one(string(sep)) == 0 {
		return c, false
	}
	third, n3 := t.number(4)
	switch {
	case n == 4 && n3 <= 2 && n3 > 0:
		c.year, c.month, c.day = first, second, third
	case n <= 2 && (n3 == 4 || n3 == 2 && (order != Unknown || sep == '.')):
		c.year = third
		if n3 == 2 {
			c.year = century(third)
		}
		c.day, c.month = first, second
		if sep == '.' { // no country writes the month first with points
			break
		}
		c.slashed = true
		switch {
		case order == MonthFirst, order == Unknown && second > 12:
			c.day, c.month = second, first
		case order == Unknown && first <= 12:
			c.ambiguous = first != second
		}
	default:
		return c, false
	}
	return c, t.clock(&c) && c.valid()
}

// century completes a year of two digits, as POSIX does.
func century(year int) int {
	if year < 69 {
		return 2000 + year
	}
	return 1900 + year
}

// monthFirst reads what follows a month's name: 24, 2022 10:00.
func (t *text) monthFirst(c *civil) bool {
	t.skip(". -/")
	var digits int
	if c.day, digits = t.number(2); digits == 0 {
		return false
	}
	t.skip(", -/")
	// The form of C: Jan 2 15:04:05 2006.
	if len(t.b) > 2 && (t.b[1] == ':' || t.b[2] == ':') {
		if !t.hours(c) {
			return false
		}
		t.skip(" ")
		c.year, digits = t.number(4)
		return digits == 4 && t.done()
	}
	c.year, digits = t.number(4)
	return digits == 4 && t.clock(c)
}

// clock reads the time of day and the offset after a date, if there are any; nothing else may follow.
func (t *text) clock(c *civil) bool {
	if t.done() {
		return true
	}
	switch sep := t.one("Tt :_,"); {
	case sep == 0:
		return t.zone(c) && t.done()
	case sep == ' ' || sep == ',':
		t.skip(" ")
	}
	if !isDigit(t.peek()) {
		return t.zone(c) && t.done()
	}
	return t.hours(c) && t.zone(c) && t.done()
}

// hours reads 15:04, 15:04:05, 150405 with a fraction, and AM or PM.
func (t *text) hours(c *civil) bool {
	var n, m int
	if c.hour, n = t.number(2); n == 0 {
		return false
	}
	if t.one(":") != 0 {
		if c.minute, m = t.number(2); m == 0 {
			return false
		}
		if t.one(":") != 0 {
			if c.sec, m = t.number(2); m == 0 {
				return false
			}
		}
	} else if n == 2 && isDigit(t.peek()) {
		if c.minute, m = t.number(2); m != 2 {
			return false
		}
		if isDigit(t.peek()) {
			if c.sec, m = t.number(2); m != 2 {
				return false
			}
		}
	} else if k := t.peek() | 0x20; k != 'a' && k != 'p' && k != ' ' && k != 'z' && t.peek() != '+' {
		return false
	}
	if (t.peek() == '.' || t.peek() == ',') && len(t.b) > 1 && isDigit(t.b[1]) {
		t.b = t.b[1:]
		v, digits := t.number(9)
		for range 9 - digits {
			v *= 10
		}
		c.nano = v
		for isDigit(t.peek()) { // beyond nanoseconds
			t.b = t.b[1:]
		}
	}
	rest := t.b
	t.skip(" ")
	switch half := strings.ReplaceAll(strings.ToLower(string(t.b[:min(len(t.b), 4)])), ".", ""); {
	case strings.HasPrefix(half, "am") || strings.HasPrefix(half, "pm"):
		if c.hour < 1 || c.hour > 12 {
			return false
		}
		if c.hour %= 12; half[0] == 'p' {
			c.hour += 12
		}
		t.b = t.b[1:]
		t.skip(".")
		t.b = t.b[1:]
		t.skip(".")
	default:
		t.b = rest
	}
	return true
}

// zone reads Z, UTC, CET and the like or an offset, +02:00, +0200 or +02, and the name of a zone in brackets after it.
func (t *text) zone(c *civil) bool {
	t.skip(" ")
	if t.done() {
		return true
	}
	if (t.peek() | 0x20) >= 'a' {
		c.zone = t.word()
		hours, known := zoneHours[c.zone]
		if !known {
			return false
		}
		c.zoned, c.offset = true, int(hours*3600)
		t.skip(" ")
		if c.offset != 0 && (t.peek() == '+' || t.peek() == '-') {
			return false
		}
	}
	if sign := t.one("+-"); sign != 0 {
		h, n := t.number(2)
		if colon := t.one(":"); n == 0 || h > 18 || n == 1 && colon == 0 {
			return false
		}
		m, n := t.number(2)
		if n == 1 || m > 59 {
			return false
		}
		c.offset, c.zoned = h*3600+m*60, true
		if sign == '-' {
			c.offset = -c.offset
		}
	}
	if t.peek() == '[' && c.zoned {
		if end := bytes.IndexByte(t.b, ']'); end > 0 {
			t.b = t.b[end+1:]
		}
	}
	return true
}

// valid checks the ranges; 24:00:00 and a leap second are the next day and the next second.
func (c *civil) valid() bool {
	if c.month < 1 || c.month > 12 || c.day < 1 || c.day > daysIn(c.year, c.month) || c.minute > 59 || c.sec > 60 {
		return false
	}
	return c.hour < 24 || c.hour == 24 && c.minute == 0 && c.sec == 0 && c.nano == 0
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// inYears tells whether the date is one that nanoseconds since 1970 reach.
func (c *civil) inYears() bool { return c.year >= 1678 && c.year <= 2261 }

// unixNano is the instant without regard to a zone other than the offset.
func (c *civil) unixNano() int64 {
	// Days since 1970 by the civil calendar (Hinnant, 2013), with the year beginning in March.
	y, m := int64(c.year), int64(c.month)
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + int64(c.day) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	days := era*146097 + doe - 719468
	seconds := days*86400 + int64(c.hour)*3600 + int64(c.minute)*60 + int64(c.sec) - int64(c.offset)
	return seconds*1e9 + int64(c.nano)
}
