package language

// Pipeline is a list of steps that knows the language it is written in.
type Pipeline[S Step] interface {
	~[]S
	// Language returns the catalogue with the names of the steps.
	Language() *Language[S]
}

// Spec is the pair of pipelines that make the two views of a sample. The zero value changes nothing.
type Spec[S Step, P Pipeline[S]] struct {
	First P
	// Second is for the second view; nil means that First serves for both.
	Second P
}

// View returns the pipeline of view 0, 1 and so on: the even ones are First's.
func (s Spec[S, P]) View(i int) P {
	if i%2 == 1 && s.Second != nil {
		return s.Second
	}
	return s.First
}

// IsZero tells whether neither view has a step.
func (s Spec[S, P]) IsZero() bool { return len(s.First) == 0 && len(s.Second) == 0 }

// String writes the views in the language, with defaults and recipes spelled out, so that they can be parsed again. A step
// that is not in the catalogue is written by its String method, or by its name.
func (s Spec[S, P]) String() string {
	l := s.First.Language()
	first, second := l.String(s.First), l.String(s.View(1))
	if first == second {
		return first
	}
	if first == "" {
		first = nothing
	}
	if second == "" {
		second = nothing
	}
	return first + ";" + second
}

// Check reports the first number in either pipeline that is out of its range, for views that were not parsed but put
// together in Go. (A step applied with such a number takes the nearest one that is allowed, or the default.)
func (s Spec[S, P]) Check() error { return s.First.Language().Check(s.First, s.Second) }

// Parse reads views such as "jitter(0.03)|crop(0.5,1)": names with numbers in parentheses, joined by |, the second view's
// after a semicolon. Without a second view the first serves for both. Numbers may be left out from the end, and the
// parentheses with them; spaces are ignored. The empty text is the zero Spec. Errors are of type *[ParseError].
func Parse[S Step, P Pipeline[S]](text string) (Spec[S, P], error) {
	var p P
	first, second, err := p.Language().Parse(text)
	return Spec[S, P]{First: first, Second: second}, err
}

// MustParse is [Parse] for texts in the program; it panics on an error.
func MustParse[S Step, P Pipeline[S]](text string) Spec[S, P] {
	s, err := Parse[S, P](text)
	if err != nil {
		panic(err)
	}
	return s
}
