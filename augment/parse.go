package augment

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseError points at the character of a view text that cannot be read.
type ParseError struct {
	Text string
	// Pos counts characters (bytes) from 0.
	Pos int
	Msg string
}

// Error shows the text with the place marked.
func (e *ParseError) Error() string {
	return fmt.Sprintf("augment: %q, character %d (at %q): %s", e.Text, e.Pos+1, around(e.Text, e.Pos), e.Msg)
}

func around(text string, pos int) string {
	if pos >= len(text) {
		return "the end"
	}
	return text[pos:min(len(text), pos+12)]
}

// maxText bounds the text of a spec, in bytes.
const maxText = 4096

// Parse reads views such as "jitter(0.03)|crop(0.5,1)": names with numbers in
// parentheses, joined by |, the second view's after a semicolon. Without a second
// view the first serves for both. The empty text changes nothing. Errors are of
// type *ParseError.
func Parse(text string) (Spec, error) {
	p := &parser{text: text}
	if len(text) > maxText {
		return Spec{}, &ParseError{text[:20], 0, fmt.Sprintf("%d characters, want at most %d", len(text), maxText)}
	}
	s := Spec{text: text}
	p.space()
	if p.pos == len(text) {
		return Spec{}, nil
	}
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
	if p.pos < len(text) {
		return Spec{}, p.fail("want |, ; or the end")
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

func (p *parser) fail(format string, args ...any) error {
	return &ParseError{p.text, p.pos, fmt.Sprintf(format, args...)}
}

func (p *parser) space() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\n", p.text[p.pos]) >= 0 {
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
		a, err := p.one()
		if err != nil {
			return nil, err
		}
		out = append(out, a)
		if !p.take('|') {
			p.space()
			return out, nil
		}
	}
}

func (p *parser) one() (Augmentation, error) {
	p.space()
	start := p.pos
	name := p.word("abcdefghijklmnopqrstuvwxyz-0123456789")
	e, ok := catalogue[name]
	if !ok {
		p.pos = start
		if name == "" {
			return nil, p.fail("want the name of an augmentation (wavekin list augmentations)")
		}
		return nil, p.fail("no augmentation %q (wavekin list augmentations)", name)
	}
	args := make([]float64, len(e.Params))
	for i, q := range e.Params {
		args[i] = q.Default
	}
	if p.take('(') && !p.take(')') {
		for i := 0; ; i++ {
			if err := p.arg(name, e, args, i); err != nil {
				return nil, err
			}
			if p.take(')') {
				break
			}
			if !p.take(',') {
				return nil, p.fail("want , or )")
			}
		}
	}
	return effect{name, args, e.apply}, nil
}

func (p *parser) arg(name string, e Entry, args []float64, i int) error {
	p.space()
	start := p.pos
	v, err := strconv.ParseFloat(p.word("+-.0123456789e"), 64)
	if i >= len(args) {
		p.pos = start
		return p.fail("%s takes %d number(s)", name, len(args))
	}
	q := e.Params[i]
	if err != nil {
		p.pos = start
		return p.fail("want a number for %s of %s", q.Name, name)
	}
	if v < q.Min || v > q.Max {
		p.pos = start
		return p.fail("%s of %s is %g, want %g to %g", q.Name, name, v, q.Min, q.Max)
	}
	args[i] = v
	return nil
}
