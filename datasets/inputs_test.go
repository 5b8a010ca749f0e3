package datasets

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/series"
)

// tree writes files into a fresh folder, by their paths in it.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestInputsAreJoinedByName(t *testing.T) {
	dir := tree(t, map[string]string{
		"1.csv": "temp,press\n20,1000\n21,1001\n", "2.csv": "press,temp\n1002,22\n", "3.csv": "temp\n23\n", "4.csv": "hum,press,temp\n50,1004,24\n", "5.csv": "t,p\n25,1005\n",
		"6.npy": npyFile("<f4", "False", "(1, 2)", []float32{26, 1006}),
	})
	at := func(names ...string) []string {
		for i, n := range names {
			names[i] = filepath.Join(dir, n)
		}
		return names
	}
	read := func(o Options, names ...string) ([]*series.Series, error) {
		r, err := OpenAll(at(names...), o)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		return series.ReadAll(r)
	}
	for _, rows := range []int{0, 1} {
		all, err := read(Options{ChunkRows: rows}, "1.csv", "2.csv", "6.npy")
		if err != nil {
			t.Fatal(err)
		}
		checkSame(t, all, []*series.Series{{ID: "1", Values: [][]float64{{20, 21}, {1000, 1001}}}, {ID: "2", Values: [][]float64{{22}, {1002}}},
			{ID: "6", Values: [][]float64{{26}, {1006}}}})
	}
	all, err := read(Options{Channels: []string{"temp"}}, "1.csv", "3.csv", "4.csv")
	if err != nil || len(all) != 3 || all[2].Values[0][0] != 24 {
		t.Errorf("chosen channels: %v, %v", all, err)
	}
	for _, tt := range []struct{ first, second, want string }{
		{"1.csv", "3.csv", `3.csv: column "press": no such channel here, but in FIRST; all inputs must have the same ones, or be read with --channels`},
		{"1.csv", "4.csv", `4.csv: column "hum": there is no such channel in FIRST; all inputs must have the same ones, or be read with --channels`},
		{"1.csv", "5.csv", `5.csv: column "temp": no such channel here, but in FIRST; all inputs must have the same ones, or be read with --channels`},
		{"3.csv", "6.npy", `6.npy: column "temp": no such channel here, but in FIRST; all inputs must have the same ones, or be read with --channels`},
	} {
		_, err := read(Options{}, tt.first, tt.second)
		want := filepath.Join(dir, strings.ReplaceAll(tt.want, "FIRST", filepath.Join(dir, tt.first)))
		if err == nil || err.Error() != want {
			t.Errorf("%s, %s: %v\nwant %s", tt.first, tt.second, err, want)
		}
	}
}

func TestInputsFit(t *testing.T) {
	dir := tree(t, map[string]string{"a.csv": "hum,press,temp\n50,1004,24\n", "b.csv": "t,p\n25,1005\n", "c.csv": "0,26.5\n1,27.5\n", "d.csv": "v\n1\n"})
	read := func(o Options, want []string, name string) (*series.Series, []string, error) {
		in, err := NewInputs(o)
		if err != nil {
			t.Fatal(err)
		}
		in.Add(filepath.Join(dir, name))
		in.Fit(want, len(want))
		r, err := in.Open(0)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		s, err := r.Next()
		return s, Readings(r)[0].Warnings, err
	}
	model := []string{"temp", "press"}
	if s, _, err := read(Options{}, model, "a.csv"); err != nil || !slices.Equal(s.Channels, model) || s.Values[0][0] != 24 || s.Values[1][0] != 1004 {
		t.Errorf("by name: %+v, %v", s, err)
	}
	s, warned, err := read(Options{Channels: []string{"t", "p"}}, model, "b.csv")
	if err != nil || !slices.Equal(s.Channels, model) || s.Values[0][0] != 25 || !slices.Equal(warned, []string{"channels t, p are taken for temp, press"}) {
		t.Errorf("chosen: %+v, %q, %v", s, warned, err)
	}
	if s, _, err := read(Options{}, model, "c.csv"); err != nil || !slices.Equal(s.Channels, model) || s.Values[1][1] != 27.5 {
		t.Errorf("without names: %+v, %v", s, err)
	}
	s, warned, err = read(Options{}, []string{"w"}, "d.csv")
	if err != nil || s.Channels[0] != "w" || !slices.Equal(warned, []string{"channel v is taken for w"}) {
		t.Errorf("one channel: %+v, %q, %v", s, warned, err)
	}
	if _, _, err := read(Options{}, model, "b.csv"); err == nil || !strings.Contains(err.Error(),
		`b.csv: column "temp": no such channel; the file has t, p, and temp, press are needed`) {
		t.Errorf("other names: %v", err)
	}
}

// Files with one name, and series with one ID, stay apart, and what is written of them is read again.
func TestInputsKeepSeriesApart(t *testing.T) {
	dir := tree(t, map[string]string{"x/line/s.csv": "v\n1\n2\n", "y/line/s.csv": "v\n3\n", "y/line/t.csv": "v\n4\n", "p.csv": "series,v\nA,5\nA,6\n", "q.csv": "series,v\nA,7\nB,8\n"})
	in, err := NewInputs(Options{ChunkRows: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"x/line/s.csv", "y/line", "p.csv", "q.csv", "none.csv"} {
		in.Add(filepath.Join(dir, filepath.FromSlash(p)))
	}
	var ids []string
	for i, path := range in.Files() {
		r, err := in.Open(i)
		if err != nil {
			if filepath.Base(path) != "none.csv" {
				t.Fatal(err)
			}
			continue
		}
		all, err := series.ReadAll(r)
		if err != nil || r.Close() != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			ids = append(ids, s.ID)
		}
	}
	if want := []string{"x/line/s", "y/line/s", "t", "A", "q/A", "B"}; !reflect.DeepEqual(ids, want) {
		t.Errorf("series %q, want %q", ids, want)
	}
	if got := distinctNames([]string{"a.csv", "a.npy", "b.csv", "b.csv", "c.csv"}); !reflect.DeepEqual(got, []string{"a.csv", "a.npy", "b", "b#2", "c"}) {
		t.Errorf("names %q", got)
	}
}
