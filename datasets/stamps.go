package datasets

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// stampLayouts are the ways to write a time stamp that are understood; without a zone it is UTC.
var stampLayouts = []string{
	"2006-01-02 15:04:05",
	time.RFC3339,
	"2006-01-02T15:04:05",
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04",
	"2006-01-02T15:04",
	"2006-01-02",
	"2006/01/02 15:04:05",
	"2006/01/02 15:04",
	"2006/01/02",
	"02.01.2006 15:04:05",
	"02.01.2006 15:04",
	"02.01.2006",
	"2006-01",
}

// stamps turns one column's entries into nanoseconds since 1970. The unit of plain
// numbers is decided by the first one and then kept.
type stamps struct {
	layout int
	unit   int64 // nanoseconds per count; 0: undecided
	real   float64
}

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

// unitOf guesses the unit of a count since 1970. A small number is a position, not a date.
func unitOf(v float64) int64 {
	switch v = math.Abs(v); {
	case v >= 1e17:
		return 1
	case v >= 1e14:
		return int64(time.Microsecond)
	case v >= 1e11:
		return int64(time.Millisecond)
	case v >= 1e8:
		return int64(time.Second)
	}
	return 1
}

// fromInt takes whole numbers: nanoseconds, microseconds, milliseconds or seconds
// since 1970 by their size, and below 1e8 positions, which are kept as they are.
func (p *stamps) fromInt(v int64) (int64, error) {
	if p.unit == 0 {
		p.unit = unitOf(float64(v))
	}
	if out := v * p.unit; out/p.unit == v {
		return out, nil
	}
	return 0, fmt.Errorf("%d is outside the years 1678 to 2262", v)
}

// fromFloat takes fractional numbers: as fromInt for dates, and below 1e8 seconds.
func (p *stamps) fromFloat(v float64) (int64, error) {
	if p.real == 0 {
		p.real = float64(time.Second)
		if math.Abs(v) >= 1e8 {
			p.real = float64(unitOf(v))
		}
	}
	out := math.Round(v * p.real)
	if !(math.Abs(out) < math.MaxInt64) {
		return 0, fmt.Errorf("%v is outside the years 1678 to 2262", v)
	}
	return int64(out), nil
}

// fromText takes dates and numbers.
func (p *stamps) fromText(s string) (int64, error) {
	s = strings.TrimSpace(s)
	if t, err := time.Parse(stampLayouts[p.layout], s); err == nil {
		return nanos(t, s)
	}
	if v, err := strconv.ParseInt(s, 10, 64); err == nil && p.real == 0 {
		return p.fromInt(v)
	}
	if v, err := strconv.ParseFloat(s, 64); err == nil && p.unit == 0 && !math.IsNaN(v) {
		return p.fromFloat(v)
	} else if err == nil && v == math.Trunc(v) && math.Abs(v) < 1<<53 {
		return p.fromInt(int64(v))
	}
	for i, layout := range stampLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			p.layout = i
			return nanos(t, s)
		}
	}
	return 0, fmt.Errorf("%s is not a time stamp; want one such as 2024-05-01 12:30:00, or a number", quoted(s))
}

func nanos(t time.Time, s string) (int64, error) {
	if y := t.Year(); y < 1678 || y > 2261 {
		return 0, fmt.Errorf("%s is outside the years 1678 to 2262", quoted(s))
	}
	return t.UnixNano(), nil
}
