package vision

import (
	"math/rand/v2"
	"testing"

	"github.com/wavekin/wavekin/raster"
)

func rngOf(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }

func noise(channels, h, w int) *raster.Image {
	var m raster.Image
	m.Reset(channels, h, w)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range m.Pix {
		m.Pix[i] = uint8(rng.Uint32())
	}
	return &m
}

func BenchmarkView(b *testing.B) {
	for _, text := range []string{"crop", "crop|flip(1)", "crop|color-jitter(0.4,0,0,0)", "crop|color-jitter(0,0.4,0,0)", "crop|color-jitter(0,0,0.4,0)", "crop|color-jitter(0,0,0,0.1)", "crop|gray(1)", "crop|blur(1)", "s-cifar", "m2", "b1", "center|patches(4,0.5)|flip"} {
		p := MustParse(text).First
		for _, s := range []struct {
			name       string
			h, w, size int
		}{{"32", 32, 32, 32}, {"224", 375, 500, 224}} {
			b.Run(text+"/"+s.name, func(b *testing.B) {
				src := noise(3, s.h, s.w)
				dst := make([]float32, 3*s.size*s.size)
				c := &Context{RNG: rand.New(rand.NewPCG(1, 2))}
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
