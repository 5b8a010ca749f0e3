// Package augment makes views of a window of a series: changed copies of it that an encoder learns to recognise as the same.
//
//	spec, err := augment.Parse("season|jitter(0.05)|crop(0.5,1)")
//	spec.View(0).Apply(window, &augment.Context{RNG: rng})
//
// A view is written as names with numbers, applied from left to right; those of the second view follow after a semicolon.
// [Catalog] lists the names, and [Register] adds to them. In Go each augmentation is a struct, whose fields mean their
// defaults where they are 0:
//
//	spec := augment.Spec{First: augment.Pipeline{augment.Crop{Min: 0.5}, augment.Jitter{}}}
//
// Windows are [channels][time], all channels of the same length, standardised (so that a sigma of 0.1 is a tenth of their
// deviation, and 0 is their mean), with NaN for gaps. Every augmentation takes any number of channels and any length from 1,
// and keeps the shape. No gap is filled and none is made: augmentations that move values in time move the gaps with them, all
// others leave them in place. Where values around a gap are needed (interpolation, spectra), it is bridged by a straight line.
//
// Channels share a clock: an augmentation that changes time changes it in the same way for all channels. Values are changed
// per channel, unless the augmentation says otherwise.
package augment

import "math/rand/v2"

// Context is what an augmentation may use beside the window. It belongs to one goroutine.
type Context struct {
	// RNG is the source of all randomness; the same state gives the same view.
	RNG *rand.Rand
	// Other is another sample of the same shape, for mixup and swaps, which do nothing if it is nil or has another shape. It is
	// read only.
	Other [][]float32
}

// Augmentation changes a window in place.
type Augmentation interface {
	// Name is the name in the language of views.
	Name() string
	// Apply changes x [channels][time], which has at least one channel and one time stamp.
	Apply(x [][]float32, c *Context)
}

// Rand implements [language.Random].
func (c *Context) Rand() *rand.Rand { return c.RNG }

// other returns channel i of the other sample, nil where it does not match.
func (c *Context) other(i, n int) []float32 {
	if i >= len(c.Other) || len(c.Other[i]) != n {
		return nil
	}
	return c.Other[i]
}
