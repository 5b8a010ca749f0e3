package language

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Step is one augmentation, as far as the language is concerned.
type Step interface {
	// Name is the name in the language.
	Name() string
}

// Numbered is a step that takes numbers.
type Numbered interface {
	// Numbers returns the numbers as they are set, in the order of the entry's Params; 0 means the default.
	Numbers() []float64
}

// Composite is a step that applies other steps.
type Composite[S Step] interface {
	// Parts returns these steps in the order in which they are written.
	Parts() []S
}

// Checked is a step whose numbers depend on each other.
type Checked interface {
	// Check reports numbers that are each within their range but do not fit together.
	Check() error
}

// Param is one number that a step takes.
type Param struct {
	// Name is the number's name in messages: lower-case, as the field of the step is called.
	Name string
	// Default is what a number that is left out means.
	Default float64
	// Min and Max bound it.
	Min, Max float64
	// Open excludes Min itself: at 0 the step would do nothing.
	Open bool
	// Off means that 0 turns off a property of the step. Where all such numbers of a step are 0, they mean their defaults.
	Off bool
	// Whole allows no fractions.
	Whole bool
}

// Number is a parameter above 0, up to most.
func Number(name string, normal, most float64) Param {
	return Param{Name: name, Default: normal, Max: most, Open: true}
}

// MaybeZero is a parameter of 0 to most, of which 0 turns a property of the step off (see [Param].Off).
func MaybeZero(name string, normal, most float64) Param {
	return Param{Name: name, Default: normal, Max: most, Off: true}
}

// Count is a whole number, least to most.
func Count(name string, normal, least, most float64) Param {
	return Param{Name: name, Default: normal, Min: least, Max: most, Whole: true}
}

// Entry describes one step of a catalogue, or one recipe.
type Entry[S Step] struct {
	// Name is the name in the language, Usage the same with its defaults, as it may be written. The language fills them in.
	Name, Usage string
	// Doc says in a line what the step does and names its numbers.
	Doc string
	// Params are its numbers in order.
	Params []Param

	// Make makes the step of all its numbers. Unless there are none, the step is [Numbered].
	Make func(numbers []float64) S
	// Recipe is for a name that stands for several steps; Make is nil then.
	Recipe func(numbers []float64) []S

	// Follow, if not nil, tells how many of the steps after this one are its parts, or [Rest]. With puts them in, and the
	// step is [Composite].
	Follow func(numbers []float64) int
	With   func(step S, parts []S) S

	kind reflect.Type // of the step that Make makes
}

// Rest as the number of an entry's parts means all steps up to the end of the view.
const Rest = -1

// Language is a catalogue of steps, and reads and writes views made of them. It is safe for concurrent use.
type Language[S Step] struct {
	mu      sync.RWMutex
	entries map[string]Entry[S]
}

// New returns a language with the given entries by name, and with identity, maybe and choice. An entry that [Language.Register]
// would refuse is a mistake of the program and panics.
func New[S Applied[X, C], X any, C Random](entries map[string]Entry[S]) *Language[S] {
	l := &Language[S]{entries: map[string]Entry[S]{}}
	for _, all := range []map[string]Entry[S]{shared[S, X, C](), entries} {
		for name, e := range all {
			if err := l.Register(name, e); err != nil {
				panic(err)
			}
		}
	}
	return l
}

// Register adds an entry. It fails, and changes nothing, if the name is taken or is not of lower-case letters, digits and
// hyphens, if a default is out of its range, or if the step that Make makes calls itself by another name or returns other
// numbers than it was made of.
func (l *Language[S]) Register(name string, e Entry[S]) error {
	if err := e.complete(name); err != nil {
		return fmt.Errorf("augmentation %q: %w", name, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, taken := l.entries[name]; taken {
		return fmt.Errorf("augmentation %q is registered already", name)
	}
	l.entries[name] = e
	return nil
}

// complete checks an entry and fills in what follows from the rest.
func (e *Entry[S]) complete(name string) error {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	if name == "" || strings.Trim(name, letters+"0123456789-") != "" || !strings.Contains(letters, name[:1]) {
		return fmt.Errorf("want a name of lower-case letters, digits and hyphens that begins with a letter")
	}
	e.Params = slices.Clone(e.Params)
	e.Name, e.Usage = name, usage(name, e.Defaults())
	for _, p := range e.Params {
		if msg := p.Wrong(p.Default); msg != "" {
			return fmt.Errorf("default of %s", msg)
		}
	}
	switch {
	case e.Doc == "" || strings.ContainsAny(e.Doc, "\r\n"):
		return fmt.Errorf("its Doc is %q, want one line", e.Doc)
	case (e.Make == nil) == (e.Recipe == nil):
		return fmt.Errorf("want either Make or Recipe, not both")
	case (e.Follow == nil) != (e.With == nil) || e.Recipe != nil && e.Follow != nil:
		return fmt.Errorf("want both Follow and With or neither, and a recipe has none")
	case e.Recipe != nil:
		return nil
	}
	step := e.Make(e.Defaults())
	if any(step) == nil {
		return fmt.Errorf("its Make returns nil")
	}
	if step.Name() != name {
		return fmt.Errorf("its step calls itself %q, want one name", step.Name())
	}
	if set := numbersOf(step); len(set) != len(e.Params) || !slices.Equal(e.meant(step), e.Defaults()) {
		return fmt.Errorf("the step made of the numbers %v returns %v as its Numbers", e.Defaults(), set)
	}
	e.kind = reflect.TypeOf(step)
	return nil
}

func (l *Language[S]) lookup(name string) (Entry[S], bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	e, ok := l.entries[name]
	return e, ok
}

// entryOf returns the entry that makes steps of this type and name. A type that another module did not register may share
// a name with one of the catalogue.
func (l *Language[S]) entryOf(step S) (Entry[S], bool) {
	e, ok := l.lookup(step.Name())
	return e, ok && e.kind == reflect.TypeOf(step)
}

// Catalog lists every entry in alphabetical order.
func (l *Language[S]) Catalog() []Entry[S] {
	l.mu.RLock()
	defer l.mu.RUnlock()
	out := make([]Entry[S], 0, len(l.entries))
	for _, e := range l.entries {
		e.Params = slices.Clone(e.Params)
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b Entry[S]) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// New makes a step from its name and its numbers, of which the last ones may be left out.
func (l *Language[S]) New(name string, numbers ...float64) (S, error) {
	var none S
	fail := func(format string, args ...any) (S, error) {
		return none, fmt.Errorf(format, args...)
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
	if err := together(step); err != nil {
		return fail("%s: %w", name, err)
	}
	return step, nil
}

// Defaults returns the numbers that are meant where none are given.
func (e Entry[S]) Defaults() []float64 {
	out := make([]float64, len(e.Params))
	for i, p := range e.Params {
		out[i] = p.Default
	}
	return out
}

// meant returns the numbers that a step works with: those it is set to, defaults filled in, and those out of range replaced.
func (e Entry[S]) meant(step S) []float64 {
	set, out := numbersOf(step), e.Defaults()
	off := true // every number that may turn a property off is 0
	for i, p := range e.Params[:min(len(e.Params), len(set))] {
		off = off && !(p.Off && set[i] > 0)
	}
	for i, p := range e.Params[:min(len(e.Params), len(set))] {
		switch {
		case set[i] > 0:
			out[i] = min(max(set[i], p.Min), p.Max)
		case p.Off && !off:
			out[i] = 0
		}
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

// numbersOf returns what a step is set to, nil for one without numbers.
func numbersOf(step any) []float64 {
	if n, ok := step.(Numbered); ok {
		return n.Numbers()
	}
	return nil
}

// partsOf returns the steps that a step applies, nil for a single one.
func partsOf[S Step](step S) []S {
	if c, ok := any(step).(Composite[S]); ok {
		return c.Parts()
	}
	return nil
}

// together reports numbers of a step that do not fit together.
func together(step any) error {
	if c, ok := step.(Checked); ok {
		return c.Check()
	}
	return nil
}

// Wrong says what is wrong with a value, "" if it is allowed.
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
