package report

import (
	"image"
	stddraw "image/draw"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// ImageRow is a line of a sheet of images.
type ImageRow struct {
	// Label stands before the images, Note in smaller letters below it.
	Label, Note string
	// Images are drawn pixel by pixel, from the left.
	Images []image.Image
}

// ImageSheet draws rows of images under a title, with their labels, as a PNG.
func ImageSheet(path, title string, rows []ImageRow) error {
	const margin, gap, head = 14, 6, 40
	label := letter(10, text, draw.XLeft, draw.YBottom)
	note := label
	note.Font.Size, note.YAlign = vg.Points(7.5), draw.YTop

	left, width := 0.0, 0
	for _, r := range rows {
		// Lengths in pixels of 0.75 points.
		left = max(left, label.Width(r.Label).Points()/0.75, note.Width(r.Note).Points()/0.75)
		w := 0
		for _, m := range r.Images {
			w += m.Bounds().Dx() + gap
		}
		width = max(width, w)
	}
	first := margin + int(left) + 14
	tops := make([]int, len(rows)+1)
	tops[0] = head
	for i, r := range rows {
		tops[i+1] = tops[i] + r.height() + gap
	}
	height := tops[len(rows)] + margin - gap
	return save(path, first+width-gap+margin, height, func(c draw.Canvas) {
		header(c, title, nil)
		for i, r := range rows {
			y := c.Max.Y - vg.Points(0.75*float64(tops[i]+r.height()/2))
			x := c.Min.X + vg.Points(0.75*margin)
			if r.Note == "" {
				y -= label.Font.Size / 2
			}
			c.FillText(label, vg.Point{X: x, Y: y}, r.Label)
			c.FillText(note, vg.Point{X: x, Y: y - vg.Points(1.5)}, r.Note)
		}
	}, func(out stddraw.Image) {
		for i, r := range rows {
			x := first
			for _, m := range r.Images {
				b := m.Bounds()
				y := tops[i] + (r.height()-b.Dy())/2
				stddraw.Draw(out, image.Rect(x, y, x+b.Dx(), y+b.Dy()), m, b.Min, stddraw.Over)
				x += b.Dx() + gap
			}
		}
	})
}

// height is that of the highest image, and of the label at least.
func (r ImageRow) height() int {
	h := 30
	for _, m := range r.Images {
		h = max(h, m.Bounds().Dy())
	}
	return h
}
