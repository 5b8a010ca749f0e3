package imageaug

import "github.com/wavekin/wavekin/augment/language"

// Patches lays out a mosaic: overlapping patches of the picture, Grid x Grid of them, each changed on its own, side by side. The
// view's size must be a multiple of Grid; a network that cuts the view into cells without overlap, Grid in each direction, sees
// the patches. In the language it takes all the steps that follow: "center|patches(7,0.5)|flip|gray(0.25)".
//
// This is for CPC: overlapping patches whose colours do not reveal what is in their neighbours (CPC v2). Its
// patches of 64 pixels every 32, 7 x 7 of them, are those of an image of 256 pixels at an overlap of 0.5; a view of 448 = 7 x 64
// pixels holds them without a change of size.
//
// If only crops and other geometric steps come before, each patch is resampled once, from the bytes of the image. A patch shows
// nothing from outside its square.
type Patches struct {
	// Grid is the number of patches in each direction; 0 means 7.
	Grid int
	// Overlap is the share of its side that a patch has in common with its neighbour; 0 means none.
	Overlap float64
	// Of is applied to each patch.
	Of Pipeline
}

const (
	maxGrid    = 256
	maxOverlap = 0.95
)

// Name implements [Augmentation].
func (Patches) Name() string { return "patches" }

// Numbers implements [language.Numbered].
func (a Patches) Numbers() []float64 { return []float64{float64(a.Grid), a.Overlap} }

// Parts implements [language.Composite].
func (a Patches) Parts() []Augmentation { return a.Of }

// Apply implements [Augmentation].
func (a Patches) Apply(p *Picture, c *Context) {
	grid, overlap := language.Whole(a.Grid, 7, maxGrid), min(language.Or(a.Overlap, 0), maxOverlap)
	side := p.Size / grid
	if side*grid != p.Size {
		p.fail("patches(%d): a view of %d pixels is no multiple of %d", grid, p.Size, grid)
		return
	}
	if !p.sized {
		p.center(1, Bilinear)
	}
	if p.work.inner == nil {
		p.work.inner = &Context{}
	}
	inner := p.work.inner
	inner.RNG = c.RNG
	cell := grow(&inner.work.cell, p.Channels*side*side)
	out, at := p.target(p.Size, p.Size)
	height, width := p.box.height/(1+float64(grid-1)*(1-overlap)), p.box.width/(1+float64(grid-1)*(1-overlap))
	for y := range grid {
		for x := range grid {
			m := &inner.work.picture
			*m = Picture{Channels: p.Channels, Height: p.Height, Width: p.Width, Size: side, bytes: p.bytes, values: p.values, where: inSource,
				work: &inner.work, dst: cell}
			from := x
			if p.mirrored {
				from = grid - 1 - x
			}
			m.mirrored = p.mirrored
			m.show(rect{p.box.top + float64(y)*height*(1-overlap), p.box.left + float64(from)*width*(1-overlap), height, width}, false, p.filter)
			for _, step := range a.Of {
				step.Apply(m, inner)
			}
			if m.err != nil {
				p.err = m.err
				return
			}
			p.lay(out, m.Fit(), y*side, x*side, side)
		}
	}
	p.become(out, at, p.Size, p.Size)
}

// lay copies a square picture into one plane after the other of a view.
func (p *Picture) lay(view, square []float32, top, left, side int) {
	for c := range p.Channels {
		for y := range side {
			copy(view[(c*p.Size+top+y)*p.Size+left:], square[(c*side+y)*side:(c*side+y+1)*side])
		}
	}
}
