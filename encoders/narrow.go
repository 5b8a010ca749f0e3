package encoders

import "cmp"

// Narrow divides the width by √n and the length of the encoding by n.
func (c Conv) Narrow(n int) Encoder {
	out := cmp.Or(c.Out, 320)
	c.Width = NarrowWidth(cmp.Or(c.Width, 64), n)
	c.Out = min(out, max(8, (out/n+7)/8*8))
	return c
}

// Narrow divides the widths by √n.
func (c ResNet1D) Narrow(n int) Encoder {
	c.Width = NarrowWidth(cmp.Or(c.Width, 64), n)
	return c
}

// Narrow divides the width, and the feed-forward layer's where it was set, by √n, and takes the nearest number of heads
// that divides it.
func (c Transformer) Narrow(n int) Encoder {
	c.Width = NarrowWidth(cmp.Or(c.Width, 128), n)
	if c.Hidden > 0 {
		c.Hidden = NarrowWidth(c.Hidden, n)
	}
	c.Heads = max(1, min(cmp.Or(c.Heads, 4), c.Width))
	for c.Width%c.Heads != 0 {
		c.Heads--
	}
	return c
}
