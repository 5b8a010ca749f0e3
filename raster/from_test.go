package raster

import (
	"image"
	"image/color"
	"math/rand/v2"
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
	for _, r := range []image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420,
		image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410} {
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

// BenchmarkFrom is the common case: a small JPEG in colour.
func BenchmarkFrom(b *testing.B) {
	src := image.NewYCbCr(image.Rect(0, 0, 32, 32), image.YCbCrSubsampleRatio420)
	var m Image
	b.SetBytes(3 * 32 * 32)
	for b.Loop() {
		From(&m, src)
	}
}
