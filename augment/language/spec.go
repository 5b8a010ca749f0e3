package language

import "strings"

// Pipeline is a list of steps that knows the language it is written in.
type Pipeline[S Step] interface {
	~[]S
	// Language returns the catalogue with the names of the steps.
	Language() *Language[S]
}

// Spec is the pair of pipelines that make the two views of a sample, and one for short crops. The zero value changes nothing.
type Spec[S Step, P Pipeline[S]] struct {
	First P
	// Second is for the second view; nil means that First serves for both.
	Second P
	// Third is for the short crops of methods that cut several; nil means that they take turns with First and Second.
	Third P
}

// View returns the pipeline of view 0, 1 and so on: the even ones are First's.
func (s Spec[S, P]) View(i int) P {
	if i%2 == 1 && s.Second != nil {
		return s.Second
	}
	return s.First
}

// Short returns the pipeline of short crop 0, 1 and so on.
func (s Spec[S, P]) Short(i int) P {
	if s.Third != nil {
		return s.Third
	}
	return s.View(i)
}

// IsZero tells whether no view has a step.
func (s Spec[S, P]) IsZero() bool {
	return len(s.First) == 0 && len(s.Second) == 0 && len(s.Third) == 0
}

// String writes the views in the language, with defaults and recipes spelled out, so that they can be parsed again. A step
// that is not in the catalogue is written by its String method, or by its name.
func (s Spec[S, P]) String() string {
	l := s.First.Language()
	first, second := l.String(s.First), l.String(s.View(1))
	if first == second && s.Third == nil {
		return first
	}
	views := []string{first, second}
	if s.Third != nil {
		views = append(views, l.String(s.Third))
	}
	for i, v := range views {
		if v == "" {
			views[i] = nothing
		}
	}
	return strings.Join(views, ";")
}

// Check reports the first number in any pipeline that is out of its range, for views that were not parsed but put
// together in Go. (A step applied with such a number takes the nearest one that is allowed, or the default.)
func (s Spec[S, P]) Check() error { return s.First.Language().Check(s.First, s.Second, s.Third) }

// Parse reads views such as "jitter(0.03)|crop(0.5,1)": names with numbers in parentheses, joined by |, the second view's
// after a semicolon, and after another one those of short crops. Without a second view the first serves for both. Numbers may be
// left out from the end, and the parentheses with them; spaces are ignored. The empty text is the zero Spec. Errors are of type
// *[ParseError].
func Parse[S Step, P Pipeline[S]](text string) (Spec[S, P], error) {
	var p P
	views, err := p.Language().Parse(text)
	if err != nil || len(views) == 0 {
		return Spec[S, P]{}, err
	}
	s := Spec[S, P]{First: views[0], Second: views[min(1, len(views)-1)]}
	if len(views) > 2 {
		s.Third = views[2]
	}
	return s, nil
}

// MustParse is [Parse] for texts in the program; it panics on an error.
func MustParse[S Step, P Pipeline[S]](text string) Spec[S, P] {
	s, err := Parse[S, P](text)
	if err != nil {
		panic(err)
	}
	return s
}
