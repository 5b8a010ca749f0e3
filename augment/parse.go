package augment

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseError points at the character of a view text that cannot be read.
type ParseError struct {
	// Text is the whole text.
	Text string
	// Pos is the place in it, in bytes from 0; at the end it is len(Text).
	Pos int
	Msg string
}

// Error names the place and the reason, in one line.
func (e *ParseError) Error() string {
	return fmt.Sprintf("views %q, character %d: %s", e.Text, e.column()+1, e.Msg)
}

// Caret shows the text, and in the line below it a ^ under the character.
func (e *ParseError) Caret() string {
	line := strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, e.Text)
	return line + "\n" + strings.Repeat(" ", e.column()) + "^"
}

func (e *ParseError) column() int { return utf8.RuneCountInString(e.Text[:min(e.Pos, len(e.Text))]) }

// maxText bounds the text of a spec, in bytes.
const maxText = 4096

// Parse reads views such as "jitter(0.03)|crop(0.5,1)": names with numbers in
// parentheses, joined by |, the second view's after a semicolon. Without a second
// view the first serves for both. Numbers may be left out from the end, and the
// parentheses with them; spaces count for nothing. "maybe(0.5)" applies what
// follows it half of the time, "choice(2)" one of the two that follow it. The empty
// text changes nothing. Errors are of type *ParseError.
func Parse(text string) (Spec, error) {
	if len(text) > maxText {
		return Spec{}, &ParseError{strings.ToValidUTF8(text[:20], "") + "…", 0, fmt.Sprintf("%d characters, want at most %d", len(text), maxText)}
	}
	p := &parser{text: text}
	if p.space(); p.pos == len(text) {
		return Spec{}, nil
	}
	var s Spec
	var err error
	if s.First, err = p.pipeline(); err != nil {
		return Spec{}, err
	}
	s.Second = s.First
	if p.take(';') {
		if s.Second, err = p.pipeline(); err != nil {
			return Spec{}, err
		}
	}
	if p.space(); p.pos < len(text) {
		return Spec{}, p.fail(p.pos, "want |, ; or the end")
	}
	return s, nil
}

// MustParse is Parse for texts in the program; it panics on an error.
func MustParse(text string) Spec {
	s, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return s
}

type parser struct {
	text string
	pos  int
}

func (p *parser) fail(pos int, format string, args ...any) error {
	return &ParseError{p.text, pos, fmt.Sprintf(format, args...)}
}

func (p *parser) space() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

func (p *parser) take(c byte) bool {
	p.space()
	if p.pos < len(p.text) && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *parser) word(chars string) string {
	p.space()
	start := p.pos
	for p.pos < len(p.text) && strings.IndexByte(chars, p.text[p.pos]) >= 0 {
		p.pos++
	}
	return p.text[start:p.pos]
}

func (p *parser) pipeline() (Pipeline, error) {
	var out Pipeline
	for {
		a, err := p.step()
		if err != nil {
			return nil, err
		}
		if out = append(out, a); !p.take('|') {
			return out, nil
		}
	}
}

// step reads one augmentation, with those it takes from what follows.
func (p *parser) step() (Augmentation, error) {
	p.space()
	start := p.pos
	a, err := p.one()
	if err != nil {
		return nil, err
	}
	wants := 0
	switch a := a.(type) {
	case Maybe:
		wants = 1
	case Choice:
		wants = cap(a.Of)
	}
	var parts []Augmentation
	for len(parts) < wants {
		if !p.take('|') {
			return nil, p.fail(start, "%s wants %d after it, %d given", a.Name(), wants, len(parts))
		}
		part, err := p.step()
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	switch v := a.(type) {
	case Maybe:
		v.Of = parts[0]
		a = v
	case Choice:
		v.Of = parts
		a = v
	}
	return a, nil
}

// one reads a name and its numbers.
func (p *parser) one() (Augmentation, error) {
	p.space()
	start := p.pos
	name := p.word("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_0123456789")
	if name == "" {
		return nil, p.fail(start, "want the name of an augmentation (wavekin list augmentations)")
	}
	e, ok := lookup(name)
	if !ok {
		return nil, p.fail(start, "%s", unknown(name))
	}
	numbers := e.defaults()
	first := start
	if p.take('(') {
		p.space()
		first = p.pos
		for i := 0; !(i == 0 && p.take(')')); i++ {
			if err := p.number(e, numbers, i); err != nil {
				return nil, err
			}
			if p.take(')') {
				break
			}
			if !p.take(',') {
				return nil, p.fail(p.pos, "want , or )")
			}
		}
	}
	a := e.make(numbers)
	if msg := together(a); msg != "" {
		return nil, p.fail(first, "%s: %s", name, msg)
	}
	return a, nil
}

func (p *parser) number(e Entry, numbers []float64, i int) error {
	p.space()
	start := p.pos
	if i >= len(numbers) {
		return p.fail(start, "%s takes %s, no more", e.Name, e.takes())
	}
	word := p.word("+-.0123456789eE")
	v, err := strconv.ParseFloat(word, 64)
	if err != nil {
		return p.fail(start, "want a number for %s of %s", e.Params[i].Name, e.Name)
	}
	if msg := e.Params[i].wrong(v); msg != "" {
		if v == 0 {
			msg += " (to do without it, leave it out)"
		}
		return p.fail(start, "%s: %s", e.Name, msg)
	}
	numbers[i] = v
	return nil
}
