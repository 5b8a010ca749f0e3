package imageset

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"testing"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/raster"
	"golang.org/x/image/tiff"
)

// tiffOf encodes with deflate.
func tiffOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := tiff.Encode(&b, m, &tiff.Options{Compression: tiff.Deflate}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// set gives an entry of the first directory another value.
func set(t testing.TB, file []byte, tag uint16, value uint32) []byte {
	t.Helper()
	d, ok := readDirectory(bytes.NewReader(file))
	i, _ := d.find(tag)
	if !ok || i < 0 {
		t.Fatalf("no tag %d", tag)
	}
	out := bytes.Clone(file)
	d.order.PutUint16(out[d.at+int64(i)+2:], 4)
	d.order.PutUint32(out[d.at+int64(i)+8:], value)
	return out
}

func TestTIFF(t *testing.T) {
	src := image.NewGray16(image.Rect(0, 0, 5, 3))
	for i := range 15 {
		src.SetGray16(i%5, i/5, color.Gray16{Y: uint16(4000*i + 7)})
	}
	var want raster.Image
	raster.From(&want, src)
	file := tiffOf(t, src)
	read := func(content []byte) (*raster.Image, error) {
		c, err := shelf{"x": content}.open("x")
		if err != nil {
			t.Fatal(err)
		}
		var m raster.Image
		return &m, decode(&m, c, "x.tif", DefaultMaxPixels, raster.Ground{})
	}
	// One strip of so many rows that they are all, as many programs write it.
	for _, content := range [][]byte{file, set(t, file, tiffRows, 1<<32-1)} {
		m, err := read(content)
		if err != nil || !bytes.Equal(m.Pix, want.Pix) || m.Height != 3 || m.Width != 5 {
			t.Fatalf("%+v, %v, want %+v", m, err, want)
		}
	}
	for i := range file {
		if _, err := read(file[:i]); err == nil && i < len(file)-20 { // the resolution comes last
			t.Errorf("the first %d of %d bytes are read", i, len(file))
		}
		flipped := bytes.Clone(file)
		flipped[i] ^= 0x55
		if _, err := read(flipped); err != nil {
			oneLine(t, err)
		}
	}
}

// What a TIFF file claims takes no memory: a strip that expands to much more than the picture has is cut off.
func TestTIFFBomb(t *testing.T) {
	const side = 4096
	big := tiffOf(t, image.NewGray(image.Rect(0, 0, side, side)))
	small := set(t, set(t, set(t, big, 257, 1), 256, 1), tiffRows, 1<<32-1) // height and width
	var m image.Image
	took := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			var err error
			if m, err = decodeTIFF(bytes.NewReader(small)); err != nil {
				b.Fatal(err)
			}
		}
	})
	if n := took.AllocedBytesPerOp(); n > side*side/4 {
		t.Errorf("%v decoded with %d bytes", m.Bounds(), n)
	}
	liar := set(t, big, 257, 1<<31-1)
	c, _ := shelf{"x": liar}.open("x") // it is there
	if err := decode(new(raster.Image), c, "x.tif", DefaultMaxPixels, raster.Ground{}); !errors.Is(err, datasets.ErrLimit) {
		t.Errorf("error is %v", err)
	}
}
