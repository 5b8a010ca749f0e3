package language

import (
	"fmt"

	"github.com/wavekin/wavekin/internal/settings"
)

// Check reports the first number in the views that is out of its range, for steps that were not parsed but put together in Go.
// A number that is 0 means its default and passes.
func (l *Language[S]) Check(views ...[]S) error {
	for i, steps := range views {
		for j, s := range steps {
			if msg := l.check(s, j == len(steps)-1); msg != "" {
				return fmt.Errorf("view %d, step %d, %s", i+1, j+1, msg)
			}
		}
	}
	return nil
}

// check says what is wrong with a step and its parts. A step that takes all that follow it must be the last one, or the
// text written from it would be read as other views.
func (l *Language[S]) check(step S, last bool) string {
	if any(step) == nil {
		return "nil is no augmentation"
	}
	name := step.Name()
	parts := partsOf(step)
	for i, part := range parts {
		if msg := l.check(part, last && i == len(parts)-1); msg != "" {
			return name + " of " + msg
		}
	}
	e, known := l.entryOf(step)
	if !known {
		return ""
	}
	set := numbersOf(step)
	for i, p := range e.Params[:min(len(e.Params), len(set))] {
		if set[i] == 0 {
			continue
		}
		if msg := p.Wrong(set[i]); msg != "" {
			return name + ": " + msg
		}
	}
	if err := together(step); err != nil {
		return name + ": " + err.Error()
	}
	if !last && e.Follow != nil && e.Follow(e.meant(step)) == Rest {
		return name + " takes what follows it as its parts, and must be the last"
	}
	return ""
}

// unknown says that there is no such name, and suggests a similar one.
func (l *Language[S]) unknown(name string) string {
	var known []string
	for _, e := range l.Catalog() {
		known = append(known, e.Name)
	}
	best := settings.Near(name, known)
	msg := fmt.Sprintf("no augmentation %q", name)
	if best != "" {
		return msg + fmt.Sprintf("; did you mean %s?", best)
	}
	return msg + " (wavekin list augmentations)"
}
