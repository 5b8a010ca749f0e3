package dialect

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestZoneNames(t *testing.T) {
	for text, want := range map[string]string{
		"2024-05-31 12:30:45 CEST":        "2024-05-31T10:30:45Z",
		"2024-01-31 12:30 CET":            "2024-01-31T11:30:00Z",
		"2024-01-31T12:30:00.25 mez":      "2024-01-31T11:30:00.25Z",
		"Wed, 31 Jan 2024 12:30:45 EST":   "2024-01-31T17:30:45Z",
		"2024-01-31 01:30 PM PST":         "2024-01-31T21:30:00Z",
		"2024-01-31 12:30 ACST":           "2024-01-31T03:00:00Z",
		"2024-01-31 12:30 GMT+02:00":      "2024-01-31T10:30:00Z",
		"2024-05-31 12:30 Europe/Berlin":  "2024-05-31T10:30:00Z",
		"31.01.2024 12:30 Europe/Berlin":  "2024-01-31T11:30:00Z",
		"2024-05-31 12:30:00 Etc/GMT+2":   "2024-05-31T14:30:00Z",
		"2024-01-31 America/Buenos_Aires": "2024-01-31T03:00:00Z",
	} {
		var s Stamps
		if _, err := s.Decide(cellsOf(text), nil); err != nil || !IsDate([]byte(text)) {
			t.Errorf("%s: %v", text, err)
		}
		got, err := s.Parse([]byte(text))
		if err != nil && strings.Contains(err.Error(), "not known here") {
			t.Skip("wants the time zones of the system, which are not here: ", err)
		}
		if err != nil || got != at(t, want) || s.Local() {
			t.Errorf("%s: %s, %v, want %s", text, time.Unix(0, got).UTC().Format(time.RFC3339Nano), err, want)
		}
	}
	var s Stamps
	for _, text := range []string{"2024-10-27 02:30 CEST", "2024-10-27 02:30 CET", "2024-10-27 03:30 CET", "2024-10-27 03:30 UTC"} {
		if _, err := s.Parse([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.ZoneNote(); got != "CEST as +02:00, CET as +01:00" {
		t.Error(got)
	}
	var place Stamps
	for i, text := range []string{"2022-10-30 02:30 Europe/Berlin", "2022-10-30 02:00 Europe/Berlin"} {
		v, err := place.Parse([]byte(text))
		if want := at(t, "2022-10-30T00:30:00Z") + int64(i)*int64(30*time.Minute); err != nil || v != want {
			t.Errorf("%d: %d, %v, want %d", i, v, err, want)
		}
	}
	if name, changed := place.Zoned(); name != "Europe/Berlin" || changed {
		t.Errorf("%q, %v", name, changed)
	}
	if _, err := place.Parse([]byte("2022-10-30 04:30 Asia/Tokyo")); err != nil {
		t.Fatal(err)
	}
	if name, changed := place.Zoned(); name != "" || !changed {
		t.Errorf("%q, %v after another place", name, changed)
	}
}

// What is nearly a time stamp is refused with what to do.
func TestNearlyStamps(t *testing.T) {
	for text, want := range map[string]string{
		"2024-05-31 12:30 IST":          `"2024-05-31 12:30 IST": IST is a time zone of several places; write the offset in its place, such as +02:00, or put IST into --time-format`,
		"2024-05-31 12:30 CST":          "America/Chicago or Asia/Shanghai",
		"2024-05-31 12:30 XYZT":         `"XYZT" is no time zone that is known; write the offset in its place`,
		"08:15:00":                      `"08:15:00" is a time of day without a date`,
		"2024-05-31 12:30 Europe/Paree": `time zone "Europe/Paree" is not known here`,
		"2024-05-31 CET+2":              "is not a time stamp",
		"2024-W60-1":                    "is not a time stamp",
		"2024-W05-":                     "is not a time stamp",
		"2024-W05-8":                    "is not a time stamp",
		"2024-W53":                      "is not a time stamp", // 2024 has 52 weeks
	} {
		var s Stamps
		if got, err := s.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %d, %v, want %q", text, got, err, want)
		}
	}
	// The format that the message proposes reads them.
	delhi, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Skip("wants the time zones of the system, which are not here: ", err)
	}
	s := Stamps{Format: "%Y-%m-%d %H:%M:%S IST", Zone: delhi}
	if got, err := s.Parse([]byte("2024-05-31 12:30:00 IST")); err != nil || got != at(t, "2024-05-31T07:00:00Z") {
		t.Errorf("%d, %v", got, err)
	}
}

// Weeks of ISO 8601 agree with package time, day by day over 60 years.
func TestWeeks(t *testing.T) {
	day := time.Date(1975, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 60 * 365 {
		year, week := day.ISOWeek()
		weekday := (int(day.Weekday())+6)%7 + 1
		texts := []string{fmt.Sprintf("%d-W%02d-%d", year, week, weekday), fmt.Sprintf("%dW%02d%d", year, week, weekday)}
		if weekday == 1 {
			texts = append(texts, fmt.Sprintf("%d-W%02d", year, week))
		}
		for _, text := range texts {
			var s Stamps
			if got, err := s.Parse([]byte(text)); err != nil || got != day.UnixNano() {
				t.Fatalf("%s: %v, %v, want %v", text, time.Unix(0, got).UTC(), err, day)
			}
		}
		day = day.AddDate(0, 0, 1)
	}
	var s Stamps
	if got, err := s.Parse([]byte("2024-W05-3T12:30Z")); err != nil || got != at(t, "2024-01-31T12:30:00Z") {
		t.Errorf("%d, %v", got, err)
	}
}
