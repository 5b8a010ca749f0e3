// Package languagetest checks that a catalogue of augmentations keeps what the language promises. It is for the tests of
// packages that have one.
//
//	func TestCatalogue(t *testing.T) { languagetest.Catalogue(t, Catalog(), Parse) }
package languagetest

import (
	"errors"
	"math"
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

// Fuzz checks that every text gives either an error of one line that points into it, or views that pass their own check and
// stay the same when they are written and read again; try then applies them.
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

// Catalogue holds the entries to names in alphabetical order, to numbers that a step returns as it was made of them, and to
// fields that are named as the numbers are. text writes one step. Entries of steps that have parts are left out of the last.
func Catalogue[S language.Step, P Spec](t *testing.T, catalogue []language.Entry[S], parse func(string) (P, error), text func(S) string) {
	t.Helper()
	var names []string
	for _, e := range catalogue {
		names = append(names, e.Name)
		if e.Make == nil {
			if _, err := parse(e.Usage); err != nil || len(e.Recipe(e.Defaults())) == 0 {
				t.Errorf("recipe %s: %v", e.Name, err)
			}
			continue
		}
		step := e.Make(e.Defaults())
		if e.Follow != nil && e.Name == "choice" {
			continue // its number counts its parts
		}
		// Numbers that differ from each other show whether one was taken for another.
		other := e.Defaults()
		for i, p := range e.Params {
			other[i] = p.Min + (p.Max-p.Min)*float64(i+1)/float64(len(e.Params)+1)
			if p.Whole {
				other[i] = math.Floor(other[i])
			}
			if _, ok := reflect.TypeOf(step).FieldByNameFunc(func(field string) bool { return strings.EqualFold(field, p.Name) }); !ok {
				t.Errorf("%s: no field is called %s", e.Name, p.Name)
			}
		}
		if n, ok := any(e.Make(other)).(language.Numbered); len(other) > 0 && (!ok || !slices.Equal(n.Numbers(), other)) {
			t.Errorf("%s made of %v is %+v", e.Name, other, e.Make(other))
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
