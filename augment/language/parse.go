package language

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseError points at the character at which a text of views cannot be read.
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

// Parse reads the steps of one to three views, as [Parse] does; the empty text has none.
func (l *Language[S]) Parse(text string) (views [][]S, err error) {
	if len(text) > maxText {
		return nil, &ParseError{strings.ToValidUTF8(text[:20], "") + "…", 0, fmt.Sprintf("%d characters, want at most %d", len(text), maxText)}
	}
	p := &parser[S]{Language: l, text: text}
	if p.space(); p.pos == len(text) {
		return nil, nil
	}
	for more := true; more; more = len(views) < 3 && p.take(';') {
		steps, err := p.view()
		if err != nil {
			return nil, err
		}
		views = append(views, steps)
	}
	if p.space(); p.pos < len(text) {
		return nil, p.fail(p.pos, "want |, ; or the end")
	}
	return views, nil
}

type parser[S Step] struct {
	*Language[S]
	text string
	pos  int
}

func (p *parser[S]) fail(pos int, format string, args ...any) error {
	return &ParseError{p.text, pos, fmt.Sprintf(format, args...)}
}

func (p *parser[S]) space() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

func (p *parser[S]) take(c byte) bool {
	p.space()
	if p.pos < len(p.text) && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *parser[S]) word(chars string) string {
	p.space()
	start := p.pos
	for p.pos < len(p.text) && strings.IndexByte(chars, p.text[p.pos]) >= 0 {
		p.pos++
	}
	return p.text[start:p.pos]
}

// view reads steps up to the end of the text or a semicolon.
func (p *parser[S]) view() ([]S, error) {
	var out []S
	for {
		steps, err := p.step()
		if err != nil {
			return nil, err
		}
		if out = append(out, steps...); !p.take('|') {
			return out, nil
		}
	}
}

// step reads one augmentation, with those it takes from what follows, or a recipe, which is several.
func (p *parser[S]) step() ([]S, error) {
	p.space()
	start := p.pos
	e, numbers, err := p.one()
	if err != nil {
		return nil, err
	}
	if e.Recipe != nil {
		return e.Recipe(numbers), nil
	}
	step := e.Make(numbers)
	if e.Follow == nil {
		return []S{step}, nil
	}
	parts, err := p.parts(start, e.Name, e.Follow(numbers))
	if err != nil {
		return nil, err
	}
	return []S{e.With(step, parts)}, nil
}

// parts reads the steps that belong to the one at start.
func (p *parser[S]) parts(start int, name string, wants int) ([]S, error) {
	if wants == Rest {
		if !p.take('|') {
			return nil, nil
		}
		return p.view()
	}
	var parts []S
	for len(parts) < wants {
		if !p.take('|') {
			return nil, p.fail(start, "%s wants %d after it, %d given", name, wants, len(parts))
		}
		p.space()
		at := p.pos
		steps, err := p.step()
		if err != nil {
			return nil, err
		}
		if len(steps) != 1 {
			return nil, p.fail(at, "a recipe is %d steps, and %s takes single ones", len(steps), name)
		}
		parts = append(parts, steps...)
	}
	return parts, nil
}

// one reads a name and its numbers.
func (p *parser[S]) one() (e Entry[S], numbers []float64, err error) {
	p.space()
	start := p.pos
	name := p.word("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_0123456789")
	if name == "" {
		return e, nil, p.fail(start, "want the name of an augmentation (wavekin list augmentations)")
	}
	e, ok := p.lookup(name)
	if !ok {
		return e, nil, p.fail(start, "%s", p.unknown(name))
	}
	numbers = e.Defaults()
	first := start
	if p.take('(') {
		p.space()
		first = p.pos
		for i := 0; !(i == 0 && p.take(')')); i++ {
			if err := p.number(e, numbers, i); err != nil {
				return e, nil, err
			}
			if p.take(')') {
				break
			}
			if !p.take(',') {
				return e, nil, p.fail(p.pos, "want , or )")
			}
		}
	}
	if e.Make != nil {
		if err := together(e.Make(numbers)); err != nil {
			return e, nil, p.fail(first, "%s: %s", name, err)
		}
	}
	return e, numbers, nil
}

func (p *parser[S]) number(e Entry[S], numbers []float64, i int) error {
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
	if msg := e.Params[i].Wrong(v); msg != "" {
		if v == 0 {
			msg += " (to do without it, leave it out)"
		}
		return p.fail(start, "%s: %s", e.Name, msg)
	}
	numbers[i] = v
	return nil
}
