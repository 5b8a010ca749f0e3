package imageset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/raster"
	"golang.org/x/image/bmp"
)

// slope is an image in which every pixel differs from its neighbours.
func slope(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.SetNRGBA(i%w, i/w, color.NRGBA{uint8(i%w) * 20, uint8(i/w) * 20, 30, 255})
	}
	return m
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// exifData is the data of EXIF for an orientation.
func exifData(order binary.AppendByteOrder, orientation uint16) []byte {
	b := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint16(order.AppendUint32(b, 8), 2)
	b = append(order.AppendUint16(b, 0x0110), 0, 2, 0, 0, 0, 1, 'x', 0, 0, 0) // the camera's name
	b = order.AppendUint16(order.AppendUint16(b, 0x0112), 3)
	return append(order.AppendUint16(order.AppendUint32(b, 1), orientation), 0, 0, 0, 0, 0, 0)
}

// Every format is read, whatever its name says.
func TestFormats(t *testing.T) {
	m := slope(7, 5)
	var asBMP, asGIF bytes.Buffer
	if err := bmp.Encode(&asBMP, m); err != nil {
		t.Fatal(err)
	}
	// A frame that does not fill its canvas.
	part := image.NewPaletted(image.Rect(2, 1, 4, 3), color.Palette{color.RGBA{200, 0, 0, 255}})
	if err := gif.EncodeAll(&asGIF, &gif.GIF{Image: []*image.Paletted{part, part}, Delay: []int{1, 1}, Config: image.Config{Width: 7, Height: 5}}); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, "images:"+write(t, map[string][]byte{"a.BMP": asBMP.Bytes(), "b.gif": asGIF.Bytes(), "c.jfif": pngOf(t, m)}), Options{})
	var want raster.Image
	raster.From(&want, m)
	for _, i := range []int{0, 2} {
		if got := mustRead(t, s, i); !bytes.Equal(got.Pix, want.Pix) {
			t.Errorf("%s: %v, want %v", got.Name, got.Pix, want.Pix)
		}
	}
	got := mustRead(t, s, 1)
	at := func(x, y int) [3]uint8 {
		i := y*7 + x
		return [3]uint8{got.Plane(0)[i], got.Plane(1)[i], got.Plane(2)[i]}
	}
	if got.Width != 7 || got.Height != 5 || at(2, 1) != [3]uint8{200, 0, 0} || at(3, 2) != [3]uint8{200, 0, 0} || at(1, 1) != [3]uint8{255, 255, 255} {
		t.Errorf("GIF: %d x %d, %v", got.Width, got.Height, got.Pix)
	}
}

// WebP gives what Pillow makes of it (testdata/webp.py).
func TestWebP(t *testing.T) {
	s := mustOpen(t, "images:testdata", Options{})
	images := map[string]*raster.Image{}
	for i := range s.Len() {
		images[s.Name(i)] = mustRead(t, s, i)
	}
	rgb, err := os.ReadFile("testdata/lossy.rgb")
	if err != nil {
		t.Fatal(err)
	}
	lossy := images["lossy.webp"]
	worst := 0
	for i, w := range rgb {
		d := int(lossy.Pix[i%3*40*24+i/3]) - int(w)
		worst = max(worst, d, -d)
	}
	if lossy.Width != 40 || worst > 8 {
		t.Errorf("lossy: %d wide, values differ by up to %d", lossy.Width, worst)
	}
	// Column x of what is stored is row x, from the right to the left.
	turned := images["turned.webp"]
	if turned.Width != 24 || turned.Height != 40 || turned.Plane(0)[5*24] != 5*255/40 || turned.Plane(1)[23] != 0 || turned.Plane(1)[0] != 23*255/24 {
		t.Errorf("turned: %d x %d", turned.Width, turned.Height)
	}
	if a := images["alpha.webp"]; a.Plane(0)[0] < 240 || a.Plane(1)[23*40] > 250 {
		t.Errorf("alpha: %d at the top, where it is clear; %d at the bottom", a.Plane(0)[0], a.Plane(1)[23*40])
	}
	// A header that says another size than the picture has.
	text, err := os.ReadFile("testdata/alpha.webp")
	if err != nil {
		t.Fatal(err)
	}
	text[24]++
	var m raster.Image
	says(t, mustOpen(t, "images:"+write(t, map[string][]byte{"x.webp": text}), Options{}).Read(0, &m), "x.webp", "the sizes of its parts differ")
}

// Of an animation the first frame is taken, at its place on the canvas: here alpha.webp, 40 x 24, two pixels right and four down of
// 50 x 30. Its chunks are those behind the long header, which is 30 bytes with the head of the file.
func TestAnimatedWebP(t *testing.T) {
	still, err := os.ReadFile("testdata/alpha.webp")
	if err != nil {
		t.Fatal(err)
	}
	three := func(v int) []byte { return []byte{byte(v), byte(v >> 8), 0} }
	animated := func(x, y int) []byte {
		chunks := still[30:]
		frame := slices.Concat(three(x/2), three(y/2), three(40-1), three(24-1), make([]byte, 4), chunks)
		out := slices.Concat([]byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x12\x00\x00\x00"), three(50-1), three(30-1), []byte("ANIM\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00ANMF"))
		return append(binary.LittleEndian.AppendUint32(out, uint32(len(frame))), frame...)
	}
	s := mustOpen(t, "images:"+write(t, map[string][]byte{"a.webp": animated(2, 4), "b.webp": still, "c.webp": animated(12, 4), "d.webp": animated(2, 4)[:200]}), Options{})
	canvas, alone := mustRead(t, s, 0), mustRead(t, s, 1)
	if canvas.Width != 50 || canvas.Height != 30 {
		t.Fatalf("%d x %d", canvas.Width, canvas.Height)
	}
	for c := range canvas.Channels {
		for y := range 30 {
			for x := range 50 {
				want := 255 // the ground that is clear
				if x >= 2 && x < 42 && y >= 4 && y < 28 {
					want = int(alone.Plane(c)[(y-4)*40+x-2])
				}
				if got := int(canvas.Plane(c)[y*50+x]); got > want+1 || want > got+1 { // the canvas has other alpha arithmetic
					t.Fatalf("channel %d, %d, %d: %d, want %d", c, x, y, got, want)
				}
			}
		}
	}
	var m raster.Image
	says(t, s.Read(2, &m), "c.webp", "the sizes of its parts differ")
	says(t, s.Read(3, &m), "d.webp", "the file ends too early")
}

// An image is turned as its camera says: of three pixels in a row the first is red.
func TestOrientation(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 2, 3))
	for i := range 6 {
		m.SetNRGBA(i%2, i/2, color.NRGBA{uint8(i), 0, 0, 255})
	}
	want := map[uint16][]uint8{ // rows of the upright image
		1: {0, 1, 2, 3, 4, 5}, 2: {1, 0, 3, 2, 5, 4}, 3: {5, 4, 3, 2, 1, 0}, 4: {4, 5, 2, 3, 0, 1},
		5: {0, 2, 4, 1, 3, 5}, 6: {4, 2, 0, 5, 3, 1}, 7: {5, 3, 1, 4, 2, 0}, 8: {1, 3, 5, 0, 2, 4}, 9: {0, 1, 2, 3, 4, 5},
	}
	plain := pngOf(t, m)
	for o, rows := range want {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			body := exifData(order, o)
			chunk := append([]byte("eXIf"), body...)
			file := slices.Concat(plain[:33], binary.BigEndian.AppendUint32(nil, uint32(len(body))), chunk, binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(chunk)), plain[33:])
			s := mustOpen(t, "images:"+write(t, map[string][]byte{"x.png": file}), Options{})
			for range 2 { // the second time from memory
				got := mustRead(t, s, 0)
				if !bytes.Equal(got.Plane(0), rows) || (got.Width == 3) != (o >= 5 && o <= 8) {
					t.Errorf("orientation %d: %d x %d, %v, want %v", o, got.Width, got.Height, got.Plane(0), rows)
				}
			}
		}
	}
	photo := photo(t, 16, 8, red)
	segment := append([]byte("Exif\x00\x00"), exifData(binary.BigEndian, 6)...)
	file := slices.Concat(photo[:2], []byte{0xff, 0xe1, 0, byte(len(segment) + 2)}, segment, photo[2:])
	filled := slices.Concat(file[:2], []byte{0xff, 0xff}, file[2:]) // a marker may begin with several of them
	for i, file := range [][]byte{file, filled} {
		if got := mustRead(t, mustOpen(t, "images:"+write(t, map[string][]byte{"x.jpg": file}), Options{}), 0); got.Width != 8 || got.Height != 16 {
			t.Errorf("turned photo %d is %d x %d", i, got.Width, got.Height)
		}
	}
	for n := range segment { // cut off anywhere, it says nothing
		if o := orientation(segment[6:][:max(0, n-6)]); o != 0 && n < len(segment)-4 {
			t.Errorf("%d bytes of EXIF say %d", n, o)
		}
	}
}

// TestFilledMarkers: the size of a picture is that which the decoder finds, behind a segment with another one that only counting wrong leads to.
func TestFilledMarkers(t *testing.T) {
	const size = 0xf000 // of the segment
	segment := append([]byte{0xff, 0xff, 0xef, size >> 8, size & 0xff}, make([]byte, size-2)...)
	copy(segment[2+0xeff0:], []byte{0xff, 0xc0, 0, 17, 8, 0, 1, 0, 1})
	photo := photo(t, 16, 8, red)
	file := slices.Concat(photo[:2], segment, photo[2:])
	var m raster.Image
	if err := decode(&m, section{io.NewSectionReader(bytes.NewReader(file), 0, int64(len(file)))}, "x.jpg", 16*8-1, raster.White); !errors.Is(err, datasets.ErrLimit) {
		t.Errorf("%d x %d pixels: %v", m.Width, m.Height, err)
	}
}

// What is transparent shows the ground, and a drawing in the colour of the ground is seen by its alpha.
func TestGround(t *testing.T) {
	drawing := func(c color.NRGBA) []byte {
		m := image.NewNRGBA(image.Rect(0, 0, 4, 4))
		m.SetNRGBA(1, 1, c)
		return pngOf(t, m)
	}
	dir := "images:" + write(t, map[string][]byte{"a.png": drawing(color.NRGBA{0, 0, 0, 255}), "b.png": drawing(color.NRGBA{255, 255, 255, 255}), "c.png": drawing(color.NRGBA{200, 0, 0, 128})})
	for ground, want := range map[string][3][2]uint8{ // of each drawing the red of a corner and of the mark
		"":        {{255, 0}, {255, 0}, {255, 228}},
		"black":   {{0, 255}, {0, 255}, {0, 100}},
		"#ff0000": {{255, 0}, {255, 255}, {255, 228}},
	} {
		s := mustOpen(t, dir, Options{Ground: ground})
		for i, w := range want {
			m := mustRead(t, s, i)
			if got := [2]uint8{m.Plane(0)[0], m.Plane(0)[5]}; got != w {
				t.Errorf("ground %q, %s: %v, want %v", ground, m.Name, got, w)
			}
		}
	}
	refused(t, dir, Options{Ground: "mauve"}, `ground is "mauve"`, "#ff8000")
}

// 16 bits are kept, in memory too.
func TestSixteenBits(t *testing.T) {
	m := image.NewGray16(image.Rect(0, 0, 3, 1))
	colour := image.NewNRGBA64(image.Rect(0, 0, 1, 1))
	colour.SetNRGBA64(0, 0, color.NRGBA64{0x1234, 0x5678, 0x9abc, 0xffff})
	for i, v := range []uint16{0x1200, 0x1201, 0xfffe} {
		m.SetGray16(i, 0, color.Gray16{Y: v})
	}
	s := mustOpen(t, "images:"+write(t, map[string][]byte{"a.png": pngOf(t, m), "b.png": pngOf(t, colour), "c.png": pngOf(t, slope(2, 2))}), Options{})
	for range 2 {
		got := mustRead(t, s, 0)
		if !bytes.Equal(got.Pix, []byte{0x12, 0x12, 0xff}) || !bytes.Equal(got.Low, []byte{0, 1, 0xfe}) || got.Unit(1) != float64(0x1201)/0xffff {
			t.Errorf("grey: %x %x", got.Pix, got.Low)
		}
		if got := mustRead(t, s, 1); !bytes.Equal(got.Pix, []byte{0x12, 0x56, 0x9a}) || !bytes.Equal(got.Low, []byte{0x34, 0x78, 0xbc}) {
			t.Errorf("colour: %x %x", got.Pix, got.Low)
		}
		if got := mustRead(t, s, 2); len(got.Low) != 0 || got.Unit(0) != 0 {
			t.Errorf("8 bits: %x", got.Low)
		}
	}
}

// What is not read is said.
func TestRemarks(t *testing.T) {
	p := picture(t, 2, 2, red)
	s := mustOpen(t, "images:"+write(t, map[string][]byte{"cat/1.png": p, "cat/2.heic": p, "dog/1.SVG": p, "dog/2.heic": p, "fox/notes.txt": nil, "Readme.md": nil}), Options{})
	want := []string{"3 files are not read: .heic (2), .svg (1); images are read from JPEG, PNG, WebP, GIF, BMP, TIFF",
		"class dog has no image that is read: the folder holds files such as .heic", "class fox has no image that is read: the folder holds files such as .txt"}
	if got := s.Remarks(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := mustOpen(t, "images:"+write(t, map[string][]byte{"1.png": p, "notes.txt": nil}), Options{}).Remarks(); len(got) > 0 {
		t.Errorf("%q", got)
	}
}

// Damaged variants of every format, seeded, are refused in one line or read; none ends the program.
func TestDamagedPictures(t *testing.T) {
	m := slope(9, 9)
	m.Pix[3] = 90
	files := map[string][]byte{"a.png": pngOf(t, m), "b.jpg": photo(t, 16, 16, red)}
	var asBMP, asGIF bytes.Buffer
	if err := bmp.Encode(&asBMP, m); err != nil {
		t.Fatal(err)
	}
	if err := gif.Encode(&asGIF, m, nil); err != nil {
		t.Fatal(err)
	}
	files["c.bmp"], files["d.gif"] = asBMP.Bytes(), asGIF.Bytes()
	for _, name := range []string{"lossy.webp", "turned.webp", "alpha.webp"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = b
	}
	r := rand.New(rand.NewPCG(5, 6))
	for name, good := range files {
		refused := 0
		for range 150 {
			b := bytes.Clone(good)
			switch r.IntN(3) {
			case 0:
				b = b[:r.IntN(len(b))]
			default:
				for range 1 + r.IntN(4) {
					b[r.IntN(len(b))] ^= 1 << r.IntN(8)
				}
			}
			var m raster.Image
			err := decode(&m, section{io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b)))}, name, 1<<16, raster.White)
			if err == nil {
				if len(m.Pix) != m.Channels*m.Height*m.Width {
					t.Errorf("%s: %d values of %d x %d x %d", name, len(m.Pix), m.Channels, m.Height, m.Width)
				}
				continue
			}
			refused++
			if strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), name) {
				t.Errorf("%s: %q", name, err)
			}
		}
		if refused < 40 {
			t.Errorf("%s: only %d of 150 are refused", name, refused)
		}
	}
}
