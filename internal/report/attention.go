package report

import (
	"fmt"
	"image"
	"image/color"
	"math"
)

// AttentionRow is an image with the weights that each head gives its patches.
type AttentionRow struct {
	Image image.Image
	Label string
	// Heads are grids of Height x Width weights.
	Heads         [][]float32
	Height, Width int
}

// heatSide is the side of an attention map in pixels.
const heatSide = 112

// AttentionMaps draws a row for each image as a PNG: the image, and for each head the image in grey under the head's weights, each
// map from its own least weight (dark blue) to its greatest (yellow).
func AttentionMaps(path, title string, rows []AttentionRow) error {
	if len(rows) == 0 {
		return fmt.Errorf("report: a sheet without an image")
	}
	var sheet []ImageRow
	for _, r := range rows {
		row := ImageRow{Label: shortened(r.Label, 24), Images: []image.Image{enlarged(r.Image)}, Note: fmt.Sprintf("%d heads", len(r.Heads))}
		for i, h := range r.Heads {
			if len(h) != r.Height*r.Width || len(h) == 0 {
				return fmt.Errorf("report: head %d has %d weights for a grid of %d x %d", i+1, len(h), r.Height, r.Width)
			}
			row.Images = append(row.Images, heat(r.Image, h, r.Height, r.Width))
		}
		sheet = append(sheet, row)
	}
	return ImageSheet(path, title, sheet)
}

// enlarged is an image at the size of a map, nearest pixels.
func enlarged(m image.Image) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, heatSide, heatSide))
	for y := range heatSide {
		for x := range heatSide {
			out.Set(x, y, pixel(m, x, y))
		}
	}
	return out
}

// pixel is that of the image at a place on a map.
func pixel(m image.Image, x, y int) color.Color {
	b := m.Bounds()
	return m.At(b.Min.X+x*b.Dx()/heatSide, b.Min.Y+y*b.Dy()/heatSide)
}

// heat lays weights over an image, interpolated between the middles of the patches.
func heat(m image.Image, weights []float32, height, width int) image.Image {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, w := range weights {
		lo, hi = min(lo, float64(w)), max(hi, float64(w))
	}
	out := image.NewRGBA(image.Rect(0, 0, heatSide, heatSide))
	for y := range heatSide {
		for x := range heatSide {
			v := between(weights, height, width, y, x)
			c := scale((v - lo) / max(hi-lo, 1e-30))
			g := color.GrayModel.Convert(pixel(m, x, y)).(color.Gray).Y
			// A third of the image's own light keeps what is looked at visible.
			blend := func(a uint8) uint8 { return uint8((2*int(a) + int(g)) / 3) }
			out.SetRGBA(x, y, color.RGBA{blend(c.R), blend(c.G), blend(c.B), 255})
		}
	}
	return out
}

// between interpolates bilinearly.
func between(weights []float32, height, width, y, x int) float64 {
	place := func(at, n int) (int, int, float64) {
		p := (float64(at)+0.5)*float64(n)/heatSide - 0.5
		p = min(max(p, 0), float64(n-1))
		i := int(p)
		return i, min(i+1, n-1), p - float64(i)
	}
	y0, y1, fy := place(y, height)
	x0, x1, fx := place(x, width)
	at := func(r, c int) float64 { return float64(weights[r*width+c]) }
	return (1-fy)*((1-fx)*at(y0, x0)+fx*at(y0, x1)) + fy*((1-fx)*at(y1, x0)+fx*at(y1, x1))
}

// scale is a colour from dark blue over green to yellow, ever lighter.
func scale(v float64) color.RGBA {
	stops := [...]color.RGBA{{68, 1, 84, 255}, {59, 82, 139, 255}, {33, 145, 140, 255}, {94, 201, 98, 255}, {253, 231, 37, 255}}
	v = min(max(v, 0), 1) * float64(len(stops)-1)
	i := min(int(v), len(stops)-2)
	f := v - float64(i)
	mix := func(a, b uint8) uint8 { return uint8(float64(a) + f*(float64(b)-float64(a)) + 0.5) }
	a, b := stops[i], stops[i+1]
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}
