package language_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/wavekin/wavekin/augment/language"
)

// Named is a step of another module, with any name and numbers.
type Named struct {
	name    string
	numbers []float64
}

func (n Named) Name() string             { return n.name }
func (n Named) Numbers() []float64       { return n.numbers }
func (n Named) Apply(x *float64, _ Dice) { *x *= 2 }

func entry(name string, params ...language.Param) language.Entry[Step] {
	return language.Entry[Step]{Doc: "double", Params: params, Make: func(n []float64) Step { return Named{name, n} }}
}

func fresh() *language.Language[Step] {
	return language.New[Step, *float64, Dice](map[string]language.Entry[Step]{
		"add": {Doc: "add a number", Params: []language.Param{language.Number("by", 1, 10)}, Make: func(n []float64) Step { return Add{n[0]} }},
	})
}

func TestRegisterRefuses(t *testing.T) {
	l := fresh()
	factor := language.Number("factor", 2, 9)
	for want, register := range map[string]func() error{
		`"add" is registered already`:                        func() error { return l.Register("add", entry("add")) },
		`"maybe" is registered already`:                      func() error { return l.Register("maybe", entry("maybe")) },
		`"": want a name of lower-case`:                      func() error { return l.Register("", entry("")) },
		`"a_b": want a name`:                                 func() error { return l.Register("a_b", entry("a_b")) },
		`"2x": want a name`:                                  func() error { return l.Register("2x", entry("2x")) },
		`"a|b": want a name`:                                 func() error { return l.Register("a|b", entry("a|b")) },
		`"x": its step calls itself "y"`:                     func() error { return l.Register("x", entry("y")) },
		`"x": default of factor is 2, want above 0, up to 1`: func() error { return l.Register("x", entry("x", language.Number("factor", 2, 1))) },
		`"x": its Doc is ""`: func() error {
			return l.Register("x", language.Entry[Step]{Make: entry("x").Make})
		},
		`"x": want either Make or Recipe`: func() error { return l.Register("x", language.Entry[Step]{Doc: "none"}) },
		`"x": want both Follow and With`: func() error {
			e := entry("x")
			e.Follow = func([]float64) int { return 1 }
			return l.Register("x", e)
		},
		`"x": its Make returns nil`: func() error {
			return l.Register("x", language.Entry[Step]{Doc: "nil", Make: func([]float64) Step { return nil }})
		},
		`"x": the step made of the numbers [2] returns [] as its Numbers`: func() error {
			return l.Register("x", language.Entry[Step]{Doc: "forgets", Params: []language.Param{factor}, Make: func([]float64) Step { return Named{"x", nil} }})
		},
		`"x": the step made of the numbers [2] returns [3] as its Numbers`: func() error {
			return l.Register("x", language.Entry[Step]{Doc: "mistakes", Params: []language.Param{factor}, Make: func([]float64) Step { return Named{"x", []float64{3}} }})
		},
	} {
		if err := register(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if n := len(l.Catalog()); n != 4 {
		t.Errorf("%d entries after nothing but errors, want 4", n)
	}
}

func TestRegisteredStepsAreLikeOwnOnes(t *testing.T) {
	l := fresh()
	if err := l.Register("double", entry("double", language.Number("factor", 2, 9), language.Count("times", 1, 1, 5))); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"double": "double(2,1)", "add|maybe(0.1)|double(3)": "add(1)|maybe(0.1)|double(3,1)"} {
		views, err := l.Parse(text)
		if err != nil || l.String(views[0]) != want {
			t.Errorf("%s is read as %s (%v), want %s", text, l.String(views[0]), err, want)
		}
	}
	for text, want := range map[string]string{"double(10)": "factor is 10", "double(1,1.5)": "times is 1.5, want a whole number", "doubl": "did you mean double?"} {
		if _, err := l.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if err := l.Check([]Step{Named{"double", []float64{-1, 0}}}); err == nil || !strings.Contains(err.Error(), "double: factor is -1") {
		t.Errorf("Check says %v", err)
	}
}

// A step that was not registered is written by its name, even where the catalogue has one of that name.
func TestForeignSteps(t *testing.T) {
	l := fresh()
	steps := []Step{Add{}, Named{"add", []float64{7}}, Named{"mine", nil}}
	if got := l.String(steps); got != "add(1)|add|mine" {
		t.Errorf("written as %s", got)
	}
	if err := l.Check(steps); err != nil {
		t.Errorf("Check: %v", err)
	}
}

func TestSpecIsZero(t *testing.T) {
	for text, want := range map[string]bool{"": true, " ": true, "identity": false, "add;identity": false} {
		s, err := language.Parse[Step, Pipeline](text)
		if err != nil || s.IsZero() != want {
			t.Errorf("%q: IsZero is %v (%v)", text, s.IsZero(), err)
		}
	}
	second := language.Spec[Step, Pipeline]{Second: Pipeline{Add{}}}
	if second.IsZero() || second.String() != "identity;add(1)" {
		t.Errorf("%s: IsZero is %v", second, second.IsZero())
	}
}

// A third list is for short crops; without one they take turns with the first and the second.
func TestViewsOfShortCrops(t *testing.T) {
	for text, want := range map[string][3]string{
		"add(1);add(2);add(3)": {"add(2)", "add(3)", "add(3)"},
		"add(1);add(1);add(3)": {"add(1)", "add(3)", "add(3)"},
		"add(1);add(2)":        {"add(2)", "add(1)", "add(2)"},
		"add(1)":               {"add(1)", "add(1)", "add(1)"},
	} {
		s, err := language.Parse[Step, Pipeline](text)
		if err != nil {
			t.Fatal(err)
		}
		l := s.First.Language()
		if got := [3]string{l.String(s.View(1)), l.String(s.Short(0)), l.String(s.Short(1))}; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
		if s.String() != text {
			t.Errorf("%s is written as %s", text, s)
		}
	}
	if err := (language.Spec[Step, Pipeline]{Third: Pipeline{Add{-1000}}}).Check(); err == nil {
		t.Error("a number out of range in the third list was accepted")
	}
}

// Views are parsed by many goroutines while others register.
func TestConcurrentUse(t *testing.T) {
	l := fresh()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			name := fmt.Sprintf("own-%d", i)
			if err := l.Register(name, entry(name)); err != nil {
				t.Error(err)
			}
			for range 100 {
				if views, err := l.Parse("add|" + name); err != nil || l.String(views[0]) != "add(1)|"+name {
					t.Errorf("%v: %v", views, err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(l.Catalog()); n != 12 {
		t.Errorf("%d entries, want 12", n)
	}
}
