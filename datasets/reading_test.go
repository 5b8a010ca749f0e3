package datasets

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/series"
)

// readingOf reads a file to its end and returns what it was read as.
func readingOf(t *testing.T, path string, o Options) *Reading {
	t.Helper()
	r, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := series.ReadAll(r); err != nil {
		t.Fatal(err)
	}
	all := Readings(r)
	if err := r.Close(); err != nil || len(all) != 1 {
		t.Fatalf("%d readings, %v; want one", len(all), err)
	}
	return all[0]
}

func TestReadingSaysHowStampsLie(t *testing.T) {
	minutes := func(at ...float64) string {
		text := "time,v\n"
		for _, m := range at {
			text += fmt.Sprintf("2024-01-01 %02d:%02d:%02d,1\n", int(m)/60, int(m)%60, int(m*60)%60)
		}
		return text
	}
	for _, tt := range []struct {
		name, content, want string
	}{
		{"regular", minutes(0, 1, 2, 3), `time "time" every 1m; channel v`},
		{"missing", minutes(0, 1, 2, 6, 7), `time "time" every 1m, 3 missing; channel v`},
		{"twice", minutes(0, 1, 1, 2, 3), `time "time" every 1m, 1 repeated; channel v`},
		{"odd", minutes(0, 1, 2, 2.5, 3.5), `time "time" every 1m, 1 irregular; channel v`},
		{"hours", minutes(0, 120, 240), `time "time" every 2h; channel v`},
		{"one", minutes(7), `time "time"; channel v`},
		{"count", "time,v\n0,1\n5,1\n10,2\n", `time "time" in steps of 5; channel v`},
		{"none", "v,w\n1,2\n", `no time stamps; channels v, w`},
		{"many", "series,time,v\na,1970-01-02,1\na,1970-01-03,1\nb,1970-01-02,1\nb,1970-01-04,2\n",
			`time "time" every 1d, 1 series with another step; series by "series"; channel v`},
	} {
		// The counts do not depend on how the rows are cut into chunks.
		for _, rows := range []int{0, 1, 2} {
			path := put(t, tt.name+".csv", tt.content)
			if got := readingOf(t, path, Options{ChunkRows: rows}).String(); got != path+": csv; "+tt.want {
				t.Errorf("%s in chunks of %d: %s\nwant %s", tt.name, rows, got, tt.want)
			}
		}
	}
}

// More distances than decide the step are counted all the same.
func TestReadingOfALongSeries(t *testing.T) {
	var text strings.Builder
	text.WriteString("time,v\n")
	for i := range 3 * clockSample {
		if i != 2*clockSample {
			fmt.Fprintf(&text, "%d,1\n", 1_700_000_000+10*i)
		}
	}
	r := readingOf(t, put(t, "long.csv", text.String()), Options{ChunkRows: 100})
	if r.Time == nil || r.Time.Step != 10e9 || r.Time.Missing != 1 || r.Time.Irregular != 0 || r.Rows != 3*clockSample-1 || r.Series != 1 {
		t.Errorf("%+v, %+v; want a step of 10 s, one stamp missing", r, r.Time)
	}
}

func TestReadingNamesWhatIsLeftOut(t *testing.T) {
	r := readingOf(t, put(t, "a.csv", "time,remarks,v,label,w\n1970-01-02,north,1,0,2\n1970-01-03,south,1,1,2\n"), Options{Channels: []string{"v"}})
	want := `"remarks" (text), "w" (not chosen)`
	if got := r.String(); !strings.HasSuffix(got, `labels in "label"; channel v; left out `+want) {
		t.Errorf("%s\nwant left out %s", got, want)
	}
}

// A name of several lines does not break the line.
func TestReadingIsOneLine(t *testing.T) {
	if got := readingOf(t, put(t, "a.csv", "\"p\nin bar\",\"b\r\nb\"\n1.5,x\n2.5,y\n"), Options{}).String(); !strings.Contains(got, "channel p in bar; left out") || strings.ContainsAny(got, "\r\n") {
		t.Errorf("%q", got)
	}
}

// Files that differ in their counts only are of one kind.
func TestReadingKind(t *testing.T) {
	kind := func(content string) string { return readingOf(t, put(t, "a.csv", content), Options{}).Kind() }
	a := kind("time,v\n1970-01-02,1\n1970-01-03,1\n")
	if b := kind("time,v\n1970-01-05,1\n1970-01-06,1\n1970-01-07,1\n"); a != b {
		t.Errorf("%s is not %s", b, a)
	}
	for _, other := range []string{"time,w\n1970-01-02,1\n1970-01-03,1\n", "time,v\n1970-01-02,1\n1970-01-02,1\n1970-01-03,1\n", "v\n1\n2\n"} {
		if b := kind(other); a == b {
			t.Errorf("%q is of the kind of another file: %s", other, b)
		}
	}
}
