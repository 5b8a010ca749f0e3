// Package language is the small language in which views are written: names with numbers, joined by |, the second view's after
// a semicolon. Packages augment (series) and augment/imageaug (images) each have a catalogue in it.
//
//	var views = language.New[Augmentation, [][]float32, *Context](map[string]language.Entry[Augmentation]{
//		"jitter": {Doc: "add white noise of deviation sigma", Params: []language.Param{language.Number("sigma", 0.03, 10)},
//			Make: func(n []float64) Augmentation { return Jitter{Sigma: n[0]} }},
//	})
//	first, second, err := views.Parse("jitter(0.1)|maybe(0.5)|jitter")
//
// A step is any type with a name and a method Apply; its numbers are fields, of which 0 means the default, and its method
// Numbers returns them ([Numbered]). Every language has three steps of its own: [Identity], [Maybe] and [Choice]. An entry
// may take the steps that follow it as its parts ("maybe(0.5)|jitter"), or be a recipe, a name for several steps. Other
// modules add entries with [Language.Register].
package language
