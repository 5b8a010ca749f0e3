package report

import (
	"image"

	fonts "gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// SeriesPanel is a small picture of a series.
type SeriesPanel struct {
	// Label stands above it.
	Label string
	// Values are its channels, each drawn from its own lowest to its own highest value, in a colour of its own.
	Values [][]float64
}

// The sizes of a sheet of series, in pixels.
const (
	panelWidth, panelHeight = 210, 84
	panelColumns            = 4
	panelGap                = 14
	panelHead               = 18
)

// SeriesSheet draws series in rows of four under a title, as a PNG.
func SeriesSheet(path, title, note string, panels []SeriesPanel) error {
	rows := (len(panels) + panelColumns - 1) / panelColumns
	width := 2*margin + panelColumns*panelWidth + (panelColumns-1)*panelGap
	s := newSheet(width, margin+54+max(1, rows)*(panelHeight+panelHead+panelGap)+margin)
	top := s.heading(title, note, width)
	label := letter(8.5, muted, fonts.XLeft, fonts.YTop)
	for i, p := range panels {
		x := margin + i%panelColumns*(panelWidth+panelGap)
		y := top + i/panelColumns*(panelHeight+panelHead+panelGap)
		s.write(label, x, y, panelWidth, p.Label)
		place := image.Rect(x, y+panelHead, x+panelWidth, y+panelHead+panelHeight)
		s.frame(place, 1, light)
		for c, v := range p.Values {
			s.line(place.Inset(4), v, draw.LineStyle{Color: hues[c%len(hues)], Width: px(1)})
		}
	}
	return write(path, s.img)
}

// line draws values from the left to the right edge of r; a gap interrupts it.
func (s *sheet) line(r image.Rectangle, v []float64, style draw.LineStyle) {
	_, last, lo, hi := trace{v: v}.DataRange()
	var run []vg.Point
	for i, y := range v {
		if finite(y) {
			corner := s.at(r.Min.X, r.Max.Y)
			run = append(run, vg.Point{X: corner.X + px(r.Dx())*vg.Length(float64(i)/last), Y: corner.Y + px(r.Dy())*vg.Length((y-lo)/(hi-lo))})
		}
		if (!finite(y) || i == len(v)-1) && len(run) > 0 {
			s.canvas.StrokeLines(style, run)
			run = nil
		}
	}
}
