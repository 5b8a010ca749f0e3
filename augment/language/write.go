package language

import (
	"fmt"
	"strconv"
	"strings"
)

// Pair writes the steps of two views so that Parse reads them back, once if both are the same; nothing is the name of the step
// that stands for a view without steps beside one that has some.
func (l *Language[S]) Pair(first, second []S, nothing string) string {
	a, b := l.String(first), l.String(second)
	if a == b {
		return a
	}
	if a == "" {
		a = nothing
	}
	if b == "" {
		b = nothing
	}
	return a + ";" + b
}

// String writes the steps of one view, defaults spelled out. A step that is not of the catalogue is written by its name, or by its
// String method.
func (l *Language[S]) String(steps []S) string {
	out := make([]string, len(steps))
	for i, s := range steps {
		out[i] = l.describe(s)
	}
	return strings.Join(out, "|")
}

func (l *Language[S]) describe(step S) string {
	numbers, ok := l.Numbers(step)
	if !ok {
		if s, ok := any(step).(fmt.Stringer); ok {
			return s.String()
		}
		return step.Name()
	}
	text := step.Name()
	if len(numbers) > 0 {
		text += "(" + Join(numbers) + ")"
	}
	if parts := l.parts(step); len(parts) > 0 {
		text += "|" + l.String(parts)
	}
	return text
}

func (l *Language[S]) parts(step S) []S {
	if l.Parts == nil {
		return nil
	}
	return l.Parts(step)
}

// Join writes numbers with commas so that reading them gives them back.
func Join(numbers []float64) string {
	out := make([]string, len(numbers))
	for i, n := range numbers {
		out[i] = strconv.FormatFloat(n, 'g', -1, 64)
	}
	return strings.Join(out, ",")
}
