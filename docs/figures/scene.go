package main

import (
	"math"

	"github.com/wavekin/wavekin/raster"
)

// colour is red, green and blue, 0 to 1.
type colour [3]float64

func (c colour) mix(d colour, share float64) colour {
	share = min(max(share, 0), 1)
	for i := range c {
		c[i] += (d[i] - c[i]) * share
	}
	return c
}

func (c colour) times(f float64) colour { return colour{c[0] * f, c[1] * f, c[2] * f} }

// scene draws a landscape with a house, a tree and a balloon: gradients, edges, fine texture, all the colours, and a left and a right.
func scene(width, height int) *raster.Image {
	m := &raster.Image{}
	m.Reset(3, height, width)
	const fine = 3 // points per pixel in each direction
	for y := range height {
		for x := range width {
			var sum colour
			for i := range fine * fine {
				px := (float64(x) + (float64(i%fine)+0.5)/fine) / float64(height)
				py := (float64(y) + (float64(i/fine)+0.5)/fine) / float64(height)
				sum = sum.mix(point(px, py), 1/float64(i+1))
			}
			for c := range 3 {
				m.Plane(c)[y*width+x] = uint8(math.Round(255 * min(max(sum[c], 0), 1)))
			}
		}
	}
	return m
}

// point is the colour of the scene, which is 1 high and 1.33 wide.
func point(x, y float64) colour {
	c := sky(x, y)
	if y > 0.50+0.10*math.Sin(5*x+0.6)+0.04*math.Sin(17*x) {
		c = colour{0.42, 0.45, 0.66}.mix(colour{0.30, 0.36, 0.55}, (y-0.45)*4)
	}
	if meadow := 0.66 + 0.03*math.Sin(4*x+2); y > meadow {
		stripes := 0.5 + 0.5*math.Sin(60*(y-meadow)/(0.3+y)+8*x)
		c = colour{0.45, 0.68, 0.22}.mix(colour{0.20, 0.45, 0.13}, 2*(y-meadow)+0.25*stripes)
	}
	for _, part := range []func(x, y float64) (colour, bool){balloon, tree, house} {
		if p, ok := part(x, y); ok {
			c = p
		}
	}
	return c
}

func sky(x, y float64) colour {
	c := colour{0.25, 0.52, 0.88}.mix(colour{0.90, 0.93, 0.95}, y*1.7)
	if r := math.Hypot(x-1.15, y-0.16); r < 0.075 {
		return colour{1, 0.86, 0.25}
	} else if r < 0.14 {
		return c.mix(colour{1, 0.92, 0.6}, (0.14-r)/0.09)
	}
	return c
}

func balloon(x, y float64) (colour, bool) {
	dx, dy := (x-0.86)/0.11, (y-0.20)/0.13
	r := dx*dx + dy*dy
	switch {
	case r < 1:
		stripes := []colour{{0.85, 0.15, 0.18}, {0.97, 0.97, 0.95}, {0.15, 0.30, 0.70}, {0.97, 0.75, 0.10}}
		at := int(math.Floor(6*math.Asin(dx/math.Sqrt(1-dy*dy+1e-9))/math.Pi + 6))
		return stripes[at%len(stripes)].times(1.05 - 0.35*r*(0.5+0.5*dx)), true
	case math.Abs(x-0.86) < 0.025 && y > 0.36 && y < 0.40:
		return colour{0.45, 0.28, 0.12}, true
	case y > 0.30 && y < 0.37 && math.Abs(math.Abs(x-0.86)-(0.02+(0.37-y)*0.8)) < 0.004:
		return colour{0.3, 0.2, 0.1}, true
	}
	return colour{}, false
}

func tree(x, y float64) (colour, bool) {
	if r := math.Hypot(x-1.12, (y-0.56)*1.1) + 0.012*math.Sin(9*math.Atan2(y-0.56, x-1.12)); r < 0.14 {
		leaves := 0.5 + 0.5*math.Sin(95*x+3*math.Sin(60*y))*math.Sin(90*y)
		return colour{0.10, 0.42, 0.16}.mix(colour{0.36, 0.66, 0.22}, 0.6*leaves+1.5*(0.56-y)), true
	}
	if math.Abs(x-1.12) < 0.02 && y > 0.6 && y < 0.80 {
		return colour{0.38, 0.24, 0.12}, true
	}
	return colour{}, false
}

func house(x, y float64) (colour, bool) {
	const left, right, top, bottom = 0.14, 0.56, 0.52, 0.84
	middle := (left + right) / 2
	if y > 0.36 && y < top && math.Abs(x-middle) < 0.25*(y-0.36)/(top-0.36) {
		return colour{0.28, 0.22, 0.26}.times(1 + 0.25*math.Sin(220*y)), true
	}
	if x < left || x > right || y < top || y > bottom {
		return colour{}, false
	}
	if x > 0.20 && x < 0.31 && y > 0.59 && y < 0.70 {
		if math.Abs(x-0.255) < 0.006 || math.Abs(y-0.645) < 0.006 {
			return colour{0.95, 0.95, 0.92}, true
		}
		return colour{1, 0.85, 0.40}.mix(colour{0.55, 0.78, 0.92}, (y-0.59)*6), true
	}
	if x > 0.40 && x < 0.50 && y > 0.64 {
		if math.Hypot(x-0.48, y-0.75) < 0.008 {
			return colour{0.95, 0.85, 0.3}, true
		}
		return colour{0.12, 0.32, 0.36}, true
	}
	row := math.Floor(y / 0.024)
	brick := math.Mod(x/0.055+0.5*math.Mod(row, 2), 1)
	if math.Mod(y, 0.024) < 0.004 || brick < 0.07 {
		return colour{0.80, 0.74, 0.68}, true
	}
	return colour{0.72, 0.30, 0.22}.times(0.9 + 0.2*math.Mod(row*0.37+math.Floor(x/0.055)*0.61, 1)), true
}
