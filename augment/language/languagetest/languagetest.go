// Package languagetest holds a catalogue of views to what the language promises of it. It is for the tests of packages that bring one.
//
//	func TestCatalogue(t *testing.T) { languagetest.Catalogue(t, Catalog(), Parse) }
package languagetest

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/augment/language"
)

// Spec is the pair of views that a package reads texts into.
type Spec interface {
	// String writes the views so that they can be read again.
	String() string
	// Check reports what is out of range.
	Check() error
}

// Fuzz holds every text to an error of one line that points into it, or to views that say the same when they are written and read
// again and pass their own check; try then uses them.
func Fuzz[S language.Step, P Spec](f *testing.F, catalogue []language.Entry[S], parse func(string) (P, error), try func(*testing.T, P)) {
	for _, e := range catalogue {
		f.Add(e.Usage + "|identity|flip")
		f.Add("maybe(0.5)|" + e.Usage + "; choice ( 2)|flip(1)|" + e.Name + "(0.5)")
	}
	f.Add("maybe(0.5)|choice(2)|flip|identity;crop(0.1,0.2)| crop ( 0.5 , 1 ) ")
	f.Add("crop(0.1")
	f.Add("\xff(é,\x00)")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parse(text)
		if err != nil {
			var e *language.ParseError
			if !errors.As(err, &e) || e.Pos < 0 || e.Pos > len(text) || strings.Contains(e.Error(), "\n") || strings.Count(e.Caret(), "\n") != 1 {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		if err := s.Check(); err != nil {
			t.Fatalf("%q is read and does not pass: %v", text, err)
		}
		again, err := parse(s.String())
		if err != nil || again.String() != s.String() {
			t.Fatalf("%q is written as %q and read as %q (%v)", text, s, again, err)
		}
		try(t, s)
	})
}

// Catalogue holds the entries to an alphabetical order, lower-case names and a sentence each, to defaults within their bounds, and
// their steps to fields that are named as the numbers are. text writes one step. Steps that have parts are left out of the last.
func Catalogue[S language.Step, P Spec](t *testing.T, catalogue []language.Entry[S], parse func(string) (P, error), text func(S) string) {
	t.Helper()
	var names []string
	for _, e := range catalogue {
		names = append(names, e.Name)
		if e.Doc == "" || strings.ToLower(e.Name) != e.Name {
			t.Errorf("%q: doc %q", e.Name, e.Doc)
		}
		for _, p := range e.Params {
			if msg := p.Wrong(p.Default); msg != "" {
				t.Errorf("%s: default: %s", e.Name, msg)
			}
		}
		if e.Make == nil {
			if _, err := parse(e.Usage); err != nil || len(e.Recipe(e.Defaults())) == 0 {
				t.Errorf("recipe %s: %v", e.Name, err)
			}
			continue
		}
		step := e.Make(e.Defaults())
		if step.Name() != e.Name {
			t.Errorf("%s makes %s", e.Name, step.Name())
		}
		for i, p := range e.Params {
			if field := reflect.TypeOf(step).Field(i); e.Name != "choice" && !strings.EqualFold(field.Name, p.Name) {
				t.Errorf("%s: field %s is called %s", e.Name, field.Name, p.Name)
			}
		}
		if e.Follow != nil {
			continue
		}
		if s, err := parse(e.Usage); err != nil || s.String() != e.Usage || text(step) != e.Usage {
			t.Errorf("%s is read as %s (%v), its step is %s", e.Usage, s, err, text(step))
		}
		// A struct of zeros is the defaults.
		if zero := reflect.Zero(reflect.TypeOf(step)).Interface().(S); text(zero) != e.Usage {
			t.Errorf("%s: zero value is %s", e.Usage, text(zero))
		}
	}
	if !slices.IsSorted(names) {
		t.Error("not in alphabetical order")
	}
}
