package raster

import (
	"image"
	"image/color"
	"math/rand/v2"
	"slices"
	"testing"
)

// opaque hides the kind of an image, so that only the slow way is left.
type opaque struct{ image.Image }

// samples are images of every kind with random pixels, whole and in part.
func samples(w, h int) []image.Image {
	rng := rand.New(rand.NewPCG(1, 2))
	fill := func(pix []uint8) {
		for i := range pix {
			pix[i] = uint8(rng.Uint32())
		}
	}
	whole := image.Rect(0, 0, w, h)
	var out []image.Image
	gray, gray16, cmyk := image.NewGray(whole), image.NewGray16(whole), image.NewCMYK(whole)
	fill(gray.Pix)
	fill(gray16.Pix)
	fill(cmyk.Pix)
	nrgba, nrgba64 := image.NewNRGBA(whole), image.NewNRGBA64(whole)
	fill(nrgba.Pix)
	fill(nrgba64.Pix)
	solid, rgba, rgba64 := image.NewNRGBA(whole), image.NewRGBA(whole), image.NewRGBA64(whole)
	for y := range h {
		for x := range w {
			c := color.NRGBA{uint8(rng.Uint32()), uint8(rng.Uint32()), uint8(rng.Uint32()), 255}
			solid.Set(x, y, c)
			c.A = uint8(x * 30)
			rgba.Set(x, y, c)
			rgba64.Set(x, y, c)
		}
	}
	paletted := image.NewPaletted(whole, color.Palette{color.RGBA{9, 8, 7, 255}, color.NRGBA{100, 150, 200, 77}, color.Black})
	fill(paletted.Pix)
	for i := range paletted.Pix {
		paletted.Pix[i] %= 3
	}
	out = append(out, gray, gray16, cmyk, nrgba, nrgba64, solid, rgba, rgba64, paletted)
	for _, r := range []image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio411,
		image.YCbCrSubsampleRatio410} {
		for _, at := range []image.Point{{}, {3, 5}, {-5, -3}} {
			s := image.NewYCbCr(whole.Add(at), r)
			fill(s.Y)
			fill(s.Cb)
			fill(s.Cr)
			out = append(out, s, s.SubImage(image.Rect(3, 1, w-1, h-2).Add(at)))
		}
	}
	for _, s := range out[:9] {
		out = append(out, s.(interface {
			SubImage(image.Rectangle) image.Image
		}).SubImage(image.Rect(3, 1, w-1, h-2)))
	}
	return out
}

// The fast ways give what asking each pixel for its colour gives.
func TestFromIsTheSlowWay(t *testing.T) {
	for _, src := range samples(21, 13) {
		var got, want Image
		From(&got, src)
		From(&want, opaque{src})
		if got.Height != want.Height || got.Width != want.Width {
			t.Fatalf("%T: %d x %d, want %d x %d", src, got.Height, got.Width, want.Height, want.Width)
		}
		for i, w := range want.Pix {
			g := got.Pix[i%len(got.Pix)] // a grey image has its one channel thrice
			if g != w {
				t.Fatalf("%T %v: byte %d is %d, want %d", src, src.Bounds(), i, g, w)
			}
		}
	}
}

// Halved colours are interpolated by the weights 9, 3, 3 and 1 (of 16) of the four nearest, or 3 and 1 (of 4) of the two in the row,
// and with the luma give what the image package makes of the three. In a part that begins within a pair they are the stored ones.
func TestFromInterpolatesColour(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, ratio := range []image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio422} {
		for _, size := range []image.Point{{1, 1}, {2, 2}, {3, 5}, {5, 3}, {21, 13}, {32, 32}} {
			s := image.NewYCbCr(image.Rectangle{Max: size}, ratio)
			for _, plane := range [][]uint8{s.Y, s.Cb, s.Cr} {
				for i := range plane {
					plane[i] = uint8(rng.Uint32())
				}
			}
			w, h := (size.X+1)/2, size.Y
			if ratio == image.YCbCrSubsampleRatio420 {
				h = (size.Y + 1) / 2
			}
			at := func(plane []uint8, x, y int) int {
				return int(plane[min(max(y, 0), h-1)*s.CStride+min(max(x, 0), w-1)])
			}
			chroma := func(plane []uint8, x, y int) uint8 {
				cx, dx := x/2, x%2*2-1
				if ratio == image.YCbCrSubsampleRatio422 {
					return uint8((3*at(plane, cx, y) + at(plane, cx+dx, y) + 1 + x%2) / 4)
				}
				cy, dy := y/2, y%2*2-1
				return uint8((9*at(plane, cx, cy) + 3*at(plane, cx+dx, cy) + 3*at(plane, cx, cy+dy) + at(plane, cx+dx, cy+dy) + 8 - x%2) / 16)
			}
			var m Image
			From(&m, s)
			for y := range size.Y {
				for x := range size.X {
					r, g, b := color.YCbCrToRGB(s.Y[s.YOffset(x, y)], chroma(s.Cb, x, y), chroma(s.Cr, x, y))
					i := y*size.X + x
					if got := [3]uint8{m.Plane(0)[i], m.Plane(1)[i], m.Plane(2)[i]}; got != [3]uint8{r, g, b} {
						t.Fatalf("%v %v: pixel %d, %d is %v, want %v", ratio, size, x, y, got, [3]uint8{r, g, b})
					}
				}
			}
			if size.X < 5 || size.Y < 4 {
				continue
			}
			part := s.SubImage(image.Rect(1, 1, size.X, size.Y))
			var want Image
			From(&m, part)
			From(&want, opaque{part})
			if !slices.Equal(m.Pix, want.Pix) {
				t.Fatalf("%v %v: a part that begins within a pair differs from its own colours", ratio, size)
			}
		}
	}
}

// Nothing breaks at a 1 x 1 image, or at one without pixels.
func TestSmall(t *testing.T) {
	for _, side := range []int{0, 1} {
		var m Image
		From(&m, image.NewYCbCr(image.Rect(0, 0, side, side), image.YCbCrSubsampleRatio420))
		if m.Channels != 3 || len(m.Pix) != 3*side || m.Image().Bounds().Dx() != side {
			t.Errorf("side %d: %d channels, %d bytes", side, m.Channels, len(m.Pix))
		}
		From(&m, image.NewGray16(image.Rect(0, 0, 0, side)))
		if len(m.Pix) != 0 {
			t.Errorf("0 x %d: %d bytes", side, len(m.Pix))
		}
	}
}

func TestFromAllocatesNothing(t *testing.T) {
	src := image.NewYCbCr(image.Rect(0, 0, 32, 32), image.YCbCrSubsampleRatio420)
	var m Image
	From(&m, src)
	if n := testing.AllocsPerRun(10, func() { From(&m, src) }); n > 0 {
		t.Errorf("%g allocations", n)
	}
}

// BenchmarkFrom is the common case: a small JPEG, with the colour whole and halved.
func BenchmarkFrom(b *testing.B) {
	for _, ratio := range []image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio420} {
		b.Run(ratio.String(), func(b *testing.B) {
			src := image.NewYCbCr(image.Rect(0, 0, 32, 32), ratio)
			var m Image
			b.SetBytes(3 * 32 * 32)
			for b.Loop() {
				From(&m, src)
			}
		})
	}
}
