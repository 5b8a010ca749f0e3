package augment

import (
	"errors"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/augment/language/languagetest"
)

func TestParseErrorsPointAtTheCharacter(t *testing.T) {
	for _, c := range []struct {
		text string
		pos  int
		want string
	}{
		{"jitter(0.1", 10, "want , or )"},
		{"jitter(0.1)|", 12, "want the name of an augmentation"},
		{"jitter|scale(x)", 13, "want a number for sigma of scale"},
		{"jitter|scal", 7, "did you mean scale"},
		{"jitter(-1)", 7, "sigma is -1, want above 0"},
		{"jitter(0)", 7, "leave it out"},
		{"jitter(0.1,2)", 11, "jitter takes (sigma), no more"},
		{"jitter(0.1) scale", 12, "want |, ; or the end"},
		{"jitter;scale;shift;flip", 18, "want |, ; or the end"},
		{";jitter", 0, "want the name"},
		{"jitter;", 7, "want the name"},
		{"crop(0.9,0.5)", 5, "min is above max"},
		{"crop(1e999,1)", 5, "want a number for min of crop"},
		{"jitter|maybe(0.5)", 7, "maybe wants 1 after it, 0 given"},
		{"choice(3)|jitter|scale", 0, "choice wants 3 after it, 2 given"},
		{"é", 0, "want the name"},
		{"jitter|scale\x00", 12, "want |, ; or the end"},
	} {
		_, err := Parse(c.text)
		var e *ParseError
		if !errors.As(err, &e) || e.Pos != c.pos || !strings.Contains(e.Error(), c.want) {
			t.Errorf("%q: %v, want %q at byte %d", c.text, err, c.want, c.pos)
			continue
		}
		if _, caret, _ := strings.Cut(e.Caret(), "\n"); len(caret) != c.pos+1 {
			t.Errorf("%q: the caret stands at %d, want %d", c.text, len(caret)-1, c.pos)
		}
	}
	if _, err := Parse(strings.Repeat("jitter|", 1000) + "jitter"); err == nil || !strings.Contains(err.Error(), "want at most 4096") {
		t.Errorf("a text of 7006 characters gave %v", err)
	}
	// What is written character by character in the message stays one line.
	if _, err := Parse("jitter\n|\nmagic"); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("%q, want one line", err)
	}
}

func TestSpacesAndOmissions(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "",
		" \t\n":                          "",
		" jitter ( 0.1 ) | crop ( ) ":    "jitter(0.1)|crop(0.8,1)",
		"season(0.5)":                    "season(0.5,0.3,0)",
		"jitter(.5);identity":            "jitter(0.5);identity",
		"jitter;jitter(3e-2)":            "jitter(0.03)",
		"maybe|maybe(1)|flip(1)":         "maybe(0.5)|maybe(1)|flip(1)",
		"choice(2)|choice|flip|negate|X": "",
	} {
		s, err := Parse(text)
		if strings.HasSuffix(text, "X") {
			if err == nil {
				t.Errorf("%q was read as %s", text, s)
			}
			continue
		}
		if err != nil || s.String() != want {
			t.Errorf("%q was read as %q (%v), want %q", text, s, err, want)
		}
	}
}

// FuzzParse reads any text; what it says must keep the shape of what it changes.
func FuzzParse(f *testing.F) {
	languagetest.Fuzz(f, Catalog(), Parse, func(t *testing.T, s Spec) {
		for view := range 2 {
			x := wave(1, 2, 9, 4)
			s.View(view).Apply(x, &Context{RNG: rngOf(1), Other: wave(2, 2, 9, 0)})
			if len(x) != 2 || len(x[0]) != 9 || len(x[1]) != 9 {
				t.Fatalf("%q changed the shape", s)
			}
		}
	})
}
