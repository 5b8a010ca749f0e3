package imageaug

import "github.com/wavekin/wavekin/augment/language"

// Spec is the pair of pipelines that make the two views of an image. The zero value is the view without augmentation.
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

// ParseError points at the character of a view text that cannot be read.
type ParseError = language.ParseError

// Parse reads views in the language of package augment: "crop(0.2,1)|flip|gray(0.2)", the second view's after a semicolon. A recipe
// such as "m2" stands for all its steps. The empty text is the view without augmentation. Errors are of type *ParseError.
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

// String writes the spec in the language of views, recipes and defaults spelled out; [Parse] reads it. An augmentation that is not
// of this package is written by its name, or by its String method.
func (s Spec) String() string {
	second := s.Second
	if second == nil {
		second = s.First
	}
	return views.Pair(s.First, second, Identity{}.Name())
}

// String writes the pipeline in the language of views.
func (p Pipeline) String() string { return views.String(p) }

// Check reports the first number in either pipeline that is out of its range, for specs that were not parsed but put together in
// Go. (Applied all the same, such a number counts as the nearest that is allowed, or as the default.)
func (s Spec) Check() error { return views.Check(s.First, s.Second) }
