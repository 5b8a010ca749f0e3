// Package language is the small language in which views are written: names with numbers, joined by |, the second view's
// after a semicolon. It knows no augmentation of its own: packages augment and augment/imageaug each bring a catalogue.
//
//	var views = &language.Language[Step]{Entries: map[string]language.Entry[Step]{
//		"blur": {Doc: "blur", Params: []language.Param{language.Number("sigma", 10)},
//			Make: func(n []float64) Step { return Blur{Sigma: n[0]} }},
//	}, Numbers: numbers}
//	first, second, err := views.Parse("blur(2)|blur")
//
// A step is any type with a name; a field left 0 means its default, and what that is the step itself tells ([Language].Numbers).
// An entry may take the steps that follow it as its parts ("maybe(0.5)|blur"), or be a recipe, which stands for several steps.
package language
