package report

import (
	"fmt"
	"image"
	"image/color"

	xdraw "golang.org/x/image/draw"
	"gonum.org/v1/plot/palette/moreland"
	"gonum.org/v1/plot/vg/draw"
)

// Attention is an image and what each head of a network looks at in it.
type Attention struct {
	Image image.Image
	Name  string
	// Height and Width are those of a map in patches; Heads holds a map for each head, [Height, Width], none below zero.
	Height, Width int
	Heads         [][]float64
}

const attentionSide = 150 // pixels of an image and of a map

// AttentionMaps draws a row for each image as a PNG: the image, a heat map over it for each head, and the mean of the heads. A map is enlarged
// bilinearly, and coloured from its lowest value to its highest. An error names the row whose map has not the size it says, or holds a
// number that is below zero or not finite.
func AttentionMaps(path, title string, rows []Attention) error {
	heads := 0
	for i, a := range rows {
		if err := a.check(); err != nil {
			return fmt.Errorf("row %d of the attention maps: %w", i, err)
		}
		heads = max(heads, len(a.Heads))
	}
	const pitch, rowHeight = attentionSide + 10, attentionSide + 30
	note := "each map from its lowest value (dark) to its highest (bright)"
	width := max(2*margin+(heads+2)*pitch, 480)
	top := margin + 82
	s := newSheet(width, top+max(1, len(rows))*rowHeight)
	y := s.heading(title, note, width)
	column := func(c, y int) image.Rectangle {
		return image.Rect(margin+c*pitch, y, margin+c*pitch+attentionSide, y+attentionSide)
	}
	head := letter(9.5, muted, draw.XCenter, draw.YTop)
	for c := range heads + 2 {
		name := fmt.Sprintf("head %d", c)
		switch c {
		case 0:
			name = "image"
		case heads + 1:
			name = "mean"
		}
		s.write(head, column(c, 0).Min.X+attentionSide/2, y+4, 0, name)
	}
	for i, a := range rows {
		y := top + i*rowHeight
		s.show(column(0, y), a.Image)
		for c, m := range a.Heads {
			s.overlay(column(c+1, y), a, m)
		}
		s.overlay(column(heads+1, y), a, a.mean())
		s.write(letter(9, text, draw.XCenter, draw.YTop), column(0, y).Min.X+attentionSide/2, y+attentionSide+5, attentionSide, a.Name)
	}
	return write(path, s.img)
}

func (a Attention) check() error {
	if a.Image == nil || a.Image.Bounds().Empty() {
		return fmt.Errorf("there is no image")
	}
	if a.Height < 1 || a.Width < 1 || len(a.Heads) == 0 {
		return fmt.Errorf("%d maps of %d x %d patches", len(a.Heads), a.Height, a.Width)
	}
	for h, m := range a.Heads {
		if len(m) != a.Height*a.Width {
			return fmt.Errorf("head %d has %d numbers, want %d x %d", h+1, len(m), a.Height, a.Width)
		}
		for j, v := range m {
			if !finite(v) || v < 0 {
				return fmt.Errorf("head %d, patch %d is %g", h+1, j, v)
			}
		}
	}
	return nil
}

func (a Attention) mean() []float64 {
	out := make([]float64, a.Height*a.Width)
	for _, m := range a.Heads {
		for j, v := range m {
			out[j] += v / float64(len(a.Heads))
		}
	}
	return out
}

// overlay draws the image in grey and the map in colours over it.
func (s *sheet) overlay(r image.Rectangle, a Attention, heat []float64) {
	place := fitted(r, a.Image.Bounds().Dx(), a.Image.Bounds().Dy())
	grey := image.NewGray(a.Image.Bounds())
	xdraw.Draw(grey, grey.Bounds(), a.Image, grey.Bounds().Min, xdraw.Src)
	s.show(r, grey)
	lo, hi := heat[0], heat[0]
	for _, v := range heat {
		lo, hi = min(lo, v), max(hi, v)
	}
	levels := image.NewGray16(image.Rect(0, 0, a.Width, a.Height))
	for j, v := range heat {
		if hi > lo {
			levels.SetGray16(j%a.Width, j/a.Width, color.Gray16{Y: uint16((v - lo) / (hi - lo) * 0xffff)})
		}
	}
	large := image.NewGray16(image.Rect(0, 0, place.Dx(), place.Dy()))
	xdraw.BiLinear.Scale(large, large.Bounds(), levels, levels.Bounds(), xdraw.Src, nil)
	colours := image.NewNRGBA(large.Bounds())
	scale := heatScale()
	for y := range place.Dy() {
		for x := range place.Dx() {
			colours.SetNRGBA(x, y, scale[large.Gray16At(x, y).Y>>8])
		}
	}
	xdraw.Draw(s.img.Image(), place, colours, image.Point{}, xdraw.Over)
}

// heatScale goes from nearly transparent black over red to bright yellow.
func heatScale() (out [256]color.NRGBA) {
	m := moreland.ExtendedBlackBody()
	m.SetMin(0)
	m.SetMax(1)
	for i := range out {
		c, err := m.At(0.05 + 0.9*float64(i)/255)
		if err != nil { // the value is between the bounds
			c = color.Black
		}
		out[i] = color.NRGBAModel.Convert(c).(color.NRGBA)
		out[i].A = uint8(140 + i/4)
	}
	return out
}
