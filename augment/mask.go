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

// MaskSpan hides spans of time, in all channels: their values become 0. The first time stamp of each is drawn uniformly from those that
// leave it room; spans may overlap.
type MaskSpan struct {
	// Share is the length of each span as a share of the window, rounded, and at least one time stamp; 0 means 0.1.
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
	width := max(1, int(language.Share(a.Share, 0.1)*float64(n)+0.5))
	for range language.Whole(a.Spans, 1, maxSpans) {
		at := c.RNG.IntN(n - width + 1)
		for _, v := range x {
			hide(v[at : at+width])
		}
	}
}

// MaskChannel hides whole channels, each with probability P independently, but never all: where that happens, with probability P^C of C
// channels, one of them stays. So a channel is hidden with probability P - P^C/C, and a single one never is.
type MaskChannel struct {
	// P is the probability; 0 means 0.2.
	P float64
}

// Name implements [Augmentation].
func (MaskChannel) Name() string { return "mask-channel" }

// Numbers implements [language.Numbered].
func (a MaskChannel) Numbers() []float64 { return []float64{a.P} }

// Apply implements [Augmentation].
func (a MaskChannel) Apply(x [][]float32, c *Context) {
	p, left := language.Share(a.P, 0.2), false
	meant := make([]bool, len(x))
	for i := range meant {
		meant[i] = language.Chance(c.RNG, p)
		left = left || !meant[i]
	}
	if !left {
		meant[c.RNG.IntN(len(x))] = false
	}
	for i, v := range x {
		if meant[i] {
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
