package imageaug

import "math"

// The weights of red, green and blue in the brightness that is seen (ITU-R BT.601, with the digits that torchvision uses).
const lumaRed, lumaGreen, lumaBlue = 0.2989, 0.587, 0.114

func luma(r, g, b float32) float32 { return lumaRed*r + lumaGreen*g + lumaBlue*b }

// brighten multiplies all values.
func brighten(v []float32, factor float32) { blend(v, factor, 0) }

// contrast moves all values away from the mean grey, or towards it.
func contrast(v []float32, channels int, factor float32) {
	blend(v, factor, (1-factor)*meanGrey(v, channels))
}

// blend multiplies all values and adds to them. Where the factor is not above 1, what comes out is between values of 0 to 1, and
// need not be cut.
func blend(v []float32, factor, rest float32) {
	if factor <= 1 {
		for i, u := range v {
			v[i] = u*factor + rest
		}
		return
	}
	for i, u := range v {
		v[i] = unit(u*factor + rest)
	}
}

// meanGrey is the mean brightness of a picture.
func meanGrey(v []float32, channels int) float32 {
	n := len(v) / channels
	if channels == 1 {
		return mean(v)
	}
	return lumaRed*mean(v[:n]) + lumaGreen*mean(v[n:2*n]) + lumaBlue*mean(v[2*n:])
}

func mean(v []float32) float32 {
	n := len(v)
	var sum float64
	for len(v) > 0 {
		// Few enough for single precision at a time.
		part := v[:min(len(v), 128)]
		v = v[len(part):]
		var a, b, c, d float32
		for ; len(part) >= 4; part = part[4:] {
			a += part[0]
			b += part[1]
			c += part[2]
			d += part[3]
		}
		for _, u := range part {
			a += u
		}
		sum += float64(a + b + (c + d))
	}
	return float32(sum / float64(n))
}

// saturate moves the colour of each pixel away from its grey, or towards it.
func saturate(v []float32, factor float32) {
	n := len(v) / 3
	red, green, blue := v[:n], v[n:2*n], v[2*n:3*n]
	if factor <= 1 { // as in blend
		for i, r := range red {
			g, b := green[i], blue[i]
			rest := (1 - factor) * luma(r, g, b)
			red[i], green[i], blue[i] = factor*r+rest, factor*g+rest, factor*b+rest
		}
		return
	}
	for i, r := range red {
		g, b := green[i], blue[i]
		rest := (1 - factor) * luma(r, g, b)
		red[i], green[i], blue[i] = unit(factor*r+rest), unit(factor*g+rest), unit(factor*b+rest)
	}
}

// turnHue turns the hue of each pixel by a part of the colour circle; brightness and saturation in the sense of HSV stay.
func turnHue(v []float32, turns float32) {
	n := len(v) / 3
	red, green, blue := v[:n], v[n:2*n], v[2*n:3*n]
	// The corners of the sectors where they are after the turn, in sixths of the circle from 1 to 7.
	corners := sectors
	for i := range corners {
		at := float64(corners[i].corner)/6 + float64(turns)
		corners[i].corner = float32(6*(at-math.Floor(at))) + 1
	}
	for i, r := range red {
		g, b := green[i], blue[i]
		top, low := larger(larger(r, g), b), smaller(smaller(r, g), b)
		d := top - low
		// The hue: from one of the corners of its sector, up or down by how far the middle value is.
		s := &corners[below(r, g)<<2|below(g, b)<<1|below(b, r)]
		part := (r + g + b) - (top + low) - low
		h := s.corner + s.sign*part/(d+tiny)
		whole := int32(h)
		f := d * (h - float32(whole))
		t := &turned[whole&15]
		red[i], green[i], blue[i] = low+d*t.red.d+f*t.red.f, low+d*t.green.d+f*t.green.f, low+d*t.blue.d+f*t.blue.f
	}
}

// tiny keeps grey pixels, which have no hue, from a division by 0, and changes no other.
const tiny = 1e-20

// sectors are the six orders of red, green and blue, by whether red < green, green < blue, blue < red.
var sectors = [8]struct{ corner, sign float32 }{
	0b001: {0, 1},  // red >= green >= blue
	0b101: {2, -1}, // green > red > blue
	0b100: {2, 1},  // green >= blue >= red
	0b110: {4, -1}, // blue > green > red
	0b010: {4, 1},  // blue >= red >= green
	0b011: {6, -1}, // red > blue > green
}

// turned is what the sector of a hue makes of each channel: the smallest value, and d and f of what is between it and the largest
// and of the part of it that goes with the place in the sector. The sectors are numbered from 1, and go on in both directions for
// hues that have been turned across red.
var turned = func() (t [16]struct{ red, green, blue struct{ d, f float32 } }) {
	type share = struct{ d, f float32 }
	largest, smallest, falling, rising := share{1, 0}, share{0, 0}, share{1, -1}, share{0, 1}
	sectors := [6][3]share{{largest, rising, smallest}, {falling, largest, smallest}, {smallest, largest, rising},
		{smallest, falling, largest}, {rising, smallest, largest}, {largest, smallest, falling}}
	for i := range t {
		s := sectors[(i+5)%6]
		t[i].red, t[i].green, t[i].blue = s[0], s[1], s[2]
	}
	return t
}()

// The comparisons below are those of the bits, which for values from 0 on are ordered as the values are. Unlike those of floating
// point they need no jumps, which no processor foresees in the pixels of a picture.

func larger(a, b float32) float32 {
	return math.Float32frombits(max(math.Float32bits(a), math.Float32bits(b)))
}

func smaller(a, b float32) float32 {
	return math.Float32frombits(min(math.Float32bits(a), math.Float32bits(b)))
}

// below is 1 where a < b, else 0.
func below(a, b float32) uint32 {
	return (math.Float32bits(a) - math.Float32bits(b)) >> 31
}

// greyOut gives every pixel its brightness in all three channels.
func greyOut(v []float32) {
	n := len(v) / 3
	red, green, blue := v[:n], v[n:2*n], v[2*n:3*n]
	for i, r := range red {
		y := luma(r, green[i], blue[i])
		red[i], green[i], blue[i] = y, y, y
	}
}

// solarize turns values from the threshold on to their negative.
func solarize(v []float32, threshold float32) {
	for i, u := range v {
		if u >= threshold {
			v[i] = 1 - u
		}
	}
}
