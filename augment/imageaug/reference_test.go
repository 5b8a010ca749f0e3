package imageaug

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/wavekin/wavekin/raster"
)

// pixels is the picture of testdata/reference.py.
func pixels(channels, height, width int) *raster.Image {
	var m raster.Image
	m.Reset(channels, height, width)
	for c := range channels {
		for y := range height {
			for x := range width {
				smooth := (x*(5+2*c) + y*(9-3*c) + c*37) % 256
				rough := (x*x*3 + y*y*5 + x*y*7 + c*11) % 97
				m.Pix[(c*height+y)*width+x] = uint8((smooth*2 + rough) / 3)
			}
		}
	}
	return &m
}

// TestReference holds every operation with given factors to what public libraries make of the same picture. Their versions are in
// testdata/reference.json, which testdata/reference.py writes. The tolerance is 3e-5 where the library works in floating point (its
// values are stored to 1e-5, and ours go through float32), and 1.2/255 where it rounds to bytes between the passes.
func TestReference(t *testing.T) {
	text, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Versions map[string]string
		Cases    []struct {
			Library, Op, Values string
			Numbers             []float64
			Source, Shape       []int
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for i, c := range file.Cases {
		name := fmt.Sprintf("%d %s %s%v of %v", i, c.Library, c.Op, c.Numbers, c.Source)
		raw, err := base64.StdEncoding.DecodeString(c.Values)
		if err != nil {
			t.Fatal(err)
		}
		got := operate(t, c.Op, c.Numbers, pixels(c.Source[0], c.Source[1], c.Source[2]), c.Shape[1])
		if len(raw) != 2*len(got) {
			t.Fatalf("%s: %d values, want %d", name, len(got), len(raw)/2)
		}
		tolerance := 3e-5
		if c.Library == "Pillow" {
			tolerance = 1.2 / 255
		}
		worst, at := 0.0, 0
		for j, v := range got {
			want := float64(binary.LittleEndian.Uint16(raw[2*j:])) / 65535
			if d := math.Abs(float64(v) - want); !(d <= worst) {
				worst, at = d, j
			}
		}
		if !(worst <= tolerance) {
			t.Errorf("%s %s: value %d is %g, off by %g", name, file.Versions[c.Library], at, got[at], worst)
		}
		seen[c.Op]++
	}
	for _, op := range []string{"crop", "center", "flip", "brightness", "contrast", "saturation", "hue", "gray", "solarize", "blur", "lab", "ycbcr"} {
		if seen[op] == 0 {
			t.Errorf("no case of %s", op)
		}
	}
}

// operate applies one operation of the reference.
func operate(t *testing.T, op string, n []float64, src *raster.Image, size int) []float32 {
	c := &Context{}
	dst := make([]float32, src.Channels*size*size)
	p := c.open(dst, size, src)
	switch op {
	case "crop":
		p.show(rect{n[0], n[1], n[2], n[3]}, false, Filter(n[4]))
	case "center":
		p.center(n[0], Bilinear)
	}
	v := p.Values()
	switch op {
	case "flip":
		Flip{P: 1}.Apply(p, &Context{RNG: rngOf(1)})
	case "brightness":
		brighten(v, float32(n[0]))
	case "contrast":
		contrast(v, src.Channels, float32(n[0]))
	case "saturation":
		saturate(v, float32(n[0]))
	case "hue":
		turnHue(v, float32(n[0]))
	case "gray":
		greyOut(v)
	case "solarize":
		solarize(v, 0.5)
	case "blur":
		blur(v, src.Height, src.Width, gauss(p.work, n[1], int(n[0])/2), p.work)
	case "lab", "ycbcr":
		if err := Convert(op, v); err != nil {
			t.Fatal(err)
		}
	case "crop", "center":
	default:
		t.Fatalf("no operation %s", op)
	}
	return p.Values()
}
