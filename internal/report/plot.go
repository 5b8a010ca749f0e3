package report

import (
	"errors"
	"image/color"
	"os"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Stretch is a named part of a series, from Start (inclusive) to End (exclusive).
type Stretch struct {
	Name       string
	Start, End int
}

var (
	ink    = color.RGBA{38, 70, 110, 255}
	alarm  = color.RGBA{200, 60, 40, 255}
	shades = []color.RGBA{{255, 205, 120, 150}, {150, 215, 190, 150}, {200, 175, 235, 150}, {250, 170, 165, 150}, {160, 205, 245, 150}, {225, 225, 140, 150}}
)

// LossCurve draws the loss of each step as a PNG.
func LossCurve(path, title string, losses []float64) error {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, "step", "loss"
	p.Add(plotter.NewGrid())
	if err := addLine(p, losses, ink); err != nil {
		return err
	}
	return save(path, 900, 500, func(c draw.Canvas) { p.Draw(c) })
}

// SeriesScore draws a series above its scores on one time axis, with stretches
// shaded; both may be long, since each pixel shows the range of what falls on it.
func SeriesScore(path, title string, values, scores []float64, stretches []Stretch) error {
	top, bottom := plot.New(), plot.New()
	top.Title.Text, top.Y.Label.Text = title, "value"
	bottom.X.Label.Text, bottom.Y.Label.Text = "time stamp", "score"
	for i, part := range []struct {
		p *plot.Plot
		v []float64
		c color.Color
	}{{top, values, ink}, {bottom, scores, alarm}} {
		if err := addShades(part.p, part.v, stretches, i == 0); err != nil {
			return err
		}
		if err := addLine(part.p, part.v, part.c); err != nil {
			return err
		}
	}
	top.Legend.Top, top.Legend.Left = true, true
	top.Legend.TextStyle.Font.Size = vg.Points(9)
	return save(path, 1400, 700, func(c draw.Canvas) {
		tiles := draw.Tiles{Rows: 2, Cols: 1, PadY: vg.Points(8), PadTop: vg.Points(4), PadBottom: vg.Points(4), PadRight: vg.Points(12)}
		rows := plot.Align([][]*plot.Plot{{top}, {bottom}}, tiles, c)
		top.Draw(rows[0][0])
		bottom.Draw(rows[1][0])
	})
}

func addShades(p *plot.Plot, v []float64, stretches []Stretch, legend bool) error {
	lo, hi := span(v)
	colours := map[string]color.RGBA{}
	for _, s := range stretches {
		c, known := colours[s.Name]
		if !known {
			c = shades[len(colours)%len(shades)]
			colours[s.Name] = c
		}
		// A spike is shorter than a pixel; widen it so that it is seen.
		pad := max(0, float64(len(v))/400-float64(s.End-s.Start)) / 2
		a, b := float64(s.Start)-pad, float64(s.End)+pad
		box, err := plotter.NewPolygon(plotter.XYs{{X: a, Y: lo}, {X: b, Y: lo}, {X: b, Y: hi}, {X: a, Y: hi}})
		if err != nil {
			return err
		}
		box.Color, box.LineStyle.Width = c, 0
		p.Add(box)
		if legend && !known {
			p.Legend.Add(s.Name, box)
		}
	}
	return nil
}

// pixels is how many columns a line is thinned to.
const pixels = 1300

// addLine draws values against their position; gaps are left out.
func addLine(p *plot.Plot, v []float64, c color.Color) error {
	var pts plotter.XYs
	step := max(1, len(v)/pixels)
	for at := 0; at < len(v); at += step {
		lo, hi := -1, -1
		for i := at; i < min(at+step, len(v)); i++ {
			if v[i] != v[i] {
				continue
			}
			if lo < 0 || v[i] < v[lo] {
				lo = i
			}
			if hi < 0 || v[i] > v[hi] {
				hi = i
			}
		}
		if lo < 0 {
			continue
		}
		first, second := min(lo, hi), max(lo, hi)
		pts = append(pts, plotter.XY{X: float64(first), Y: v[first]})
		if second != first {
			pts = append(pts, plotter.XY{X: float64(second), Y: v[second]})
		}
	}
	if len(pts) == 0 {
		return nil
	}
	line, err := plotter.NewLine(pts)
	if err != nil {
		return err
	}
	line.Color, line.Width = c, vg.Points(0.8)
	p.Add(line)
	return nil
}

// span is the range of the measured values.
func span(v []float64) (lo, hi float64) {
	first := true
	for _, x := range v {
		if x != x {
			continue
		}
		if first {
			lo, hi, first = x, x, false
		}
		lo, hi = min(lo, x), max(hi, x)
	}
	if lo == hi {
		return lo - 1, hi + 1
	}
	return lo, hi
}

// save renders a picture of w x h pixels, beside its place, and moves it there when complete.
func save(path string, w, h int, drawing func(c draw.Canvas)) (err error) {
	img := vgimg.NewWith(vgimg.UseWH(vg.Points(float64(w)*0.75), vg.Points(float64(h)*0.75)), vgimg.UseDPI(96))
	drawing(draw.New(img))
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = vgimg.PngCanvas{Canvas: img}.WriteTo(f)
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
