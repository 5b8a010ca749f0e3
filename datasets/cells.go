package datasets

import (
	"math"
	"strconv"
	"time"

	"github.com/wavekin/wavekin/datasets/internal/dialect"
	"github.com/wavekin/wavekin/series"
)

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
