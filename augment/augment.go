// Package augment makes views of a window: changed copies in which an encoder
// must recognise the same thing.
//
//	spec, err := augment.Parse("season|jitter(0.05)|crop(0.5,1)")
//	spec.View(0).Apply(window, &augment.Context{RNG: rng})
//
// A view is written as names with numbers, applied from left to right; the second
// copy's follow after a semicolon. [Catalog] lists the names. In Go each is a
// struct, of which a field left 0 means its default:
//
//	spec := augment.Spec{First: augment.Pipeline{augment.Crop{Min: 0.5}, augment.Jitter{}}}
//
// Windows are [channels][time], all channels equally long, standardised (so that
// a sigma of 0.1 is a tenth of their spread, and 0 is their mean), with NaN for
// gaps. Every augmentation takes any number of channels and any length from 1,
// and keeps the shape. What moves no values in time keeps each gap where it is;
// what moves them moves the gaps along; none is filled, and none is made. Where
// values around a gap are needed (interpolation, spectra), the gap is bridged by
// a straight line for the purpose.
//
// Channels share a clock: what moves time moves all channels alike. Values are
// changed per channel, unless the augmentation says otherwise.
package augment

import "math/rand/v2"

// Context is what an augmentation may draw on. It belongs to one goroutine.
type Context struct {
	// RNG is the source of everything random; the same state gives the same view.
	RNG *rand.Rand
	// Other is another sample of the same shape, for mixup and swaps; nil, or
	// another shape, makes these do nothing. It is read only.
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
