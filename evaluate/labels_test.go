package evaluate

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/series"
)

// hours are time stamps from the start of a day on.
func hours(n int) []int64 {
	var out []int64
	for i := range n {
		out = append(out, time.Date(2024, 3, 9, i, 0, 0, 0, time.UTC).UnixNano())
	}
	return out
}

func labelFile(t *testing.T, name, text string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestReadStretches: windows and intervals label the time stamps that lie in them, of each series by itself.
func TestReadStretches(t *testing.T) {
	dated, counted := scoredSeries("art", hours(5), 1, 2, 3, 4, 5), scoredSeries("art", []int64{10, 11, 12, 13, 14}, 1, 2, 3, 4, 5)
	bare, other := scoredSeries("art", nil, 1, 2, 3, 4, 5), scoredSeries("b", hours(2), 1, 2)
	for _, c := range []struct {
		name, text string
		scored     []*series.Series
		want       string
	}{
		{"w.json", `{"x/art.csv": [["2024-03-09 01:00:00", "2024-03-09 02:30:00"]], "x/b.csv": []}`, []*series.Series{other, dated}, "00 01100"},
		{"dates.csv", "start,end\n2024-03-09 03:00,2024-03-09 09:00\n2024-03-09T00:00:00Z,2024-03-09T00:00:00Z\n", []*series.Series{dated}, "10011"},
		{"epochs.csv", "from,to\n1709946000,1709949600\n", []*series.Series{dated}, "01100"},
		{"positions.csv", "Start;End\n1;2\n", []*series.Series{dated}, "01100"},
		{"counters.csv", "start,end\n11,12\n", []*series.Series{counted}, "01100"},
		{"places.csv", "start,end\n4,4\n", []*series.Series{bare}, "00001"},
		{"named.csv", "series,start,end\nb,1,1\nart,0,1\n", []*series.Series{dated, other}, "11000 01"},
		{"order.csv", "start,end\n09/03/2024 02:00,09/03/2024 02:00\n09/03/2024 04:00,15/03/2024 02:00\n", []*series.Series{dated}, "00101"},
	} {
		got, err := ReadStretches(labelFile(t, c.name, c.text), c.scored, datasets.Options{})
		if err != nil || got == nil {
			t.Errorf("%s: %v, %v", c.name, got, err)
			continue
		}
		var labels []string
		for _, l := range got.Labelled {
			var b strings.Builder
			for _, v := range l.PointLabels {
				b.WriteByte('0' + byte(v))
			}
			labels = append(labels, b.String())
		}
		if strings.Join(labels, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, labels, c.want)
		}
		if zoneless := c.name == "dates.csv" || c.name == "order.csv"; got.Local != zoneless {
			t.Errorf("%s: of no known zone %v", c.name, got.Local)
		}
		if _, err := Match(c.scored, got.Labelled, "score"); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, c := range []struct{ name, text string }{{"table.csv", "time,v,label\n0,1,1\n"}, {"windows.csv", "start,end,label\n0,1,1\n"}, {"l.txt", "0\n1\n"}} {
		if got, err := ReadStretches(labelFile(t, c.name, c.text), []*series.Series{dated}, datasets.Options{}); got != nil || err != nil {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
}

func TestReadStretchesRefuses(t *testing.T) {
	dated, bare := scoredSeries("art", hours(5), 1, 2, 3, 4, 5), scoredSeries("b", nil, 1, 2)
	for _, c := range []struct {
		name, text, want string
		scored           []*series.Series
	}{
		{"w.json", `{"x/a.csv": []}`, `names no single file for series "art"; it names x/a.csv`, []*series.Series{dated}},
		{"w.json", `{"x/art.csv": [], "y/art.csv": []}`, `names no single file`, []*series.Series{dated}},
		{"w.json", `[1]`, `want an object of lists`, []*series.Series{dated}},
		{"i.csv", "start,end\n2024-03-10,2024-03-11\n", `row 2: scores and labels do not belong together: no score of series "art" lies from 2024-03-10T00:00:00Z to 2024-03-11T00:00:00Z`, []*series.Series{dated}},
		{"i.csv", "start,end\n0,0\n7,9\n", `row 3: scores and labels do not belong together: no score of series "art" lies from 7 to 9`, []*series.Series{dated}},
		{"i.csv", "start,end\n2024-03-09,2024-03-11\n", `scores of series "b" have none; give positions`, []*series.Series{bare}},
		{"i.csv", "series,start,end\nc,0,1\n", `series "c" has no scores`, []*series.Series{dated}},
		{"i.csv", "start,end\n0,1\n", `scores of 2 series; name the series`, []*series.Series{dated, bare}},
	} {
		got, err := ReadStretches(labelFile(t, c.name, c.text), c.scored, datasets.Options{})
		var where *datasets.Error
		if got != nil || !errors.As(err, &where) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, %v, want %q", got, err, c.want)
		}
	}
}

// TestPointLabels: an array of labels goes by position, a table as it is.
func TestPointLabels(t *testing.T) {
	array := func(v ...float64) []*series.Series {
		return []*series.Series{{ID: "l", Values: [][]float64{v}, Channels: []string{"value"}}}
	}
	got, err := PointLabels("l.npy", array(0, 1, 0), 1, "")
	if err != nil || !slices.Equal(got[0].PointLabels, []float64{0, 1, 0}) {
		t.Errorf("%v, %v", got, err)
	}
	got, err = PointLabels("l.txt", array(1, -1, math.NaN()), 1, "1")
	if err != nil || got[0].PointLabels[0] != 0 || got[0].PointLabels[1] != 1 || !math.IsNaN(got[0].PointLabels[2]) {
		t.Errorf("%v, %v", got, err)
	}
	table := []*series.Series{labelledSeries("a", nil, 0, 1), labelledSeries("b", nil, 1, 1)}
	if got, err = PointLabels("l.csv", table, 2, ""); err != nil || got[1] != table[1] {
		t.Errorf("%v, %v", got, err)
	}
	for want, c := range map[string]struct {
		path   string
		read   []*series.Series
		scored int
		normal string
	}{
		"1 series of 2 columns, want one column":           {"l.npy", []*series.Series{scoredSeries("l", nil, 1)}, 1, ""},
		"2 series of 1 column":                             {"l.npy", append(array(1), array(0)...), 1, ""},
		"go by position, but there are scores of 3 series": {"l.npy", array(1), 3, ""},
		`numbers, but the normal label is "ok"`:            {"l.npy", array(1), 1, "ok"},
		`series "l" has no column of labels`:               {"l.csv", array(1), 1, ""},
		`series "a" has no column of labels`:               {"l.parquet", []*series.Series{scoredSeries("a", []int64{1}, 1)}, 1, ""},
	} {
		if _, err := PointLabels(c.path, c.read, c.scored, c.normal); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
