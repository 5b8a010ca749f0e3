package report

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// trace is values against their position. It is thinned while it is drawn, to the
// lowest and highest value of every pixel column, so that no extreme is lost.
type trace struct {
	v     []float64
	color color.Color
	width vg.Length
}

// DataRange implements plot.DataRanger, with a little air above and below.
func (t trace) DataRange() (xlo, xhi, ylo, yhi float64) {
	ylo, yhi = math.Inf(1), math.Inf(-1)
	for _, v := range t.v {
		if finite(v) {
			ylo, yhi = min(ylo, v), max(yhi, v)
		}
	}
	switch {
	case ylo > yhi: // nothing was measured
		ylo, yhi = 0, 1
	case ylo == yhi:
		ylo, yhi = ylo-1, yhi+1
	}
	air := 0.05 * (yhi - ylo)
	return 0, float64(max(1, len(t.v)-1)), ylo - air, yhi + air
}

// Plot implements plot.Plotter.
func (t trace) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	style := draw.LineStyle{Color: t.color, Width: t.width}
	at := func(i int) vg.Point { return vg.Point{X: trX(float64(i)), Y: trY(t.v[i])} }
	var run []vg.Point
	flush := func() {
		switch len(run) {
		case 0:
		case 1: // a value between two gaps would be no line at all
			run = append(run, vg.Point{X: run[0].X + vg.Points(1), Y: run[0].Y})
			fallthrough
		default:
			c.StrokeLines(style, run)
		}
		run = nil
	}
	columns := int((c.Max.X - c.Min.X) / vg.Points(0.75))
	step := max(1, len(t.v)/max(1, columns))
	for from := 0; from < len(t.v); from += step {
		lo, hi, gap := -1, -1, false
		for i := from; i < min(from+step, len(t.v)); i++ {
			if !finite(t.v[i]) {
				gap = true
				continue
			}
			if lo < 0 || t.v[i] < t.v[lo] {
				lo = i
			}
			if hi < 0 || t.v[i] > t.v[hi] {
				hi = i
			}
		}
		if lo >= 0 {
			run = append(run, at(min(lo, hi)))
			if lo != hi {
				run = append(run, at(max(lo, hi)))
			}
		}
		if gap {
			flush()
		}
	}
	flush()
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// grid draws a light line at every labelled tick.
type grid struct{}

// Plot implements plot.Plotter.
func (grid) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	style := draw.LineStyle{Color: light, Width: vg.Points(0.5)}
	for _, t := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
		c.StrokeLine2(style, trX(t.Value), c.Min.Y, trX(t.Value), c.Max.Y)
	}
	for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		c.StrokeLine2(style, c.Min.X, trY(t.Value), c.Max.X, trY(t.Value))
	}
}

// band is a shaded stretch.
type band struct {
	Stretch
	color color.Color
}

// bands shades stretches over the whole height of a panel.
type bands []band

// Plot implements plot.Plotter.
func (b bands) Plot(c draw.Canvas, p *plot.Plot) {
	trX, _ := p.Transforms(&c)
	for _, s := range b {
		from, to := trX(float64(s.Start)), trX(float64(s.End))
		// A spike is shorter than a pixel; widen it so that it is seen.
		if least := vg.Points(3); to-from < least {
			mid := (from + to) / 2
			from, to = mid-least/2, mid+least/2
		}
		from, to = max(from, c.Min.X), min(to, c.Max.X)
		if from < to {
			c.FillPolygon(s.color, box(from, c.Min.Y, to, c.Max.Y))
		}
	}
}

// marks puts a small triangle at the top above every stretch that was found.
type marks []Stretch

// Plot implements plot.Plotter.
func (m marks) Plot(c draw.Canvas, p *plot.Plot) {
	trX, _ := p.Transforms(&c)
	for _, s := range m {
		if x := trX(float64(s.Start+s.End) / 2); s.Found && x >= c.Min.X && x <= c.Max.X {
			c.FillPolygon(alarm, triangle(x, c.Max.Y))
		}
	}
}

func box(x0, y0, x1, y1 vg.Length) []vg.Point {
	return []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}}
}

// triangle points down from y.
func triangle(x, y vg.Length) []vg.Point {
	r := vg.Points(4)
	return []vg.Point{{X: x - r, Y: y}, {X: x + r, Y: y}, {X: x, Y: y - 1.6*r}}
}

// key is an entry of the legend.
type key struct {
	name  string
	color color.Color
	mark  bool
}

// header draws the title and, on a line of its own where it hides nothing, the
// legend; it returns the canvas below.
func header(c draw.Canvas, title string, names []key) draw.Canvas {
	c.FillPolygon(color.White, box(c.Min.X, c.Min.Y, c.Max.X, c.Max.Y))
	style := plot.New().Title.TextStyle
	style.Font.Variant, style.Font.Size, style.Color = "Sans", vg.Points(13), text
	style.XAlign, style.YAlign = draw.XLeft, draw.YTop
	margin := vg.Points(10)
	x, y := c.Min.X+margin, c.Max.Y-margin
	c.FillText(style, vg.Point{X: x, Y: y}, title)
	y -= vg.Points(28)
	style.Font.Size, style.YAlign = vg.Points(9.5), draw.YCenter
	for _, k := range names {
		if k.mark {
			c.FillPolygon(k.color, triangle(x+vg.Points(6), y+vg.Points(3)))
		} else {
			c.FillPolygon(k.color, box(x, y-vg.Points(4), x+vg.Points(12), y+vg.Points(4)))
		}
		x += vg.Points(17)
		c.FillText(style, vg.Point{X: x, Y: y}, k.name)
		x += style.Width(k.name) + vg.Points(16)
	}
	return draw.Crop(c, margin, -margin, vg.Points(6), -vg.Points(52))
}
