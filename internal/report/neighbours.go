package report

import (
	"fmt"
	"image"
	"image/color"
	"strconv"

	"gonum.org/v1/plot/vg/draw"
)

// Neighbours is a query and the images that are nearest to it, the nearest first.
type Neighbours struct {
	Query image.Image
	Label string // "" is unknown
	Near  []Neighbour
}

// Neighbour is one of the images near a query.
type Neighbour struct {
	Image    image.Image
	Label    string
	Distance float64
}

var (
	agrees    = color.NRGBA{0, 114, 178, 255} // blue and orange are told apart by nearly everyone
	differs   = color.NRGBA{213, 94, 0, 255}
	undecided = color.NRGBA{170, 170, 170, 255}
	muted     = color.NRGBA{110, 110, 110, 255}
)

// The tiles of the grid, in pixels.
const (
	tileSide   = 96
	tileBorder = 4
	tilePitch  = tileSide + 2*tileBorder + 14
	rowPitch   = tileSide + 2*tileBorder + 42
	queryGap   = 22 // more space between the query and its neighbours
)

// NeighbourGrid draws a row for each query, with its nearest neighbours beside it, as a PNG: framed in blue where the label is the query's, in
// orange where it is not, in grey where one of them is unknown, with label and distance below.
func NeighbourGrid(path, title string, rows []Neighbours) error {
	columns, same, other := 0, 0, 0
	for _, r := range rows {
		columns = max(columns, len(r.Near))
		for _, n := range r.Near {
			switch frameOf(r.Label, n.Label) {
			case agrees:
				same++
			case differs:
				other++
			}
		}
	}
	note := ""
	if same+other > 0 {
		note = fmt.Sprintf("blue: same label as the query, orange: another one; %d of %d agree; below each: label, distance", same, same+other)
	}
	style := letter(9.5, muted, draw.XLeft, draw.YTop)
	width := max(margin*2+(1+columns)*tilePitch+queryGap, 2*margin+wide(style, note), 420)
	top := margin + 82
	s := newSheet(width, top+max(1, len(rows))*rowPitch+margin/2)
	y := s.heading(title, note, width)
	head := letter(9.5, muted, draw.XCenter, draw.YTop)
	for c := range columns + 1 {
		name := "query"
		if c > 0 {
			name = strconv.Itoa(c)
		}
		s.write(head, tileAt(c, 0).Min.X+tileSide/2, y+4, 0, name)
	}
	for i, r := range rows {
		y := top + i*rowPitch
		s.tile(tileAt(0, y), r.Query, color.Transparent, r.Label, "")
		for c, n := range r.Near {
			s.tile(tileAt(c+1, y), n.Image, frameOf(r.Label, n.Label), n.Label, fmt.Sprintf("%.3f", n.Distance))
		}
	}
	return write(path, s.img)
}

// tileAt is the place of the image in a column.
func tileAt(column, y int) image.Rectangle {
	x := margin + tileBorder + column*tilePitch
	if column > 0 {
		x += queryGap
	}
	return image.Rect(x, y, x+tileSide, y+tileSide)
}

func frameOf(query, near string) color.NRGBA {
	switch {
	case query == "" || near == "":
		return undecided
	case query == near:
		return agrees
	}
	return differs
}

// tile draws an image in a frame with two lines below it.
func (s *sheet) tile(r image.Rectangle, img image.Image, frame color.Color, first, second string) {
	s.fill(r, light)
	if img != nil {
		s.show(r, img)
	}
	s.frame(r, tileBorder, frame)
	x, y := r.Min.X+tileSide/2, r.Max.Y+tileBorder+3
	if first != "" {
		s.write(letter(9, text, draw.XCenter, draw.YTop), x, y, tileSide+tileBorder*2, first)
		y += 15
	}
	s.write(letter(8.5, muted, draw.XCenter, draw.YTop), x, y, tileSide, second)
}
