package imageset

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"testing"

	"github.com/wavekin/wavekin/raster"
)

// BenchmarkDecode is what an image costs that is not kept in memory: a JPEG of 32 x 32 pixels, as CIFAR-10 has them.
func BenchmarkDecode(b *testing.B) {
	m := image.NewRGBA(image.Rect(0, 0, 32, 32))
	for i := range 1024 {
		m.Set(i%32, i/32, color.RGBA{uint8(i / 4), uint8(8 * (i % 32)), uint8(i * i / 64), 255})
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, m, nil); err != nil {
		b.Fatal(err)
	}
	c := section{io.NewSectionReader(bytes.NewReader(file.Bytes()), 0, int64(file.Len()))}
	var out raster.Image
	b.ReportAllocs()
	for b.Loop() {
		if err := decode(&out, c, "", DefaultMaxPixels, raster.White); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
}
