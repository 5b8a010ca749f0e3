package dialect

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// Stamps turns the time stamps of one column into nanoseconds since 1970. The zero value takes dates in many forms, UTC where
// they have no offset, and numbers: seconds, milliseconds, microseconds or nanoseconds since 1970 by their size, and positions
// below 1e8, which are kept as they are.
type Stamps struct {
	// Format is empty, day-first, month-first, s, ms, us, ns, excel, matlab, dotnet, filetime, or a pattern such as %d/%m/%Y %H:%M.
	Format string
	// Column is the name of the column, which may tell what its numbers are.
	Column string
	// Zone is that of stamps without an offset; nil is UTC.
	Zone *time.Location

	ready   bool
	order   Order
	layout  string // of a pattern, as package time has it
	unit    int64  // nanoseconds per count; 0: undecided
	real    bool   // counts have fractions
	compact bool   // numbers are dates such as 20200131
	months  bool   // or months such as 202001
	days    serial // numbers are days since another time than 1970
	ticks   *ticks // numbers are ticks of Windows
	doubt   string
	dates   bool // some stamp was a date, or a count since 1970
	last    int64
	offset  int // of the last stamp that had one
	offsets int // how often the offset changed, plus 1; 0: no stamp had one
	local   bool
	zones   []string       // abbreviations of zones, as they were read
	place   *time.Location // that stood behind the last stamp that had one

	dayKept  bool // the next two are those of the last stamp, if it was of the commonest form
	day      [10]byte
	midnight int64
}

// ErrFormat says that a time format is none that is known.
var ErrFormat = errors.New("want day-first, month-first, s, ms, us, ns, excel, matlab, dotnet, filetime or a pattern such as %d/%m/%Y %H:%M:%S")

// CheckFormat refuses formats that are not known.
func CheckFormat(format string) error {
	switch format {
	case "", "day-first", "month-first", "s", "ms", "us", "ns", "excel", "matlab", "dotnet", "filetime":
		return nil
	}
	if !strings.Contains(format, "%") {
		return ErrFormat
	}
	_, err := goLayout(format)
	return err
}

var units = map[string]int64{"s": 1e9, "ms": 1e6, "us": 1e3, "ns": 1}

// prepare takes the format over.
func (s *Stamps) prepare() error {
	if s.ready {
		return nil
	}
	s.ready = true
	switch s.Format {
	case "":
	case "day-first":
		s.order = DayFirst
	case "month-first":
		s.order = MonthFirst
	case "excel", "matlab":
		s.days, s.dates = serials[s.Format], true
	case "dotnet", "filetime":
		s.ticks, s.unit, s.dates = ticksOf(s.Format), 100, true
	default:
		if s.unit = units[s.Format]; s.unit > 0 {
			s.dates = true
			return nil
		}
		if err := CheckFormat(s.Format); err != nil {
			return err
		}
		s.layout, _ = goLayout(s.Format)
	}
	return nil
}

// Decide looks at the first cells of the column: they decide the unit of numbers and whether the day or the month comes first. An
// error says at which cell.
func (s *Stamps) Decide(cells [][]byte, gaps *Gaps) (at int, err error) {
	if err := s.prepare(); err != nil || s.layout != "" {
		return 0, err
	}
	var largest int64
	dates, wholes, reals, compacts := 0, 0, 0, 0
	ambiguous, days, months := -1, true, true
	var counts numbersOf
	for i, c := range cells {
		c = Trim(c)
		if gaps.Is(c) {
			continue
		}
		if v, err := strconv.ParseInt(string(c), 10, 64); err == nil {
			wholes++
			counts.add(c, float64(v))
			counts.wholes = append(counts.wholes, v)
			largest = max(largest, v, -v)
			if isCompact(c) {
				compacts++
			}
			continue
		}
		if v, ok := plainNumber(c); ok {
			reals++
			counts.add(c, v)
			if math.Abs(v) < 1<<62 {
				counts.wholes = append(counts.wholes, int64(v))
				largest = max(largest, int64(math.Abs(v)))
			}
			continue
		}
		if stamp, _, ok := splitPlace(c); ok {
			c = stamp
		}
		first, ok := parseCivil(c, DayFirst)
		if !ok {
			if second, ok := parseCivil(c, MonthFirst); ok && second.slashed {
				dates++
				days = false
			}
			continue
		}
		dates++
		if second, ok := parseCivil(c, MonthFirst); first.slashed && ok {
			if ambiguous < 0 && first.day != second.day {
				ambiguous = i
			}
		} else if first.slashed {
			months = false
		}
	}
	switch {
	case s.days.unit > 0:
		s.days.grain = counts.grain()
	case s.unit > 0:
		s.real = reals > 0
	case wholes > 0 && reals == 0 && counts.months():
		s.compact, s.months = true, true
	case dates == 0 && counts.serial(s.Column) != "":
		s.days, s.dates = serials[counts.serial(s.Column)], true
		s.days.grain = counts.grain()
	case wholes > 0 && compacts == wholes && reals == 0:
		s.compact = true
	case wholes+reals > 0:
		s.real = reals > 0
		s.unit = unitOf(float64(largest), s.real)
		s.dates = s.dates || largest >= 1e8
		if s.unit == 1 && dates == 0 {
			s.guessTicks(counts.wholes)
		}
	}
	if s.order == Unknown && dates > 0 {
		switch {
		case days && !months:
			s.order = DayFirst
		case months && !days:
			s.order = MonthFirst
		case ambiguous >= 0 && days && months:
			return ambiguous, s.ambiguity(Trim(cells[ambiguous]))
		}
	}
	return 0, nil
}

// ambiguity tells both readings of a date.
func (s *Stamps) ambiguity(cell []byte) error {
	a, _ := parseCivil(cell, DayFirst)
	b, _ := parseCivil(cell, MonthFirst)
	text := func(c civil) string { return fmt.Sprintf("%d %s %d", c.day, time.Month(c.month), c.year) }
	return fmt.Errorf("%s is %s or %s; say which with --time-format day-first or month-first", Quote(string(cell)), text(a), text(b))
}

// Int takes whole numbers.
func (s *Stamps) Int(v int64) (int64, error) {
	if err := s.prepare(); err != nil {
		return 0, err
	}
	if s.days.unit > 0 {
		return s.serial(float64(v))
	}
	if s.unit == 0 && !s.compact {
		if s.compact = isCompact(strconv.AppendInt(nil, v, 10)); !s.compact {
			s.unit = unitOf(math.Abs(float64(v)), false)
		}
	}
	if s.compact {
		c, ok := s.compactCivil(strconv.AppendInt(nil, v, 10))
		if !ok {
			return 0, fmt.Errorf("%d is not a date such as %s, as the column's others are", v, s.example())
		}
		return s.instant(c, nil)
	}
	if s.ticks != nil {
		return s.ticks.at(v)
	}
	s.dates = s.dates || s.unit > 1 || v >= 1e17 || v <= -1e17
	if out := v * s.unit; out/s.unit == v {
		return out, nil
	}
	return 0, outside(strconv.FormatInt(v, 10))
}

func outside(what string) error { return fmt.Errorf("%s is outside the years 1678 to 2262", what) }

// Float takes numbers with a fraction: counts since 1970 by their size, and below 1e8 seconds.
func (s *Stamps) Float(v float64) (int64, error) {
	if err := s.prepare(); err != nil {
		return 0, err
	}
	if s.days.unit > 0 {
		return s.serial(v)
	}
	if s.unit == 0 {
		s.unit, s.real = unitOf(math.Abs(v), true), true
	}
	if s.ticks != nil {
		return s.ticks.parse(strconv.AppendFloat(nil, v, 'f', -1, 64))
	}
	s.dates = s.dates || math.Abs(v) >= 1e8
	whole, part := math.Modf(v) // each is exact, their product with the unit is not
	if !(math.Abs(v)*float64(s.unit) < math.MaxInt64) {
		return 0, outside(fmt.Sprint(v))
	}
	return int64(whole)*s.unit + int64(math.Round(part*float64(s.unit))), nil
}

// Parse takes a cell with a date or a number.
func (s *Stamps) Parse(cell []byte) (int64, error) {
	if !s.ready {
		if err := s.prepare(); err != nil {
			return 0, err
		}
	}
	if s.layout == "" {
		if v, ok := s.sameDay(cell); ok {
			return v, nil
		}
		if c, ok := isoCivil(cell); ok {
			v, err := s.instant(c, cell)
			s.keepDay(cell, c, err)
			return v, err
		}
	}
	cell = Trim(cell)
	if s.layout != "" {
		return s.byLayout(string(cell))
	}
	if c, ok := parseCivil(cell, s.order); ok {
		if c.ambiguous {
			return 0, s.ambiguity(cell)
		}
		return s.instant(c, cell)
	}
	if v, err := strconv.ParseInt(string(cell), 10, 64); err == nil && !s.real {
		return s.Int(v)
	}
	v, ok := plainNumber(cell)
	switch {
	case ok && s.days.unit > 0:
		return s.serial(v)
	case ok && s.ticks != nil:
		return s.ticks.parse(cell)
	case ok && s.unit == 0 && !s.compact, ok && (s.real || s.Format != ""):
		return s.decimal(cell, v)
	case ok && v == math.Trunc(v) && math.Abs(v) < 1<<53:
		return s.Int(int64(v))
	case ok:
		return 0, fmt.Errorf("%s has a fraction; the stamps before it are whole numbers", Quote(string(cell)))
	}
	if stamp, place, ok := splitPlace(cell); ok {
		return s.inPlace(stamp, place)
	}
	return 0, notStamp(cell)
}

// decimal reads digits with a fraction without a detour over float64, which has no room for the nanoseconds of our century.
func (s *Stamps) decimal(cell []byte, v float64) (int64, error) {
	if s.unit == 0 {
		s.unit, s.real = unitOf(math.Abs(v), true), true
	}
	whole, fraction, _ := strings.Cut(strings.TrimLeft(string(cell), "+-"), ".")
	if len(fraction) > 18 {
		fraction = fraction[:18]
	}
	count, err1 := strconv.ParseUint("0"+whole, 10, 64)
	part, err2 := strconv.ParseUint("0"+fraction, 10, 64)
	if err1 != nil || err2 != nil { // an exponent
		return s.Float(v)
	}
	s.dates = s.dates || count >= 1e8
	scale := uint64(1)
	for range fraction {
		scale *= 10
	}
	hi, lo := bits.Mul64(part, uint64(s.unit))
	nanos, rest := bits.Div64(hi, lo, scale)
	if rest >= scale-rest {
		nanos++
	}
	hi, lo = bits.Mul64(count, uint64(s.unit))
	if hi > 0 || lo > math.MaxInt64-nanos {
		return 0, outside(string(cell))
	}
	out := int64(lo + nanos)
	if cell[0] == '-' {
		out = -out
	}
	return out, nil
}

// byLayout reads a date by the user's pattern.
func (s *Stamps) byLayout(cell string) (int64, error) {
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	t, err := time.ParseInLocation(s.layout, cell, zone)
	if err != nil && strings.Contains(s.layout, "-0700") { // %z is also +02:00 and Z
		t, err = time.ParseInLocation(strings.Replace(s.layout, "-0700", "Z07:00", 1), cell, zone)
	}
	if err != nil {
		return 0, fmt.Errorf("%s is not a time stamp such as %s", Quote(cell), Quote(time.Date(2024, 5, 31, 18, 30, 0, 0, time.UTC).Format(s.layout)))
	}
	if y := t.Year(); y < 1678 || y > 2261 {
		return 0, outside(Quote(cell))
	}
	s.dates = true
	if _, offset := t.Zone(); strings.Contains(s.layout, "-07") {
		s.note(offset)
	}
	return t.UnixNano(), nil
}

// serial is the instant of a count of days, which tells the time of the clock where it was written.
func (s *Stamps) serial(v float64) (int64, error) {
	ns, err := s.days.at(v)
	if err != nil || s.Zone == nil {
		s.local = true
		return ns, err
	}
	t := time.Unix(0, ns).UTC()
	return s.instant(civil{year: t.Year(), month: int(t.Month()), day: t.Day(), hour: t.Hour(), minute: t.Minute(), sec: t.Second(), nano: t.Nanosecond()}, nil)
}

// instant is what a date means: by its offset, or in the zone.
func (s *Stamps) instant(c civil, cell []byte) (int64, error) {
	if !c.inYears() {
		return 0, outside(Quote(string(cell)))
	}
	s.dates = true
	if c.zoned {
		s.note(c.offset)
		s.noteZone(c)
		return c.unixNano(), nil
	}
	s.local = true
	if s.Zone == nil {
		return c.unixNano(), nil
	}
	t := time.Date(c.year, time.Month(c.month), c.day, c.hour, c.minute, c.sec, c.nano, s.Zone)
	// Where clocks go back an hour is there twice: its first pass, unless that would be before the stamp above.
	out := t.UnixNano()
	for _, d := range []time.Duration{-time.Hour, time.Hour} {
		if other := t.Add(d); other.Hour() == t.Hour() && other.Minute() == t.Minute() {
			first, second := min(out, other.UnixNano()), max(out, other.UnixNano())
			if out = first; s.last > first {
				out = second
			}
			break
		}
	}
	s.last = out
	return out, nil
}

// note counts changes of the offset.
func (s *Stamps) note(offset int) {
	if s.offsets == 0 || s.offset != offset {
		s.offsets++
	}
	s.offset = offset
}

// Dates tells whether the stamps so far are dates or counts since 1970, not positions or seconds from a start.
func (s *Stamps) Dates() bool { return s.dates }

// Offset is the offset from UTC in seconds that the last stamp was written with, false where it had none.
func (s *Stamps) Offset() (seconds int, ok bool) { return s.offset, s.offsets > 0 }

// Zoned describes the zone of the stamps so far: its name, "" for UTC and where there was none, and whether the offset changed.
func (s *Stamps) Zoned() (name string, changed bool) {
	switch {
	case s.offsets == 0 && s.place != nil:
		return s.place.String(), false
	case s.offsets == 0 && s.Zone != nil && s.dates:
		return s.Zone.String(), false
	case s.offsets > 1:
		return "", true
	case s.offsets == 0 || s.offset == 0:
		return "", false
	}
	return OffsetName(s.offset), false
}

// Local tells whether some stamp had no offset and no zone was given.
func (s *Stamps) Local() bool { return s.local && s.Zone == nil && s.place == nil }

// OffsetName writes an offset in seconds as +01:00.
func OffsetName(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	return fmt.Sprintf("%c%02d:%02d", sign, seconds/3600, seconds/60%60)
}

// Note says what the column's first cells decided, or nothing.
func (s *Stamps) Note() string {
	switch {
	case s.Format != "":
		return ""
	case s.order == DayFirst:
		return "dates with the day first"
	case s.order == MonthFirst:
		return "dates with the month first"
	case s.days.unit > 0:
		return s.days.note
	case s.ticks != nil:
		return "time in " + s.ticks.what
	case s.compact:
		return "dates such as " + s.example()
	case s.real && !s.dates:
		return "time in seconds"
	}
	for name, unit := range units {
		if s.dates && s.unit == unit {
			return "time in " + name + " since 1970"
		}
	}
	return ""
}
