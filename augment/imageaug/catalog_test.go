package imageaug

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/augment/language/languagetest"
	"github.com/wavekin/wavekin/raster"
)

func rngOf(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }

// view makes a view of an image with a context of its own.
func view(t *testing.T, p Pipeline, src *raster.Image, channels, size int, seed uint64) []float32 {
	t.Helper()
	dst := make([]float32, channels*size*size)
	if err := p.Apply(dst, channels, size, src, &Context{RNG: rngOf(seed)}); err != nil {
		t.Fatalf("%s of %d x %d: %v", p, src.Height, src.Width, err)
	}
	return dst
}

// texts are every entry as it is listed, with parts where it wants some, and a few with other numbers.
func texts() []string {
	all := []string{"crop(0.08,1,0.75,1)", "crop(0.001,0.002)", "crop(1,1,1)", "center(0.5)", "resize(1)", "pad-crop(9,1)", "pad-crop(50)",
		"color-jitter(10,10,10,0.5)", "color-jitter(0,0,0,0.5)", "blur(1,100,100,1)", "blur(1,0.001,0.001)", "cutout(1)", "gray(1)|crop|flip(1)",
		"flip(1)|crop|crop|flip(1)|resize", "solarize(1,0.1)|pad-crop|center", "color-drop(1)|patches(1)|crop", "crop|patches(2,0.5)|crop|blur(1)|flip"}
	for _, e := range Catalog() {
		switch e.Name {
		case "maybe", "choice":
			all = append(all, e.Usage+"|gray(1)|cutout")
		case "patches":
			all = append(all, "patches(1,0)|m2")
		default:
			all = append(all, e.Usage)
		}
	}
	return all
}

// Every augmentation takes every size and number of channels, stays within 0..1, leaves the image as it is, and is made by nothing but
// the generator: not by what the context's memory held before.
func TestWholeCatalogue(t *testing.T) {
	used := &Context{}
	for _, text := range texts() {
		p := MustParse(text).First
		for _, shape := range [][2]int{{1, 1}, {1, 9}, {9, 1}, {2, 2}, {5, 3}, {16, 16}, {37, 20}} {
			for _, of := range []int{1, 3} {
				src := pixels(of, shape[0], shape[1])
				before := slices.Clone(src.Pix)
				for _, channels := range []int{1, 3} {
					for _, size := range []int{2, 16, 30} {
						for seed := range uint64(3) {
							got := view(t, p, src, channels, size, seed)
							for i, v := range got {
								if !(v >= 0 && v <= 1) {
									t.Fatalf("%s, %d x %d x %d to %d x %d: value %d is %g", text, of, shape[0], shape[1], channels, size, i, v)
								}
							}
							used.RNG = rngOf(seed)
							again := slices.Repeat([]float32{9}, len(got))
							if err := p.Apply(again, channels, size, src, used); err != nil || !slices.Equal(got, again) {
								t.Fatalf("%s, %d x %d x %d to %d x %d: the same generator, another view (%v)", text, of, shape[0], shape[1], channels, size, err)
							}
						}
					}
				}
				if !slices.Equal(before, src.Pix) {
					t.Fatalf("%s changed the image", text)
				}
			}
		}
	}
}

// A grey image is the same picture as one with three equal channels.
func TestGreyImages(t *testing.T) {
	for _, text := range texts() {
		if strings.Contains(text, "color-drop") {
			continue // makes colours out of grey, if there are channels to drop
		}
		p := MustParse(text).First
		one := pixels(1, 21, 25)
		three := &raster.Image{Channels: 3, Height: 21, Width: 25, Pix: slices.Repeat(one.Pix, 3)}
		for _, channels := range []int{1, 3} {
			a, b := view(t, p, one, channels, 16, 5), view(t, p, three, channels, 16, 5)
			for i := range a {
				// The weights of the luma sum up to 0.9999, which strong contrast makes more of.
				if d := a[i] - b[i]; (d > 2e-3 || d < -2e-3) && !strings.Contains(text, "jitter(10") {
					t.Fatalf("%s: value %d is %g of one channel, %g of three", text, i, a[i], b[i])
				}
			}
			if channels == 3 && !slices.Equal(a[:256], a[256:512]) {
				t.Fatalf("%s: a grey image has become coloured", text)
			}
		}
	}
}

func TestCatalogueAgreesWithStructs(t *testing.T) {
	languagetest.Catalogue(t, Catalog(), Parse, func(a Augmentation) string { return Pipeline{a}.String() })
	for _, e := range Catalog() {
		if e.Follow != nil || e.Make == nil {
			continue
		}
		// A struct of zeros does what the defaults do.
		a := e.Make(e.Defaults())
		zero := reflect.Zero(reflect.TypeOf(a)).Interface().(Augmentation)
		if src := pixels(3, 20, 20); !slices.Equal(view(t, Pipeline{a}, src, 3, 16, 4), view(t, Pipeline{zero}, src, 3, 16, 4)) {
			t.Errorf("%s: the zero value does something else", e.Usage)
		}
	}
}

// The figures are those of the papers' code (see the recipes).
func TestRecipes(t *testing.T) {
	for text, want := range map[string]string{
		"w":             "crop(0.2,1,0.75,0)|flip(0.5)|color-jitter(0.4,0.4,0.4,0.4,1)|gray(0.2)",
		"m2":            "crop(0.2,1,0.75,0)|flip(0.5)|color-jitter(0.4,0.4,0.4,0.1,0.8)|gray(0.2)|blur(0.5,0.1,2,0.1)",
		"s":             "crop(0.08,1,0.75,0)|flip(0.5)|color-jitter(0.8,0.8,0.8,0.2,0.8)|gray(0.2)|blur(0.5,0.1,2,0.1)",
		"s(0.3)":        "crop(0.08,1,0.75,0)|flip(0.5)|color-jitter(0.24,0.24,0.24,0.06,0.8)|gray(0.2)|blur(0.5,0.1,2,0.1)",
		"s-cifar":       "crop(0.08,1,0.75,0)|flip(0.5)|color-jitter(0.4,0.4,0.4,0.1,0.8)|gray(0.2)",
		"b1-cifar(0.2)": "crop(0.2,1,0.75,0)|flip(0.5)|color-jitter(0.4,0.4,0.2,0.1,0.8)|gray(0.2)",
		"b1;b2": "crop(0.08,1,0.75,0)|flip(0.5)|color-jitter(0.4,0.4,0.2,0.1,0.8)|gray(0.2)|blur(1,0.1,2,0.1);" +
			"crop(0.08,1,0.75,0)|flip(0.5)|color-jitter(0.4,0.4,0.2,0.1,0.8)|gray(0.2)|blur(0.1,0.1,2,0.1)|solarize(0.2,0.5)",
		"m2|cutout":                      MustParse("m2").String() + "|cutout(0.5,1)",
		"patches|flip;patches(2,0.5)|m2": "patches(7,0)|flip(0.5);patches(2,0.5)|" + MustParse("m2").String(),
		"maybe|patches(4)|flip|gray":     "maybe(0.5)|patches(4,0)|flip(0.5)|gray(0.2)",
	} {
		s, err := Parse(text)
		if err != nil || s.String() != want {
			t.Errorf("%s is read as %s (%v), want %s", text, s, err, want)
			continue
		}
		if again, err := Parse(want); err != nil || again.String() != want {
			t.Errorf("%s is read as %s (%v)", want, again, err)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		text string
		pos  int
		want string
	}{
		{"crop(0.9,0.5)", 5, "min is above max"},
		{"m3", 0, "did you mean"},
		{"crop|maybe|m2", 11, "a recipe is 5 steps, and maybe takes single ones"},
		{"choice(2)|patches|flip", 0, "choice wants 2 after it, 1 given"},
		{"s(3)", 2, "strength is 3, want above 0, up to 2.5"},
		{"resize(2)", 7, "filter is 2, want 0 to 1"},
		{"color-jitter(0.4,0.4,0.4,0.6)", 25, "hue is 0.6"},
		{"pad-crop(1.5)", 9, "whole number"},
		{"jitter", 0, "no augmentation"},
	} {
		_, err := Parse(c.text)
		var e *ParseError
		if !errors.As(err, &e) || e.Pos != c.pos || !strings.Contains(e.Error(), c.want) {
			t.Errorf("%q: %v, want %q at byte %d", c.text, err, c.want, c.pos)
		}
	}
	if _, err := New("m2"); err == nil || !strings.Contains(err.Error(), "recipe") {
		t.Errorf("New made a recipe: %v", err)
	}
	if err := (Spec{First: Pipeline{Crop{Max: 0.09}}}).Check(); err != nil { // between 0.08 and 0.09
		t.Error(err)
	}
	for _, s := range []Spec{{First: Pipeline{Crop{Max: 0.07}}}, {First: Pipeline{Blur{Min: 3}}}, {First: Pipeline{Flip{P: 2}}}, {First: Pipeline{nil}}, {First: Pipeline{Patches{}, Flip{}}},
		{First: Pipeline{Patches{Of: Pipeline{Patches{Grid: 1000}}}}}} {
		if err := s.Check(); err == nil {
			t.Errorf("%#v passes", s)
		}
	}
	src := pixels(3, 4, 4)
	ctx := &Context{RNG: rngOf(1)}
	for want, err := range map[string]error{
		"2 channels, want 1 or 3":      Pipeline{}.Apply(make([]float32, 32), 2, 4, src, ctx),
		"47 values for a view":         Pipeline{}.Apply(make([]float32, 47), 3, 4, src, ctx),
		"0 values for a view of 3 x 0": Pipeline{}.Apply(nil, 3, 0, src, ctx),
		"image a/b has 4 channels":     Pipeline{}.Apply(make([]float32, 48), 3, 4, &raster.Image{Channels: 4, Name: "a/b"}, ctx),
		"image c is 1 x 2 x 2 and holds 3 values": Pipeline{}.Apply(make([]float32, 48), 3, 4,
			&raster.Image{Channels: 1, Height: 2, Width: 2, Pix: make([]uint8, 3), Name: "c"}, ctx),
		"image d is 3 x 0 x 5 and holds 0 values": Pipeline{}.Apply(make([]float32, 48), 3, 4, &raster.Image{Channels: 3, Width: 5, Name: "d"}, ctx),
		"image e is 1 x 5 x 0 and holds 0 values": Pipeline{}.Apply(make([]float32, 48), 3, 4, &raster.Image{Channels: 1, Height: 5, Name: "e"}, ctx),
		"no generator": Pipeline{Flip{}}.Apply(make([]float32, 48), 3, 4, src, &Context{}),
		"patches(3): a view of 4 pixels is no multiple of 3": Pipeline{Patches{Grid: 3}}.Apply(make([]float32, 48), 3, 4, src, ctx),
		"patches(2): a view of 1 pixels":                     MustParse("patches(2)|patches(2)|patches(2)").First.Apply(make([]float32, 48), 3, 4, src, ctx),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	src := pixels(3, 9, 7)
	languagetest.Fuzz(f, Catalog(), Parse, func(t *testing.T, s Spec) {
		for i := range 2 {
			dst := make([]float32, 3*12*12)
			if err := s.View(i).Apply(dst, 3, 12, src, &Context{RNG: rngOf(1)}); err != nil && !strings.Contains(err.Error(), "no multiple of") {
				t.Fatalf("%s: %v", s, err)
			}
			for j, v := range dst {
				if !(v >= 0 && v <= 1) {
					t.Fatalf("%s: value %d is %g", s, j, v)
				}
			}
		}
	})
}

// Out of range, a number counts as the nearest that is allowed, or as the default.
func TestOutOfRange(t *testing.T) {
	for _, a := range []Augmentation{Crop{Min: -1, Max: 7}, Crop{Min: 0.9, Max: 0.1, Ratio: -3, Filter: 9}, CenterCrop{Share: 4, Filter: -1}, PadCrop{Padding: 1 << 40, Mirror: 5},
		ColorJitter{Brightness: 1e9, Contrast: -1, Saturation: 1e9, Hue: 7, P: 2}, Blur{P: 3, Min: 1e9, Max: 1e9, Kernel: 9}, Cutout{Share: 5, P: 9},
		Patches{Grid: -1, Overlap: 3}, Patches{Grid: 2, Overlap: -1}, Solarize{P: 1, Threshold: 2}, Maybe{P: 5}, Choice{}} {
		t.Run(fmt.Sprintf("%T", a), func(t *testing.T) {
			for i, v := range view(t, Pipeline{a}, pixels(3, 9, 12), 3, 14, 2) {
				if !(v >= 0 && v <= 1) {
					t.Fatalf("%#v: value %d is %g", a, i, v)
				}
			}
		})
	}
}
