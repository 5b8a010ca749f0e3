package dialect

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Style is how the numbers of a column are written. The zero value is 1234.5, with the usual words for gaps.
type Style struct {
	// Decimal separates the fraction: '.' (also when 0) or ','.
	Decimal byte
	// Group separates thousands: ',', '.', ' ' (any space), an apostrophe (any kind), or 0 for none.
	Group byte
	// Words: the column holds words such as ON and OFF, which are 1 and 0, not numbers.
	Words bool
	// Gaps are the words for nothing measured.
	Gaps *Gaps
}

// String describes a style that is not the usual one, such as "decimal commas".
func (s Style) String() string {
	var parts []string
	if s.Words {
		return "words for 1 and 0"
	}
	if s.Decimal == ',' {
		parts = append(parts, "decimal commas")
	}
	switch s.Group {
	case ',':
		parts = append(parts, "thousands after commas")
	case '.':
		parts = append(parts, "thousands after points")
	case ' ':
		parts = append(parts, "thousands after spaces")
	case '\'':
		parts = append(parts, "thousands after apostrophes")
	}
	return strings.Join(parts, ", ")
}

// switchWords are the words of columns with two states.
var switchWords = map[string]float64{"true": 1, "on": 1, "yes": 1, "false": 0, "off": 0, "no": 0}

// ErrNumber is the kind of error of a cell that is no number; ErrUnit of one that has a unit after its number.
var (
	ErrNumber = errors.New("is not a number")
	ErrUnit   = errors.New("has a unit behind its number; want the number alone")
)

// cellError quotes a cell in an error.
type cellError struct {
	cell string
	kind error
	more string
}

// Error is such as `"abc" is not a number`.
func (e *cellError) Error() string { return Quote(e.cell) + " " + e.kind.Error() + e.more }

// Unwrap returns the kind.
func (e *cellError) Unwrap() error { return e.kind }

// Quote shortens a cell for a message.
func Quote(cell string) string {
	if len(cell) > 40 {
		cell = strings.ToValidUTF8(cell[:40], "") + "..."
	}
	return fmt.Sprintf("%q", cell)
}

// Parse reads a cell; a gap is NaN. An error quotes the cell.
func (s *Style) Parse(cell []byte) (float64, error) {
	if s.Decimal != ',' && s.Group == 0 && !s.Words {
		v, short := shortNumber(cell)
		ok := short
		if !ok {
			v, ok = plainNumber(cell)
		}
		switch {
		case !ok:
		case s.Gaps != nil && len(s.Gaps.numbers) > 0 && s.Gaps.isNumber(v):
			return math.NaN(), nil
		case short:
			return v, nil // eight digits are in range
		default:
			return InRange(v)
		}
	}
	return s.parse(Trim(cell))
}

func (s *Style) parse(cell []byte) (float64, error) {
	if s.Gaps.Is(cell) {
		return math.NaN(), nil
	}
	if s.Words {
		if v, ok := switchWords[strings.ToLower(string(cell))]; ok {
			return v, nil
		}
	}
	var small [64]byte
	if plain, ok := s.plain(small[:0], cell); ok {
		if v, ok := plainNumber(plain); ok {
			if s.Gaps.isNumber(v) {
				return math.NaN(), nil
			}
			return InRange(v)
		}
	}
	switch strings.ToLower(strings.TrimLeft(string(cell), "+-")) {
	case "inf", "infinity", "∞", "1.#inf":
		v := math.Inf(1)
		if cell[0] == '-' {
			v = math.Inf(-1)
		}
		return InRange(v)
	}
	e := &cellError{cell: string(cell), kind: ErrNumber}
	if Unit(cell) != "" {
		e.kind = ErrUnit
	} else if how := s.String(); how != "" && !s.Words {
		e.more = " with " + how + ", as this column has"
	} else if s.Decimal == 0 && bytes.IndexByte(cell, ',') >= 0 && digitsOnly(cell, ",. '+-") {
		e.more = " with a decimal point, as this column has"
	}
	return 0, e
}

func digitsOnly(cell []byte, and string) bool {
	for _, c := range cell {
		if (c < '0' || c > '9') && strings.IndexByte(and, c) < 0 {
			return false
		}
	}
	return true
}

// Point rewrites a number of the style as 1234.5 behind dst; false where it is none, or is written so already.
func (s *Style) Point(dst, cell []byte) ([]byte, bool) {
	if s.Words || s.Decimal != ',' && s.Group == 0 {
		return nil, false
	}
	return s.plain(dst, cell)
}

// plain rewrites a number as 1234.5; false where the separators are not where the style has them.
func (s *Style) plain(dst, cell []byte) ([]byte, bool) {
	decimal := s.Decimal
	if decimal == 0 {
		decimal = '.'
	}
	digits, groups, fraction, nought := 0, 0, false, false
	for i := 0; i < len(cell); i++ {
		c, sep := cell[i], byte(0)
		n := 1
		switch {
		case c == decimal:
			if fraction || groups > 0 && digits != 3 {
				return nil, false
			}
			fraction = true
			dst = append(dst, '.')
			continue
		case c >= '0' && c <= '9':
			nought = nought || c == '0' && digits == 0 && groups == 0
			digits++
			dst = append(dst, c)
			continue
		case bytes.HasPrefix(cell[i:], []byte("\u2212")) && i == 0: // the minus of typographers
			dst = append(dst, '-')
			i += 2
			continue
		case (c == '+' || c == '-') && i == 0:
			dst = append(dst, c)
			continue
		case c == 'e' || c == 'E':
			if groups > 0 && !fraction && digits != 3 {
				return nil, false
			}
			return append(dst, cell[i:]...), digits > 0
		default:
			sep, n = separator(cell[i:])
		}
		if sep == 0 || sep != s.Group || fraction || nought || digits == 0 || digits > 3 || groups > 0 && digits != 3 {
			return nil, false
		}
		i += n - 1
		groups++
		digits = 0
	}
	if groups > 0 && !fraction && digits != 3 {
		return nil, false
	}
	return dst, true
}

// separator is what stands between groups of digits, and its length.
func separator(b []byte) (sep byte, n int) {
	switch {
	case b[0] == ',' || b[0] == '.' || b[0] == ' ' || b[0] == '\'':
		return b[0], 1
	case bytes.HasPrefix(b, []byte("\u00a0")):
		return ' ', 2
	case bytes.HasPrefix(b, []byte("\u202f")), bytes.HasPrefix(b, []byte("\u2009")):
		return ' ', 3
	case bytes.HasPrefix(b, []byte("\u2019")):
		return '\'', 3
	}
	return 0, 1
}

// MaxValue is the largest number that rounds to a float32: the largest of those in its fewest digits, 3.4028235e38, is above it.
const MaxValue = 0x1.fffffefffffffp127

// InRange refuses infinities and numbers beyond the range of float32, whose squares would leave that of float64; NaN stays NaN.
func InRange(v float64) (float64, error) {
	if math.Abs(v) > MaxValue {
		return 0, fmt.Errorf("%v is not a number between -3.4e38 and 3.4e38", v)
	}
	return v, nil
}

// pow10 holds the powers of ten that float64 has exactly.
var pow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// shortNumber reads what most cells hold: a sign and at most eight characters more, digits and a point; ok is false for all else. It
// takes them as one word, the first character lowest, and agrees with plainNumber.
func shortNumber(b []byte) (v float64, ok bool) {
	negative := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		negative = b[0] == '-'
		b = b[1:]
	}
	n := len(b)
	if n == 0 || n > 8 {
		return 0, false
	}
	var w uint64
	if beyond := uint(64-8*n) & 63; cap(b) >= 8 {
		w = binary.LittleEndian.Uint64(b[:8]) << beyond >> beyond
	} else {
		for i, c := range b {
			w |= uint64(c) << (8 * i)
		}
	}
	const ones, low = 0x0101010101010101, 0x7f7f7f7f7f7f7f7f
	decimals := 0
	x := w ^ '.'*ones
	if at := bits.TrailingZeros64(^((x&low + low) | x | low)) / 8; at < 8 {
		before := uint64(1)<<(8*uint(at)&63) - 1
		w = w&before | w>>8&^before // the point taken out; another one is no digit
		decimals = n - 1 - at
		if n--; n == 0 {
			return 0, false
		}
	}
	w = (w ^ '0'*ones) << (uint(64-8*n) & 63) // noughts in front
	if (w|(w+(127-9)*ones))&(0x80*ones) != 0 {
		return 0, false
	}
	// Pairs of digits, then fours, then eight.
	w = w*10 + w>>8
	w = ((w&0xff_000000ff)*(100+1000000<<32) + (w>>16&0xff_000000ff)*(1+10000<<32)) >> 32
	if v = float64(w) / pow10[decimals]; negative {
		v = -v
	}
	return v, true
}

// plainNumber reads digits, a point and an exponent, as strconv.ParseFloat does; words and hexadecimals are none. Where mantissa and
// power of ten are exact in float64, one division or product rounds correctly (Clinger, 1990), which covers most cells.
func plainNumber(b []byte) (float64, bool) {
	i, n := 0, len(b)
	negative := false
	if n > 0 && (b[0] == '-' || b[0] == '+') {
		negative = b[0] == '-'
		i = 1
	}
	var mantissa uint64
	from := i
	for i < n {
		d := b[i] - '0'
		if d > 9 {
			break
		}
		mantissa = mantissa*10 + uint64(d)
		i++
	}
	digits, exponent := i-from, 0
	if i < n && b[i] == '.' {
		i++
		from = i
		for i < n {
			d := b[i] - '0'
			if d > 9 {
				break
			}
			mantissa = mantissa*10 + uint64(d)
			i++
		}
		exponent = from - i
		digits += i - from
	}
	if digits == 0 {
		return 0, false
	}
	if i < n && (b[i] == 'e' || b[i] == 'E') {
		i++
		down := false
		if i < n && (b[i] == '-' || b[i] == '+') {
			down = b[i] == '-'
			i++
		}
		e, from := 0, i
		for i < n {
			d := b[i] - '0'
			if d > 9 {
				break
			}
			e = min(e*10+int(d), 1<<16)
			i++
		}
		if i == from {
			return 0, false
		}
		if down {
			e = -e
		}
		exponent += e
	}
	if i < n {
		return 0, false
	}
	// Up to 19 digits fit into 64 bits.
	if digits <= 19 && mantissa < 1<<53 && exponent >= -22 && exponent <= 22 {
		v := float64(mantissa)
		if exponent < 0 {
			v /= pow10[-exponent]
		} else {
			v *= pow10[exponent]
		}
		if negative {
			v = -v
		}
		return v, true
	}
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	return v, true
}

// Unit returns what stands after a number in a cell, such as % or °C, or in front of it, such as $; "" if there is nothing or no number.
func Unit(cell []byte) string {
	i := 0
	for i < len(cell) && (cell[i] >= '0' && cell[i] <= '9' || strings.IndexByte("+-.,'", cell[i]) >= 0) {
		i++
	}
	number := bytes.Trim(cell[:i], "+-.,'")
	for _, mark := range []string{"$", "€", "£", "¥"} {
		if rest, ok := bytes.CutPrefix(cell, []byte(mark)); ok && Unit(append(bytes.Clone(Trim(rest)), 'x')) == "x" {
			return mark
		}
	}
	if len(number) == 0 {
		return ""
	}
	unit := Trim(cell[i:])
	if len(unit) > 1 && unit[0] == '/' && isDigit(unit[1]) { // a date, or a fraction
		return ""
	}
	if len(unit) == 0 || len(unit) > 12 || bytes.ContainsAny(unit, "0123456789:") && !bytes.ContainsAny(unit, "/^²³") {
		return ""
	}
	return string(unit)
}
