package cli

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wavekin/wavekin/detect"
)

// minutes are readings of one sensor, from a minute of 2026 up to another.
func minutes(from, to int) []string {
	var lines []string
	for i := from; i < to; i++ {
		at := time.Date(2026, 1, 1, 0, i, 0, 0, time.UTC).Format(time.RFC3339)
		v := math.Sin(float64(i) * 0.4)
		if i%97 > 90 {
			v *= 3
		}
		lines = append(lines, fmt.Sprintf("%s,%.4f,%.4f\n", at, v, math.Cos(float64(i)*0.3)))
	}
	return lines
}

const minutesHead = "time,pressure,flow\n"

// cutAt writes lines into files of a folder that end before each of some numbers, and into one file of all.
func cutAt(t *testing.T, dir string, lines []string, ends ...int) (folder, whole string) {
	t.Helper()
	folder = filepath.Join(dir, "cut")
	from := 0
	for i, to := range append(ends, len(lines)) {
		day := filepath.Join(folder, "line=3", fmt.Sprintf("day=2026-01-%02d", i/3+1))
		if err := os.MkdirAll(day, 0o777); err != nil {
			t.Fatal(err)
		}
		write(t, day, fmt.Sprintf("%02d.csv", i), minutesHead+strings.Join(lines[from:to], ""))
		from = to
	}
	return folder, write(t, dir, "whole.csv", minutesHead+strings.Join(lines, ""))
}

// rowsBelow are the rows of the tables below a folder, in the order of their paths, without the columns of names: the series' and the
// partitions'.
func rowsBelow(t *testing.T, dir string, partitions int) (rows []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(p) != ".csv" {
			return err
		}
		rows = append(rows, tableRows(t, p, partitions)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// tableRows are those of one table.
func tableRows(t *testing.T, path string, partitions int) (rows []string) {
	for _, line := range strings.Split(strings.TrimSpace(string(fileBytes(t, path))), "\n")[1:] {
		cells := strings.Split(line, ",")
		rows = append(rows, strings.Join(cells[1:len(cells)-partitions], ","))
	}
	return rows
}

func sameRows(t *testing.T, what string, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d rows, want %d", what, len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("%s: row %d is %s, want %s", what, i, got[i], want[i])
		}
	}
}

// TestContinuous: files that were cut from one recording give the rows of the whole one: at seams, over gaps at and between seams, in
// files shorter than a window, of one row, and with a file that comes later.
func TestContinuous(t *testing.T) {
	b := newWorkshop(t)
	normal := write(t, b.dir, "normal.csv", minutesHead+strings.Join(minutes(-3000, -2000), ""))
	windows, points, combined := b.path("windows"), b.path("points"), b.path("combined")
	must(t, "reference", "-q", "--model", b.model, "--out", windows, normal)
	must(t, "reference", "-q", "--model", b.model, "--align", "end", "--out", points, normal)
	must(t, "reference", "-q", "--window", "40", "--out", combined, normal)
	// 399 and the 24 of a window: with strides of 3, the whole one has no last window off the stride, which files cannot have.
	all := minutes(0, 423)
	lines := append(append(append([]string{}, all[:150]...), all[163:300]...), all[305:]...)
	folder, whole := cutAt(t, b.dir, lines, 100, 110, 111, 150, 200, 287, 290)
	for _, c := range []struct {
		name string
		args []string
	}{
		{"embed", []string{"embed", "--model", b.model}},
		{"embed, another stride", []string{"embed", "--model", b.model, "--stride", "5"}},
		{"windows", []string{"score", "--model", b.model, "--reference", windows}},
		{"points", []string{"score", "--model", b.model, "--reference", points, "--per-point"}},
		{"points by the windows over them", []string{"score", "--model", b.model, "--reference", windows, "--per-point"}},
		{"points by windows far apart", []string{"score", "--model", b.model, "--normal", normal, "--stride", "20", "--per-point"}},
		{"points at the ends of windows", []string{"score", "--model", b.model, "--normal", normal, "--align", "end", "--stride", "5", "--per-point"}},
		{"combined", []string{"score", "--reference", combined}},
	} {
		out, one := filepath.Join(b.out, strings.ReplaceAll(c.name, " ", "")), filepath.Join(b.out, "one.csv")
		must(t, append(c.args, "-q", "--out", one, whole)...)
		must(t, append(c.args, "-q", "--continuous", "--out-format", "csv", "--out", out, folder)...)
		sameRows(t, c.name, rowsBelow(t, out, 2), tableRows(t, one, 0))
		if said := must(t, append(c.args, "-q", "--continuous", "--out-format", "csv", "--out", out, folder)...); !strings.Contains(said, "0 tables written, 8 up to date") {
			t.Errorf("%s, again: %s", c.name, said)
		}
	}
}

// TestContinuousGoesOn: a later file, an earlier one that changes, and what is refused.
func TestContinuousGoesOn(t *testing.T) {
	b := newWorkshop(t)
	lines := minutes(0, 400)
	folder, whole := cutAt(t, b.dir, lines, 100, 200, 300)
	last := filepath.Join(folder, "line=3", "day=2026-01-02", "03.csv")
	text := fileBytes(t, last)
	if err := os.Remove(last); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(b.out, "codes")
	embed := []string{"embed", "--model", b.model, "--stride", "3", "--continuous", "--out-format", "csv", "--out", out, folder}
	must(t, embed...)
	write(t, filepath.Dir(last), "03.csv", string(text))
	if said := must(t, embed...); !strings.Contains(said, "1 table written, 3 up to date") {
		t.Errorf("one more: %s", said)
	}
	want := func(name string) []string {
		one := b.path("one.csv")
		must(t, "embed", "-q", "--model", b.model, "--stride", "3", "--out", one, name)
		return tableRows(t, one, 0)
	}
	sameRows(t, "one more", rowsBelow(t, out, 2), want(whole))
	// Two rows less in the first file: all positions move, and all that follows is made anew.
	write(t, filepath.Join(folder, "line=3", "day=2026-01-01"), "00.csv", minutesHead+strings.Join(lines[2:100], ""))
	if said := must(t, embed...); !strings.Contains(said, "4 tables written, 0 up to date") {
		t.Errorf("a first file that has changed: %s", said)
	}
	sameRows(t, "a first file that has changed", rowsBelow(t, out, 2), want(write(t, b.dir, "whole.csv", minutesHead+strings.Join(lines[2:], ""))))
	for want, args := range map[string][]string{
		"go with a folder as --out":           {"embed", "--model", b.model, "--continuous", "--out", b.path("x.csv"), whole},
		"want a stride of at most the window": {"embed", "--model", b.model, "--stride", "999", "--continuous", "--out", b.path("x"), folder},
		"of 24 time stamps every 25":          {"score", "--model", b.model, "--normal", whole, "--stride", "25", "--continuous", "--out", b.path("x"), folder},
		"in the order of their paths":         {"embed", "--model", b.model, "--continuous", "--out", b.path("y"), "@" + write(t, b.dir, "list", whole+"\n"+write(t, b.dir, "zero.csv", minutesHead+strings.Join(lines[:50], ""))+"\n")},
	} {
		if _, errs, code := wk(t, args...); code == 0 || !strings.Contains(errs, want) {
			t.Errorf("%q: code %d, %s", want, code, errs)
		}
	}
}

// TestSeamRefuses: nothing in what a file has left is believed before it is checked.
func TestSeamRefuses(t *testing.T) {
	good := `{"step":60,"series":[{"next":9,"done":8,"begun":7,"times":[1,2],"values":["AAAAAAAA8D8AAAAAAAAAQA=="]}]}`
	settled := func(end int) detect.Seam { return detect.WindowSeam(8, 2, end) }
	if _, err := newSeam("a.csv", []byte(good), settled); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{`[`, strings.Replace(good, `"next":9`, `"next":1`, 1), strings.Replace(good, `"done":8`, `"done":-1`, 1),
		strings.Replace(good, `"begun":7`, `"begun":10`, 1), strings.Replace(good, "[1,2]", "[1]", 1),
		strings.Replace(good, `"AAAAAAAA8D8AAAAAAAAAQA=="`, ``, 1), strings.Replace(good, "AAAAAAAA8D8AAAAAAAAAQA==", "AAAAAAAA8D8AAAA=", 1)} {
		if _, err := newSeam("a.csv", []byte(text), settled); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

// TestContinuousCompletes: the last file has the scores that wait for readings behind them; when another one comes, they are made with
// these. Series that end earlier are completed in the last file, and episodes over a seam are one.
func TestContinuousCompletes(t *testing.T) {
	b := newWorkshop(t)
	pump := func(lines []string, name string) (all []string) {
		for _, line := range lines {
			all = append(all, strings.TrimSuffix(line, "\n")+","+name+"\n")
		}
		return all
	}
	head := "time,pressure,flow,id\n"
	normal := write(t, b.dir, "normal.csv", head+strings.Join(pump(minutes(-2000, -1000), "a"), ""))
	a, c := minutes(0, 400), minutes(0, 210)
	for i := 195; i < 206; i++ { // an episode over the seam
		at, _, _ := strings.Cut(a[i], ",")
		a[i] = at + ",9,-9\n"
	}
	folder := filepath.Join(b.dir, "cut")
	if err := os.MkdirAll(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	put := func(i, from, to int) {
		text := head + strings.Join(pump(a[from:to], "a"), "")
		if from < len(c) {
			text += strings.Join(pump(c[from:min(to, len(c))], "c"), "")
		}
		write(t, folder, fmt.Sprintf("part-%d.csv", i), text)
	}
	for name, args := range map[string][]string{
		"combined":    {"score", "-q", "--window", "40", "--fast", "--normal", normal, "--series", "id"},
		"by a model":  {"score", "-q", "--model", b.model, "--normal", normal, "--series", "id", "--per-point"},
		"its windows": {"score", "-q", "--model", b.model, "--normal", normal, "--series", "id", "--stride", "7"},
	} {
		out, one := filepath.Join(b.out, strings.ReplaceAll(name, " ", "")), filepath.Join(b.out, "one.csv")
		job := append(args, "--continuous", "--out-format", "csv", "--out", out, "--episodes", b.path("episodes.csv"), folder)
		put(9, 0, 100)
		put(10, 100, 200)
		for _, end := range []int{0, 333, 400} {
			if end == 333 {
				put(11, 200, 333)
			} else if end == 400 {
				put(12, 333, 400)
			}
			said := must(t, job...)
			want := map[int]string{0: "2 tables written, 0 up to date", 333: "2 tables written, 1 up to date", 400: "2 tables written, 2 up to date"}[end]
			if !strings.Contains(said, want) {
				t.Errorf("%s, up to %d: %s, want %s", name, end, said, want)
			}
			n := max(end, 200)
			whole := write(t, b.dir, "whole.csv", head+strings.Join(pump(a[:n], "a"), "")+strings.Join(pump(c[:min(n, len(c))], "c"), ""))
			must(t, append(args, "--out", one, "--episodes", b.path("wholeepisodes.csv"), whole)...)
			sameRows(t, fmt.Sprintf("%s, up to %d", name, n), bySeries(t, out), bySeries(t, one))
			places := episodePlaces(t, b.path("episodes.csv"))
			sameRows(t, "episodes "+name, places, episodePlaces(t, b.path("wholeepisodes.csv")))
			if end == 400 && !slices.ContainsFunc(places, func(one string) bool {
				var series string
				var from, to int
				_, err := fmt.Sscan(one, &series, &from, &to)
				return err == nil && series == "a" && from < 200 && to > 200
			}) {
				t.Errorf("%s: no episode over the seam at 200: %q", name, places)
			}
		}
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(folder, 0o777); err != nil {
			t.Fatal(err)
		}
	}
}

// bySeries are the rows of one table or those of a folder in the order of the numbers in their names, series by series.
func bySeries(t *testing.T, path string) (rows []string) {
	t.Helper()
	files := []string{path}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		files = nil
		for i := range 20 {
			name := filepath.Join(path, fmt.Sprintf("part-%d.csv", i))
			if _, err := os.Stat(name); err == nil {
				files = append(files, name)
			}
		}
	}
	for _, f := range files {
		rows = append(rows, strings.Split(strings.TrimSpace(string(fileBytes(t, f))), "\n")[1:]...)
	}
	slices.SortStableFunc(rows, func(a, b string) int { return strings.Compare(a[:1], b[:1]) })
	return rows
}

// episodePlaces are series, start, end, peak and score of the episodes of a table, in their order.
func episodePlaces(t *testing.T, path string) (out []string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(string(fileBytes(t, path))), "\n")
	names := strings.Split(lines[0], ",")
	for _, line := range lines[1:] {
		cells := strings.Split(line, ",")
		var one []string
		for _, name := range []string{"series", "start", "end", "peak", "start_time", "end_time", "score"} {
			one = append(one, cells[slices.Index(names, name)])
		}
		out = append(out, strings.Join(one, " "))
	}
	slices.Sort(out)
	return out
}
