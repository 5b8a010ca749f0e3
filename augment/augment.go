// Package augment makes views of a series: changed copies in which an encoder
// must recognise the same thing.
//
//	spec, err := augment.Parse("season(0.3)|jitter(0.05)|crop(0.5,1)")
//	spec.First.Apply(window, &augment.Context{RNG: rng})
//
// A view is written as names with numbers, applied from left to right; views for
// the second copy follow after a semicolon. [Catalog] lists the names.
//
// Windows are [channels][time], standardised, with NaN for gaps. Every
// augmentation takes any number of channels and any length from 1, keeps the
// shape, and keeps gaps as gaps unless it moves time, which fills them.
package augment

import "math/rand/v2"

// Context is what an augmentation may draw on.
type Context struct {
	// RNG is the source of everything random.
	RNG *rand.Rand
	// Other is another sample of the same shape, for mixup and swaps; nil makes these do nothing.
	Other [][]float32
}

// Augmentation changes a window in place.
type Augmentation interface {
	// Name is the name in the language of views.
	Name() string
	// Apply changes x [channels][time].
	Apply(x [][]float32, c *Context)
}

// Pipeline applies augmentations in order.
type Pipeline []Augmentation

// Apply changes x [channels][time] in place; empty windows stay empty.
func (p Pipeline) Apply(x [][]float32, c *Context) {
	if len(x) == 0 || len(x[0]) == 0 {
		return
	}
	for _, a := range p {
		a.Apply(x, c)
	}
}

// Spec is the pair of pipelines that make the two views of a sample. The zero
// value changes nothing.
type Spec struct {
	First, Second Pipeline
	text          string
}

// String returns the text the spec was parsed from.
func (s Spec) String() string { return s.text }

// Default is a mild choice for standardised windows of any kind.
func Default() Spec { return MustParse("crop(0.6,1)|scale(0.2)|shift(0.2)|jitter(0.05)") }

// effect is an augmentation made of a function and its arguments.
type effect struct {
	name  string
	args  []float64
	apply func(x [][]float32, c *Context, a []float64)
}

func (e effect) Name() string                    { return e.name }
func (e effect) Apply(x [][]float32, c *Context) { e.apply(x, c, e.args) }
