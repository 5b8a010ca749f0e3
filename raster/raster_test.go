package raster_test

import (
	"fmt"
	"image"
	"image/color"
	"testing"

	"github.com/wavekin/wavekin/raster"
)

func ExampleFrom() {
	src := image.NewGray(image.Rect(0, 0, 3, 2))
	src.SetGray(2, 1, color.Gray{Y: 200})
	var m raster.Image
	raster.From(&m, src)
	fmt.Println(m.Channels, m.Height, m.Width, m.Pix)
	// Output: 1 2 3 [0 0 0 0 0 200]
}

// Every kind of image gives the pixels that the image package itself says it has, a part of a larger one too.
func TestFrom(t *testing.T) {
	whole := image.Rect(0, 0, 7, 6)
	rgba, gray16 := image.NewRGBA(whole), image.NewGray16(whole)
	gray, ycc := image.NewGray(whole), image.NewYCbCr(whole, image.YCbCrSubsampleRatio440)
	for i := range 42 {
		x, y := i%7, i/7
		rgba.Set(x, y, color.RGBA{uint8(i * 3), uint8(200 - i), uint8(i * i), 255})
		gray16.SetGray16(x, y, color.Gray16{Y: uint16(i * 999)})
		gray.SetGray(x, y, color.Gray{Y: uint8(i * 5)})
		ycc.Y[ycc.YOffset(x, y)] = uint8(i * 6)
		ycc.Cb[ycc.COffset(x, y)], ycc.Cr[ycc.COffset(x, y)] = uint8(100+i), uint8(150-i)
	}
	part := image.Rect(2, 1, 6, 6)
	for _, src := range []image.Image{rgba, gray16, gray, ycc,
		rgba.SubImage(part), gray16.SubImage(part), gray.SubImage(part), ycc.SubImage(part)} {
		var m raster.Image
		raster.From(&m, src)
		b := src.Bounds()
		if m.Width != b.Dx() || m.Height != b.Dy() {
			t.Fatalf("%T: %d x %d, want %v", src, m.Width, m.Height, b)
		}
		for y := range m.Height {
			for x := range m.Width {
				want := color.RGBAModel.Convert(src.At(b.Min.X+x, b.Min.Y+y)).(color.RGBA)
				got := color.RGBAModel.Convert(m.Image().At(x, y)).(color.RGBA)
				if got != want {
					t.Fatalf("%T %v: pixel %d, %d is %v, want %v", src, b, x, y, got, want)
				}
			}
		}
	}
}
