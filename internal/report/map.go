package report

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// MapPoint is a sample on a map.
type MapPoint struct {
	X, Y  float64
	Class string
	// Image, when there is one, is shown in place of a dot where there is room.
	Image image.Image
}

const (
	mapSide = 860 // pixels of the field, which is square: both axes have one scale
	thumb   = 30
	lineGap = 22 // between the entries of the legend

	unlabelled = "no label"
)

// hues tell ten classes apart, shapes the tens after that.
var (
	hues = []color.NRGBA{{31, 119, 180, 255}, {230, 126, 18, 255}, {44, 150, 62, 255}, {205, 47, 47, 255}, {137, 99, 186, 255},
		{140, 86, 75, 255}, {224, 108, 188, 255}, {95, 95, 95, 255}, {168, 166, 30, 255}, {23, 178, 200, 255}}
	shapes = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.TriangleGlyph{}, draw.SquareGlyph{}, draw.RingGlyph{}, draw.CrossGlyph{}, draw.PyramidGlyph{}}
)

// Map draws points in the plane as a PNG, coloured by class, with a legend of the classes in the order of sorting. Points with images are drawn as
// thumbnails in frames of their class's colour, as many as there is room for, the others as dots. note goes below the title.
// A point that is not finite is an error.
func Map(path, title, note string, points []MapPoint) error {
	for i, p := range points {
		if !finite(p.X) || !finite(p.Y) {
			return fmt.Errorf("point %d of the map is at %g, %g", i, p.X, p.Y)
		}
	}
	classes := classesOf(points)
	names := letter(9.5, text, draw.XLeft, draw.YCenter)
	top := margin + 62
	perColumn := mapSide / lineGap
	columns := (len(classes) + perColumn - 1) / perColumn
	legendWidth := 0
	for _, c := range append(classes, unlabelled) {
		legendWidth = min(180, max(legendWidth, margin+17+wide(names, c)))
	}
	width := mapSide + 2*margin + columns*legendWidth
	s := newSheet(width, top+mapSide+margin)
	s.heading(title, note, width)
	field := image.Rect(margin, top, margin+mapSide, top+mapSide)
	s.frame(field, 1, light)
	at := place(points, field.Inset(thumb/2+6))
	style := map[string]draw.GlyphStyle{}
	for i, c := range classes {
		style[c] = draw.GlyphStyle{Color: hues[i%len(hues)], Radius: px(dotRadius(len(points))), Shape: shapes[i/len(hues)%len(shapes)]}
		x, y := field.Max.X+margin+i/perColumn*legendWidth, top+lineGap/2+i%perColumn*lineGap
		mark := style[c]
		mark.Radius = vg.Points(4)
		s.canvas.DrawGlyphNoClip(mark, s.at(x+5, y))
		if c == "" {
			c = unlabelled
		}
		s.write(names, x+17, y, legendWidth-17-margin, c)
	}
	shown := thumbnails(points, at)
	pictured := make([]bool, len(points))
	for _, i := range shown {
		pictured[i] = true
	}
	for i, p := range points {
		g := style[p.Class]
		hue := g.Color.(color.NRGBA)
		hue.A = 190
		g.Color = hue
		if !pictured[i] {
			s.canvas.DrawGlyphNoClip(g, s.at(at[i].X, at[i].Y))
		}
	}
	for _, i := range shown {
		r := image.Rect(0, 0, thumb, thumb).Add(at[i]).Sub(image.Pt(thumb/2, thumb/2))
		got := s.show(r, points[i].Image)
		s.frame(got, 2, style[points[i].Class].Color)
	}
	return write(path, s.img)
}

func dotRadius(n int) int {
	if n > 1500 {
		return 3
	}
	return 4
}

// classesOf lists the classes, sorted.
func classesOf(points []MapPoint) []string {
	known := map[string]bool{}
	var out []string
	for _, p := range points {
		if !known[p.Class] {
			known[p.Class] = true
			out = append(out, p.Class)
		}
	}
	slices.SortFunc(out, byNumber)
	return out
}

// place moves points into a field of pixels, in the middle, both axes by the same factor.
func place(points []MapPoint, field image.Rectangle) []image.Point {
	x0, x1, y0, y1 := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, p := range points {
		x0, x1, y0, y1 = min(x0, p.X), max(x1, p.X), min(y0, p.Y), max(y1, p.Y)
	}
	scale := max(x1/2-x0/2, y1/2-y0/2)
	out := make([]image.Point, len(points))
	half := float64(field.Dx()) / 2
	for i, p := range points {
		x, y := 0.0, 0.0
		if scale > 0 {
			x, y = (p.X/2-x0/4-x1/4)/scale*2, (p.Y/2-y0/4-y1/4)/scale*2
		}
		out[i] = image.Pt(field.Min.X+int(math.Round(half*(1+x))), field.Min.Y+int(math.Round(half*(1-y))))
	}
	return out
}

// thumbnails chooses the points whose images are shown: in turn, those that do not touch one chosen before.
func thumbnails(points []MapPoint, at []image.Point) []int {
	const pitch = thumb + 6
	cells := map[image.Point][]image.Point{}
	var out []int
next:
	for i, p := range points {
		if p.Image == nil {
			continue
		}
		cell := image.Pt(at[i].X/pitch, at[i].Y/pitch)
		for dx := -1; dx <= 1; dx++ {
			for dy := -1; dy <= 1; dy++ {
				for _, q := range cells[cell.Add(image.Pt(dx, dy))] {
					if abs(q.X-at[i].X) < pitch && abs(q.Y-at[i].Y) < pitch {
						continue next
					}
				}
			}
		}
		cells[cell] = append(cells[cell], at[i])
		out = append(out, i)
	}
	return out
}

func abs(n int) int { return max(n, -n) }

// byNumber sorts numbers by value and before names, names by letter.
func byNumber(a, b string) int {
	m, errA := strconv.Atoi(a)
	n, errB := strconv.Atoi(b)
	switch {
	case errA == nil && errB == nil:
		return cmp.Or(cmp.Compare(m, n), strings.Compare(a, b))
	case errA == nil:
		return -1
	case errB == nil:
		return 1
	}
	return strings.Compare(a, b)
}
