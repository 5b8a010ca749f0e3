package language

import (
	"fmt"
	"strconv"
	"strings"
)

// String writes the steps of one view, defaults spelled out. A step that is not in the catalogue is written by its String
// method, or by its name.
func (l *Language[S]) String(steps []S) string {
	out := make([]string, len(steps))
	for i, s := range steps {
		out[i] = l.describe(s)
	}
	return strings.Join(out, "|")
}

func (l *Language[S]) describe(step S) string {
	if any(step) == nil {
		return "nil"
	}
	e, known := l.entryOf(step)
	if !known {
		if s, ok := any(step).(fmt.Stringer); ok {
			return s.String()
		}
		return step.Name()
	}
	text := usage(e.Name, e.meant(step))
	if parts := partsOf(step); len(parts) > 0 {
		text += "|" + l.String(parts)
	}
	return text
}

// usage writes a name with its numbers.
func usage(name string, numbers []float64) string {
	if len(numbers) == 0 {
		return name
	}
	out := make([]string, len(numbers))
	for i, n := range numbers {
		out[i] = strconv.FormatFloat(n, 'g', -1, 64)
	}
	return name + "(" + strings.Join(out, ",") + ")"
}
