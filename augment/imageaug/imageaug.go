package imageaug

import (
	"fmt"
	"math/rand/v2"

	"github.com/wavekin/wavekin/augment/language"
	"github.com/wavekin/wavekin/raster"
)

// Context holds what an augmentation may use beside the picture, and scratch memory that is kept from view to view. It belongs
// to one goroutine; the zero value with a generator is ready to use.
type Context struct {
	// RNG is the source of all randomness; the same state gives the same view.
	RNG *rand.Rand
	// Crop, if not zero, replaces the bounds of the area that the random resized crops of the pipeline take: the small and the
	// large views of multi-crop come from one pipeline.
	Crop [2]float64

	work
}

// Rand implements [language.Random].
func (c *Context) Rand() *rand.Rand { return c.RNG }

// Augmentation changes a picture. Your own takes the pixels from [Picture].Values and changes them in place.
type Augmentation interface {
	// Name is the name in the language of views.
	Name() string
	// Apply changes p, which has at least one pixel and 1 or 3 channels.
	Apply(p *Picture, c *Context)
}

// Center makes the view without augmentation, for evaluation: src is resized so that its shorter side has the given size, and the
// middle is cut out. An image that has that size already is copied. The scratch may be the context of an augmentation.
func Center(dst []float32, channels, size int, src *raster.Image, scratch *Context) error {
	return Pipeline(nil).Apply(dst, channels, size, src, scratch)
}

// check says what is wrong with the arguments of Apply.
func check(dst []float32, channels, size int, src *raster.Image) error {
	switch {
	case channels != 1 && channels != 3:
		return fmt.Errorf("a view of %d channels, want 1 or 3", channels)
	case size < 1 || size > maxSize || len(dst) != channels*size*size:
		return fmt.Errorf("%d values for a view of %d x %d x %d", len(dst), channels, size, size)
	case src.Channels != 1 && src.Channels != 3:
		return fmt.Errorf("image %s has %d channels, want 1 or 3", src.Name, src.Channels)
	case len(src.Low) > 0 && len(src.Low) != len(src.Pix):
		return fmt.Errorf("image %s has %d lower bytes for %d values", src.Name, len(src.Low), len(src.Pix))
	case src.Height < 1 || src.Width < 1 || len(src.Pix) != src.Channels*src.Height*src.Width:
		return fmt.Errorf("image %s is %d x %d x %d and holds %d values", src.Name, src.Channels, src.Height, src.Width, len(src.Pix))
	}
	return nil
}

// maxSize bounds the side of a view, in pixels.
const maxSize = 1 << 14

// chance is true with probability p.
func (c *Context) chance(p float64) bool { return language.Chance(c.RNG, p) }

// between draws from lo to hi.
func (c *Context) between(lo, hi float64) float64 { return lo + (hi-lo)*c.RNG.Float64() }
