package augment

import "github.com/wavekin/wavekin/augment/language"

// Mask hides single time stamps, in all channels: their values become 0.
type Mask struct {
	// P is the probability of each time stamp; 0 means 0.1.
	P float64
}

// Name implements [Augmentation].
func (Mask) Name() string { return "mask" }

// Numbers implements [language.Numbered].
func (a Mask) Numbers() []float64 { return []float64{a.P} }

// Apply implements [Augmentation].
func (a Mask) Apply(x [][]float32, c *Context) {
	p := language.Share(a.P, 0.1)
	for t := range x[0] {
		if language.Chance(c.RNG, p) {
			for _, v := range x {
				hide(v[t : t+1])
			}
		}
	}
}

// MaskSpan hides spans of time, in all channels: their values become 0. The spans lie at random places and may overlap.
type MaskSpan struct {
	// Share is the length of each span as a share of the window; 0 means 0.1.
	Share float64
	// Spans is the number of spans; 0 means 1.
	Spans int
}

const maxSpans = 64

// Name implements [Augmentation].
func (MaskSpan) Name() string { return "mask-span" }

// Numbers implements [language.Numbered].
func (a MaskSpan) Numbers() []float64 { return []float64{a.Share, float64(a.Spans)} }

// Apply implements [Augmentation].
func (a MaskSpan) Apply(x [][]float32, c *Context) {
	n := len(x[0])
	width := int(language.Share(a.Share, 0.1)*float64(n) + 0.5)
	for range language.Whole(a.Spans, 1, maxSpans) {
		at := c.RNG.IntN(n - width + 1)
		for _, v := range x {
			hide(v[at : at+width])
		}
	}
}

// MaskChannel hides whole channels, but never all: one, chosen at random, stays.
type MaskChannel struct {
	// P is the probability of each channel; 0 means 0.2.
	P float64
}

// Name implements [Augmentation].
func (MaskChannel) Name() string { return "mask-channel" }

// Numbers implements [language.Numbered].
func (a MaskChannel) Numbers() []float64 { return []float64{a.P} }

// Apply implements [Augmentation].
func (a MaskChannel) Apply(x [][]float32, c *Context) {
	spared := c.RNG.IntN(len(x))
	for i, v := range x {
		if language.Chance(c.RNG, language.Share(a.P, 0.2)) && i != spared {
			hide(v)
		}
	}
}

// hide sets the measured values to 0.
func hide(v []float32) {
	for t, u := range v {
		if u == u {
			v[t] = 0
		}
	}
}
