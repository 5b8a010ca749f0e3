package language_test

import (
	"fmt"

	"github.com/wavekin/wavekin/augment/language"
)

// Blur is a step with one number, of which 0 means 1.
type Blur struct{ Sigma float64 }

func (Blur) Name() string { return "blur" }

// Example is a language with one augmentation and one recipe.
func Example() {
	views := &language.Language[Blur]{
		Entries: map[string]language.Entry[Blur]{
			"blur": {Doc: "blur by sigma", Params: []language.Param{language.Number("sigma", 10)},
				Make: func(n []float64) Blur { return Blur{Sigma: n[0]} }},
			"soft": {Doc: "blur twice", Recipe: func([]float64) []Blur { return []Blur{{}, {2}} }},
		},
		Numbers: func(b Blur) ([]float64, bool) { return []float64{language.Or(b.Sigma, 1)}, true },
	}
	first, second, err := views.Parse("soft|blur(0.5);blur")
	fmt.Println(views.Pair(first, second, "none"), err)

	_, _, err = views.Parse("soft|blur(11)")
	fmt.Println(err)
	// Output:
	// blur(1)|blur(2)|blur(0.5);blur(1) <nil>
	// views "soft|blur(11)", character 11: blur: sigma is 11, want above 0, up to 10
}
