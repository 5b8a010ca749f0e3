package report

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func ExampleTable() {
	var b strings.Builder
	t := Table{Header: []string{"fault", "score", "share", "found"}, Rows: [][]string{
		{"spike", "0.51", "99.9 %", "yes"},
		{"drift", "12.04", "3.1 %", "no"},
	}}
	if err := t.Render(&b); err != nil {
		fmt.Println(err)
	}
	for line := range strings.Lines(b.String()) {
		fmt.Println(strings.TrimRight(line, " \n"))
	}
	// Output:
	// fault  score   share  found
	// ─────────────────────────────
	//  spike   0.51  99.9 %  yes
	//  drift  12.04   3.1 %  no
}

func TestOnlyNumbersAreRightAligned(t *testing.T) {
	for _, c := range []struct {
		cells []string
		want  bool
	}{
		{[]string{"1", "-2.5", "1e-3"}, true}, {[]string{"99.9 %", "3.1%"}, true}, {[]string{"0.5", "NaN", "-", ""}, true}, {[]string{"nan", "Inf", "-infinity"}, false},
		{[]string{"-", ""}, false}, {[]string{"2024.csv", "1"}, false}, {[]string{"2024-01-02"}, false}, {nil, false},
	} {
		var tab Table
		for _, v := range c.cells {
			tab.Rows = append(tab.Rows, []string{v})
		}
		if names := (Table{Header: []string{"series"}, Rows: tab.Rows}); names.numeric(0) != (c.want && !slices.Contains(c.cells, "NaN")) {
			t.Errorf("%q as names: numeric is %v", c.cells, names.numeric(0))
		}
		if got := tab.numeric(0); got != c.want {
			t.Errorf("%q: numeric is %v, want %v", c.cells, got, c.want)
		}
	}
}

func TestTableKeepsShortRowsAndLongCells(t *testing.T) {
	var b bytes.Buffer
	long := strings.Repeat("word ", 40) + "end"
	if err := (Table{Header: []string{"Name", "n"}, Rows: [][]string{{"a"}, {long, "1"}}}).Render(&b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), long) || !strings.Contains(b.String(), "Name") {
		t.Errorf("a cell was wrapped or a header changed:\n%s", b.String())
	}
}

func TestProgressOffTerminal(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, "learning", false)
	p.every = 0
	p.Set(5, 10, "loss 1.000")
	p.Set(6, 10, "loss 0.500")
	p.Done()
	if got := b.String(); !strings.HasPrefix(got, "learning: 6 of 10, loss 0.500, ") || strings.Count(got, "\n") != 1 {
		t.Errorf("got %q, want one line with count, remark and rate", got)
	}
	b.Reset()
	p = NewProgress(&b, "scoring", false)
	p.every = 0
	p.Set(0, 0, "")
	p.Read(1000, 0.5)
	p.Set(0, 0, "") // a single input has no count
	p.Done()
	if got := b.String(); !strings.HasPrefix(got, "scoring: 1000 rows (") || strings.Contains(got, "0 of 0") || !strings.HasSuffix(got, " left\n") && strings.Count(got, ",") > 0 {
		t.Errorf("got %q, want the rows, their rate and the time left", got)
	}
	b.Reset()
	p = NewProgress(&b, "learning", true)
	p.every = 0
	p.Set(1, 2, "")
	p.Set(2, 2, "")
	p.Done()
	if b.Len() > 0 {
		t.Errorf("quiet, but wrote %q", b.String())
	}
}

func readPNG(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// has counts the pixels of exactly that colour in a rectangle.
func has(img image.Image, r image.Rectangle, c color.NRGBA) (n int) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if color.NRGBAModel.Convert(img.At(x, y)) == c {
				n++
			}
		}
	}
	return n
}

// TestPictureKeepsOneExtremeOfMany draws a single high value among 200,000.
func TestPictureKeepsOneExtremeOfMany(t *testing.T) {
	v, s := make([]float64, 200_000), make([]float64, 200_000)
	v[123_457], s[60_000] = 10, 1
	path := filepath.Join(t.TempDir(), "a.png")
	if err := SeriesScore(path, "one in many", [][]float64{v}, s, []Stretch{{Name: "spike", Start: 60_000, End: 60_001, Found: true}}, Axes{}); err != nil {
		t.Fatal(err)
	}
	img := readPNG(t, path)
	if img.Bounds().Dx() != 1400 || img.Bounds().Dy() != 700 {
		t.Fatalf("%v, want 1400 x 700", img.Bounds())
	}
	// The score's spike, its band and its mark reach into the upper half of the lower panel.
	if n := has(img, image.Rect(60, 390, 1400, 500), alarm); n < 5 {
		t.Errorf("%d pixels of the spike and its mark, want at least 5", n)
	}
	band := color.NRGBA{0, 0, 0, 0}
	for x := range 1400 {
		if c := color.NRGBAModel.Convert(img.At(x, 480)).(color.NRGBA); c != (color.NRGBA{255, 255, 255, 255}) && c.B < c.R && c != alarm {
			band = c
		}
	}
	if band.R < 200 || band.G < 180 {
		t.Errorf("the shade is %v, want it light: values must be seen through it", band)
	}
}

func TestPicturesOfOddData(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, v := range map[string][]float64{
		"empty": {}, "one": {3}, "all gaps": {nan, nan, nan}, "constant": {2, 2, 2}, "infinite": {1, inf, 2, -inf},
		"lonely": {nan, 1, nan, 2, nan}, "tiny": {1e-300, 2e-300}, "huge": {-1e300, 1e300}, "flat far": {1e17, 1e17 + 64},
	} {
		path := filepath.Join(t.TempDir(), "a.png")
		if err := SeriesScore(path, name, [][]float64{v, v}, v, []Stretch{{"far", -5, 500, true}, {"none", 2, 2, false}}, Axes{Values: []string{name}, Step: int64(len(name)), From: -7}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := LossCurve(path, name, v); err != nil {
			t.Errorf("%s: loss: %v", name, err)
		}
	}
}

func TestPictureIntoMissingFolder(t *testing.T) {
	dir := t.TempDir()
	if err := LossCurve(filepath.Join(dir, "no", "a.png"), "", []float64{1, 2}); err == nil {
		t.Error("no error")
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestTickLabelsAreRound(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		n      ticks
		want   string
	}{{0, 54000, 10, "0 10000 20000 30000 40000 50000"}, {-0.31, 0.35, 6, "-0.2 0 0.2"}, {0.1, 0.62, 6, "0.1 0.2 0.3 0.4 0.5 0.6"}} {
		var got []string
		for _, t := range c.n.Ticks(c.lo, c.hi) {
			got = append(got, t.Label)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%g to %g: %s, want %s", c.lo, c.hi, s, c.want)
		}
	}
}

// The images lie on the sheet pixel by pixel, in rows and columns that do not touch.
func TestImageSheet(t *testing.T) {
	one := func(c color.NRGBA, w, h int) image.Image {
		m := image.NewNRGBA(image.Rect(0, 0, w, h))
		for i := range w * h {
			m.Set(i%w, i/w, c)
		}
		return m
	}
	red, green, blue := color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 255, 0, 255}, color.NRGBA{0, 0, 255, 255}
	path := filepath.Join(t.TempDir(), "a.png")
	rows := []ImageRow{{"first", "two images", []image.Image{one(red, 40, 50), one(green, 20, 10)}}, {"a long label without images", "", nil}, {"", "", []image.Image{one(blue, 7, 5)}}}
	if err := ImageSheet(path, "a sheet", rows); err != nil {
		t.Fatal(err)
	}
	img := readPNG(t, path)
	all := img.Bounds()
	for c, n := range map[color.NRGBA]int{red: 2000, green: 200, blue: 35} {
		if got := has(img, all, c); got != n {
			t.Errorf("%d pixels of %v, want %d", got, c, n)
		}
	}
	if dark := all.Dx()*all.Dy() - has(img, all, color.NRGBA{255, 255, 255, 255}) - 2235; dark < 300 {
		t.Errorf("%d pixels of letters", dark)
	}
	if err := ImageSheet(path, "nothing", nil); err != nil {
		t.Error(err)
	}
}

// TestRangeOfConstants: what is constant lies within the picture, whatever its size.
func TestRangeOfConstants(t *testing.T) {
	for _, v := range []float64{0, -2, 1e17, -3e38} {
		if _, _, lo, hi := (trace{v: []float64{v, math.NaN(), v}}).DataRange(); !(lo < v && v < hi) || math.IsInf(hi-lo, 0) {
			t.Errorf("%g is drawn between %g and %g", v, lo, hi)
		}
	}
}
