package datasets

import (
	"bytes"
	"compress/gzip"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

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
		"units":           {"time,T,P\n,°C,\n2026-02-01 10:00,1.5,2\n2026-02-01 10:01,1.6,3\n", minutes("2026-02-01T10:00:00", 2), []float64{1.5, 1.6}},
		"unit of time":    {"time,T\ns,degree\n0,1.5\n60,1.6\n", []int64{0, 60}, []float64{1.5, 1.6}},
		"date and time":   {"Datum;Uhrzeit;T\n01.02.2026;10:00:00;1,5\n01.02.2026;10:01:00;1,6\n", minutes("2026-02-01T10:00:00", 2), []float64{1.5, 1.6}},
		"half days":       {"date,time,T\n2026-02-01,11:59 AM,1.5\n2026-02-01,12:00 PM,1.6\n", minutes("2026-02-01T11:59:00", 2), []float64{1.5, 1.6}},
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
		"PK\x03\x04....":                 "byte 0: not a format that wavekin reads: a ZIP archive, such as an Excel or OpenDocument table; unpack it, or save the table as CSV",
		"BZh91AY":                        "byte 0: not a format that wavekin reads: compressed by bzip2; unpack it, or use gzip or zstd",
		"[{\"time\":1,\"v\":2}]\n":       "byte 0: not a format that wavekin reads: JSON; write it as CSV, Parquet or Arrow",
		"\x89HDF\r\n\x1a\n\x00\x00":      "byte 0: not a format that wavekin reads: HDF5, as MATLAB 7.3 and Keras write it; write the series as Parquet, Arrow or .npy",
		le:                               "byte 0: not a format that wavekin reads: it seems to be text in UTF-16 without a mark (BOM); say so with --encoding utf-16le",
		gz.String()[:gz.Len()/2]:         "the file ends too early, within its compression: it is still being written, or was cut off",
		"%PDF-1.7\n1,2\n3,4\n":           "byte 0: not a format that wavekin reads: PDF; want a table",
		"MATLAB 5.0 MAT-file, x\n1\n2\n": "byte 0: not a format that wavekin reads: a MATLAB file; write the series as CSV (writematrix) or Parquet (parquetwrite)",
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
