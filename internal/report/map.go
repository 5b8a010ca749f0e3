package report

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Place is a point on a map.
type Place struct {
	X, Y float64
	// Class decides the colour; empty is grey.
	Class string
}

// mostClasses is how many classes have a colour of their own; the others are grey.
const mostClasses = 20

// Map draws places in the colours of their classes as a PNG, with the classes at the side. The axes have no meaning and are left out.
func Map(path, title string, places []Place) error {
	if len(places) == 0 {
		return fmt.Errorf("report: a map without a place")
	}
	x0, x1, y0, y1 := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	var names []string
	for _, p := range places {
		x0, x1, y0, y1 = min(x0, p.X), max(x1, p.X), min(y0, p.Y), max(y1, p.Y)
		if p.Class != "" && !slices.Contains(names, p.Class) {
			names = append(names, p.Class)
		}
	}
	slices.Sort(names)
	colors := map[string]color.Color{}
	for i, n := range names[:min(len(names), mostClasses)] {
		colors[n] = classColor(i)
	}
	return save(path, 1100, 860, func(c draw.Canvas) {
		body := header(c, title, nil)
		side := body
		side.Min.X = body.Max.X - vg.Points(150)
		body.Max.X = side.Min.X - vg.Points(8)
		body.Max.Y += vg.Points(20) // where the legend of a plot would be
		span := max(x1-x0, y1-y0, 1e-12)
		scale := min(body.Max.X-body.Min.X, body.Max.Y-body.Min.Y) - vg.Points(12)
		mid := vg.Point{X: (body.Min.X + body.Max.X) / 2, Y: (body.Min.Y + body.Max.Y) / 2}
		for _, p := range places {
			shade, ok := colors[p.Class]
			if !ok {
				shade = light
			}
			at := vg.Point{X: mid.X + scale*vg.Length((p.X-(x0+x1)/2)/span), Y: mid.Y + scale*vg.Length((p.Y-(y0+y1)/2)/span)}
			c.DrawGlyph(draw.GlyphStyle{Color: shade, Radius: vg.Points(2.4), Shape: draw.CircleGlyph{}}, at)
		}
		legend(side, names, colors)
	})
}

// legend lists classes from the top, as many as there is room for.
func legend(c draw.Canvas, names []string, colors map[string]color.Color) {
	style := labelStyle(9.5)
	style.YAlign = draw.YCenter
	y := c.Max.Y
	for i, n := range names {
		if i == mostClasses {
			c.FillText(style, vg.Point{X: c.Min.X, Y: y}, fmt.Sprintf("and %d more, grey", len(names)-i))
			return
		}
		c.DrawGlyph(draw.GlyphStyle{Color: colors[n], Radius: vg.Points(4), Shape: draw.CircleGlyph{}}, vg.Point{X: c.Min.X + vg.Points(5), Y: y})
		c.FillText(style, vg.Point{X: c.Min.X + vg.Points(14), Y: y}, shortened(n, 24))
		y -= vg.Points(17)
	}
}

// shortened cuts a long name.
func shortened(name string, most int) string {
	r := []rune(name)
	if len(r) <= most {
		return name
	}
	return string(r[:most-1]) + "…"
}

// classColor is one of mostClasses colours that are told apart also by most who see few colours: the hues go round in steps of
// the golden ratio, and their lightness takes turns.
func classColor(i int) color.Color {
	named := []color.NRGBA{{31, 119, 180, 255}, {255, 127, 14, 255}, {44, 160, 44, 255}, {214, 39, 40, 255}, {148, 103, 189, 255},
		{140, 86, 75, 255}, {227, 119, 194, 255}, {60, 60, 60, 255}, {188, 189, 34, 255}, {23, 190, 207, 255}}
	c := named[i%len(named)]
	if i >= len(named) { // the second round is lighter
		c.R, c.G, c.B = c.R/2+127, c.G/2+127, c.B/2+127
	}
	return c
}
