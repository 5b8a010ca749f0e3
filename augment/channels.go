package augment

import (
	"math"

	"github.com/wavekin/wavekin/augment/language"
)

// ChannelShuffle puts the channels in random order, any with the same probability.
type ChannelShuffle struct{}

// Name implements [Augmentation].
func (ChannelShuffle) Name() string { return "channel-shuffle" }

// Apply implements [Augmentation].
func (ChannelShuffle) Apply(x [][]float32, c *Context) {
	c.RNG.Shuffle(len(x), func(i, j int) {
		// Values are swapped, not slices: the caller's rows may be parts of one block.
		for t, u := range x[i] {
			x[i][t], x[j][t] = x[j][t], u
		}
	})
}

// Rotation rotates each pair of neighbouring channels by an angle drawn from U(-Max, Max), one pair after the other, as if a sensor of several
// axes were mounted a little differently. The norm of the vector of channels stays the same, and so does a single channel.
type Rotation struct {
	// Max bounds the angles, in radians, at most π; 0 means 0.3.
	Max float64
}

// Name implements [Augmentation].
func (Rotation) Name() string { return "rotation" }

// Numbers implements [language.Numbered].
func (a Rotation) Numbers() []float64 { return []float64{a.Max} }

// Apply implements [Augmentation].
func (a Rotation) Apply(x [][]float32, c *Context) {
	if len(x) < 2 {
		return
	}
	n := len(x[0])
	buf, keep := scratch(len(x)*n), scratch(len(x)*n)
	defer release(buf)
	defer release(keep)
	// Gaps are bridged, because they would spread from channel to channel.
	for i, v := range x {
		copy((*keep)[i*n:], v)
		filled((*buf)[i*n:(i+1)*n], v)
	}
	for i := 0; i+1 < len(x); i++ {
		sin, cos := math.Sincos((2*c.RNG.Float64() - 1) * min(language.Or(a.Max, 0.3), math.Pi))
		u, v := (*buf)[i*n:(i+1)*n], (*buf)[(i+1)*n:(i+2)*n]
		for t := range u {
			p, q := float64(u[t]), float64(v[t])
			u[t], v[t] = float32(cos*p-sin*q), float32(sin*p+cos*q)
		}
	}
	for i, v := range x {
		copy(v, (*buf)[i*n:])
		for t, u := range (*keep)[i*n : (i+1)*n] {
			if u != u {
				v[t] = u
			}
		}
	}
}
