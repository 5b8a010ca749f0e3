package augment_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/augment/language"
)

// Dropout is an augmentation of another module: from a random moment on, the sensor reports its last value.
type Dropout struct {
	// Share is the largest share of the window that is lost; 0 means 0.2.
	Share float64
}

// Name implements [augment.Augmentation].
func (Dropout) Name() string { return "dropout" }

// Numbers implements [language.Numbered].
func (d Dropout) Numbers() []float64 { return []float64{d.Share} }

// Apply implements [augment.Augmentation].
func (d Dropout) Apply(x [][]float32, c *augment.Context) {
	n := len(x[0])
	from := n - int(language.Share(d.Share, 0.2)*c.RNG.Float64()*float64(n))
	for _, v := range x {
		for t := max(from, 1); t < n; t++ {
			v[t] = v[t-1]
		}
	}
}

// An augmentation of another module is registered under its name, and is then part of the language, of the command line and
// of wavekin list augmentations.
func ExampleRegister() {
	err := augment.Register("dropout", augment.Entry{
		Doc:    "hold the last value of up to a share of the window",
		Params: []augment.Param{language.Number("share", 0.2, 1)},
		Make:   func(n []float64) augment.Augmentation { return Dropout{Share: n[0]} },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	spec, err := augment.Parse("negate(1)|dropout(0.9)")
	x := [][]float32{{1, 2, 3, 4, 5, 6}}
	spec.View(0).Apply(x, &augment.Context{RNG: rand.New(rand.NewPCG(4, 2))})
	fmt.Println(spec, x, err)

	_, err = augment.Parse("dropout(2)")
	fmt.Println(err)
	for _, e := range augment.Catalog() {
		if e.Name == "dropout" {
			fmt.Println(e.Usage, "-", e.Doc)
		}
	}
	// Output:
	// negate(1)|dropout(0.9) [[-1 -2 -3 -4 -4 -4]] <nil>
	// views "dropout(2)", character 9: dropout: share is 2, want above 0, up to 1
	// dropout(0.2) - hold the last value of up to a share of the window
}
