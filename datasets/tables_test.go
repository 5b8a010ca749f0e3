package datasets

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wavekin/wavekin/series"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// wrote is a text table and what it is to be read as.
type wrote struct {
	name, content string
	o             Options
	want          []*series.Series
	says          string // the reading, from the format on
	warns         string // a part of the only warning, or empty
}

func (tt wrote) check(t *testing.T) {
	t.Helper()
	path := put(t, tt.name+".csv", tt.content)
	checkSame(t, mustRead(t, path, tt.o), tt.want)
	r := readingOf(t, path, tt.o)
	if got := strings.TrimPrefix(r.String(), path+": csv; "); got != tt.says {
		t.Errorf("read as %s\nwant    %s", got, tt.says)
	}
	if warned := strings.Join(r.Warnings, "; "); tt.warns == "" && warned != "" || !strings.Contains(warned, tt.warns) || len(r.Warnings) > 1 {
		t.Errorf("warnings %q, want %q", warned, tt.warns)
	}
}

func stampsOf(step time.Duration, n int) []int64 {
	var out []int64
	start := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	for i := range n {
		out = append(out, start+int64(i)*int64(step))
	}
	return out
}

func TestRoles(t *testing.T) {
	minutes := stampsOf(time.Minute, 2)
	counted := "n,x\n"
	for i := range minCount {
		counted += fmt.Sprintf("%d,%d\n", i, i%3)
	}
	for _, tt := range []wrote{
		{name: "case", content: "Timestamp,Value,Label\n2024-03-01 00:00:00,1.5,0\n2024-03-01 00:01:00,2.5,1\n",
			want: []*series.Series{{ID: "case", Times: minutes, Values: [][]float64{{1.5, 2.5}}, PointLabels: []float64{0, 1}}},
			says: `time "Timestamp" every 1m; labels in "Label"; channel Value`},
		{name: "ds", content: "unique_id,ds,y\nA,2024-03-01,1\nA,2024-03-02,2\n",
			want: []*series.Series{{ID: "A", Times: stampsOf(24*time.Hour, 2), Values: [][]float64{{1, 2}}}},
			says: `time "ds" every 1d; series by "unique_id"; channel y`},
		{name: "pandas", content: ",time,v\n2880,2024-03-01 00:00:00,1\n2881,2024-03-01 00:01:00,2\n",
			want: []*series.Series{{ID: "pandas", Times: minutes, Values: [][]float64{{1, 2}}}},
			says: `time "time" every 1m; channel v; left out "column1" (row numbers)`},
		{name: "unnamed", content: "Unnamed: 0,v\n0,1\n1,3\n",
			want: []*series.Series{{ID: "unnamed", Values: [][]float64{{1, 3}}}},
			says: `no time stamps; channel v; left out "Unnamed: 0" (row numbers)`},
		{name: "counted", content: counted,
			want: []*series.Series{{ID: "counted", Values: [][]float64{{0, 1, 2, 0, 1, 2, 0, 1, 2, 0}}}},
			says: `no time stamps; channel x; left out "n" (row numbers)`, warns: `column "n" counts 0, 1, ... and is taken for row numbers; to read it, name it with --channels`},
		{name: "counter asked for", content: counted, o: Options{Channels: []string{"n"}},
			want: []*series.Series{{ID: "counter asked for", Values: [][]float64{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}}},
			says: `no time stamps; channel n; left out "x" (not chosen)`},
		{name: "two labels", content: "datetime;Current;anomaly;changepoint\n2024-03-01 00:00:00;1.5;0;1\n2024-03-01 00:01:00;2;1;0\n",
			want: []*series.Series{{ID: "two labels", Times: minutes, Values: [][]float64{{1.5, 2}}, PointLabels: []float64{0, 1}}},
			says: `semicolons; time "datetime" every 1m; labels in "anomaly"; channel Current; left out "changepoint" (labels)`, warns: `column "changepoint" looks like labels beside "anomaly"`},
		{name: "anomaly as a channel", content: "date,anomaly\n2024-03-01,0.25\n2024-03-02,-0.5\n2024-03-03,1.5\n",
			want: []*series.Series{{ID: "anomaly as a channel", Times: stampsOf(24*time.Hour, 3), Values: [][]float64{{0.25, -0.5, 1.5}}}},
			says: `time "date" every 1d; channel anomaly`},
		{name: "when", content: "when,v,comment\n2024-03-01,1,fine\n2024-03-02,2,odd\n",
			want: []*series.Series{{ID: "when", Times: stampsOf(24*time.Hour, 2), Values: [][]float64{{1, 2}}}},
			says: `time "when" every 1d; channel v; left out "comment" (text)`},
		{name: "mostly text", content: "v,state\n1,3\n2,open\n3,shut\n",
			want: []*series.Series{{ID: "mostly text", Values: [][]float64{{1, 2, 3}}}},
			says: `no time stamps; channel v; left out "state" (text)`, warns: `column "state" is left out: 2 of its first 3 cells are not numbers`},
		{name: "influx", content: ",result,table,_start,_stop,_time,_value,host\n" +
			",,0,2024-03-01T00:00:00Z,2024-03-01T01:00:00Z,2024-03-01T00:00:00Z,15.5,A\n,,0,2024-03-01T00:00:00Z,2024-03-01T01:00:00Z,2024-03-01T00:01:00Z,16.5,A\n" +
			",,1,2024-03-01T00:00:00Z,2024-03-01T01:00:00Z,2024-03-01T00:00:00Z,7,B\n",
			want: []*series.Series{{ID: "A", Times: minutes, Values: [][]float64{{15.5, 16.5}}}, {ID: "B", Times: minutes[:1], Values: [][]float64{{7}}}},
			says: `time "_time" every 1m; series by "host"; channel _value; left out "column1" (empty), "result" (empty), "table" (InfluxDB's number of the table), ` +
				`"_start" (another time), "_stop" (another time)`},
		{name: "any case named", content: "T,V\n2024-03-01,1\n2024-03-02,2\n", o: Options{Time: "t", Channels: []string{"v"}},
			want: []*series.Series{{ID: "any case named", Times: stampsOf(24*time.Hour, 2), Values: [][]float64{{1, 2}}}},
			says: `time "T" every 1d; channel V`},
	} {
		t.Run(tt.name, tt.check)
	}
}

func TestHeaders(t *testing.T) {
	minutes := stampsOf(time.Minute, 2)
	for _, tt := range []wrote{
		{name: "none", content: "2024-03-01 00:00:00,1.5,2\n2024-03-01 00:01:00,2.5,3\n",
			want: []*series.Series{{ID: "none", Times: minutes, Values: [][]float64{{1.5, 2.5}, {2, 3}}}},
			says: `no header, columns are numbered; time "0" every 1m; channels 1, 2`},
		{name: "none and text", content: "pump,2024-03-01 00:00:00,1.5\npump,2024-03-01 00:01:00,2.5\n",
			want: []*series.Series{{ID: "none and text", Times: minutes, Values: [][]float64{{1.5, 2.5}}}},
			says: `no header, columns are numbered; time "1" every 1m; channel 2; left out "0" (text, always "pump")`},
		{name: "one row", content: "2024-03-01 00:00:00,1.5\n",
			want: []*series.Series{{ID: "one row", Times: minutes[:1], Values: [][]float64{{1.5}}}},
			says: `no header, columns are numbered; time "0"; channel 1`},
		{name: "years", content: "time,2019,2020\n2024-03-01 00:00:00,1,2\n2024-03-01 00:01:00,3,4\n",
			want: []*series.Series{{ID: "years", Times: minutes, Values: [][]float64{{1, 3}, {2, 4}}}},
			says: `time "time" every 1m; channels 2019, 2020`},
		{name: "counted names", content: "0,1,2\n0.5,1.5,2.5\n3,4,5\n",
			want: []*series.Series{{ID: "counted names", Values: [][]float64{{0.5, 3}, {1.5, 4}, {2.5, 5}}}},
			says: `no time stamps; channels 0, 1, 2`, warns: "the first row, 0, 1, ..., is taken for the header; --no-header reads it as data"},
		{name: "said", content: "0,1,2\n0.5,1.5,2.5\n", o: Options{NoHeader: true},
			want: []*series.Series{{ID: "said", Values: [][]float64{{0, 0.5}, {1, 1.5}, {2, 2.5}}}},
			says: `no time stamps; channels 0, 1, 2`},
		{name: "sep", content: "sep=;\nSeries;Time;Value\nA;2024-03-01T00:00:00+00:00;1,5\nA;2024-03-01T00:01:00+00:00;2,5\n",
			want: []*series.Series{{ID: "A", Times: minutes, Values: [][]float64{{1.5, 2.5}}}},
			says: `semicolons; decimal commas; time "Time" every 1m; series by "Series"; channel Value`},
		{name: "comments", content: "# by logger 3\n#\n\ntime,v\n2024-03-01 00:00:00,1\n# restarted\n2024-03-01 00:01:00,2\n",
			want: []*series.Series{{ID: "comments", Times: minutes, Values: [][]float64{{1, 2}}}},
			says: `time "time" every 1m; channel v`},
		{name: "names in a comment", content: "# time,v\n2024-03-01 00:00:00,1\n2024-03-01 00:01:00,2\n",
			want: []*series.Series{{ID: "names in a comment", Times: minutes, Values: [][]float64{{1, 2}}}},
			says: `time "time" every 1m; channel v`},
		{name: "annotated", content: "#group,false,true\n#datatype,dateTime:RFC3339,double\n#default,,\n_time,_value\n2024-03-01T00:00:00Z,1\n\n" +
			"#group,false,true\n#datatype,dateTime:RFC3339,double\n#default,,\n_time,_value\n2024-03-01T00:01:00Z,2\n",
			want: []*series.Series{{ID: "annotated", Times: minutes, Values: [][]float64{{1, 2}}}},
			says: `time "_time" every 1m; channel _value`},
		{name: "behind the last", content: "a,b,\n1,2,\n3,4,\n",
			want: []*series.Series{{ID: "behind the last", Values: [][]float64{{1, 3}, {2, 4}}}},
			says: `no time stamps; channels a, b; left out "column3" (empty)`},
		{name: "behind the last row", content: "a,b\n1,2,\n3,4,\n",
			want: []*series.Series{{ID: "behind the last row", Values: [][]float64{{1, 3}, {2, 4}}}},
			says: `no time stamps; channels a, b`},
		{name: "row names", content: "a,b\nx1,1,2\nx2,3,4\n",
			want: []*series.Series{{ID: "row names", Values: [][]float64{{1, 3}, {2, 4}}}},
			says: `rows have a name in front; no time stamps; channels a, b; left out "column1" (text)`},
		{name: "quoted commas", content: "time;\"temp, C\";\"pressure, bar\"\n2024-03-01 00:00:00;1;2\n2024-03-01 00:01:00;2;3\n",
			want: []*series.Series{{ID: "quoted commas", Times: minutes, Values: [][]float64{{1, 2}, {2, 3}}}},
			says: `semicolons; time "time" every 1m; channels temp, C, pressure, bar`},
		{name: "bars", content: "a|b\n1|2\n3|4\n",
			want: []*series.Series{{ID: "bars", Values: [][]float64{{1, 3}, {2, 4}}}}, says: `bars; no time stamps; channels a, b`},
		{name: "old Mac", content: "a,b\r1,2\r3,4\r",
			want: []*series.Series{{ID: "old Mac", Values: [][]float64{{1, 3}, {2, 4}}}}, says: `no time stamps; channels a, b`},
	} {
		t.Run(tt.name, tt.check)
	}
}

func TestNumbersAsWritten(t *testing.T) {
	for _, tt := range []wrote{
		{name: "commas", content: "a;b\n1,5;1.234,5\n2;2.500\n",
			want: []*series.Series{{ID: "commas", Values: [][]float64{{1.5, 2}, {1234.5, 2500}}}},
			says: `semicolons; decimal commas; decimal commas, thousands after points; no time stamps; channels a, b`},
		{name: "quoted", content: "a,b\n\"1,234.5\",\"2\"\n\"999\",\"3\"\n",
			want: []*series.Series{{ID: "quoted", Values: [][]float64{{1234.5, 999}, {2, 3}}}}, says: `thousands after commas; no time stamps; channels a, b`},
		{name: "uncertain", content: "a;b\n1,234;7\n2,345;8\n",
			want: []*series.Series{{ID: "uncertain", Values: [][]float64{{1.234, 2.345}, {7, 8}}}},
			says: `semicolons; decimal commas; no time stamps; channels a, b`, warns: `numbers such as 1,234 in column "a" are read with a decimal comma; --decimal says otherwise`},
		{name: "said", content: "a;b\n1,234;7\n2,345;8\n", o: Options{Decimal: "."},
			want: []*series.Series{{ID: "said", Values: [][]float64{{1234, 2345}, {7, 8}}}}, says: `semicolons; thousands after commas; no time stamps; channels a, b`},
		{name: "marks", content: "a,b\nN/A,1\n-,2\n3,None\n",
			want: []*series.Series{{ID: "marks", Values: [][]float64{{gap, gap, 3}, {1, 2, gap}}}}, says: `gaps are "N/A", "-", "None"; no time stamps; channels a, b`},
		{name: "own marks", content: "a,b\n-9999,1\n2,off-line\n3,-9999.0\n", o: Options{Missing: []string{"-9999", "Off-line"}},
			want: []*series.Series{{ID: "own marks", Values: [][]float64{{gap, 2, 3}, {1, gap, gap}}}}, says: `gaps are "-9999", "off-line", "-9999.0"; no time stamps; channels a, b`},
		{name: "switches", content: "v,pump,open\n1,ON,true\n2,OFF,false\n3,,true\n",
			want: []*series.Series{{ID: "switches", Values: [][]float64{{1, 2, 3}, {1, 0, gap}, {1, 0, 1}}}}, says: `words for 1 and 0; no time stamps; channels v, pump, open`},
		{name: "bad as gaps", content: "v\n1\noops\n3\n#\n5\n6\n7\n", o: Options{BadCells: GapCells},
			want: []*series.Series{{ID: "bad as gaps", Values: [][]float64{{1, gap, 3, gap, 5, 6, 7}}}}, says: `no time stamps; channel v`,
			warns: `2 cells of column "v" read as gaps; the first is in row 3: "oops" is not a number`},
		{name: "digits", content: "a,b\n1700000001,0.1234567890123456\n9007199254740991,1e-300\n",
			want: []*series.Series{{ID: "digits", Values: [][]float64{{1700000001, 9007199254740991}, {0.1234567890123456, 1e-300}}}}, says: `no time stamps; channels a, b`},
	} {
		t.Run(tt.name, tt.check)
	}
}

func TestRefusedTables(t *testing.T) {
	for _, tt := range []struct {
		name, content string
		o             Options
		want          string
	}{
		{"percent", "v,load\n1,12%\n2,13 %\n", Options{}, `row 2, column "load": "12%" has a unit behind its number; want the number alone; to leave the column out, choose others with --channels`},
		{"unit in a row", "v\n1\n2\n3kg\n", Options{}, `row 4, column "v": "3kg" has a unit behind its number; want the number alone`},
		{"ambiguous", "time,v\n03/04/2020,1\n05/04/2020,2\n", Options{}, `row 2, column "time": "03/04/2020" is 3 April 2020 or 4 March 2020; say which with --time-format day-first or month-first`},
		{"two forms", "v;w\n1,5;1\n2.5;2\n3,5;3\n", Options{}, `row 3, column "v": "2.5" is not a number with decimal commas, as this column has`},
		{"spaces", "time v w\n2020-01-01 1 2\n", Options{}, `row 1: not a format that wavekin reads: one column, "time v w"; want cells between commas, semicolons, tabs or bars, not spaces`},
		{"states", "time,v,label\n0,0,walk\n1,1,walk\n2,2,sit\n", Options{},
			`row 4, column "label": the label changes from "walk" to "sit" within series "states"; say which label is normal with --normal-label, or name another label column with --label`},
		{"other table", "#group,a\n_time,_value\n2024-03-01T00:00:00Z,1\n\n#group,a\n_time,_level\n2024-03-01T00:01:00Z,2\n", Options{},
			`row 6: not a format that wavekin reads: another table begins here, whose columns are not those of the first`},
		{"latin header", "time,\xb0C\n1,2\n", Options{}, `row 1: not a format that wavekin reads: the header is not UTF-8 text; say how it is written with --encoding, such as latin1`},
		{"latin cell", "series,v\nM\xfcnchen,2\n", Options{}, `row 2, column "series": the text is not UTF-8; say how it is written with --encoding, such as latin1`},
		{"one of two", "V,v\n1,2\n", Options{Channels: []string{"v", "V", "v"}}, `column "v" is named twice for the channels`},
		{"which case", "AB,Ab\n1,2\n", Options{Channels: []string{"ab"}}, `column "ab" for the channels may be "AB" or "Ab"`},
		{"number as normal", "v,label\n1,0\n2,1\n", Options{NormalLabel: "walk"}, `column "label": the labels are numbers, but the normal label is "walk"`},
	} {
		path := put(t, tt.name+".csv", tt.content)
		if _, err := readAll(path, tt.o); err == nil || err.Error() != path+": "+tt.want {
			t.Errorf("%s: %v\nwant %s", tt.name, err, tt.want)
		}
	}
	for option, o := range map[string]Options{"Decimal": {Decimal: ";"}, "Encoding": {Encoding: "ebcdic"}, "TimeFormat": {TimeFormat: "iso"},
		"TimeZone": {TimeZone: "Mars/Olympus"}, "BadCells": {BadCells: "drop"}} {
		var e *OptionError
		if _, err := Open(os.DevNull, o); !asOptionError(err, &e) || e.Option != option {
			t.Errorf("%s: %v, want an *OptionError", option, err)
		}
	}
}

func asOptionError(err error, to **OptionError) bool {
	e, ok := err.(*OptionError)
	*to = e
	return ok
}

func TestLabelsPerRow(t *testing.T) {
	for _, tt := range []wrote{
		{name: "words", content: "v,label\n1,normal\n9,anomaly\n1,normal\n",
			want: []*series.Series{{ID: "words", Values: [][]float64{{1, 9, 1}}, PointLabels: []float64{0, 1, 0}}},
			says: `label "normal" as 0, others as 1; no time stamps; labels in "label"; channel v`},
		{name: "said", content: "v,state\n1,walk\n9,run\n", o: Options{Label: "state", NormalLabel: "walk"},
			want: []*series.Series{{ID: "said", Values: [][]float64{{1, 9}}, PointLabels: []float64{0, 1}}},
			says: `label "walk" as 0, others as 1; no time stamps; labels in "state"; channel v`},
		{name: "numbers", content: "v,label\n1,1\n9,-1\n", o: Options{NormalLabel: "1"},
			want: []*series.Series{{ID: "numbers", Values: [][]float64{{1, 9}}, PointLabels: []float64{0, 1}}},
			says: `no time stamps; labels in "label"; channel v`},
		{name: "signs", content: "v,label\n1,1\n9,-1\n",
			want:  []*series.Series{{ID: "signs", Values: [][]float64{{1, 9}}, PointLabels: []float64{1, -1}}},
			says:  `no time stamps; labels in "label"; channel v`,
			warns: "labels are -1 and 1; say which is normal with --normal-label"},
		{name: "classes", content: "series,v,label\na,1,normal\na,2,normal\nb,1,faulty\n",
			want: []*series.Series{{ID: "a", Label: "normal", Values: [][]float64{{1, 2}}}, {ID: "b", Label: "faulty", Values: [][]float64{{1}}}},
			says: `no time stamps; series by "series"; labels in "label"; channel v`},
		{name: "true", content: "v,is_anomaly\n1,False\n9,True\n",
			want: []*series.Series{{ID: "true", Values: [][]float64{{1, 9}}, PointLabels: []float64{0, 1}}},
			says: `words for 1 and 0; no time stamps; labels in "is_anomaly"; channel v`},
	} {
		t.Run(tt.name, tt.check)
		tt.o.Sort = true
		checkSame(t, mustRead(t, put(t, tt.name+".csv", tt.content), tt.o), tt.want)
	}
}

// One table in several encodings is the same.
func TestEncodings(t *testing.T) {
	const text = "Zeit;Temperatur °C;series\n2024-03-01;1,5;Süd\n2024-03-02;2,5;Süd\n"
	want := []*series.Series{{ID: "Süd", Times: stampsOf(24*time.Hour, 2), Values: [][]float64{{1.5, 2.5}}}}
	encoded := map[string][]byte{"utf8": []byte(text), "bom": []byte("\ufeff" + text)}
	for name, e := range map[string]interface{ Bytes([]byte) ([]byte, error) }{
		"latin1":  charmap.ISO8859_1.NewEncoder(),
		"utf16":   unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder(),
		"utf16be": unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder(),
	} {
		b, err := e.Bytes([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		encoded[name] = b
	}
	for name, b := range encoded {
		o := Options{}
		if name == "latin1" {
			o.Encoding = "latin1"
		}
		for _, content := range [][]byte{b, gzipped(t, b)} {
			all := mustRead(t, put(t, name+".csv", string(content)), o)
			checkSame(t, all, want)
			if !slices.Equal(all[0].Channels, []string{"Temperatur °C"}) {
				t.Errorf("%s: channels %q", name, all[0].Channels)
			}
		}
	}
}

func TestZones(t *testing.T) {
	for _, tt := range []struct {
		name, content string
		o             Options
		first, zone   string
	}{
		{"offset", "time,v\n2024-03-01T01:00:00+01:00,1\n2024-03-01T02:00:00+01:00,2\n", Options{}, "2024-03-01T00:00:00Z", "+01:00"},
		{"utc", "time,v\n2024-03-01T01:00:00Z,1\n", Options{}, "2024-03-01T01:00:00Z", ""},
		{"none", "time,v\n2024-03-01T01:00:00,1\n", Options{}, "2024-03-01T01:00:00Z", ""},
		{"changes", "time,v\n2022-10-30 02:30:00+0200,1\n2022-10-30 02:00:00+0100,2\n", Options{}, "2022-10-30T00:30:00Z", ""},
		{"said", "time,v\n2024-07-01 02:00:00,1\n", Options{TimeZone: "Europe/Berlin"}, "2024-07-01T00:00:00Z", "Europe/Berlin"},
	} {
		path := put(t, tt.name+".csv", tt.content)
		if tt.o.TimeZone != "" {
			if _, err := time.LoadLocation(tt.o.TimeZone); err != nil {
				continue // no zones on this machine
			}
		}
		all := mustRead(t, path, tt.o)
		r := readingOf(t, path, tt.o)
		if got := time.Unix(0, all[0].Times[0]).UTC().Format(time.RFC3339); got != tt.first || r.Time.Zone != tt.zone {
			t.Errorf("%s: %s in %q, want %s in %q", tt.name, got, r.Time.Zone, tt.first, tt.zone)
		}
		if z := all[0].Zone; (z != nil) != (tt.name == "said") || z != nil && z.String() != tt.zone {
			t.Errorf("%s: time stamps are shown in %v", tt.name, z)
		}
		if changed := strings.Contains(r.String(), "the offset of the stamps changes"); changed != (tt.name == "changes") {
			t.Errorf("%s: %s", tt.name, r)
		}
	}
	// Local stamps that go back an hour on a Sunday.
	path := put(t, "local.csv", "time,v\n2022-10-30 02:30:00,1\n2022-10-30 02:00:00,2\n")
	if _, err := readAll(path, Options{}); err == nil || !strings.Contains(err.Error(), "as where clocks are put back") {
		t.Errorf("the repeated hour: %v", err)
	}
}
