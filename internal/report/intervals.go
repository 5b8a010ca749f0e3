package report

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// IntervalPanel is one figure of several variants, such as their accuracies: a row for each variant, of a point a repetition.
type IntervalPanel struct {
	Label string
	Rows  [][]float64
	// Mark is where a line is drawn, NaN for none.
	Mark float64
}

// Intervals draws panels side by side as a PNG: for each named variant the points, their mean, and a bar of one standard deviation
// (by n - 1) to both sides. What is NaN is left out.
func Intervals(path, title, note string, names []string, panels []IntervalPanel) error {
	plots := make([]*plot.Plot, len(panels))
	for i, one := range panels {
		p := panel("")
		p.X.Label.Text = one.Label
		p.X.Tick.Marker = ticks(5)
		p.Y.Tick.Marker = rowTicks{names, i == 0}
		p.Y.Tick.Length = 0
		p.Add(grid{}, intervals{one.Rows, one.Mark})
		p.Y.Min, p.Y.Max = -0.5, float64(len(names))-0.5
		plots[i] = p
	}
	return save(path, 420+360*len(panels), 110+20*len(names), func(c draw.Canvas) {
		body := header(c, title, []key{{note, ink, false}})
		tiles := draw.Tiles{Rows: 1, Cols: len(panels), PadX: vg.Points(10), PadRight: vg.Points(6)}
		for i, part := range plot.Align([][]*plot.Plot{plots}, tiles, body)[0] {
			plots[i].Draw(part)
		}
	})
}

// rowTicks names rows from the top, or draws their lines alone.
type rowTicks struct {
	names []string
	named bool
}

// Ticks implements plot.Ticker.
func (r rowTicks) Ticks(lo, hi float64) []plot.Tick {
	var out []plot.Tick
	for i, name := range r.names {
		t := plot.Tick{Value: float64(len(r.names) - 1 - i), Label: name}
		if !r.named {
			t.Label = " "
		}
		out = append(out, t)
	}
	return out
}

// intervals are the rows of a panel, the first at the top.
type intervals struct {
	rows [][]float64
	mark float64
}

// DataRange implements plot.DataRanger, with a little air on both sides.
func (v intervals) DataRange() (xlo, xhi, ylo, yhi float64) {
	xlo, xhi = math.Inf(1), math.Inf(-1)
	for _, row := range append([][]float64{{v.mark}}, v.rows...) {
		for _, x := range row {
			if finite(x) {
				xlo, xhi = min(xlo, x), max(xhi, x)
			}
		}
	}
	switch {
	case xlo > xhi:
		xlo, xhi = 0, 1
	case xlo == xhi:
		xlo, xhi = xlo-1, xhi+1
	}
	air := 0.04 * (xhi - xlo)
	return xlo - air, xhi + air, 0, float64(max(1, len(v.rows)-1))
}

// Plot implements plot.Plotter.
func (v intervals) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	if finite(v.mark) {
		c.StrokeLine2(draw.LineStyle{Color: alarm, Width: vg.Points(0.8)}, trX(v.mark), c.Min.Y, trX(v.mark), c.Max.Y)
	}
	for i, row := range v.rows {
		y := trY(float64(len(v.rows) - 1 - i))
		mean, deviation, n := moments(row)
		if n == 0 {
			continue
		}
		for _, x := range row {
			if finite(x) {
				dot(c, faint, trX(x), y, 1.6)
			}
		}
		if n > 1 {
			c.StrokeLine2(draw.LineStyle{Color: ink, Width: vg.Points(1.2)}, max(trX(mean-deviation), c.Min.X), y, min(trX(mean+deviation), c.Max.X), y)
		}
		dot(c, ink, trX(mean), y, 3)
	}
}

// moments are the mean and the standard deviation, by n - 1, of the finite values, and their number.
func moments(row []float64) (mean, deviation float64, n int) {
	for _, x := range row {
		if finite(x) {
			mean += x
			n++
		}
	}
	mean /= float64(n)
	for _, x := range row {
		if finite(x) {
			deviation += (x - mean) * (x - mean)
		}
	}
	return mean, math.Sqrt(deviation / float64(n-1)), n
}

func dot(c draw.Canvas, paint color.Color, x, y vg.Length, radius float64) {
	c.DrawGlyph(draw.GlyphStyle{Color: paint, Radius: vg.Points(radius), Shape: draw.CircleGlyph{}}, vg.Point{X: x, Y: y})
}
