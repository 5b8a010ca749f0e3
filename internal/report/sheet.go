package report

import (
	"image"
	"image/color"
	stddraw "image/draw"
	"unicode/utf8"

	xdraw "golang.org/x/image/draw"
	"gonum.org/v1/plot"
	fonts "gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// margin is the empty space around what a sheet shows, in pixels.
const margin = 16

// sheet is a picture laid out in pixels from the upper left corner, for images that are to stay sharp.
type sheet struct {
	img    *vgimg.Canvas
	canvas draw.Canvas
	height int
}

func newSheet(w, h int) *sheet {
	img := vgimg.NewWith(vgimg.UseWH(px(w), px(h)), vgimg.UseDPI(96))
	s := &sheet{img, draw.New(img), h}
	s.fill(image.Rect(0, 0, w, h), color.White)
	return s
}

// px is the length of so many pixels at 96 per inch.
func px(n int) vg.Length { return vg.Points(float64(n) * 0.75) }

// at is the point of a pixel: vg counts from the lower left corner.
func (s *sheet) at(x, y int) vg.Point { return vg.Point{X: px(x), Y: px(s.height - y)} }

// fill colours a rectangle; what is transparent in c lets through what is below.
func (s *sheet) fill(r image.Rectangle, c color.Color) {
	stddraw.Draw(s.img.Image(), r, image.NewUniform(c), image.Point{}, stddraw.Over)
}

// frame draws a border of so many pixels around r, outside of it.
func (s *sheet) frame(r image.Rectangle, width int, c color.Color) {
	outer := r.Inset(-width)
	s.fill(image.Rect(outer.Min.X, outer.Min.Y, outer.Max.X, r.Min.Y), c)
	s.fill(image.Rect(outer.Min.X, r.Max.Y, outer.Max.X, outer.Max.Y), c)
	s.fill(image.Rect(outer.Min.X, r.Min.Y, r.Min.X, r.Max.Y), c)
	s.fill(image.Rect(r.Max.X, r.Min.Y, outer.Max.X, r.Max.Y), c)
}

// letter is a text style of the house: size in points, and where x and y are in relation to the text.
func letter(size float64, c color.Color, x fonts.XAlignment, y fonts.YAlignment) draw.TextStyle {
	style := plot.New().Title.TextStyle
	style.Font.Variant, style.Font.Size, style.Color = "Sans", vg.Points(size), c
	style.XAlign, style.YAlign = x, y
	return style
}

// write puts a line of text at a pixel, cut to a width in pixels; 0 is any width.
func (s *sheet) write(style draw.TextStyle, x, y, width int, line string) {
	if width > 0 {
		line = shorten(style, line, px(width))
	}
	s.canvas.FillText(style, s.at(x, y), line)
}

// shorten cuts a line that is wider than width, with an ellipsis in place of the rest.
func shorten(style draw.TextStyle, line string, width vg.Length) string {
	for cut := line; ; line = cut + "…" {
		if cut == "" || style.Width(line) <= width {
			return line
		}
		_, n := utf8.DecodeLastRuneInString(cut)
		cut = cut[:len(cut)-n]
	}
}

// wide is the width of a line in pixels, rounded up.
func wide(style draw.TextStyle, line string) int { return int(style.Width(line).Points()/0.75) + 1 }

// show draws an image as large as it fits into r, in the middle: small ones enlarged by whole pixels, so that each stays a square, large ones
// reduced smoothly. It returns the place it took.
func (s *sheet) show(r image.Rectangle, img image.Image) image.Rectangle {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	if w == 0 || h == 0 {
		return r
	}
	place := fitted(r, w, h)
	var way xdraw.Scaler = xdraw.CatmullRom
	if place.Dx() >= w {
		way = xdraw.NearestNeighbor
	}
	way.Scale(s.img.Image(), place, img, img.Bounds(), xdraw.Over, nil)
	return place
}

// fitted is the largest rectangle of the proportions w : h in the middle of r.
func fitted(r image.Rectangle, w, h int) image.Rectangle {
	a, b := r.Dx(), max(1, h*r.Dx()/w)
	if b > r.Dy() {
		a, b = max(1, w*r.Dy()/h), r.Dy()
	}
	x, y := r.Min.X+(r.Dx()-a)/2, r.Min.Y+(r.Dy()-b)/2
	return image.Rect(x, y, x+a, y+b)
}

// heading writes title and note at the top and returns the first pixel row that is free.
func (s *sheet) heading(title, note string, width int) int {
	s.write(letter(13, text, draw.XLeft, draw.YTop), margin, margin, width-2*margin, title)
	if note == "" {
		return margin + 30
	}
	s.write(letter(9.5, muted, draw.XLeft, draw.YTop), margin, margin+28, width-2*margin, note)
	return margin + 54
}
