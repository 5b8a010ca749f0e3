package report

import (
	"fmt"
	"image"
	"image/color"
	stddraw "image/draw"
)

// Neighbours is an image with those nearest to it.
type Neighbours struct {
	Image image.Image
	Label string
	// Near are the neighbours, the nearest first.
	Near []Neighbour
}

// Neighbour is one of them.
type Neighbour struct {
	Image image.Image
	Label string
}

// tile is the side of an image on the sheet in pixels, its frame apart.
const tile = 56

// Frames of neighbours: of the same class, of another one, and where a label is missing.
var (
	alikeFrame = color.NRGBA{31, 119, 180, 255}
	otherFrame = color.NRGBA{255, 127, 14, 255}
	plainFrame = color.NRGBA{200, 200, 200, 255}
)

// NeighbourGrid draws a row for each image as a PNG: the image itself, and its neighbours in a blue frame where they have the same
// label, in an orange one where they have another.
func NeighbourGrid(path, title string, all []Neighbours) error {
	if len(all) == 0 {
		return fmt.Errorf("report: a sheet without an image")
	}
	rows := make([]ImageRow, len(all))
	for i, n := range all {
		row := ImageRow{Label: shortened(n.Label, 24), Images: []image.Image{framed(n.Image, plainFrame), blank(tile / 2)}}
		alike := 0
		for _, m := range n.Near {
			frame := otherFrame
			switch {
			case n.Label == "" || m.Label == "":
				frame = plainFrame
			case n.Label == m.Label:
				frame = alikeFrame
				alike++
			}
			row.Images = append(row.Images, framed(m.Image, frame))
		}
		if n.Label != "" {
			row.Note = fmt.Sprintf("%d of %d alike", alike, len(n.Near))
		}
		rows[i] = row
	}
	return ImageSheet(path, title, rows)
}

// framed brings an image to the size of a tile by whole factors where it is smaller, so that pixels stay sharp, and puts a frame
// around it.
func framed(m image.Image, frame color.Color) image.Image {
	const border = 3
	out := image.NewRGBA(image.Rect(0, 0, tile+2*border, tile+2*border))
	stddraw.Draw(out, out.Bounds(), image.NewUniform(frame), image.Point{}, stddraw.Src)
	stddraw.Draw(out, image.Rect(border, border, border+tile, border+tile), image.Black, image.Point{}, stddraw.Src)
	b := m.Bounds()
	longest := max(b.Dx(), b.Dy(), 1)
	scale := float64(tile) / float64(longest)
	if scale > 1 {
		scale = float64(int(scale))
	}
	w, h := max(1, int(scale*float64(b.Dx()))), max(1, int(scale*float64(b.Dy())))
	left, top := border+(tile-w)/2, border+(tile-h)/2
	for y := range h {
		for x := range w {
			out.Set(left+x, top+y, m.At(b.Min.X+x*b.Dx()/w, b.Min.Y+y*b.Dy()/h))
		}
	}
	return out
}

// blank is an empty space between images.
func blank(w int) image.Image { return image.NewRGBA(image.Rect(0, 0, w, 1)) }
