package report

import (
	"fmt"
	"image/color"
	stddraw "image/draw"
	"math"

	"github.com/wavekin/wavekin/internal/output"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Stretch is a named part of a series, from Start (inclusive) to End (exclusive).
type Stretch struct {
	Name       string
	Start, End int
	// Found puts a mark above the stretch in the score panel.
	Found bool
}

var (
	ink   = color.NRGBA{31, 78, 121, 255}
	faint = color.NRGBA{31, 78, 121, 90}
	alarm = color.NRGBA{192, 57, 43, 255}
	text  = color.NRGBA{60, 60, 60, 255}
	light = color.NRGBA{228, 228, 228, 255}
	// shades are told apart by people who do not see all colours (after Okabe and Ito, 2008).
	shades = []color.NRGBA{{230, 159, 0, 95}, {86, 180, 233, 95}, {0, 158, 115, 85}, {204, 121, 167, 95}, {213, 94, 0, 80}, {120, 120, 120, 80}}
)

// LossCurve draws the loss of each step, and its running mean, as a PNG.
func LossCurve(path, title string, losses []float64) error {
	p := panel("loss")
	p.X.Label.Text = "step"
	p.Add(grid{}, trace{losses, faint, vg.Points(0.6)})
	names := []key{{"each step", faint, false}}
	if n := len(losses) / 25; n > 1 {
		p.Add(trace{runningMean(losses, n), ink, vg.Points(1.4)})
		names = append(names, key{fmt.Sprintf("mean of the last %d", n), ink, false})
	}
	timeAxis(p, len(losses))
	return save(path, 1000, 500, func(c draw.Canvas) {
		body := header(c, title, names)
		p.Draw(body)
	})
}

// runningMean is the mean of the last n values, of fewer at the start.
func runningMean(x []float64, n int) []float64 {
	out := make([]float64, len(x))
	var sum float64
	for i, v := range x {
		sum += v
		if i >= n {
			sum -= x[i-n]
		}
		out[i] = sum / float64(min(i+1, n))
	}
	return out
}

// SeriesScore draws the channels of a series, values[channel][time], above its scores on one time axis as a PNG, with
// stretches shaded in a colour for each name. All may be long: each pixel shows
// the range of what falls on it. NaN is a gap, and leaves the line open.
func SeriesScore(path, title string, values [][]float64, scores []float64, stretches []Stretch, a Axes) error {
	n := len(scores)
	for _, v := range values {
		n = max(n, len(v))
	}
	bands, keys := colourBands(stretches)
	var panels [][]*plot.Plot
	add := func(name string, line ...plot.Plotter) {
		p := panel(name)
		if a.Step > 0 {
			p.X.Tick.Marker = a
		}
		timeAxis(p, n)
		p.Add(append([]plot.Plotter{bands, grid{}}, line...)...)
		panels = append(panels, []*plot.Plot{p})
	}
	for c, v := range values {
		add(a.name(c), trace{v, ink, vg.Points(0.6)})
		panels[c][0].X.Tick.Label.Color = color.Transparent // the lowest panel's serve all
	}
	add("score", trace{scores, alarm, vg.Points(0.9)}, marks(stretches))
	panels[len(values)][0].X.Label.Text = a.times()
	height := 700
	if len(values) > 1 {
		height = 220 * len(panels)
	}
	return save(path, 1400, height, func(c draw.Canvas) {
		body := header(c, title, keys)
		tiles := draw.Tiles{Rows: len(panels), Cols: 1, PadY: vg.Points(2), PadRight: vg.Points(6)}
		for i, row := range plot.Align(panels, tiles, body) {
			panels[i][0].Draw(row[0])
		}
	})
}

// colourBands gives every name a colour, in the order of first appearance.
func colourBands(stretches []Stretch) (bands, []key) {
	var b bands
	var names []key
	known := map[string]color.NRGBA{}
	found := false
	for _, s := range stretches {
		c, ok := known[s.Name]
		if !ok {
			c = shades[len(known)%len(shades)]
			known[s.Name] = c
			names = append(names, key{s.Name, c, false})
		}
		b = append(b, band{s, c})
		found = found || s.Found
	}
	if found {
		names = append(names, key{"found", alarm, true})
	}
	return b, names
}

// panel is an empty plot in the house style.
func panel(yLabel string) *plot.Plot {
	p := plot.New()
	p.Y.Label.Text = yLabel
	p.Y.Tick.Marker = ticks(6)
	p.X.Tick.Marker = ticks(10)
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Padding = 0
		a.Label.TextStyle.Font.Variant, a.Label.TextStyle.Font.Size, a.Label.TextStyle.Color = "Sans", vg.Points(10), text
		a.Tick.Label.Font.Variant, a.Tick.Label.Font.Size, a.Tick.Label.Color = "Sans", vg.Points(9), text
		a.LineStyle.Color, a.Tick.LineStyle.Color = light, light
		a.Tick.Length = vg.Points(3)
	}
	return p
}

// timeAxis fixes the range of the horizontal axis to n positions.
func timeAxis(p *plot.Plot, n int) { p.X.Min, p.X.Max = 0, float64(max(1, n-1)) }

// ticks labels about so many multiples of 1, 2 or 5 times a power of ten.
type ticks int

// Ticks implements plot.Ticker.
func (n ticks) Ticks(lo, hi float64) []plot.Tick {
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/float64(n))))
	for _, f := range []float64{1, 2, 5, 10} {
		if (hi-lo)/(f*step) <= float64(n) {
			step *= f
			break
		}
	}
	var out []plot.Tick
	for k := math.Ceil(lo / step); k*step <= hi && len(out) < 4*int(n); k++ {
		// Ten digits hide the tail that the product of two decimals has; adding 0 turns -0 into 0.
		out = append(out, plot.Tick{Value: k * step, Label: fmt.Sprintf("%.10g", k*step+0)})
	}
	return out
}

// trace is values against their position. It is thinned while it is drawn, to the
// lowest and highest value of every pixel column, so that every extreme is drawn.
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
		least := max(1, 1e-9*math.Abs(ylo)) // 1 is lost beside 1e17
		ylo, yhi = ylo-least, yhi+least
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

// save renders a picture of w x h pixels into a PNG; pixels, if given, then draw on it pixel by pixel.
func save(path string, w, h int, drawing func(c draw.Canvas), pixels ...func(stddraw.Image)) error {
	img := vgimg.NewWith(vgimg.UseWH(vg.Points(float64(w)*0.75), vg.Points(float64(h)*0.75)), vgimg.UseDPI(96))
	drawing(draw.New(img))
	for _, p := range pixels {
		p(img.Image())
	}
	return write(path, img)
}

// write turns a canvas into a PNG.
func write(path string, img *vgimg.Canvas) error {
	f, err := output.Create(path)
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := (vgimg.PngCanvas{Canvas: img}).WriteTo(f); err != nil {
		return output.Wrap(path, err)
	}
	return f.Commit()
}
