package language_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/wavekin/wavekin/augment/language"
)

// Step changes a number in place; a real one changes a window or an image.
type Step interface {
	Name() string
	Apply(x *float64, c Dice)
}

// Dice holds the generator of random numbers.
type Dice struct{ rng *rand.Rand }

func (d Dice) Rand() *rand.Rand { return d.rng }

// Add is a step with one number, of which 0 means 1.
type Add struct{ By float64 }

func (Add) Name() string               { return "add" }
func (a Add) Numbers() []float64       { return []float64{a.By} }
func (a Add) Apply(x *float64, _ Dice) { *x += language.Or(a.By, 1) }
func (p Pipeline) Apply(x *float64) {
	for _, s := range p {
		s.Apply(x, Dice{rand.New(rand.NewPCG(1, 2))})
	}
}

type Pipeline []Step

func (Pipeline) Language() *language.Language[Step] { return views }

var views = language.New[Step, *float64, Dice](map[string]language.Entry[Step]{
	"add": {Doc: "add a number", Params: []language.Param{language.Number("by", 1, 10)},
		Make: func(n []float64) Step { return Add{n[0]} }},
	"twice": {Doc: "add 1 and 2", Recipe: func([]float64) []Step { return []Step{Add{}, Add{2}} }},
})

// Example is a language with one augmentation and one recipe.
func Example() {
	spec, err := language.Parse[Step, Pipeline]("twice|add(0.5);choice(2)|add|add(1)")
	x := 0.0
	spec.View(0).Apply(&x)
	fmt.Println(spec, x, err)

	_, err = language.Parse[Step, Pipeline]("twice|add(11)")
	fmt.Println(err)
	// Output:
	// add(1)|add(2)|add(0.5);choice(2)|add(1)|add(1) 3.5 <nil>
	// views "twice|add(11)", character 11: add: by is 11, want above 0, up to 10
}
