package imageaug_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/raster"
)

// A view is made from the bytes of an image, at the size that the network wants.
func Example() {
	image := raster.Image{Channels: 1, Height: 2, Width: 4, Pix: []uint8{0, 51, 102, 153, 0, 51, 102, 153}}

	spec, err := imageaug.Parse("flip(1)|solarize(1);m2-cifar")
	if err != nil {
		fmt.Println(err)
		return
	}
	first := make([]float32, 2*2)
	context := &imageaug.Context{RNG: rand.New(rand.NewPCG(1, 2))}
	if err := spec.View(0).Apply(first, 1, 2, &image, context); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(first)
	fmt.Println(spec.View(1))
	// Output:
	// [0.4 0.2 0.4 0.2]
	// crop(0.2,1,0.75,0)|flip(0.5)|color-jitter(0.4,0.4,0.4,0.1,0.8)|gray(0.2)
}

// Evaluation takes the middle of an image.
func ExampleCenter() {
	image := raster.Image{Channels: 1, Height: 2, Width: 4, Pix: []uint8{0, 51, 102, 153, 0, 51, 102, 153}}
	view := make([]float32, 3*2*2)
	err := imageaug.Center(view, 3, 2, &image, &imageaug.Context{})
	fmt.Println(view[:4], err)
	// Output: [0.2 0.4 0.2 0.4] <nil>
}

// The encoders of CMC see brightness and colours apart.
func ExampleConvert() {
	white := []float32{1, 1, 1}
	err := imageaug.Convert("lab", white)
	fmt.Printf("%.3f %v\n", white, err)
	// Output: [1.000 0.502 0.502] <nil>
}
