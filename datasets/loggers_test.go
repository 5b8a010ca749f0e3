package datasets

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/wavekin/wavekin/series"
)

// Files as loggers and spreadsheets write them: lines above the header, a row of units below it, date and time of day apart.
func TestFilesOfLoggers(t *testing.T) {
	at := func(text string) int64 {
		v, err := time.Parse("2006-01-02T15:04:05", text)
		if err != nil {
			t.Fatal(err)
		}
		return v.UnixNano()
	}
	minutes := func(text string, n int) (out []int64) {
		for i := range n {
			out = append(out, at(text)+int64(i)*int64(time.Minute))
		}
		return out
	}
	for name, c := range map[string]struct {
		text   string
		times  []int64
		values []float64
	}{
		"preamble": {"\"Station: Hall 3, north\"\nSerial;17\n\nZeit;T;P\n01.02.2026 10:00;1,5;2\n01.02.2026 10:01;1,6;3\n01.02.2026 10:02;1,7;4\n",
			minutes("2026-02-01T10:00:00", 3), []float64{1.5, 1.6, 1.7}},
		"units":         {"time,T,P\n,°C,\n2026-02-01 10:00,1.5,2\n2026-02-01 10:01,1.6,3\n", minutes("2026-02-01T10:00:00", 2), []float64{1.5, 1.6}},
		"unit of time":  {"time,T\ns,degree\n0,1.5\n60,1.6\n", []int64{0, 60}, []float64{1.5, 1.6}},
		"date and time": {"Datum;Uhrzeit;T\n01.02.2026;10:00:00;1,5\n01.02.2026;10:01:00;1,6\n", minutes("2026-02-01T10:00:00", 2), []float64{1.5, 1.6}},
		"half days":     {"date,time,T\n2026-02-01,11:59 AM,1.5\n2026-02-01,12:00 PM,1.6\n", minutes("2026-02-01T11:59:00", 2), []float64{1.5, 1.6}},
		"one decimal comma": {"Zeit;T;n\n01.02.2026 10:00;1,5;0\n01.02.2026 10:01;1,6;0\n01.02.2026 10:02;1,7;0\n01.02.2026 10:03;1,8;0\n",
			minutes("2026-02-01T10:00:00", 4), []float64{1.5, 1.6, 1.7, 1.8}},
		"seconds with commas": {"Zeit;T\n0,25;1,5\n0,5;1,6\n", []int64{25e7, 5e8}, []float64{1.5, 1.6}},
		"date and hour":       {"date,hour,T\n2026-02-01,9,1.5\n2026-02-01,10,1.6\n", []int64{at("2026-02-01T09:00:00"), at("2026-02-01T10:00:00")}, []float64{1.5, 1.6}},
		"hours to 24":         {"Datum;Stunde;T\n1.2.2026;23;1,5\n1.2.2026;24;1,6\n", []int64{at("2026-02-01T23:00:00"), at("2026-02-02T00:00:00")}, []float64{1.5, 1.6}},
		"date and digits":     {"date,time,T\n2026-02-01,0,1.5\n2026-02-01,5,1.6\n2026-02-01,2355,1.7\n", []int64{at("2026-02-01T00:00:00"), at("2026-02-01T00:05:00"), at("2026-02-01T23:55:00")}, []float64{1.5, 1.6, 1.7}},
		"columns of a date":   {"No,year,month,day,hour,T\n1,2026,2,1,10,1.5\n2,2026,2,1,11,1.6\n", []int64{at("2026-02-01T10:00:00"), at("2026-02-01T11:00:00")}, []float64{1.5, 1.6}},
		"down to seconds": {"year,month,day,hour,minute,second,T\n2026,2,1,9,0,0.5,1.5\n2026,2,1,9,0,1.5,1.6\n",
			[]int64{at("2026-02-01T09:00:00") + 5e8, at("2026-02-01T09:00:00") + 15e8}, []float64{1.5, 1.6}},
		"months":           {"Year,Month,T\n2026,1,1.5\n2026,2,1.6\n", []int64{at("2026-01-01T00:00:00"), at("2026-02-01T00:00:00")}, []float64{1.5, 1.6}},
		"year of 2 digits": {"\"Date Time, GMT+01:00\",T\n02/13/26 10:00:00 AM,1.5\n02/13/26 10:01:00 AM,1.6\n", minutes("2026-02-13T10:00:00", 2), []float64{1.5, 1.6}},
		"TOA5": {"\"TOA5\",\"CR1000\",\"CR1000\",\"1\",\"x\"\n\"TIMESTAMP\",\"RECORD\",\"T\"\n\"TS\",\"RN\",\"Deg C\"\n\"\",\"\",\"Avg\"\n\"2026-02-01 10:00:00\",0,1.5\n\"2026-02-01 10:01:00\",1,1.6\n",
			minutes("2026-02-01T10:00:00", 2), []float64{1.5, 1.6}},
		"blank rows":      {"time,T\n2026-02-01 10:00,1.5\n,\n2026-02-01 10:01,1.6\n,\n,\n", minutes("2026-02-01T10:00:00", 2), []float64{1.5, 1.6}},
		"stamp and clock": {"stamp,time,T\n2026-02-01 10:00,11:00,1.5\n2026-02-01 10:01,11:01,1.6\n", minutes("2026-02-01T10:00:00", 2), []float64{1.5, 1.6}},
	} {
		read, err := readAll(put(t, "a.csv", c.text), Options{})
		if err != nil || len(read) != 1 {
			t.Errorf("%s: %d series, %v", name, len(read), err)
			continue
		}
		if s := read[0]; !slices.Equal(s.Times, c.times) || !slices.Equal(s.Values[0], c.values) {
			t.Errorf("%s: %v and %v, want %v and %v", name, s.Times, s.Values, c.times, c.values)
		}
	}
}

// Columns with the names of parts of a date are channels where they hold something else, or are asked for.
func TestWhatIsNoPartOfADate(t *testing.T) {
	for text, want := range map[string]string{
		"date,hour,T\n2026-02-01,9,1.5\n2026-02-02,9,1.6\n":                        "hour T", // a reading a day
		"date,hour,T\n2026-02-01,9.5,1.5\n2026-02-01,9.7,1.6\n":                    "hour T",
		"date,hour,T\n2026-02-01,9,1.5\n2026-02-01,31,1.6\n":                       "hour T",
		"year,month,T\n2026,1,1.5\n2026,13,1.6\n":                                  "year month T",
		"time,year,month,T\n0,2026,1,1.5\n1,2026,1,1.6\n":                          "year month T",
		"year,month,day,min,max\n2026,1,1,3,9\n2026,1,2,4,8\n":                     "min max",
		"date,time,T\n2026-02-01,0,1.5\n2026-02-02,1,1.6\n":                        "time T", // positions
		"date,time,T\n2026-02-01,930,1.5\n2026-02-01,990,1.6\n":                    "time T", // there is no minute 90
		"stamp,part,hour\n2026-02-01 10:00,1/2/24,9\n2026-02-01 10:00,1/2/24,10\n": "hour",
	} {
		r, err := Open(put(t, "a.csv", text), Options{})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := strings.Join(Readings(r)[0].Channels, " "); got != want {
			t.Errorf("%q: channels %s, want %s", text, got, want)
		}
		_ = r.Close()
	}
	read, err := readAll(put(t, "a.csv", "date,hour,T\n2026-02-01,9,1.5\n2026-02-01,10,1.6\n"), Options{Channels: []string{"hour"}})
	if err != nil || !slices.Equal(read[0].Values[0], []float64{9, 10}) {
		t.Errorf("an hour that is asked for: %v, %v", read, err)
	}
}

// A header of years is none of numbers: the names of what is read tell.
func TestHeaderOfYears(t *testing.T) {
	for text, want := range map[string]string{
		"country,2001,2002,2003\na,1,2,3\nb,4,5,6\n": "2001 2002 2003",
		"c,1,2,3\na,1,2,3\nb,4,5,6\n":                "1 2 3",
		"x,2001,2002,2003\ny,2002,2003,2004\n":       "1 2 3", // years all the way down
		"a,2001,2003,2005\nb,1,2,3\n":                "1 2 3",
	} {
		r, err := Open(put(t, "a.csv", text), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(Readings(r)[0].Channels, " "); got != want {
			t.Errorf("%q: channels %s, want %s", text, got, want)
		}
		_ = r.Close()
	}
}

// Numbers that stand for nothing measured are suspected where they are far from all others.
func TestSuspectedNumbers(t *testing.T) {
	for text, suspect := range map[string]bool{
		"1 2 3 -999.25 4": true, "1 2 3 -32768 4": true, "1 2 3 9.96921e+36 9.96921e+36": true, "1 2 3 9999 4 9999": true,
		"1 2 3 9999 4": false, "500 2000 9999 9999 4": false, "-150 2 3 -999 4": false, "-99 1 2 3": false, "-99 1 -99 3 4": true, "1 2 1e30 3": false,
	} {
		r, err := Open(put(t, "a.csv", "x\n"+strings.ReplaceAll(text, " ", "\n")+"\n"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := Readings(r)[0].Warnings; (len(got) == 1) != suspect {
			t.Errorf("%s: %q", text, got)
		}
		_ = r.Close()
	}
}

// Rows that are wrong in other ways stay errors, or data, wherever they stand.
func TestWhatIsNoPreambleAndNoUnits(t *testing.T) {
	for text, want := range map[string]string{
		"time,a,b\n1,2,3\n2,3\n3,4,5\n4,5,6\n5,6,7\n6,7,8\n":            "row 3: 2 cells, but the header has 3",
		"time,a,b\nonly this\n2,3,4\n3,4,5\n4,5,6\n5,6,7\n6,7,8\n":      "row 2: 1 cell, but the header has 3",
		"time,a\n2026-02-01,x\n2026-02-02,2\n2026-02-03,3\n":            `row 2, column "a": "x" is not a number`,
		"time,a\n" + strings.Repeat("\x00", 9) + "\n1,2\n2,3\n3,4\n":    "row 2: zero bytes, as a failure of the power leaves them; take them out of the file",
		"time,a\n1,2\n2,3\n3,4\n4,5\n" + strings.Repeat("\x00", 70_000): "row 6: zero bytes, as a failure of the power leaves them; take them out of the file",
	} {
		path := put(t, "a.csv", text)
		if _, err := readAll(path, Options{}); err == nil || err.Error() != path+": "+want {
			t.Errorf("%.30q: %v, want %s", text, err, want)
		}
	}
	// A header that is one name shorter is one all the same: rows have a name in front.
	read, err := readAll(put(t, "a.csv", "v\nr1,5\nr2,6\nr3,7\nr4,8\n"), Options{})
	if err != nil || !slices.Equal(read[0].Values[0], []float64{5, 6, 7, 8}) {
		t.Errorf("names in front: %v, %v", read, err)
	}
}

// Rows of zero bytes can be left out like others that cannot be used.
func TestZeroBytesAreLeftOut(t *testing.T) {
	var bad []string
	read, err := readAll(put(t, "a.csv", "time,a\n1,2\n\x00\x00\x00\n3,4\n"), Options{BadRow: func(e *Error) { bad = append(bad, e.Err.Error()) }})
	if err != nil || len(bad) != 1 || !strings.HasPrefix(bad[0], "zero bytes") || read[0].Len() != 2 {
		t.Errorf("%v, %v, %v", read, bad, err)
	}
}

func TestForeignContents(t *testing.T) {
	gz := &bytes.Buffer{}
	z := gzip.NewWriter(gz)
	for i := range 5000 {
		if _, err := z.Write([]byte(strings.Repeat("1", i%7) + "1,2\n")); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	le := strings.Join(strings.Split("time,a\n1,2\n3,4\n", ""), "\x00") + "\x00"
	for text, want := range map[string]string{
		"PK\x03\x04....":            "byte 0: not a format that wavekin reads: a ZIP archive, such as an Excel or OpenDocument table; unpack it, or save the table as CSV",
		"BZh91AY":                   "byte 0: not a format that wavekin reads: compressed by bzip2; unpack it, or use gzip or zstd",
		"[{\"time\":1,\"v\":2}]\n":  "byte 0: not a format that wavekin reads: JSON; write it as CSV, Parquet or Arrow",
		"\x89HDF\r\n\x1a\n\x00\x00": "byte 0: not a format that wavekin reads: HDF5, as MATLAB 7.3 and Keras write it; write the series as Parquet, Arrow or .npy",
		le:                          "byte 0: not a format that wavekin reads: it seems to be text in UTF-16 without a mark (BOM); say so with --encoding utf-16le",
		gz.String()[:gz.Len()/2]:    "the file ends too early, within its compression: it is still being written, or was cut off",
		"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n": "byte 0: not a format that wavekin reads: a pointer of Git LFS; fetch the file itself (git lfs pull)",
		"PK\x03\x04" + strings.Repeat("\x00", 26) + "arr_0.npy":              "byte 0: not a format that wavekin reads: .npz, several arrays of NumPy; save each to a file of its own (numpy.save)",
		"\xff\xfe\x00\x00a\x00\x00\x00,\x00\x00\x00":                         "the text is in UTF-32, which is not read; save it as UTF-8",
		"\"time,a\"\n\"1,2\"\n":                                              "row 1: not a format that wavekin reads: one column, \"time,a\"; take the quotes around whole lines away",
		"s,2026-01-01,2026-01-02,2026-01-03\na,1,2,3\n":                      "row 1: not a format that wavekin reads: time stamps side by side in the first row; want them below each other, a row for each",
		"time,T\n1,2.5 C\n2,2.6 C\n":                                         `row 2, column "T": "2.5 C" has a unit behind its number; want the number alone; to leave the column out, choose others with --channels`,
		"%PDF-1.7\n1,2\n3,4\n":                                               "byte 0: not a format that wavekin reads: PDF; want a table",
		"MATLAB 5.0 MAT-file, x\n1\n2\n":                                     "byte 0: not a format that wavekin reads: a MATLAB file; write the series as CSV (writematrix) or Parquet (parquetwrite)",
	} {
		path := put(t, "a.csv", text)
		if _, err := readAll(path, Options{}); err == nil || err.Error() != path+": "+want {
			t.Errorf("%.12q: %v, want %s", text, err, want)
		}
	}
	if read, err := readAll(put(t, "a.csv", le), Options{Encoding: "utf-16le"}); err != nil || !slices.Equal(read[0].Times, []int64{1, 3}) {
		t.Errorf("with its encoding: %v, %v", read, err)
	}
}

// Time stamps with a zone are instants: no clock that is put back explains that they go back.
func TestZonedStampsAreInstants(t *testing.T) {
	text := "time,a\n2026-10-25T01:50:00+00:00,1\n2026-10-25T01:00:00+00:00,2\n"
	for zone, hint := range map[string]bool{"+01:00": false, "": true} {
		_, err := readAll(put(t, "a.csv", strings.ReplaceAll(text, "+00:00", zone)), Options{})
		if !errors.Is(err, ErrOrder) || strings.Contains(err.Error(), "clocks are put back") != hint {
			t.Errorf("offset %q: %v", zone, err)
		}
	}
}

// Whole numbers that a float64 does not hold are said to be rounded, wherever in the file; others are not.
func TestWholeNumbersBeyondFloat64(t *testing.T) {
	rows := strings.Repeat("0,1,2,3.5\n", sampleRows+2)
	path := put(t, "a.csv", "index,small,big,real\n"+rows+"1,9007199254740991,9007199254740993,1e30\n")
	for _, sort := range []bool{false, true} {
		r, err := Open(path, Options{Sort: sort})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := series.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		if got := Readings(r)[0]; !slices.Equal(got.Rounded, []string{"big"}) || len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], `"big"`) {
			t.Errorf("sorted %v: %q, %q", sort, got.Rounded, got.Warnings)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	done, err := Convert(t.Context(), path, path+".arrow", Options{})
	if err != nil || !slices.Equal(done.Rounded, []string{"big"}) {
		t.Errorf("%+v, %v", done, err)
	}
}

// What a time column holds is found out alike in text and in tables of columns, and told.
func TestTimesOfWindowsAndSpreadsheets(t *testing.T) {
	day := int64(24 * time.Hour)
	noon := time.Date(2024, 5, 31, 12, 0, 0, 0, time.UTC).UnixNano()
	for name, c := range map[string]struct {
		column, told, warned string
		cells                []int64
		times                []int64
	}{
		"ticks":    {"time", "time in .NET ticks, of 100 ns since the year 1", "", []int64{638527536000000000, 638527536600000000}, []int64{noon, noon + 60e9}},
		"filetime": {"filetime", "time in Windows file times, of 100 ns since 1601", "", []int64{133616304000000000, 133616304010000000}, []int64{noon, noon + 1e9}},
		"doubt":    {"time", "", "the time: numbers such as 133616304000000000 are taken for Windows file times", []int64{133616304000000000, 133616304010000000}, []int64{noon, noon + 1e9}},
		"ns":       {"time", "time in ns since 1970", "", []int64{noon, noon + 1}, []int64{noon, noon + 1}},
		"seconds":  {"time", "time in s since 1970", "", []int64{noon / 1e9, noon/1e9 + 1}, []int64{noon, noon + 1e9}},
		"days":     {"date", "time in days as spreadsheets count them, since 30 December 1899 (--time-format s: in seconds)", "", []int64{45443, 45444}, []int64{noon - day/2, noon + day/2}},
		"months":   {"time", "dates such as 202001", "", []int64{202312, 202401}, []int64{noon - 182*day - day/2, noon - 151*day - day/2}},
	} {
		text := "x," + c.column + "\n"
		for i, v := range c.cells {
			text += fmt.Sprintf("%d,%d\n", i+5, v)
		}
		schema := arrow.NewSchema([]arrow.Field{{Name: "x", Type: arrow.PrimitiveTypes.Float64}, {Name: c.column, Type: arrow.PrimitiveTypes.Int64}}, nil)
		table := arrowBytes(t, true, schema, func(b *array.RecordBuilder) {
			b.Field(0).(*array.Float64Builder).AppendValues([]float64{5, 6}, nil)
			b.Field(1).(*array.Int64Builder).AppendValues(c.cells, nil)
		}, 1)
		for file, content := range map[string]string{"a.csv": text, "a.arrow": string(table)} {
			r, err := Open(put(t, file, content), Options{})
			if err != nil {
				t.Fatal(err)
			}
			s, err := r.Next()
			if err != nil || !slices.Equal(s.Times, c.times) {
				t.Fatalf("%s, %s: %v, %v, want %v", name, file, s, err, c.times)
			}
			got := Readings(r)[0]
			if told := slices.Contains(got.Notes, c.told); told != (c.told != "") || !strings.HasPrefix(strings.Join(got.Warnings, " "), c.warned) || (len(got.Warnings) > 0) != (c.warned != "") {
				t.Errorf("%s, %s: %q, %q", name, file, got.Notes, got.Warnings)
			}
			_ = r.Close()
		}
	}
}

// Numbers between semicolons that may have points before thousands are remarked, and names of zones are told.
func TestRemarkedNumbersAndZones(t *testing.T) {
	for text, want := range map[string]string{
		"time;x\n0;1.200\n1;12.345\n":                `numbers such as 1.200 in column "x" are read with a decimal point; --decimal says otherwise`,
		"time;x\n0;1.200\n1;0.345\n":                 "",
		"time;x\n0;1.200\n1;2.34\n":                  "",
		"time;x;y\n0;1.200;0.5\n1;1.300;0.6\n":       "",
		"time,x\n0,1.200\n1,12.345\n":                "",
		"time,x\n2024-05-31 12:00 CEST,1\n":          "CEST as +02:00",
		"time,x\n2024-05-31 12:00 Europe/Berlin,1\n": "Europe/Berlin",
	} {
		path := put(t, "a.csv", text)
		r, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if s, err := r.Next(); err != nil || strings.Contains(text, "1.200") && s.Values[0][0] != 1.2 {
			t.Fatalf("%q: %v, %v", text, s, err)
		}
		got := Readings(r)[0]
		if said := strings.Join(append(got.Warnings, got.String()), " "); !strings.Contains(said, want) || want == "" && len(got.Warnings) > 0 {
			t.Errorf("%q: %q, want %q", text, said, want)
		}
		_ = r.Close()
	}
}

// Numbers of 64 bits in arrays, the largest float32 as it is written, and a series whose name is a word for gaps.
func TestExtremes(t *testing.T) {
	for name, want := range map[string][]string{"<i8": {"value"}, "<u8": {"value"}, "<i4": nil} {
		content := npyFile(name, "False", "(2,)", []int64{1<<53 + 1, 5})
		if name == "<i4" {
			content = npyFile(name, "False", "(2,)", []int32{1, 5})
		}
		r, err := Open(put(t, "a.npy", content), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		if got := Readings(r)[0]; !slices.Equal(got.Rounded, want) || len(got.Warnings) != len(want) {
			t.Errorf("%s: %q, %q", name, got.Rounded, got.Warnings)
		}
		_ = r.Close()
	}
	const most = "3.4028235e+38" // strconv.FormatFloat(math.MaxFloat32, 'e', -1, 32)
	for _, text := range []string{most, "-" + most, "1e-45", "-0"} {
		read, err := readAll(put(t, "a.csv", "time,x\n1,"+text+"\n2,0.5\n"), Options{})
		want, _ := strconv.ParseFloat(text, 32)
		if err != nil || math.Float32bits(float32(read[0].Values[0][0])) != math.Float32bits(float32(want)) {
			t.Errorf("%s: %v, %v", text, read, err)
		}
	}
	read, err := readAll(put(t, "a.csv", "time,series,x\n1,NA,2\n2,NA,3\n"), Options{})
	if err != nil || len(read) != 1 || read[0].ID != "NA" || read[0].NumChannels() != 1 {
		t.Errorf("a series called NA: %v, %v", read, err)
	}
}
