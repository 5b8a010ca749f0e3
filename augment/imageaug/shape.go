package imageaug

import (
	"math"
	"slices"

	"github.com/wavekin/wavekin/augment/language"
)

// Flip mirrors left and right, with a probability.
type Flip struct {
	// P is the probability; 0 means 0.5.
	P float64
}

// Name implements [Augmentation].
func (Flip) Name() string { return "flip" }

// Numbers implements [language.Numbered].
func (a Flip) Numbers() []float64 { return []float64{a.P} }

// Apply implements [Augmentation].
func (a Flip) Apply(p *Picture, c *Context) {
	if c.chance(language.Share(a.P, 0.5)) {
		p.flip()
	}
}

// flip mirrors the picture, at no cost if it has not been resampled yet.
func (p *Picture) flip() {
	if p.bytes != nil || p.pending() {
		p.mirrored = !p.mirrored
		return
	}
	mirror(p.values, p.Width)
}

// mirror reverses each row.
func mirror(v []float32, width int) {
	for len(v) > 0 {
		slices.Reverse(v[:width])
		v = v[width:]
	}
}

// Cutout hides a square: its middle is anywhere in the picture, so that a part of it may lie outside (DeVries and Taylor 2017). It
// is filled with the picture's mean colour.
type Cutout struct {
	// Share is the side of the square as a share of the picture's; 0 means 0.5.
	Share float64
	// P is the probability; 0 means 1.
	P float64
}

// Name implements [Augmentation].
func (Cutout) Name() string { return "cutout" }

// Numbers implements [language.Numbered].
func (a Cutout) Numbers() []float64 { return []float64{a.Share, a.P} }

// Apply implements [Augmentation].
func (a Cutout) Apply(p *Picture, c *Context) {
	if !c.chance(language.Share(a.P, 1)) {
		return
	}
	v := p.Values()
	part := func(n int) (int, int) {
		side := max(int(math.Round(language.Share(a.Share, 0.5)*float64(n))), 1)
		start := c.RNG.IntN(n) - side/2
		return max(start, 0), min(start+side, n)
	}
	top, bottom := part(p.Height)
	left, right := part(p.Width)
	n := p.Height * p.Width
	for i := range p.Channels {
		plane := v[i*n : (i+1)*n]
		fill := mean(plane)
		for y := top; y < bottom; y++ {
			row := plane[y*p.Width : (y+1)*p.Width]
			for x := left; x < right; x++ {
				row[x] = fill
			}
		}
	}
}
