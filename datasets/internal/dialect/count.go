package dialect

import (
	"bytes"
	"fmt"
	"math"
	"strings"
)

// isCompact tells whether digits are a date of this or the last century: 20200131, 2020013110, 202001311015, 20200131101500 or
// 20200131101500123. Ten of them would be seconds since 1970 of the years 2030 to 2036, few of which are dates.
func isCompact(b []byte) bool {
	c, ok := (&Stamps{}).compactCivil(b)
	return ok && c.year >= 1900 && c.year < 2100
}

// compactCivil reads a date of digits alone.
func (s *Stamps) compactCivil(b []byte) (c civil, ok bool) {
	for _, d := range b {
		if !isDigit(d) {
			return c, false
		}
	}
	at := func(from, to int) int {
		v := 0
		for _, d := range b[min(from, len(b)):min(to, len(b))] {
			v = v*10 + int(d-'0')
		}
		return v
	}
	c.year, c.month, c.day = at(0, 4), at(4, 6), at(6, 8)
	switch len(b) {
	case 6:
		c.day, ok = 1, s.months
	case 8, 10, 12, 14, 17:
		ok = !s.months
		c.hour, c.minute, c.sec, c.nano = at(8, 10), at(10, 12), at(12, 14), at(14, 17)*1e6
	}
	return c, ok && c.valid()
}

// example is a compact date of the column's kind.
func (s *Stamps) example() string {
	if s.months {
		return "202001"
	}
	return "20200131"
}

// unitOf guesses the unit of a count since 1970 in nanoseconds. A small whole number is a position, a small fraction seconds.
func unitOf(v float64, real bool) int64 {
	switch {
	case v >= 1e17:
		return 1
	case v >= 1e14:
		return 1e3
	case v >= 1e11:
		return 1e6
	case v >= 1e8, real:
		return 1e9
	}
	return 1
}

// serial is how numbers count days, with the time of day as the fraction. The zero value is that they do not.
type serial struct {
	unit  float64 // nanoseconds per day
	first float64 // the day that is 1 January 1970
	grain float64 // nanoseconds to which stamps are rounded: the digits of a day's fraction are no whole seconds
	note  string
}

var serials = map[string]serial{
	"excel":  {86400e9, 25569, 1e6, "time in days as spreadsheets count them, since 30 December 1899 (--time-format s: in seconds)"},
	"matlab": {86400e9, 719529, 1e6, "time in days as MATLAB counts them, since the year 0 (--time-format s: in seconds)"},
}

// at is the instant of a count of days.
func (s serial) at(v float64) (int64, error) {
	whole, part := math.Modf(v)
	ns := math.Round(part*s.unit/s.grain) * s.grain
	if out := (whole-s.first)*s.unit + ns; !(math.Abs(out) < math.MaxInt64) {
		return 0, outside(fmt.Sprint(v))
	}
	return int64(whole-s.first)*int64(s.unit) + int64(ns), nil
}

// numbersOf looks at the numbers of a time column as they are written.
type numbersOf struct {
	values   []float64
	wholes   []int64 // the same without their fractions
	decimals int     // the most that a number has
	broken   int     // numbers with five of them or more
	padded   bool    // some begin with a nought
	wraps    bool    // a December is followed by the January of the next year
	wrong    bool    // some are no months such as 202001
}

func (n *numbersOf) add(cell []byte, v float64) {
	_, fraction, _ := bytes.Cut(cell, []byte("."))
	if bytes.ContainsAny(fraction, "eE") {
		fraction = nil
	}
	n.decimals = max(n.decimals, len(fraction))
	if len(fraction) >= 5 {
		n.broken++
	}
	n.padded = n.padded || cell[0] == '0'
	year, month := math.Floor(v/100), math.Mod(v, 100)
	n.wrong = n.wrong || len(cell) != 6 || year < 1900 || year > 2100 || month < 1 || month > 12
	if k := len(n.values); k > 0 {
		n.wraps = n.wraps || math.Mod(n.values[k-1], 100) == 12 && v == n.values[k-1]+89
	}
	n.values = append(n.values, v)
}

// months tells whether the numbers are months such as 202001: positions do not go from 202012 to 202101.
func (n *numbersOf) months() bool { return n.wraps && !n.wrong }

// grain is the shortest usual time that is longer than what the decimals of a day leave open.
func (n *numbersOf) grain() float64 {
	open := 86400e9 * math.Pow10(-n.decimals)
	for _, g := range []float64{1e6, 1e7, 1e8, 1e9} {
		if open <= g {
			return g
		}
	}
	return 60e9
}

// dateNames are those of columns that hold dates: whole numbers there, as large as a spreadsheet's days of our time, are no positions.
var dateNames = map[string]bool{"date": true, "datum": true, "fecha": true}

// wholeDays tells whether the numbers are whole days of a spreadsheet of the years 1970 to 2099, of two or more rows.
func (n *numbersOf) wholeDays() bool {
	for _, v := range n.values {
		if v != math.Trunc(v) || v < 25569 || v > 73050 || n.padded {
			return false
		}
	}
	return len(n.values) > 1
}

// serial names the count of days that the numbers are likely to be, or nothing: they are as large as those of our time, and as whole
// seconds or minutes come out as the decimals allow. Seconds with a fraction do so by chance once in twenty for each number.
func (n *numbersOf) serial(column string) string {
	if n.broken < 3 {
		if dateNames[strings.ToLower(column)] && n.wholeDays() {
			return "excel"
		}
		return ""
	}
	name := ""
	for _, r := range []struct {
		name     string
		from, to float64
	}{{"excel", 20000, 80000}, {"matlab", 700000, 780000}} {
		inside := true
		for _, v := range n.values {
			inside = inside && v >= r.from && v <= r.to
		}
		if inside {
			name = r.name
		}
	}
	if name == "" {
		return ""
	}
	for _, per := range []float64{1440, 86400} {
		open := per*math.Pow10(-n.decimals)/2 + 1e-4
		fits := open < .025
		for _, v := range n.values {
			fits = fits && math.Abs(v*per-math.Round(v*per)) <= open
		}
		if fits {
			return name
		}
	}
	return ""
}
