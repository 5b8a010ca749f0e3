package dialect

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
)

// zoneHours are the abbreviations of zones that stand for one offset from UTC, in hours; those of North America are those of RFC 5322.
var zoneHours = map[string]float64{"z": 0, "utc": 0, "gmt": 0, "ut": 0, "wet": 0, "west": 1, "cet": 1, "cest": 2, "mez": 1, "mesz": 2, "eet": 2, "eest": 3, "msk": 3,
	"est": -5, "edt": -4, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "sast": 2, "hkt": 8, "sgt": 8, "jst": 9, "kst": 9,
	"awst": 8, "acst": 9.5, "acdt": 10.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13}

// manyZones are abbreviations that stand for several offsets, with places that tell what is meant.
var manyZones = map[string]string{"cst": "America/Chicago or Asia/Shanghai", "cdt": "America/Chicago or America/Havana", "ist": "Asia/Kolkata, Asia/Jerusalem or Europe/Dublin",
	"bst": "Europe/London or Asia/Dhaka", "ast": "America/Halifax or Asia/Riyadh", "adt": "America/Halifax or Asia/Riyadh", "gst": "Asia/Dubai or Atlantic/South_Georgia",
	"sst": "Pacific/Pago_Pago or Asia/Singapore", "pht": "Asia/Manila", "wib": "Asia/Jakarta", "brt": "America/Sao_Paulo", "art": "America/Buenos_Aires", "trt": "Europe/Istanbul"}

// noteZone keeps the abbreviations that were read, for Note.
func (s *Stamps) noteZone(c civil) {
	if c.zone == "" || c.zone == "z" || c.zone == "utc" || c.zone == "gmt" || c.zone == "ut" {
		return
	}
	if text := strings.ToUpper(c.zone) + " as " + OffsetName(c.offset); !slices.Contains(s.zones, text) {
		s.zones = append(s.zones, text)
	}
}

// ZoneNote says how abbreviations of zones were read, or nothing.
func (s *Stamps) ZoneNote() string {
	return strings.Join(s.zones, ", ")
}

// splitPlace takes the name of a zone such as Europe/Berlin off the end of a stamp.
func splitPlace(cell []byte) (stamp []byte, place string, ok bool) {
	at := bytes.LastIndexByte(cell, ' ')
	if at < 8 || bytes.IndexByte(cell[at:], '/') < 0 || cell[at+1] < 'A' || cell[at+1] > 'Z' {
		return nil, "", false
	}
	for _, c := range cell[at+1:] {
		if (c|0x20 < 'a' || c|0x20 > 'z') && !isDigit(c) && bytes.IndexByte([]byte("/_-+"), c) < 0 {
			return nil, "", false
		}
	}
	return Trim(cell[:at]), string(cell[at+1:]), true
}

// inPlace reads a stamp with the name of its zone behind it.
func (s *Stamps) inPlace(stamp []byte, place string) (int64, error) {
	if s.place == nil || s.place.String() != place {
		zone, err := time.LoadLocation(place)
		if err != nil {
			return 0, fmt.Errorf("time zone %q is not known here, want a name such as Europe/Berlin", place)
		}
		if s.place != nil {
			s.offsets = max(s.offsets, 2)
		}
		s.place = zone
	}
	c, ok := parseCivil(stamp, s.order)
	switch {
	case !ok || c.zoned:
		return 0, notStamp(append(bytes.Clone(stamp), " "+place...))
	case c.ambiguous:
		return 0, s.ambiguity(stamp)
	}
	own := s.Zone
	s.Zone = s.place
	defer func() { s.Zone = own }()
	return s.instant(c, stamp)
}

// notStamp is the error of a cell that is no time stamp. It says what to do where it is nearly one.
func notStamp(cell []byte) error {
	what := Quote(string(cell))
	if IsClock(cell) {
		return fmt.Errorf("%s is a time of day without a date; write the date in front of it, or in a column \"date\" beside it", what)
	}
	if at := bytes.LastIndexAny(cell, " 0123456789"); at >= 8 && len(cell)-at >= 4 && len(cell)-at <= 6 && isDated(Trim(cell[:at+1])) {
		zone := string(cell[at+1:])
		if places := manyZones[strings.ToLower(zone)]; places != "" {
			return fmt.Errorf("%s: %s is a time zone of several places; write the offset in its place, such as +02:00, or put %s into --time-format, such as \"%%Y-%%m-%%d %%H:%%M:%%S %s\", and name the place with --time-zone (%s)",
				what, zone, zone, zone, places)
		}
		return fmt.Errorf("%s: %q is no time zone that is known; write the offset in its place, such as +02:00", what, zone)
	}
	return fmt.Errorf("%s is not a time stamp; want one such as 2024-05-01 12:30:00, or a number (--time-format says how it is written)", what)
}

// week reads what follows a year and W: the week of ISO 8601 and the day in it, Monday being the first.
func (t *text) week(c *civil, year int) bool {
	week, digits := t.number(2)
	if digits != 2 || week < 1 || week > 53 {
		return false
	}
	day := 1
	dash := t.one("-") != 0
	if isDigit(t.peek()) {
		day, _ = t.number(1)
	} else if dash {
		return false
	}
	if day < 1 || day > 7 {
		return false
	}
	// The fourth of January is in the first week.
	fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
	if got, w := monday.AddDate(0, 0, 7*(week-1)).ISOWeek(); got != year || w != week {
		return false // a year without a week 53
	}
	at := monday.AddDate(0, 0, 7*(week-1)+day-1)
	c.year, c.month, c.day = at.Year(), int(at.Month()), at.Day()
	return t.clock(c)
}
