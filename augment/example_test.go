package augment_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/wavekin/wavekin/augment"
)

// A view is written in a small language, from left to right; what follows a semicolon makes the second view.
func ExampleParse() {
	spec, err := augment.Parse("negate|flip;identity")
	if err != nil {
		fmt.Println(err)
		return
	}
	x := [][]float32{{1, 2, 3}}
	spec.First.Apply(x, &augment.Context{RNG: rand.New(rand.NewPCG(1, 2))})
	fmt.Println(spec, x)

	_, err = augment.Parse("jitter(0.1)|jiter")
	fmt.Println(err)
	// Output:
	// negate(0.5)|flip(0.5);identity [[3 2 1]]
	// views "jitter(0.1)|jiter", character 13: no augmentation "jiter"; did you mean jitter?
}
