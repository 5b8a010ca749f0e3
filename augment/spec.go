package augment

import (
	"fmt"
	"strconv"
	"strings"
)

// Spec is the pair of pipelines that make the two views of a sample. The zero
// value changes nothing.
type Spec struct {
	First Pipeline
	// Second is for the second view; nil means that First serves for both.
	Second Pipeline
}

// View returns the pipeline of view 0, 1 and so on: the even ones are First's.
func (s Spec) View(i int) Pipeline {
	if i%2 == 1 && s.Second != nil {
		return s.Second
	}
	return s.First
}

// Default is a mild choice for standardised windows of any kind: a part of the
// window, its size, its level and some noise. Nothing of it turns a window round or
// upside down.
func Default() Spec {
	p := Pipeline{Crop{Min: 0.6, Max: 1}, Scale{Sigma: 0.2}, Shift{Sigma: 0.2}, Jitter{Sigma: 0.05}}
	return Spec{First: p, Second: p}
}

// String writes the spec in the language of views, defaults spelled out; [Parse]
// reads it. An augmentation that is not of this package is written by its name, or
// by its String method.
func (s Spec) String() string {
	first := s.First.String()
	second := first
	if s.Second != nil {
		second = s.Second.String()
	}
	if first == second {
		return first
	}
	return orIdentity(first) + ";" + orIdentity(second)
}

func orIdentity(text string) string {
	if text == "" {
		return Identity{}.Name()
	}
	return text
}

// String writes the pipeline in the language of views.
func (p Pipeline) String() string { return strings.Join(words(p), "|") }

func describe(a Augmentation) string {
	d, ok := a.(described)
	if !ok {
		if s, ok := a.(fmt.Stringer); ok {
			return s.String()
		}
		return a.Name()
	}
	text := a.Name()
	if numbers := d.args(); len(numbers) > 0 {
		text += "(" + join(numbers) + ")"
	}
	if c, ok := a.(interface{ parts() []Augmentation }); ok {
		text = strings.Join(append([]string{text}, words(c.parts())...), "|")
	}
	return text
}

// join writes numbers so that reading them gives them back.
func join(numbers []float64) string {
	out := make([]string, len(numbers))
	for i, n := range numbers {
		out[i] = strconv.FormatFloat(n, 'g', -1, 64)
	}
	return strings.Join(out, ",")
}

func words(list []Augmentation) []string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = describe(a)
	}
	return out
}
