package vision

import "math"

// The weights of red, green and blue in the brightness that is seen (ITU-R BT.601, with the digits that torchvision uses).
const lumaRed, lumaGreen, lumaBlue = 0.2989, 0.587, 0.114

func luma(r, g, b float32) float32 { return lumaRed*r + lumaGreen*g + lumaBlue*b }

// brighten multiplies all values.
func brighten(v []float32, factor float32) {
	for i, u := range v {
		v[i] = min(u*factor, 1)
	}
}

// contrast moves all values away from the mean grey, or towards it.
func contrast(v []float32, channels int, factor float32) {
	rest := (1 - factor) * meanGrey(v, channels)
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
	var a, b, c, d float64
	i := 0
	for ; i+4 <= len(v); i += 4 {
		w := v[i : i+4 : i+4]
		a += float64(w[0])
		b += float64(w[1])
		c += float64(w[2])
		d += float64(w[3])
	}
	for ; i < len(v); i++ {
		a += float64(v[i])
	}
	return float32((a + b + c + d) / float64(len(v)))
}

// saturate moves the colour of each pixel away from its grey, or towards it.
func saturate(v []float32, factor float32) {
	n := len(v) / 3
	red, green, blue := v[:n], v[n:2*n], v[2*n:3*n]
	for i, r := range red {
		g, b := green[i], blue[i]
		rest := (1 - factor) * luma(r, g, b)
		red[i] = unit(factor*r + rest)
		green[i] = unit(factor*g + rest)
		blue[i] = unit(factor*b + rest)
	}
}

// turnHue turns the hue of each pixel by a part of the colour circle; brightness and saturation in the sense of HSV stay.
func turnHue(v []float32, turns float32) {
	n := len(v) / 3
	red, green, blue := v[:n], v[n:2*n], v[2*n:3*n]
	shift := 6 * (turns - float32(math.Floor(float64(turns))))
	for i, r := range red {
		g, b := green[i], blue[i]
		top, low := larger(larger(r, g), b), smaller(smaller(r, g), b)
		d := top - low
		// The hue in sixths of the circle: from one of the corners of its sector, up or down by how far the middle value is.
		middle := r + g + b - top - low
		s := &sectors[below(r, g)<<2|below(g, b)<<1|below(b, r)]
		part := middle - low
		h := s.corner + s.sign*part/larger(d, tiny) + shift
		h = nonNegative(h-6, h)
		whole := int32(h)
		f := d * (h - float32(whole))
		t := &turned[whole&7]
		red[i], green[i], blue[i] = low+d*t.red.d+f*t.red.f, low+d*t.green.d+f*t.green.f, low+d*t.blue.d+f*t.blue.f
	}
}

// tiny keeps grey pixels, which have no hue, from a division by 0.
const tiny = 1e-12

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
// and of the part of it that goes with the place in the sector. A hue that is rounded up to the whole circle is the first sector's.
var turned = func() (t [8]struct{ red, green, blue struct{ d, f float32 } }) {
	type share = struct{ d, f float32 }
	largest, smallest, falling, rising := share{1, 0}, share{0, 0}, share{1, -1}, share{0, 1}
	for i, s := range [6][3]share{{largest, rising, smallest}, {falling, largest, smallest}, {smallest, largest, rising},
		{smallest, falling, largest}, {rising, smallest, largest}, {largest, smallest, falling}} {
		t[i].red, t[i].green, t[i].blue = s[0], s[1], s[2]
	}
	t[6], t[7] = t[0], t[1]
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

// nonNegative returns v, or other where v is negative.
func nonNegative(v, other float32) float32 {
	bits := int32(math.Float32bits(v))
	if bits < 0 {
		bits = int32(math.Float32bits(other))
	}
	return math.Float32frombits(uint32(bits))
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
