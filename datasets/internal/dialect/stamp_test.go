package dialect

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"
)

// at is an instant in nanoseconds since 1970.
func at(t *testing.T, text string) int64 {
	t.Helper()
	v, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return v.UnixNano()
}

func TestStampForms(t *testing.T) {
	for text, want := range map[string]string{
		"2024-05-31 12:30:45":                      "2024-05-31T12:30:45Z",
		"2024-05-31T12:30:45":                      "2024-05-31T12:30:45Z",
		"2024-05-31T12:30:45Z":                     "2024-05-31T12:30:45Z",
		"2024-05-31t12:30:45z":                     "2024-05-31T12:30:45Z",
		"2024-05-31 12:30:45.123456789":            "2024-05-31T12:30:45.123456789Z",
		"2024-05-31 12:30:45,5":                    "2024-05-31T12:30:45.5Z",
		"2024-05-31T12:30:45.1234567891+02:00":     "2024-05-31T10:30:45.123456789Z",
		"2024-05-31 12:30:45+0200":                 "2024-05-31T10:30:45Z",
		"2024-05-31 12:30:45 +02":                  "2024-05-31T10:30:45Z",
		"2024-05-31 12:30:45-05:30":                "2024-05-31T18:00:45Z",
		"2024-05-31 12:30:45 UTC":                  "2024-05-31T12:30:45Z",
		"2024-05-31T12:30:45+02:00[Europe/Berlin]": "2024-05-31T10:30:45Z",
		"2024-05-31 12:30":                         "2024-05-31T12:30:00Z",
		"2024-05-31T12:30Z":                        "2024-05-31T12:30:00Z",
		"2024-05-31":                               "2024-05-31T00:00:00Z",
		"2024-05":                                  "2024-05-01T00:00:00Z",
		"2024/05/31 12:30:45":                      "2024-05-31T12:30:45Z",
		"2024/5/3 7:05":                            "2024-05-03T07:05:00Z",
		"2024.05.31":                               "2024-05-31T00:00:00Z",
		"31.05.2024 12:30":                         "2024-05-31T12:30:00Z",
		"3.5.2024":                                 "2024-05-03T00:00:00Z",
		"03.05.24 12:30":                           "2024-05-03T12:30:00Z",
		"31-May-2024 12:30:45":                     "2024-05-31T12:30:45Z",
		"31 May 2024 12:30":                        "2024-05-31T12:30:00Z",
		"31/May/2024:12:30:45 +0200":               "2024-05-31T10:30:45Z",
		"May 31, 2024 1:30 PM":                     "2024-05-31T13:30:00Z",
		"Friday, May 31, 2024":                     "2024-05-31T00:00:00Z",
		"Fri, 31 May 2024 12:30:45 GMT":            "2024-05-31T12:30:45Z",
		"Fri May 31 12:30:45 2024":                 "2024-05-31T12:30:45Z",
		"2024-05-31 01:00:00 PM":                   "2024-05-31T13:00:00Z",
		"2024-05-31 12:00:00 am":                   "2024-05-31T00:00:00Z",
		"2024-05-31 12:05 p.m.":                    "2024-05-31T12:05:00Z",
		"20240531T123045Z":                         "2024-05-31T12:30:45Z",
		"20240531T12:30":                           "2024-05-31T12:30:00Z",
		"20240531":                                 "2024-05-31T00:00:00Z",
		"202405311230":                             "2024-05-31T12:30:00Z",
		"20240531123045":                           "2024-05-31T12:30:45Z",
		"2024053112":                               "2024-05-31T12:00:00Z",
		"20240531123045250":                        "2024-05-31T12:30:45.25Z",
		"2033053199":                               "2034-06-04T16:59:59Z", // seconds since 1970: there is no hour 99
		"2024-05-31 24:00:00":                      "2024-06-01T00:00:00Z",
		"2016-12-31 23:59:60":                      "2017-01-01T00:00:00Z",
		"1900-03-01":                               "1900-03-01T00:00:00Z",
		"05/31/2024 12:30":                         "2024-05-31T12:30:00Z", // only one reading
		"31/05/2024":                               "2024-05-31T00:00:00Z",
		"05/05/2024":                               "2024-05-05T00:00:00Z",
		"1717158645":                               "2024-05-31T12:30:45Z",
		"1717158645000":                            "2024-05-31T12:30:45Z",
		"1717158645000001":                         "2024-05-31T12:30:45.000001Z",
		"1717158645000000001":                      "2024-05-31T12:30:45.000000001Z",
		"1717158645.123456789":                     "2024-05-31T12:30:45.123456789Z",
		"1717158645123.456789":                     "2024-05-31T12:30:45.123456789Z",
		"1.717158645e9":                            "2024-05-31T12:30:45Z",
	} {
		var s Stamps
		if _, err := s.Decide(cellsOf(text), nil); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got, err := s.Parse([]byte(text))
		if err != nil || got != at(t, want) || !s.Dates() {
			t.Errorf("%s: %s, %v, want %s (a date: %v)", text, time.Unix(0, got).UTC().Format(time.RFC3339Nano), err, want, s.Dates())
		}
	}
}

// The fast ways to read the commonest form agree with the way for all forms.
func TestCommonestForm(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	var s Stamps
	read := 0
	for range 100000 {
		text := fmt.Appendf(nil, "%04d-%02d-%02d%c%02d:%02d:%02d", 2019+rng.IntN(2), 1+rng.IntN(2), 27+rng.IntN(4), " T"[rng.IntN(2)], rng.IntN(25), rng.IntN(61), rng.IntN(62))
		if rng.IntN(2) == 0 {
			text = append(text, ".1234567890"[:rng.IntN(12)]...)
		}
		text = append(text, []string{"", "", "Z", "+01:00", " "}[rng.IntN(5)]...)
		if rng.IntN(4) == 0 {
			text[rng.IntN(len(text))] = "0123456789-: T.Zx"[rng.IntN(17)]
		}
		c, form := parseCivil(Trim(text), Unknown)
		ok := form && c.inYears() && !c.ambiguous
		if ok {
			read++
		}
		if v, err := s.Parse(text); (err == nil) != ok || ok && v != c.unixNano() {
			t.Fatalf("%q: %d, %v, want %d, %v", text, v, err, c.unixNano(), ok)
		}
		if fast, yes := isoCivil(text); yes && (!form || fast.unixNano() != c.unixNano() || fast.zoned != c.zoned) {
			t.Fatalf("%q: %+v, want %+v, %v", text, fast, c, form)
		}
	}
	if read < 50000 {
		t.Errorf("only %d stamps among the texts", read)
	}
}

func TestPositions(t *testing.T) {
	for text, want := range map[string]int64{"17": 17, "-3": -3, "0": 0, "0.25": 25e7, "-1.5": -15e8, "99999999": 99999999} {
		var s Stamps
		if got, err := s.Parse([]byte(text)); err != nil || got != want || s.Dates() {
			t.Errorf("%s: %d, %v, want the position %d", text, got, err, want)
		}
	}
	// Fractions further down make all of them seconds.
	var s Stamps
	if _, err := s.Decide(cellsOf("0", "0.5", "1"), nil); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Parse([]byte("2")); err != nil || got != 2e9 {
		t.Errorf("2 among fractions: %d, %v, want 2 s", got, err)
	}
}

// Days as spreadsheets and MATLAB count them: 45443.5 and 739403.5 are noon of 31 May 2024 (datenum(2024,5,31) is 739403).
func TestSerialDays(t *testing.T) {
	minutes := func(first float64, decimals int) (cells []string) {
		for i := range 6 {
			cells = append(cells, strconv.FormatFloat(first+float64(i)/1440, 'f', decimals, 64))
		}
		return cells
	}
	for _, tt := range []struct {
		format string
		cells  []string
		step   time.Duration // from noon; 0: seconds
	}{
		{"", minutes(45443.5, 10), time.Minute},
		{"", minutes(45443.5, 6), time.Minute},
		{"", minutes(739403.5, 8), time.Minute},
		{"excel", []string{"45443.5", "45444.5"}, 24 * time.Hour},
		{"matlab", []string{"739403.5", "739404.5"}, 24 * time.Hour},
		{"s", minutes(45443.5, 10), 0},
		{"", []string{"45443.5", "45443.6", "45443.7", "45443.8"}, 0},
		{"", []string{"34200.123456789", "34200.123956789", "34200.130356789", "34200.223056789"}, 0}, // after midnight, as exchanges write it
	} {
		s := Stamps{Format: tt.format}
		if _, err := s.Decide(cellsOf(tt.cells...), nil); err != nil {
			t.Fatal(err)
		}
		for i, c := range tt.cells {
			got, err := s.Parse([]byte(c))
			want := at(t, "2024-05-31T12:00:00Z") + int64(i)*int64(tt.step)
			if v, _ := strconv.ParseFloat(c, 64); tt.step == 0 {
				want = int64(math.Round(v * 1e9))
			}
			if err != nil || got != want {
				t.Errorf("%s %s: %d, %v, want %d", tt.format, c, got, err, want)
			}
		}
	}
}

// Months without a separator are told from positions by the turn of a year.
func TestMonthsOfDigits(t *testing.T) {
	for _, tt := range []struct{ cells, first, last string }{
		{"202311 202312 202401", "2023-11-01T00:00:00Z", "2024-01-01T00:00:00Z"},
		{"202311 202312 202313 202401", "", ""},
		{"202301 202302", "", ""},
	} {
		cells := strings.Fields(tt.cells)
		var s Stamps
		if _, err := s.Decide(cellsOf(cells...), nil); err != nil {
			t.Fatal(err)
		}
		for text, want := range map[string]string{cells[0]: tt.first, cells[len(cells)-1]: tt.last} {
			got, err := s.Parse([]byte(text))
			wanted, _ := strconv.ParseInt(text, 10, 64)
			if want != "" {
				wanted = at(t, want)
			}
			if err != nil || got != wanted {
				t.Errorf("%s of %s: %d, %v, want %d", text, tt.cells, got, err, wanted)
			}
		}
	}
}

// A count of seconds with a fraction keeps its nanoseconds, as far as a float64 has them.
func TestFractionsOfEpoch(t *testing.T) {
	var s Stamps
	if got, err := s.Float(1717158645.25); err != nil || got != at(t, "2024-05-31T12:30:45.25Z") {
		t.Errorf("%d, %v", got, err)
	}
}

func TestWrongStamps(t *testing.T) {
	for _, text := range []string{"yesterday", "1066-10-14", "9999-01-01", "", "99999999999999999999", "2024-13-01", "2024-02-30", "2023-02-29", "2024-05-31 25:00",
		"2024-05-31 12:60", "2024-05-31 12:30:45 CSTX", "2024-05-31 13:00 PM", "2024-05-31x", "12:30", "1/2/24", "2024-05-31 12:30:45+2", "31-Foo-2024"} {
		var s Stamps
		if got, err := s.Parse([]byte(text)); err == nil {
			t.Errorf("%q: %d, want an error", text, got)
		}
	}
}

func TestDayOrMonth(t *testing.T) {
	for _, tt := range []struct {
		format string
		cells  []string
		want   string // of the first cell, or a part of the error
	}{
		{"", []string{"03/04/2020", "13/04/2020"}, "2020-04-03T00:00:00Z"},
		{"", []string{"03/04/2020", "03/13/2020"}, "2020-03-04T00:00:00Z"},
		{"", []string{"03/04/2020", "04/04/2020"}, `"03/04/2020" is 3 April 2020 or 4 March 2020; say which with --time-format day-first or month-first`},
		{"", []string{"04/04/2020", "03-04-2020 10:00"}, `"03-04-2020 10:00" is 3 April 2020 or 4 March 2020`},
		{"day-first", []string{"03/04/2020"}, "2020-04-03T00:00:00Z"},
		{"month-first", []string{"03/04/2020"}, "2020-03-04T00:00:00Z"},
		{"month-first", []string{"03/04/20 10:00 PM"}, "2020-03-04T22:00:00Z"},
		{"day-first", []string{"03/04/70"}, "1970-04-03T00:00:00Z"},
		{"month-first", []string{"2020-04-03"}, "2020-04-03T00:00:00Z"},
		{"%d/%m/%y %H:%M", []string{"03/04/20 10:00"}, "2020-04-03T10:00:00Z"},
		{"%Y%m%d %H:%M:%S.%f", []string{"20200403 10:00:00.25"}, "2020-04-03T10:00:00.25Z"},
		{"%Y-%m-%dT%H:%M:%S%z", []string{"2020-04-03T10:00:00+0200"}, "2020-04-03T08:00:00Z"},
		{"%Y-%m-%dT%H:%M:%S%z", []string{"2020-04-03T10:00:00+02:00"}, "2020-04-03T08:00:00Z"},
		{"%Y-%m-%dT%H:%M:%S%z", []string{"2020-04-03T10:00:00Z"}, "2020-04-03T10:00:00Z"},
		{"%d/%m/%y", []string{"2020-04-03"}, `"2020-04-03" is not a time stamp such as "31/5/24"`},
		{"s", []string{"17"}, "1970-01-01T00:00:17Z"},
		{"ms", []string{"1500"}, "1970-01-01T00:00:01.5Z"},
		{"us", []string{"1.5"}, "1970-01-01T00:00:00.0000015Z"},
	} {
		s := Stamps{Format: tt.format}
		_, err := s.Decide(cellsOf(tt.cells...), nil)
		var got int64
		if err == nil {
			got, err = s.Parse([]byte(tt.cells[0]))
		}
		if err != nil {
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s %q: %v, want %s", tt.format, tt.cells, err, tt.want)
			}
			continue
		}
		if text := time.Unix(0, got).UTC().Format(time.RFC3339Nano); text != tt.want {
			t.Errorf("%s %q: %s, want %s", tt.format, tt.cells, text, tt.want)
		}
	}
	for _, format := range []string{"iso", "%Q", "%", "dayfirst"} {
		if CheckFormat(format) == nil {
			t.Errorf("format %q is taken", format)
		}
	}
}

// The hour that is there twice when clocks go back, by offsets and by a zone.
func TestRepeatedHour(t *testing.T) {
	var s Stamps
	first, err1 := s.Parse([]byte("2022-10-30 02:30:00+0200"))
	second, err2 := s.Parse([]byte("2022-10-30 02:00:00+0100"))
	if err1 != nil || err2 != nil || second-first != int64(30*time.Minute) {
		t.Errorf("%d ns between them, %v, %v; want half an hour", second-first, err1, err2)
	}
	if name, changed := s.Zoned(); name != "" || !changed {
		t.Errorf("zone %q, changed %v; want a changed one", name, changed)
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("wants the time zones of the system, which are not here: ", err)
	}
	z := Stamps{Zone: berlin}
	var last int64
	for i, text := range []string{"2022-10-30 01:30:00", "2022-10-30 02:00:00", "2022-10-30 02:30:00", "2022-10-30 02:00:00", "2022-10-30 02:30:00", "2022-10-30 03:00:00"} {
		v, err := z.Parse([]byte(text))
		if err != nil || i > 0 && v-last != int64(30*time.Minute) {
			t.Errorf("%d: %s is %v after the one before, %v; want half an hour", i, text, time.Duration(v-last), err)
		}
		last = v
	}
	if name, changed := z.Zoned(); name != "Europe/Berlin" || changed {
		t.Errorf("zone %q, changed %v; want Europe/Berlin", name, changed)
	}
	one := Stamps{}
	if _, err := one.Parse([]byte("2024-01-01T00:00:00-03:30")); err != nil {
		t.Fatal(err)
	}
	if name, _ := one.Zoned(); name != "-03:30" {
		t.Errorf("zone %q, want -03:30", name)
	}
}

// Every day of four centuries agrees with package time.
func TestCivilDays(t *testing.T) {
	day := time.Date(1700, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 400 * 365 {
		c, ok := parseCivil([]byte(day.Format("2006-01-02 15:04:05")), Unknown)
		if !ok || c.unixNano() != day.UnixNano() {
			t.Fatalf("%v: %d, want %d", day, c.unixNano(), day.UnixNano())
		}
		day = day.Add(24 * time.Hour)
	}
}

func BenchmarkStamp(b *testing.B) {
	for _, text := range []string{"2024-05-31 12:30:45", "2024-05-31T12:30:45.123Z", "1717158645.123"} {
		b.Run(text, func(b *testing.B) {
			var s Stamps
			cell := []byte(text)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Parse(cell); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
