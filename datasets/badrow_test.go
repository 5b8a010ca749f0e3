package datasets

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/series"
)

// leaving reads a file and returns the values that are left, series by series, and the rows that are not.
func leaving(t *testing.T, path string, o Options) (values, bad string, err error) {
	t.Helper()
	o.BadRow = func(e *Error) {
		if e.File != path || e.Row < 1 || e.Err == nil {
			t.Errorf("a row of %q, %d: %v", e.File, e.Row, e.Err)
		}
		bad += fmt.Sprintf(" %d%s", e.Row, strings.TrimSuffix("/"+e.Column, "/"))
	}
	r, err := Open(path, o)
	if err != nil {
		return "", bad, err
	}
	defer r.Close()
	all, err := series.ReadAll(r)
	for _, s := range all {
		values += fmt.Sprintf(" %s%v", s.ID, s.Values[0])
	}
	return values, bad, err
}

// TestRowsThatCannotBeUsed are left out of text tables and sets, with the reason and the row.
func TestRowsThatCannotBeUsed(t *testing.T) {
	for name, c := range map[string]struct{ text, values, bad string }{
		"a.csv": {"time,v,w\n1,1,1\n2,x,2\n3,3\n,4,4\n5,5,5\n4,6,6\n6,7,1e60\n7,8,8\n", " a[1 5 8]", " 4 3/v 5/time 8/w 7"},
		"b.csv": {"time,series,v\n9,p,1\n8,p,2\n1,q,3\n2,q,4\n", " p[1] q[3 4]", " 3"},
		"d.csv": {"time,v\n2026-01-01T00:00:00Z,1\nyesterday,2\n2026-01-01T00:00:02Z,3\n2026-01-01T00:00:03Z,4\n2026-01-01T00:00:04Z,5\n", " d[1 3 4 5]", " 3/time"},
		"c.tsv": {"1\t1\t2\n1\t3\tx\n2\t5\t6\n", " c/0[1 2] c/2[5 6]", " 2/value 2"},
	} {
		path := put(t, name, c.text)
		values, bad, err := leaving(t, path, Options{})
		if err != nil || values != c.values || bad != c.bad {
			t.Errorf("%s: values%s, bad rows%s, %v; want%s and%s", name, values, bad, err, c.values, c.bad)
		}
		if _, err := readAll(path, Options{}); err == nil {
			t.Errorf("%s is read whole without being asked to leave rows out", name)
		}
	}
}

// TestRowsOfColumnsThatCannotBeUsed leaves rows out of Arrow and Parquet, in chunks of any size.
func TestRowsOfColumnsThatCannotBeUsed(t *testing.T) {
	const rows = 1000
	want, bad := " a[", ""
	times, values := Values{Null: make([]bool, rows)}, Values{}
	for i := range rows {
		times.Int64, values.Float64 = append(times.Int64, int64(i)*1e9+1e18), append(values.Float64, float64(i))
		switch {
		case i%97 == 5:
			times.Null[i] = true
			bad += fmt.Sprintf(" %d/time", i+1)
		case i%89 == 7 || i > 600 && i < 800:
			values.Float64[i] = math.Inf(1)
			bad += fmt.Sprintf(" %d/v", i+1)
		default:
			want += fmt.Sprintf("%d ", i)
		}
	}
	want = strings.TrimRight(want, " ") + "]"
	for _, name := range []string{"a.arrow", "a.arrows", "a.parquet"} {
		path := filepath.Join(t.TempDir(), name)
		w, err := NewWriter(path, []Column{{Name: "time", Type: Timestamp}, {Name: "v", Type: Float64}})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.AppendColumns(times, values); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		for _, chunk := range []int{0, 1, 7, 100} {
			got, left, err := leaving(t, path, Options{ChunkRows: chunk})
			if err != nil || got != want || left != bad {
				t.Errorf("%s in chunks of %d: %v; values of the same length: %v; bad rows as wanted: %v", name, chunk, err, len(got) == len(want), left == bad)
			}
		}
	}
}
