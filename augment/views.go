package augment

import "github.com/wavekin/wavekin/augment/language"

// Pipeline applies augmentations in order.
type Pipeline []Augmentation

// Apply changes x [channels][time] in place; a window without values stays as it is.
func (p Pipeline) Apply(x [][]float32, c *Context) {
	if len(x) == 0 || len(x[0]) == 0 {
		return
	}
	for _, a := range p {
		a.Apply(x, c)
	}
}

// Language implements [language.Pipeline].
func (Pipeline) Language() *language.Language[Augmentation] { return views }

// String writes the pipeline in the language of views.
func (p Pipeline) String() string { return views.String(p) }

// Identity changes nothing: "identity;jitter(0.1)" leaves the first view as it is.
type Identity = language.Identity[[][]float32, *Context]

// Maybe applies an augmentation with a probability. In the language it stands before it: "maybe(0.5)|time-warp".
type Maybe = language.Maybe[Augmentation, [][]float32, *Context]

// Choice applies one of several augmentations, each with the same probability. In the language their number stands before
// them: "choice(2)|jitter|mask".
type Choice = language.Choice[Augmentation, [][]float32, *Context]

// Spec is the pair of pipelines that make the two views of a sample, and one for short crops. The zero value changes nothing.
type Spec = language.Spec[Augmentation, Pipeline]

// ParseError points at the character at which a text of views cannot be read.
type ParseError = language.ParseError

// Parse reads views such as "jitter(0.03)|crop(0.5,1)": names with numbers in parentheses, joined by |, the second view's
// after a semicolon, and after another one those of short crops. Without a second view the first serves for both. Numbers may be left out from the end, and the
// parentheses with them; spaces are ignored. "maybe(0.5)" applies what follows it half of the time, "choice(2)" one of the
// two that follow it. The empty text changes nothing. Errors are of type *ParseError.
func Parse(text string) (Spec, error) { return language.Parse[Augmentation, Pipeline](text) }

// MustParse is Parse for texts in the program; it panics on an error.
func MustParse(text string) Spec { return language.MustParse[Augmentation, Pipeline](text) }

// Default is a mild choice for standardised windows of any kind: a part of the window, its size, its level and some noise.
// None of these reverses the window in time or turns it upside down.
func Default() Spec {
	p := Pipeline{Crop{Min: 0.6, Max: 1}, Scale{Sigma: 0.2}, Shift{Sigma: 0.2}, Jitter{Sigma: 0.05}}
	return Spec{First: p, Second: p}
}
