package imageaug

import (
	"math"

	"github.com/wavekin/wavekin/augment/language"
)

// Crop is the random resized crop: a rectangle of random area and shape, from a random place, fills the view. Area and logarithm of
// the ratio of its sides are uniform; ten rectangles are tried until one fits, then the middle of the picture is taken, as
// torchvision's RandomResizedCrop does.
type Crop struct {
	// Min and Max bound the share of the area that is kept; 0 means 0.08 and 1. [Context].Crop goes before them.
	Min, Max float64
	// Ratio is the smallest ratio of width to height, 1/Ratio the largest; 0 means 3/4.
	Ratio float64
	// Filter makes the pixels.
	Filter Filter
}

// Name implements [Augmentation].
func (Crop) Name() string { return "crop" }

// Numbers implements [language.Numbered].
func (a Crop) Numbers() []float64 { return []float64{a.Min, a.Max, a.Ratio, float64(a.Filter)} }

// Check implements [language.Checked].
func (a Crop) Check() error {
	return language.Ordered(language.Share(a.Min, 0.08), language.Share(a.Max, 1))
}

// Apply implements [Augmentation].
func (a Crop) Apply(p *Picture, c *Context) {
	lo, hi := language.Share(a.Min, 0.08), language.Share(a.Max, 1)
	if c.Crop != [2]float64{} {
		lo, hi = language.Share(c.Crop[0], 0), language.Share(c.Crop[1], 1)
	}
	p.show(a.draw(p.box, lo, hi, c), false, a.Filter.known())
}

// draw chooses a rectangle of whole pixels within the box.
func (a Crop) draw(box rect, lo, hi float64, c *Context) rect {
	ratio := language.Share(a.Ratio, 0.75)
	span := -math.Log(ratio)
	h, w := max(math.Floor(box.height), 1), max(math.Floor(box.width), 1)
	for range 10 {
		area := c.between(lo, hi) * h * w
		shape := math.Exp(c.between(-span, span))
		cw, ch := math.RoundToEven(math.Sqrt(area*shape)), math.RoundToEven(math.Sqrt(area/shape))
		if cw >= 1 && cw <= w && ch >= 1 && ch <= h {
			return rect{box.top + c.upTo(h-ch), box.left + c.upTo(w-cw), ch, cw}
		}
	}
	ch, cw := h, w
	switch {
	case w/h < ratio:
		ch = min(max(math.RoundToEven(w/ratio), 1), h)
	case w/h > 1/ratio:
		cw = min(max(math.RoundToEven(h/ratio), 1), w)
	}
	return rect{box.top + math.Floor((h-ch)/2), box.left + math.Floor((w-cw)/2), ch, cw}
}

// upTo draws a whole number from 0 to n, n included.
func (c *Context) upTo(n float64) float64 { return float64(c.RNG.IntN(int(n) + 1)) }

// known returns the filter, or the nearest one to an unknown number.
func (f Filter) known() Filter {
	return min(max(f, Bilinear), Bicubic)
}

// CenterCrop shows the middle of the picture, as evaluation does: the shorter side becomes the view's, or more, and the rest is cut off.
type CenterCrop struct {
	// Share is how much of the shorter side is kept; 0 means 1. The usual way to evaluate on ImageNet, 256 then 224 pixels, is 0.875.
	Share float64
	// Filter makes the pixels.
	Filter Filter
}

// Name implements [Augmentation].
func (CenterCrop) Name() string { return "center" }

// Numbers implements [language.Numbered].
func (a CenterCrop) Numbers() []float64 { return []float64{a.Share, float64(a.Filter)} }

// Apply implements [Augmentation].
func (a CenterCrop) Apply(p *Picture, _ *Context) {
	p.center(language.Share(a.Share, 1), a.Filter.known())
}

// Resize scales the whole picture to the view, whatever its shape.
type Resize struct {
	// Filter makes the pixels.
	Filter Filter
}

// Name implements [Augmentation].
func (Resize) Name() string { return "resize" }

// Numbers implements [language.Numbered].
func (a Resize) Numbers() []float64 { return []float64{float64(a.Filter)} }

// Apply implements [Augmentation].
func (a Resize) Apply(p *Picture, _ *Context) { p.show(p.box, p.open, a.Filter.known()) }

// PadCrop moves the picture by up to Padding pixels in each direction, the random crop with padding of supervised training on CIFAR.
type PadCrop struct {
	// Padding is in pixels of the view; 0 means 4.
	Padding int
	// Mirror fills what appears at the border with the picture's reflection; 0 means black, 1 the reflection.
	Mirror int
}

const maxPadding = 1024

// Name implements [Augmentation].
func (PadCrop) Name() string { return "pad-crop" }

// Numbers implements [language.Numbered].
func (a PadCrop) Numbers() []float64 { return []float64{float64(a.Padding), float64(a.Mirror)} }

// Apply implements [Augmentation].
func (a PadCrop) Apply(p *Picture, c *Context) {
	padding := language.Whole(a.Padding, 4, maxPadding)
	dy, dx := c.RNG.IntN(2*padding+1)-padding, c.RNG.IntN(2*padding+1)-padding
	p.move(dy, dx, a.Mirror > 0)
}

// move shows what lies dy rows below and dx columns to the right.
func (p *Picture) move(dy, dx int, mirror bool) {
	v := p.Fit()
	if dy == 0 && dx == 0 {
		return
	}
	n := p.Size
	out, at := p.target(n, n)
	for c := range p.Channels {
		for y := range n {
			row := out[(c*n+y)*n : (c*n+y+1)*n]
			from := y + dy
			if mirror {
				from = reflected(from, n)
			} else if from < 0 || from >= n {
				clear(row)
				continue
			}
			shift(row, v[(c*n+from)*n:(c*n+from+1)*n], dx, mirror)
		}
	}
	p.become(out, at, n, n)
}

// shift writes what lies dx to the right in a row, and its mirror image or 0 beyond its ends.
func shift(dst, src []float32, dx int, mirror bool) {
	n := len(src)
	first, last := min(max(-dx, 0), n), max(min(n-dx, n), 0)
	if first < last {
		copy(dst[first:last], src[first+dx:])
	}
	for x := range dst {
		if x >= first && x < last {
			continue
		}
		dst[x] = 0
		if mirror {
			dst[x] = src[reflected(x+dx, n)]
		}
	}
}

// reflected is the place within 0 to n-1 that is seen at i when the line is mirrored at its first and last pixel.
func reflected(i, n int) int {
	if n == 1 {
		return 0
	}
	period := 2 * (n - 1)
	i %= period
	if i < 0 {
		i += period
	}
	return min(i, period-i)
}
