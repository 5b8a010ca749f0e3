package imageaug

import (
	"image/color"
	"math"
	"slices"
	"testing"
)

// hueTwin turns the hue of one pixel as textbooks do: to HSV and back.
func hueTwin(r, g, b, turns float64) [3]float64 {
	top, low := max(r, g, b), min(r, g, b)
	d := top - low
	h := 0.0
	if d > 0 {
		switch top {
		case r:
			h = math.Mod((g-b)/d+6, 6)
		case g:
			h = (b-r)/d + 2
		default:
			h = (r-g)/d + 4
		}
	}
	h = math.Mod(h+6*turns+12, 6)
	s := 0.0
	if top > 0 {
		s = d / top
	}
	f := h - math.Floor(h)
	p, q, t := top*(1-s), top*(1-s*f), top*(1-s*(1-f))
	return [][3]float64{{top, t, p}, {q, top, p}, {p, top, t}, {p, q, top}, {t, p, top}, {top, p, q}}[int(h)%6]
}

func TestHue(t *testing.T) {
	rng := rngOf(4)
	steps := []float32{0, 0.25, 0.5, 1}
	for i := range 4000 {
		rgb := []float32{rng.Float32(), rng.Float32(), rng.Float32()}
		if i < 64 {
			rgb = []float32{steps[i%4], steps[i/4%4], steps[i/16]} // equal channels, grey, black
		}
		for _, turns := range []float64{0, 0.5, -0.5, 1.0 / 3, -1.0 / 6, 0.99999999, -1e-9, rng.Float64() - 0.5} {
			got := slices.Clone(rgb)
			turnHue(got, float32(turns))
			want := hueTwin(float64(rgb[0]), float64(rgb[1]), float64(rgb[2]), turns)
			for j := range got {
				if d := float64(got[j]) - want[j]; !(math.Abs(d) < 2e-6) {
					t.Fatalf("%v turned by %g is %v, want %v", rgb, turns, got, want)
				}
			}
		}
	}
}

// A third of the circle makes red green.
func TestHueOfRed(t *testing.T) {
	v := []float32{1, 0, 0}
	turnHue(v, 1.0/3)
	near(t, "red", v, []float32{0, 1, 0}, 1e-6)
}

func TestJitterKeepsItsBounds(t *testing.T) {
	const n = 4000
	src := pixels(1, 1, 1)
	src.Pix[0] = 51 // 0.2, which no factor takes to 1
	c := &Context{RNG: rngOf(1)}
	dst := make([]float32, 1)
	changed, least, most, sum := 0, float32(9), float32(0), 0.0
	for range n {
		if err := (Pipeline{ColorJitter{Brightness: 0.4, P: 0.8}}).Apply(dst, 1, 1, src, c); err != nil {
			t.Fatal(err)
		}
		f := dst[0] / 0.2
		if math.Abs(float64(f)-1) > 1e-6 {
			changed++
		}
		least, most, sum = min(least, f), max(most, f), sum+float64(f)
	}
	if share := float64(changed) / n; math.Abs(share-0.8) > 4*0.4/math.Sqrt(n) {
		t.Errorf("changed %.3f of the views, want 0.8", share)
	}
	if least < 0.6-1e-6 || least > 0.605 || most > 1.4+1e-6 || most < 1.395 || math.Abs(sum/n-1) > 4*0.21/math.Sqrt(n) {
		t.Errorf("factors %.3f to %.3f with a mean of %.3f, want 0.6 to 1.4 with 1", least, most, sum/n)
	}
}

// All 24 orders come up, and each does what it says.
func TestJitterOrder(t *testing.T) {
	src := pixels(3, 5, 5)
	jitter := ColorJitter{Brightness: 0.5, Contrast: 0.6, Saturation: 0.7, Hue: 0.2}
	seen := map[[4]int]int{}
	for seed := range uint64(480) {
		rng := rngOf(seed)
		rng.Float64() // whether at all
		order := [4]int{0, 1, 2, 3}
		for i := 3; i > 0; i-- {
			j := rng.IntN(i + 1)
			order[i], order[j] = order[j], order[i]
		}
		seen[order]++
		want := values(src)
		for _, what := range order {
			u := rng.Float64()
			switch what {
			case 0:
				brighten(want, float32(0.5+u))
			case 1:
				contrast(want, 3, float32(0.4+1.2*u))
			case 2:
				saturate(want, float32(0.3+1.4*u))
			case 3:
				turnHue(want, float32(0.4*u-0.2))
			}
		}
		near(t, "jitter", view(t, Pipeline{jitter}, src, 3, 5, seed), want, 1e-5)
	}
	for order, n := range seen {
		if n > 45 || len(seen) != 24 { // 20 are expected of each, their deviation is 4.4
			t.Errorf("order %v came up %d times of 480, %d orders in all", order, n, len(seen))
		}
	}
}

func TestSpaces(t *testing.T) {
	// L, a, b of white, black, and of pure red, green and blue, from the tables of Lindbloom (sRGB, D65).
	for _, c := range []struct{ rgb, lab [3]float64 }{
		{[3]float64{1, 1, 1}, [3]float64{100, 0, 0}}, {[3]float64{0, 0, 0}, [3]float64{0, 0, 0}},
		{[3]float64{1, 0, 0}, [3]float64{53.24, 80.09, 67.20}}, {[3]float64{0, 1, 0}, [3]float64{87.73, -86.18, 83.18}},
		{[3]float64{0, 0, 1}, [3]float64{32.30, 79.19, -107.86}},
	} {
		pix := []float32{float32(c.rgb[0]), float32(c.rgb[1]), float32(c.rgb[2])}
		if err := Convert("lab", pix); err != nil {
			t.Fatal(err)
		}
		for i, scale := range []struct{ by, plus float64 }{{100, 0}, {255, 128}, {255, 128}} {
			if got := float64(pix[i])*scale.by - scale.plus; math.Abs(got-c.lab[i]) > 0.05 {
				t.Errorf("%v: channel %d is %.3f, want %.2f", c.rgb, i, got, c.lab[i])
			}
		}
	}
	for i := range 200 {
		r, g, b := uint8(i*37), uint8(i*91), uint8(i*13)
		pix := []float32{float32(r) / 255, float32(g) / 255, float32(b) / 255}
		if err := Convert("ycbcr", pix); err != nil {
			t.Fatal(err)
		}
		y, cb, cr := color.RGBToYCbCr(r, g, b)
		near(t, "ycbcr", pix, []float32{float32(y) / 255, float32(cb) / 255, float32(cr) / 255}, 1.01/255)
	}
	pix := []float32{0.1, 0.2, 0.3}
	if err := Convert("rgb", pix); err != nil || pix[1] != 0.2 {
		t.Error("rgb was changed")
	}
	if err := Convert("cmyk", pix); err == nil {
		t.Error("cmyk was converted")
	}
	if err := Convert("lab", pix[:2]); err == nil {
		t.Error("two values were converted")
	}
	if n, err := Channels("grey"); n != 1 || err != nil {
		t.Errorf("grey has %d channels, %v", n, err)
	}
}

func TestCutoutHidesASquare(t *testing.T) {
	src := pixels(1, 20, 20)
	for i := range src.Pix {
		src.Pix[i] = uint8(i%2) * 200
	}
	hidden, full := 0, 0
	for seed := range uint64(400) {
		n := 0
		for _, v := range view(t, Pipeline{Cutout{Share: 0.5}}, src, 1, 20, seed) {
			if v != 0 && v != byteValue[200] {
				n++
			}
		}
		hidden += n
		if n == 100 {
			full++
		}
		if n < 25 || n > 100 {
			t.Fatalf("%d pixels are hidden, want 25 (in a corner) to 100", n)
		}
	}
	// The middle of the square is far enough inside with probability (11/20)^2 = 0.30, and in each direction 8.75 pixels of 10 are
	// hidden on average (10 less the mean of what sticks out, (1+2+3+4+5 + 1+2+3+4)/20).
	if mean := float64(hidden) / 400; math.Abs(mean-8.75*8.75) > 4 {
		t.Errorf("%.1f pixels are hidden on average, want %.1f", mean, 8.75*8.75)
	}
	if share := float64(full) / 400; math.Abs(share-0.3025) > 0.09 {
		t.Errorf("%.2f of the squares are whole, want 0.30", share)
	}
}

func TestPadCropMoves(t *testing.T) {
	src := pixels(1, 9, 9)
	v := values(src)
	seen := map[[2]int]bool{}
	for seed := range uint64(300) {
		for mirrored, a := range []PadCrop{{Padding: 2}, {Padding: 2, Mirror: 1}} {
			c := &Context{RNG: rngOf(seed)}
			dy, dx := c.RNG.IntN(5)-2, c.RNG.IntN(5)-2
			seen[[2]int{dy, dx}] = true
			want := make([]float32, 81)
			for i := range want {
				y, x := i/9+dy, i%9+dx
				inside := y >= 0 && y < 9 && x >= 0 && x < 9
				if inside || mirrored == 1 {
					want[i] = v[reflected(y, 9)*9+reflected(x, 9)]
				}
			}
			near(t, a.Name(), view(t, Pipeline{a}, src, 1, 9, seed), want, 0)
		}
	}
	if len(seen) != 25 {
		t.Errorf("%d of 25 moves were seen", len(seen))
	}
}
