package report

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/datasets/digits"
	"github.com/wavekin/wavekin/internal/output"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/manifold"
	"github.com/wavekin/wavekin/raster"
)

// pictureFolder is a temporary folder, or the one that WAVEKIN_PICTURES names, for pictures to look at.
func pictureFolder(t *testing.T) string {
	if dir := os.Getenv("WAVEKIN_PICTURES"); dir != "" {
		return dir
	}
	return t.TempDir()
}

// flat is an image of one colour.
func flat(w, h int, c color.NRGBA) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		img.SetNRGBA(i%w, i/w, c)
	}
	return img
}

func digit(t *testing.T, s *digits.Set, i int) (image.Image, []float32) {
	t.Helper()
	var m raster.Image
	if err := s.Read(i, &m); err != nil {
		t.Fatal(err)
	}
	row := make([]float32, len(m.Pix))
	for j, v := range m.Pix {
		row[j] = float32(v)
	}
	return m.Image(), row
}

// TestPicturesOfDigits draws neighbours and map of real images by their pixels.
func TestPicturesOfDigits(t *testing.T) {
	train, _, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	var images []image.Image
	var rows []float32
	for i := range 400 {
		img, row := digit(t, train, i)
		images, rows = append(images, img), append(rows, row...)
	}
	index, err := knn.New(rows, 64, knn.Cosine)
	if err != nil {
		t.Fatal(err)
	}
	ids, distances, err := index.Search(rows[:8*64], 9)
	if err != nil {
		t.Fatal(err)
	}
	var grid []Neighbours
	for q := range 8 {
		r := Neighbours{Query: images[q], Label: train.Label(q)}
		for k := 1; k < 9; k++ { // the nearest of all is the query
			id := int(ids[q*9+k])
			r.Near = append(r.Near, Neighbour{images[id], train.Label(id), float64(distances[q*9+k])})
		}
		grid = append(grid, r)
	}
	points, err := manifold.TSNE{Steps: 300}.Fit(t.Context(), rows, 64)
	if err != nil {
		t.Fatal(err)
	}
	var dots, thumbs []MapPoint
	for row := range images {
		p := MapPoint{X: float64(points[2*row]), Y: float64(points[2*row+1]), Class: train.Label(row)}
		dots = append(dots, p)
		p.Image = images[row]
		thumbs = append(thumbs, p)
	}
	dir := pictureFolder(t)
	if err := errors.Join(
		NeighbourGrid(filepath.Join(dir, "digits-neighbours.png"), "Nearest neighbours of handwritten digits, by their pixels", grid),
		Map(filepath.Join(dir, "digits-map.png"), "Handwritten digits", "t-SNE of 400 images by their pixels: near points are alike, the space between groups means nothing", dots),
		Map(filepath.Join(dir, "digits-thumbs.png"), "Handwritten digits", "t-SNE of 400 images by their pixels", thumbs),
	); err != nil {
		t.Fatal(err)
	}
	img := readPNG(t, filepath.Join(dir, "digits-neighbours.png"))
	if n := has(img, img.Bounds(), agrees); n < 8*4*4*tileSide {
		t.Errorf("%d blue pixels, want at least half the frames", n)
	}
}

func TestNeighbourGridFrames(t *testing.T) {
	blue := flat(10, 20, color.NRGBA{0, 0, 255, 255})
	path := filepath.Join(t.TempDir(), "a.png")
	row := Neighbours{Query: blue, Label: "a", Near: []Neighbour{{blue, "a", 0.1}, {blue, "b", 0.2}, {blue, "", 0.3}}}
	if err := NeighbourGrid(path, "frames", []Neighbours{row}); err != nil {
		t.Fatal(err)
	}
	img := readPNG(t, path)
	const top = margin + 82
	for c, want := range []color.NRGBA{agrees, differs, undecided} {
		r := tileAt(c+1, top)
		if n, full := has(img, r.Inset(-tileBorder), want), 4*tileBorder*(tileSide+tileBorder); n != full {
			t.Errorf("column %d has %d pixels of its frame, want %d", c+1, n, full)
		}
		// 10 x 20 pixels fill half of a square.
		if n := has(img, r, color.NRGBA{0, 0, 255, 255}); n != tileSide*tileSide/2 {
			t.Errorf("column %d shows %d pixels of the image, want %d", c+1, n, tileSide*tileSide/2)
		}
	}
	if img.Bounds().Dx() < tileAt(3, 0).Max.X+tileBorder {
		t.Error("the last column is cut off")
	}
}

func TestMapPlacesPoints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.png")
	points := []MapPoint{{X: 0, Y: 0, Class: "low"}, {X: 10, Y: 10, Class: "up"}, {X: 10, Y: 0, Class: "low", Image: flat(8, 8, color.NRGBA{0, 0, 0, 255})}}
	if err := Map(path, "corners", "", points); err != nil {
		t.Fatal(err)
	}
	img := readPNG(t, path)
	top := margin + 62
	quarter := func(x, y int) image.Rectangle {
		return image.Rect(0, 0, mapSide/2, mapSide/2).Add(image.Pt(margin+x*mapSide/2, top+y*mapSide/2))
	}
	coloured := func(r image.Rectangle) (n int) {
		for y := r.Min.Y + 2; y < r.Max.Y-2; y++ {
			for x := r.Min.X + 2; x < r.Max.X-2; x++ {
				if r, g, b, _ := img.At(x, y).RGBA(); min(r, g, b) < 0xd000 {
					n++
				}
			}
		}
		return n
	}
	if a, b, c, d := coloured(quarter(0, 0)), coloured(quarter(1, 0)), coloured(quarter(0, 1)), coloured(quarter(1, 1)); a != 0 || b == 0 || c == 0 || d < thumb*thumb {
		t.Errorf("coloured pixels by quarter: %d %d %d %d; want none above left, a dot above right and below left, an image below right", a, b, c, d)
	}
}

func TestThumbnailsDoNotTouch(t *testing.T) {
	var points []MapPoint
	var at []image.Point
	img := flat(2, 2, color.NRGBA{0, 0, 0, 255})
	for i := range 3000 {
		points = append(points, MapPoint{Image: img})
		at = append(at, image.Pt(i*7919%800, i*104729%800))
	}
	shown := thumbnails(points, at)
	if len(shown) < 100 {
		t.Errorf("only %d thumbnails", len(shown))
	}
	for k, i := range shown {
		for _, j := range shown[:k] {
			if abs(at[i].X-at[j].X) < thumb+4 && abs(at[i].Y-at[j].Y) < thumb+4 {
				t.Fatalf("%v and %v overlap", at[i], at[j])
			}
		}
	}
}

// spot is a map that is bright around one patch.
func spot(h, w, y, x int) []float64 {
	out := make([]float64, h*w)
	for i := range out {
		out[i] = math.Exp(-(math.Pow(float64(i/w-y), 2) + math.Pow(float64(i%w-x), 2)) / 2)
	}
	return out
}

func TestAttentionMaps(t *testing.T) {
	path := filepath.Join(pictureFolder(t), "attention.png")
	grey := flat(32, 32, color.NRGBA{128, 128, 128, 255})
	row := Attention{Image: grey, Name: "made up", Height: 8, Width: 8, Heads: [][]float64{spot(8, 8, 1, 1), spot(8, 8, 6, 6), spot(8, 8, 4, 4)}}
	if err := AttentionMaps(path, "Attention of the last block", []Attention{row, row}); err != nil {
		t.Fatal(err)
	}
	img := readPNG(t, path)
	light := func(head, y, x int) int { // of a patch of the first row
		cx := margin + (head+1)*(attentionSide+10) + (2*x+1)*attentionSide/16
		cy := margin + 82 + (2*y+1)*attentionSide/16
		c := color.GrayModel.Convert(img.At(cx, cy)).(color.Gray)
		return int(c.Y)
	}
	if a, b := light(0, 1, 1), light(0, 6, 6); a < b+80 {
		t.Errorf("head 1 has light %d where it looks, %d elsewhere", a, b)
	}
	if a, b := light(1, 6, 6), light(1, 1, 1); a < b+80 {
		t.Errorf("head 2 has light %d where it looks, %d elsewhere", a, b)
	}
}

func TestWrongAttention(t *testing.T) {
	img := flat(4, 4, color.NRGBA{1, 2, 3, 255})
	for want, a := range map[string]Attention{
		"no image":              {Height: 1, Width: 1, Heads: [][]float64{{1}}},
		"0 maps":                {Image: img, Height: 1, Width: 1},
		"head 1 has 3 numbers":  {Image: img, Height: 2, Width: 2, Heads: [][]float64{{1, 2, 3}}},
		"head 2, patch 0 is -1": {Image: img, Height: 1, Width: 1, Heads: [][]float64{{1}, {-1}}},
		"patch 0 is NaN":        {Image: img, Height: 1, Width: 1, Heads: [][]float64{{math.NaN()}}},
	} {
		err := AttentionMaps(filepath.Join(t.TempDir(), "a.png"), "", []Attention{a})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestSeriesSheet: a rising line runs from the lower left to the upper right corner of its panel.
func TestSeriesSheet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.png")
	if err := SeriesSheet(path, "title", "", []SeriesPanel{{"a", [][]float64{{0, 1, 2, 3}}}}); err != nil {
		t.Fatal(err)
	}
	img := readPNG(t, path)
	top := margin + 30 + panelHead // below a heading without a note
	inked := func(x, y int) bool {
		for dx := -3; dx <= 3; dx++ {
			for dy := -3; dy <= 3; dy++ {
				if r, _, b, _ := img.At(x+dx, y+dy).RGBA(); b > r+0x2000 {
					return true
				}
			}
		}
		return false
	}
	for _, c := range []struct {
		x, y int
		ink  bool
	}{{8, panelHeight - 8, true}, {panelWidth / 2, panelHeight / 2, true}, {panelWidth - 8, 8, true}, {12, 12, false}, {panelWidth - 12, panelHeight - 12, false}} {
		if got := inked(margin+c.x, top+c.y); got != c.ink {
			t.Errorf("at %d, %d of the panel: line %v, want %v", c.x, c.y, got, c.ink)
		}
	}
}

// TestIntervals: the mean's dot lies where the axis says, and rows without a point are empty.
func TestIntervals(t *testing.T) {
	path := filepath.Join(t.TempDir(), "i.png")
	panels := []IntervalPanel{{Label: "x", Rows: [][]float64{{0, 0}, {0.5, 1, 1.5}, {2, 2}, {math.NaN()}, nil}, Mark: math.NaN()}}
	if err := Intervals(path, "title", "note", []string{"low", "middle", "high", "none", "nothing"}, panels); err != nil {
		t.Fatal(err)
	}
	img := readPNG(t, path)
	// The middle of the inked pixels of each row of pixels that has the dot of a mean, which is wider than any line.
	var centres []float64
	b := img.Bounds()
	for y, last := b.Min.Y+70, -100; y < b.Max.Y-40; y++ {
		sum, n := 0, 0
		for x := b.Min.X; x < b.Max.X; x++ {
			if r, g, bl, _ := img.At(x, y).RGBA(); r>>8 == uint32(ink.R) && g>>8 == uint32(ink.G) && bl>>8 == uint32(ink.B) {
				sum, n = sum+x, n+1
			}
		}
		if n >= 5 && y > last+12 {
			centres, last = append(centres, float64(sum)/float64(n)), y
		}
	}
	if len(centres) != 3 || math.Abs(centres[1]-(centres[0]+centres[2])/2) > 1.5 || centres[2]-centres[0] < 100 {
		t.Errorf("means at %v, want three, evenly spaced", centres)
	}
}

// TestOddPictures draws what is empty, wide, one pixel large, unlabelled or far away.
func TestOddPictures(t *testing.T) {
	dir := t.TempDir()
	dot, strip := flat(1, 1, color.NRGBA{9, 9, 9, 255}), flat(900, 2, color.NRGBA{9, 9, 9, 255})
	long := strings.Repeat("a very long name ", 12)
	var many []MapPoint
	for i := range 70 {
		many = append(many, MapPoint{X: float64(i), Y: float64(i * i), Class: fmt.Sprint("class ", i)})
	}
	for name, err := range map[string]error{
		"no rows":       NeighbourGrid(filepath.Join(dir, "a.png"), "", nil),
		"odd images":    NeighbourGrid(filepath.Join(dir, "a.png"), long, []Neighbours{{dot, long, nil}, {strip, "", []Neighbour{{nil, long, math.NaN()}}}}),
		"no points":     Map(filepath.Join(dir, "a.png"), "", "", nil),
		"one point":     Map(filepath.Join(dir, "a.png"), long, long, []MapPoint{{1e300, -1e300, long, dot}}),
		"far apart":     Map(filepath.Join(dir, "a.png"), "", "", []MapPoint{{-1.7e308, 0, "", strip}, {1.7e308, 0, "", nil}}),
		"many classes":  Map(filepath.Join(dir, "a.png"), "", "", many),
		"constant maps": AttentionMaps(filepath.Join(dir, "a.png"), "", []Attention{{dot, long, 1, 3, [][]float64{{0, 0, 0}}}, {strip, "", 2, 1, [][]float64{{1, 0}, {0, 1}}}}),
		"no series":     SeriesSheet(filepath.Join(dir, "a.png"), "", "", nil),
		"odd series": SeriesSheet(filepath.Join(dir, "a.png"), long, long, []SeriesPanel{{}, {long, [][]float64{{}, {1}, {2, 2}, {math.NaN(), math.Inf(1)}}},
			{"", [][]float64{{math.NaN(), 1, math.NaN(), 2, 3, math.NaN()}}}}),
		"no intervals":  Intervals(filepath.Join(dir, "a.png"), "", "", nil, []IntervalPanel{{}}),
		"odd intervals": Intervals(filepath.Join(dir, "a.png"), long, long, []string{long, ""}, []IntervalPanel{{long, [][]float64{{math.Inf(1)}, {3}}, math.NaN()}, {"", nil, 7}}),
		"no maps":       AttentionMaps(filepath.Join(dir, "a.png"), "", nil),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Map(filepath.Join(dir, "b.png"), "", "", []MapPoint{{X: math.NaN()}}); err == nil {
		t.Error("a point that is nowhere was drawn")
	}
	var wrong *output.Error
	if err := NeighbourGrid(filepath.Join(dir, "no", "a.png"), "", nil); !errors.As(err, &wrong) {
		t.Errorf("a missing folder: %v", err)
	}
}
