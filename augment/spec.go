package augment

import "github.com/wavekin/wavekin/augment/language"

// Spec is the pair of pipelines that make the two views of a sample. The zero
// value changes nothing.
type Spec struct {
	First Pipeline
	// Second is for the second view; nil means that First serves for both.
	Second Pipeline
}

// View returns the pipeline of view 0, 1 and so on: the even ones are First's.
func (s Spec) View(i int) Pipeline {
	if i%2 == 1 && s.Second != nil {
		return s.Second
	}
	return s.First
}

// Default is a mild choice for standardised windows of any kind: a part of the
// window, its size, its level and some noise. Nothing of it turns a window round or
// upside down.
func Default() Spec {
	p := Pipeline{Crop{Min: 0.6, Max: 1}, Scale{Sigma: 0.2}, Shift{Sigma: 0.2}, Jitter{Sigma: 0.05}}
	return Spec{First: p, Second: p}
}

// String writes the spec in the language of views, defaults spelled out; [Parse]
// reads it. An augmentation that is not of this package is written by its name, or
// by its String method.
func (s Spec) String() string {
	second := s.Second
	if second == nil {
		second = s.First
	}
	return views.Pair(s.First, second, Identity{}.Name())
}

// String writes the pipeline in the language of views.
func (p Pipeline) String() string { return views.String(p) }

// Check reports the first number in either pipeline that is out of its range, for
// specs that were not parsed but put together in Go. (Applied all the same, such a
// number counts as the nearest that is allowed, or as the default.)
func (s Spec) Check() error { return views.Check(s.First, s.Second) }

// ParseError points at the character of a view text that cannot be read.
type ParseError = language.ParseError

// Parse reads views such as "jitter(0.03)|crop(0.5,1)": names with numbers in
// parentheses, joined by |, the second view's after a semicolon. Without a second
// view the first serves for both. Numbers may be left out from the end, and the
// parentheses with them; spaces count for nothing. "maybe(0.5)" applies what
// follows it half of the time, "choice(2)" one of the two that follow it. The empty
// text changes nothing. Errors are of type *ParseError.
func Parse(text string) (Spec, error) {
	first, second, err := views.Parse(text)
	return Spec{First: first, Second: second}, err
}

// MustParse is Parse for texts in the program; it panics on an error.
func MustParse(text string) Spec {
	s, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return s
}
