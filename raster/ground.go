package raster

import (
	"encoding/hex"
	"fmt"
	"image/color"
	"strings"
)

// Ground is the colour that is seen through what is transparent: red, green and blue.
type Ground [3]uint8

// White and Black are grounds.
var (
	White = Ground{255, 255, 255}
	Black = Ground{}
)

// ParseGround reads a ground: white, which is also meant by nothing, black, grey, or red, green and blue as in #ff8000.
func ParseGround(text string) (Ground, error) {
	switch text = strings.ToLower(text); text {
	case "", "white":
		return White, nil
	case "black":
		return Black, nil
	case "grey":
		return Ground{128, 128, 128}, nil
	}
	b, err := hex.DecodeString(strings.TrimPrefix(text, "#"))
	if err != nil || len(b) != 3 || text[0] != '#' {
		return White, fmt.Errorf("ground is %q, want white, black, grey or a colour such as #ff8000", text)
	}
	return Ground(b), nil
}

// String is the ground as ParseGround reads it.
func (g Ground) String() string {
	switch g {
	case White:
		return "white"
	case Black:
		return "black"
	}
	return "#" + hex.EncodeToString(g[:])
}

// under is the colour p, whose alpha is multiplied in, on the ground.
func (g Ground) under(p color.RGBA64) [3]uint16 {
	through := 0xffff - uint32(p.A)
	on := func(v uint16, ground uint8) uint16 {
		return uint16(min(uint32(v)+(uint32(ground)*0x101*through+0x7fff)/0xffff, 0xffff))
	}
	return [3]uint16{on(p.R, g[0]), on(p.G, g[1]), on(p.B, g[2])}
}

// drawing shows how opaque a colour is, and nothing else: in black, or in white on a dark ground.
func (g Ground) drawing(p color.RGBA64) [3]uint16 {
	ink := uint16(0)
	if int(g[0])+int(g[1])+int(g[2]) < 3*128 {
		ink = p.A
	}
	return g.under(color.RGBA64{R: ink, G: ink, B: ink, A: p.A})
}

// composition puts an image on a ground, and knows whether anything can be seen there.
type composition struct {
	ground  Ground
	started bool
	first   [3]uint16
	alpha   uint16
	// shown: colours differ. clear: opacities do.
	shown, clear bool
}

func (c *composition) on(p color.RGBA64) [3]uint16 {
	v := c.ground.under(p)
	if !c.started {
		c.started, c.first, c.alpha = true, v, p.A
	}
	c.shown = c.shown || v != c.first
	c.clear = c.clear || p.A != c.alpha
	return v
}

// hidden tells whether there is a drawing that cannot be seen.
func (c *composition) hidden() bool { return c.clear && !c.shown }
