package language

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Step is one augmentation, as far as the language is concerned.
type Step interface {
	// Name is the name in the language.
	Name() string
}

// Param is one number that an augmentation takes.
type Param struct {
	Name string
	// Default is what an absent number means.
	Default float64
	// Min and Max bound it.
	Min, Max float64
	// Open excludes Min itself: at 0 the augmentation would do nothing.
	Open bool
	// Whole allows no fractions.
	Whole bool
}

// Number is a parameter above 0, up to most.
func Number(name string, most float64) Param { return Param{Name: name, Max: most, Open: true} }

// MaybeZero is a parameter of 0 to most.
func MaybeZero(name string, most float64) Param { return Param{Name: name, Max: most} }

// Count is a whole number, least to most.
func Count(name string, least, most float64) Param {
	return Param{Name: name, Min: least, Max: most, Whole: true}
}

// Entry describes one augmentation of a catalogue, or one recipe.
type Entry[S Step] struct {
	// Name is the name in the language, Usage the same with its defaults, as it may be written. [Language.Catalog] fills them.
	Name, Usage string
	// Doc says in a line what it does and names its numbers.
	Doc string
	// Params are its numbers in order. Their defaults are the step's own ([Language].Numbers); only a recipe states them here.
	Params []Param

	// Make makes the step of all its numbers.
	Make func(numbers []float64) S
	// Recipe is for a name that stands for several steps; Make is nil then.
	Recipe func(numbers []float64) []S

	// Follow, if not nil, tells how many of the steps after this one are its parts, or [Rest]. With puts them in.
	Follow func(numbers []float64) int
	With   func(step S, parts []S) S
}

// Rest as the number of an entry's parts means all steps up to the end of the view.
const Rest = -1

// Language reads and writes views made of steps of type S. Its fields are set once and not changed.
type Language[S Step] struct {
	// Entries is the one place where a name becomes an augmentation.
	Entries map[string]Entry[S]
	// Numbers tells the numbers of a step's fields in the order of its Params, defaults filled in; false for a step that is
	// not of the catalogue's package.
	Numbers func(step S) ([]float64, bool)
	// Parts, if not nil, tells the steps that a step applies in its turn.
	Parts func(step S) []S
	// Wrong, if not nil, says what is wrong with the fields of a step, taken together; "" if nothing is.
	Wrong func(step S) string
}

// lookup returns an entry with all that follows from the step it makes.
func (l *Language[S]) lookup(name string) (Entry[S], bool) {
	e, ok := l.Entries[name]
	if !ok {
		return e, false
	}
	e.Name, e.Usage = name, name
	if len(e.Params) == 0 {
		return e, true
	}
	e.Params = slices.Clone(e.Params)
	if e.Make != nil {
		if numbers, ok := l.Numbers(e.Make(make([]float64, len(e.Params)))); ok {
			for i, d := range numbers {
				e.Params[i].Default = d
			}
		}
	}
	e.Usage += "(" + Join(e.Defaults()) + ")"
	return e, true
}

// Catalog lists every entry in alphabetical order.
func (l *Language[S]) Catalog() []Entry[S] {
	out := make([]Entry[S], 0, len(l.Entries))
	for name := range l.Entries {
		e, _ := l.lookup(name)
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b Entry[S]) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// New makes a step from its name and its numbers, of which the last ones may be left out.
func (l *Language[S]) New(name string, numbers ...float64) (S, error) {
	var none S
	fail := func(format string, args ...any) (S, error) {
		return none, fmt.Errorf(""+format, args...)
	}
	e, ok := l.lookup(name)
	if !ok {
		return fail("%s", l.unknown(name))
	}
	if e.Make == nil {
		return fail("%s is a recipe of several steps, which only a text of views can name", name)
	}
	if len(numbers) > len(e.Params) {
		return fail("%s takes %s, not %d", name, e.takes(), len(numbers))
	}
	all := e.Defaults()
	for i, v := range numbers {
		if msg := e.Params[i].Wrong(v); msg != "" {
			return fail("%s: %s", name, msg)
		}
		all[i] = v
	}
	step := e.Make(all)
	if msg := l.together(step); msg != "" {
		return fail("%s: %s", name, msg)
	}
	return step, nil
}

// Defaults returns the numbers of an entry of [Language.Catalog] that are meant where none are given.
func (e Entry[S]) Defaults() []float64 {
	out := make([]float64, len(e.Params))
	for i, p := range e.Params {
		out[i] = p.Default
	}
	return out
}

// takes names the numbers of an entry.
func (e Entry[S]) takes() string {
	if len(e.Params) == 0 {
		return "no numbers"
	}
	names := make([]string, len(e.Params))
	for i, p := range e.Params {
		names[i] = p.Name
	}
	return "(" + strings.Join(names, ", ") + ")"
}

// together says what is wrong with the fields of a step, taken together.
func (l *Language[S]) together(step S) string {
	if l.Wrong == nil {
		return ""
	}
	return l.Wrong(step)
}

// Wrong says what is wrong with a value, nothing if it may be.
func (p Param) Wrong(v float64) string {
	low := fmt.Sprintf("%g to", p.Min)
	if p.Open {
		low = fmt.Sprintf("above %g, up to", p.Min)
	}
	switch {
	case !(v >= p.Min && v <= p.Max) || p.Open && v == p.Min:
		return fmt.Sprintf("%s is %g, want %s %g", p.Name, v, low, p.Max)
	case p.Whole && v != math.Trunc(v):
		return fmt.Sprintf("%s is %g, want a whole number", p.Name, v)
	}
	return ""
}
