package imageaug

import (
	"fmt"
	"testing"
)

// One view: of 32 x 32 from 32 x 32, and of 224 x 224 from 500 x 375 pixels.
func BenchmarkView(b *testing.B) {
	for _, text := range []string{"crop", "s-cifar", "m2", "b1", "b2", "pad-crop|flip", "center|patches(4,0.5)|flip"} {
		p := MustParse(text).First
		for _, s := range []struct{ height, width, size int }{{32, 32, 32}, {375, 500, 224}} {
			b.Run(fmt.Sprintf("%s/%d", text, s.size), func(b *testing.B) {
				src := pixels(3, s.height, s.width)
				dst := make([]float32, 3*s.size*s.size)
				c := &Context{RNG: rngOf(1)}
				b.ReportAllocs()
				for b.Loop() {
					if err := p.Apply(dst, 3, s.size, src, c); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// The view of CMC: the colours of one image of 32 x 32.
func BenchmarkLab(b *testing.B) {
	dst := make([]float32, 3*32*32)
	c := &Context{}
	for b.Loop() {
		if err := Center(dst, 3, 32, pixels32, c); err != nil {
			b.Fatal(err)
		}
		if err := Convert("lab", dst); err != nil {
			b.Fatal(err)
		}
	}
}

var pixels32 = pixels(3, 32, 32)

// What runs for every image of every step must not leave work to the garbage collector.
func TestAllocations(t *testing.T) {
	for _, e := range Catalog() {
		text := e.Usage
		switch e.Name {
		case "maybe", "choice":
			text += "|blur|cutout"
		case "patches":
			text += "|m2"
		}
		p := MustParse(text).First
		c := &Context{RNG: rngOf(1)}
		dst := make([]float32, 3*28*28)
		view := func() {
			if err := p.Apply(dst, 3, 28, pixels32, c); err != nil {
				t.Fatal(err)
			}
		}
		for range 30 {
			view()
		}
		if n := testing.AllocsPerRun(30, view); n > 0 {
			t.Errorf("%s: %.0f allocations", text, n)
		}
	}
}
