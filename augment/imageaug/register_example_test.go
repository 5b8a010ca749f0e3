package imageaug_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/augment/language"
	"github.com/wavekin/wavekin/raster"
)

// Posterize is an augmentation of another module: it reduces the number of brightness levels.
type Posterize struct {
	// Levels is their number; 0 means 4.
	Levels int
}

// Name implements [imageaug.Augmentation].
func (Posterize) Name() string { return "posterize" }

// Numbers implements [language.Numbered].
func (p Posterize) Numbers() []float64 { return []float64{float64(p.Levels)} }

// Apply implements [imageaug.Augmentation].
func (p Posterize) Apply(picture *imageaug.Picture, _ *imageaug.Context) {
	steps := float32(language.Whole(p.Levels, 4, 256) - 1)
	v := picture.Values()
	for i := range v {
		v[i] = float32(int(v[i]*steps+0.5)) / steps
	}
}

// An augmentation of another module is registered under its name, and is then part of the language, of the command line and
// of wavekin list augmentations.
func ExampleRegister() {
	err := imageaug.Register("posterize", imageaug.Entry{
		Doc:    "reduce the brightness levels to a number of them",
		Params: []imageaug.Param{language.Count("levels", 4, 2, 256)},
		Make:   func(n []float64) imageaug.Augmentation { return Posterize{Levels: int(n[0])} },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	spec, err := imageaug.Parse("flip(1)|posterize(3)")
	if err != nil {
		fmt.Println(err)
		return
	}
	image := raster.Image{Channels: 1, Height: 2, Width: 2, Pix: []uint8{0, 51, 102, 255}}
	view := make([]float32, 2*2)
	err = spec.View(0).Apply(view, 1, 2, &image, &imageaug.Context{RNG: rand.New(rand.NewPCG(1, 2))})
	fmt.Println(spec, view, err)
	fmt.Println(imageaug.Register("identity", imageaug.Entry{Doc: "again", Make: func([]float64) imageaug.Augmentation { return imageaug.Identity{} }}))
	// Output:
	// flip(1)|posterize(3) [0 0 1 0.5] <nil>
	// augmentation "identity" is registered already
}
