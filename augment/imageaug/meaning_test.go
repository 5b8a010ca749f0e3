package imageaug

import (
	"math"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/raster"
)

// near tells whether two views are the same up to a tolerance.
func near(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range got {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= tolerance) {
			t.Fatalf("%s: value %d is %g, want %g", what, i, got[i], want[i])
		}
	}
}

// values are the pixels of an image, which a view of its size without augmentation must be.
func values(src *raster.Image) []float32 {
	out := make([]float32, len(src.Pix))
	(&Picture{bytes: src.Pix}).toValues(out, 0)
	return out
}

func TestCenterOfItsOwnSizeIsTheImage(t *testing.T) {
	for _, channels := range []int{1, 3} {
		src := pixels(channels, 23, 23)
		for _, text := range []string{"", "identity", "center", "resize", "crop(1,1,1)", "flip(1)|flip(1)", "patches(1)"} {
			got := view(t, MustParse(text).First, src, channels, 23, 1)
			near(t, text, got, values(src), 0)
		}
		dst := make([]float32, channels*23*23)
		if err := Center(dst, channels, 23, src, &Context{}); err != nil {
			t.Fatal(err)
		}
		near(t, "Center", dst, values(src), 0)
	}
	// The middle of a wider image, pixel by pixel.
	src := pixels(1, 6, 11)
	want := make([]float32, 0, 36)
	for y := range 6 {
		// torchvision rounds 2.5 pixels to the even 2.
		want = append(want, values(src)[y*11+2:y*11+8]...)
	}
	near(t, "wide", view(t, nil, src, 1, 6, 1), want, 0)
}

// Crops are boxes of whole pixels with a uniform area, a log-uniform ratio and a uniform place, as long as they fit.
func TestCropsAreSpreadAsTheyShould(t *testing.T) {
	const n = 20000
	c := &Context{RNG: rngOf(3)}
	whole := rect{0, 0, 1000, 1000}
	var area, logRatio, squares, left, top float64
	leastArea, mostArea, leastRatio, mostRatio := 9.0, 0.0, 9.0, 0.0
	for range n {
		b := Crop{}.draw(whole, 0.1, 0.5, c)
		if b.top < 0 || b.left < 0 || b.top+b.height > 1000 || b.left+b.width > 1000 || b.height != math.Trunc(b.height) || b.left != math.Trunc(b.left) {
			t.Fatalf("%+v", b)
		}
		a, r := b.height*b.width/1e6, b.width/b.height
		area += a / n
		logRatio += math.Log(r) / n
		squares += math.Log(r) * math.Log(r) / n
		left += b.left / (1000 - b.width) / n
		top += b.top / (1000 - b.height) / n
		leastArea, mostArea, leastRatio, mostRatio = min(leastArea, a), max(mostArea, a), min(leastRatio, r), max(mostRatio, r)
	}
	// Means of uniform variables; their errors are their deviations over the root of 20000 (141), and 4 of those are allowed.
	span := math.Log(4.0 / 3)
	for _, m := range []struct {
		what             string
		got, want, error float64
	}{
		{"area", area, 0.3, 0.4 / math.Sqrt(12) / 141}, {"log ratio", logRatio, 0, span / math.Sqrt(3) / 141},
		{"square of log ratio", squares, span * span / 3, span * span / 3 / 141},
		{"left", left, 0.5, 1 / math.Sqrt(12) / 141}, {"top", top, 0.5, 1 / math.Sqrt(12) / 141},
		{"least area", leastArea, 0.1, 0.0005}, {"most area", mostArea, 0.5, 0.0005},
		{"least ratio", leastRatio, 0.75, 0.001}, {"most ratio", mostRatio, 4.0 / 3, 0.001},
	} {
		if math.Abs(m.got-m.want) > 4*m.error {
			t.Errorf("%s is %.4f, want %.4f ± %.4f", m.what, m.got, m.want, 4*m.error)
		}
	}
	// Where none fits, the middle with the nearest ratio that is allowed is taken.
	if b := (Crop{}).draw(rect{0, 0, 10, 400}, 1, 1, c); b != (rect{0, 193, 10, 13}) {
		t.Errorf("of 400 x 10 pixels %+v", b)
	}
	if b := (Crop{}).draw(rect{0, 0, 400, 10}, 1, 1, c); b != (rect{193, 0, 13, 10}) {
		t.Errorf("of 10 x 400 pixels %+v", b)
	}
}

// The context's bounds go before the pipeline's, and patches do not see them.
func TestContextCrop(t *testing.T) {
	src := pixels(1, 100, 100)
	for i := range src.Pix {
		src.Pix[i] = uint8(i % 100) // each pixel tells its column
	}
	width := func(v []float32) float64 { return float64(slices.Max(v)-slices.Min(v))*255 + 1 }
	dst := make([]float32, 400)
	c := &Context{RNG: rngOf(1), Crop: [2]float64{0.04, 0.05}}
	for range 50 {
		if err := MustParse("crop(0.9,1)").First.Apply(dst, 1, 20, src, c); err != nil {
			t.Fatal(err)
		}
		// 20 or 22 columns at a ratio of 1, 17 to 26 at others.
		if w := width(dst); w < 16 || w > 27 {
			t.Fatalf("a crop of %.1f columns, want 17 to 26", w)
		}
		if err := MustParse("patches(2)|crop(0.9,1)").First.Apply(dst, 1, 20, src, c); err != nil {
			t.Fatal(err)
		}
		if w := width(dst); w < 80 {
			t.Fatalf("patches of %.1f columns in all, want nearly 100", w)
		}
	}
}

// What is put off until the pixels are resampled is the same as what is done at once.
func TestFlipAndCropCommute(t *testing.T) {
	src := pixels(3, 31, 40)
	mirrored := pixels(3, 31, 40)
	for y := 0; y < len(mirrored.Pix); y += 40 {
		slices.Reverse(mirrored.Pix[y : y+40])
	}
	for _, text := range []string{"resize", "center", "center(0.7)", "resize(1)"} {
		a := view(t, MustParse(text+"|flip(1)").First, src, 3, 16, 1)
		b := view(t, MustParse("flip(1)|"+text).First, src, 3, 16, 1)
		at := view(t, MustParse(text+"|gray(1)|flip(1)").First, src, 3, 16, 1) // the grey needs the pixels before the flip
		want := view(t, MustParse(text).First, mirrored, 3, 16, 1)
		near(t, text+"|flip", a, want, 1e-6)
		near(t, "flip|"+text, b, want, 1e-6)
		greyOut(want)
		near(t, text+"|gray|flip", at, want, 1e-6)
	}
	// The grey needs the pixels before they are resampled.
	want := view(t, MustParse("center").First, mirrored, 3, 16, 1)
	greyOut(want)
	near(t, "flip|gray|center", view(t, MustParse("flip(1)|gray(1)|center").First, src, 3, 16, 1), want, 1e-6)
}

// The cells of a mosaic are the patches: of an image of 256 pixels those of CPC, 64 pixels every 32, unchanged in a view of 448.
func TestPatches(t *testing.T) {
	src := pixels(3, 256, 256)
	all := values(src)
	plain := view(t, MustParse("patches(7,0.5)").First, src, 3, 448, 1)
	turned := view(t, MustParse("flip(1)|patches(7,0.5)|flip(1)|gray(1)").First, src, 3, 448, 1)
	for y := range 7 {
		for x := range 7 {
			for i := range 64 {
				for j := range 64 {
					to := (y*64+i)*448 + x*64 + j
					from := (y*32+i)*256 + x*32 + j
					if plain[to] != all[from] || plain[2*448*448+to] != all[2*256*256+from] {
						t.Fatalf("patch %d, %d, pixel %d, %d is not the image's", y, x, i, j)
					}
					// Mirrored as a whole, the columns of the patches change places; mirrored again, the patches are as they were.
					from = (y*32+i)*256 + (6-x)*32 + j
					want := luma(all[from], all[65536+from], all[2*65536+from])
					if d := turned[to] - want; d > 1e-6 || d < -1e-6 {
						t.Fatalf("patch %d, %d of the mirrored image, pixel %d, %d: %g, want %g", y, x, i, j, turned[to], want)
					}
				}
			}
		}
	}
}

// A patch shows nothing of its neighbours, whatever its size; each is changed on its own.
func TestPatchesAreApart(t *testing.T) {
	for _, shape := range []struct{ side, grid, size int }{{32, 4, 48}, {33, 4, 32}, {50, 5, 20}, {7, 7, 21}} {
		src := pixels(1, shape.side, shape.side)
		p := MustParse("patches(1)").First
		p[0] = Patches{Grid: shape.grid, Of: MustParse("resize(1)|blur(1)").First}
		before := view(t, p, src, 1, shape.size, 1)
		// The pixels that lie in the upper left patch, if only in part.
		edge := int(math.Ceil(float64(shape.side) / float64(shape.grid)))
		for y := range shape.side {
			for x := range shape.side {
				if y >= edge || x >= edge {
					src.Pix[y*shape.side+x] ^= 0xff
				}
			}
		}
		after := view(t, p, src, 1, shape.size, 1)
		cell := shape.size / shape.grid
		for i := range cell {
			if at := i * shape.size; !slices.Equal(before[at:at+cell], after[at:at+cell]) {
				t.Fatalf("%+v: the first patch shows what lies beside it", shape)
			}
		}
	}
	got := view(t, MustParse("patches(8)|gray(0.5)").First, pixels(3, 32, 32), 3, 32, 1)
	grey := 0
	for y := range 8 {
		for x := range 8 {
			if at := y*4*32 + x*4; got[at] == got[1024+at] && got[at] == got[2048+at] {
				grey++
			}
		}
	}
	if grey < 20 || grey > 44 { // 32 ± 3 deviations of 4
		t.Errorf("%d of 64 patches are grey, want about 32", grey)
	}
}
