package imageaug

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Spaces lists the colour spaces that [Convert] knows.
func Spaces() []string { return []string{"rgb", "grey", "lab", "ycbcr"} }

// Channels tells how many channels an image has in a colour space: "grey" 1, the others 3.
func Channels(space string) (int, error) {
	if !slices.Contains(Spaces(), space) {
		return 0, fmt.Errorf("no colour space %q, want %s", space, strings.Join(Spaces(), ", "))
	}
	if space == "grey" {
		return 1, nil
	}
	return 3, nil
}

// Convert turns pixels [3, height, width] with red, green and blue of 0 to 1, as [Pipeline].Apply writes them, into another space, in
// place:
//
//   - rgb: as they are; grey: as they are too, because a view asked for with one channel is grey already.
//   - lab: CIE L*a*b* of sRGB under D65, as scikit-image's rgb2lab: L/100, (a+128)/255, (b+128)/255, so that grey pixels have
//     128/255 in the second and third channel. The spaces of CMC: one encoder sees L, the other a and b.
//   - ycbcr: brightness and two differences of colour, the JPEG kind (full range), grey pixels having 128/255 in the latter.
func Convert(space string, pix []float32) error {
	channels, err := Channels(space)
	if err != nil {
		return err
	}
	if len(pix)%channels != 0 {
		return fmt.Errorf("%d values are not %d channels", len(pix), channels)
	}
	n := len(pix) / 3
	switch space {
	case "lab":
		toLab(pix[:n], pix[n:2*n], pix[2*n:])
	case "ycbcr":
		toYCbCr(pix[:n], pix[n:2*n], pix[2*n:])
	}
	return nil
}

func toYCbCr(red, green, blue []float32) {
	const middle = float32(128) / 255
	for i, r := range red {
		g, b := green[i], blue[i]
		red[i] = 0.299*r + 0.587*g + 0.114*b
		green[i] = -0.168736*r - 0.331264*g + 0.5*b + middle
		blue[i] = 0.5*r - 0.418688*g - 0.081312*b + middle
	}
}

// curve is a function on 0 to 1 by its values at equal steps, with straight lines between them.
type curve []float32

func tabulate(steps int, f func(x float64) float64) curve {
	c := make(curve, steps+2)
	for i := range c {
		c[i] = float32(f(float64(i) / float64(steps)))
	}
	return c
}

func (c curve) at(x float32) float32 {
	x = unit(x) * float32(len(c)-2)
	i := int(x)
	w := x - float32(i)
	return c[i] + w*(c[i+1]-c[i])
}

// The curves of sRGB and of L*a*b*; the error of their straight lines is below 1e-5.
var (
	// linear is how much light a value of sRGB stands for.
	linear = tabulate(1024, func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	})
	// cube is the cube root, with a straight line near 0.
	cube = tabulate(8192, func(t float64) float64 {
		if t > 0.008856 {
			return math.Cbrt(t)
		}
		return 7.787*t + 16.0/116
	})
)

func toLab(red, green, blue []float32) {
	for i, u := range red {
		r, g, b := linear.at(u), linear.at(green[i]), linear.at(blue[i])
		// The light that the three kinds of cones see, each as a share of what they see of white (D65, 2 degrees).
		x := cube.at((0.412453*r + 0.357580*g + 0.180423*b) / 0.95047)
		y := cube.at(0.212671*r + 0.715160*g + 0.072169*b)
		z := cube.at((0.019334*r + 0.119193*g + 0.950227*b) / 1.08883)
		red[i] = (116*y - 16) / 100
		green[i] = (500*(x-y) + 128) / 255
		blue[i] = (200*(y-z) + 128) / 255
	}
}
