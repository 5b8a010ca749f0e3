package dialect

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// counted writes instants as counts of 100 ns since a time whose distance from 1970 is given in seconds, or of nanoseconds since 1970.
func counted(t *testing.T, from string, step time.Duration, n int, toSince int64) (cells []string) {
	t.Helper()
	for i := range n {
		ns := at(t, from) + int64(i)*int64(step)
		if toSince != 0 {
			ns = ns/100 + toSince*1e7
		}
		cells = append(cells, strconv.FormatInt(ns, 10))
	}
	return cells
}

// Ticks of Windows are told from nanoseconds since 1970 by the name of the column or by the step; where both fit, it is said.
func TestTicks(t *testing.T) {
	const year1, year1601 = 62135596800, 11644473600 // seconds from there to 1970, as .NET and Windows document them
	for _, tt := range []struct {
		column, format, from string
		step                 time.Duration
		since                int64 // 0: nanoseconds
		doubt                bool
	}{
		{"time", "", "2024-05-31T12:30:00Z", time.Minute, year1, false},
		{"time", "", "2024-05-31T12:30:00Z", time.Minute, year1601, false},
		{"time", "", "2024-05-31T12:00:00Z", time.Hour, year1601, false},
		{"time", "", "2024-05-31T00:00:00Z", 24 * time.Hour, year1, false},
		{"time", "", "1974-05-31T12:30:00Z", time.Minute, 0, false},
		{"time", "", "1974-05-31T12:00:00Z", time.Hour, 0, false},
		{"time", "", "1974-05-31T00:00:00Z", 24 * time.Hour, 0, false},
		{"time", "", "1990-05-31T12:30:00Z", time.Second, 0, false},
		{"time", "", "2024-05-31T12:30:00Z", time.Second, year1601, true}, // or 10 ms of 1974
		{"time", "", "2024-05-31T12:30:00Z", 1300, year1, true},
		{"FileTime", "", "2024-05-31T12:30:00Z", time.Second, year1601, false},
		{"Ticks", "", "2024-05-31T12:30:00Z", time.Second, year1, false},
		{"time_ns", "", "1974-05-31T12:30:00Z", 1, 0, false},
		{"unix time", "", "1990-05-31T12:30:00Z", 10 * time.Millisecond, 0, false},
		{"time", "filetime", "1850-05-31T12:30:00Z", time.Second, year1601, false},
		{"time", "dotnet", "1850-05-31T12:30:00Z", time.Second, year1, false},
		{"time", "ns", "1974-05-31T12:30:00Z", 1, 0, false},
		{"time", "", "1974-12-30T12:30:00Z", 10 * 24 * time.Hour, 0, false}, // leaves the range of ticks
	} {
		for _, decimals := range []string{"", ".0"} {
			cells := counted(t, tt.from, tt.step, 30, tt.since)
			for i := range cells {
				cells[i] += decimals
			}
			s := Stamps{Column: tt.column, Format: tt.format}
			if _, err := s.Decide(cellsOf(cells...), nil); err != nil {
				t.Fatal(err)
			}
			for i, c := range cells {
				want := at(t, tt.from) + int64(i)*int64(tt.step)
				if got, err := s.Parse([]byte(c)); err != nil || got != want || !s.Dates() {
					t.Fatalf("%s %s in %q: %d, %v, want %d", c, tt.format, tt.column, got, err, want)
				}
				if decimals == "" {
					v, _ := strconv.ParseInt(c, 10, 64)
					if got, err := s.Int(v); err != nil || got != want {
						t.Fatalf("%s: %d, %v, want %d", c, got, err, want)
					}
				}
			}
			if how := s.Doubt(); (how != "") != tt.doubt {
				t.Errorf("%s in %q: %q", cells[0], tt.column, how)
			}
		}
	}
	s := Stamps{}
	_, err := s.Decide(cellsOf("133616322000000000", "133616322010000000"), nil)
	want := "numbers such as 133616322000000000 are taken for Windows file times, of 100 ns since 1601, the first of which are from 2024-05-31 12:30:00 to 2024-05-31 12:30:01; " +
		"--time-format ns says that they are nanoseconds since 1970, from 1974-03-27 11:38:42 to 1974-03-27 11:38:42"
	if err != nil || s.Doubt() != want || s.Note() != "time in Windows file times, of 100 ns since 1601" {
		t.Errorf("%v, %q", err, s.Doubt())
	}
	for _, wrong := range []string{"-1", "9223372036854775807", "133616322000000000.5e3", "x"} {
		s := Stamps{Format: "filetime"}
		if got, err := s.Parse([]byte(wrong)); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %d", wrong, got)
		}
	}
}

// Whole days of a spreadsheet are told from positions by the name of the column. 45443 is 31 May 2024.
func TestWholeSerialDays(t *testing.T) {
	for _, tt := range []struct {
		column, cells string
		days          bool
	}{
		{"date", "45443 45444 45445", true}, {"Datum", "45443 45450", true}, {"date", "45443.0 45444.0", true}, {"date", "45443 45443 45444", true},
		{"time", "45443 45444 45445", false}, {"date", "45443", false}, {"date", "45443 45444 45443", true}, {"date", "0 45443", false},
		{"date", "45443 90000", false}, {"date", "030405 030406", false}, {"date", "2001 2002", false}, {"date", "1 2 3", false},
	} {
		s := Stamps{Column: tt.column}
		cells := strings.Fields(tt.cells)
		if _, err := s.Decide(cellsOf(cells...), nil); err != nil {
			t.Fatal(err)
		}
		got, err := s.Parse([]byte(cells[0]))
		if err != nil || (got == at(t, "2024-05-31T00:00:00Z")) != tt.days || s.Dates() != tt.days {
			t.Errorf("%s in %q: %d, %v, dates %v", tt.cells, tt.column, got, err, s.Dates())
		}
	}
}
