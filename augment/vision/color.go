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
		top, low := max(r, g, b), min(r, g, b)
		d := top - low
		if d == 0 {
			continue
		}
		// The hue in sixths of the circle, from red.
		var h float32
		switch top {
		case r:
			h = (g - b) / d
		case g:
			h = 2 + (b-r)/d
		default:
			h = 4 + (r-g)/d
		}
		h += shift
		if h < 0 {
			h += 6
		} else if h >= 6 {
			h -= 6
		}
		red[i] = low + d*unit(abs(h-3)-1)
		green[i] = low + d*unit(2-abs(h-2))
		blue[i] = low + d*unit(2-abs(h-4))
	}
}

func abs(v float32) float32 { return math.Float32frombits(math.Float32bits(v) &^ (1 << 31)) }

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
