package settings

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Catalogue maps names to configurations of one kind, such as methods.
type Catalogue[T any] map[string]Entry[T]

// Entry is one configuration of a catalogue.
type Entry[T any] struct {
	// Doc is one line for a list.
	Doc string
	// Decode returns the configuration with its defaults, with JSON settings over them; see [As].
	Decode func(text []byte) (T, error)
}

// As decodes JSON settings over the zero value of S, a struct that is a T.
func As[S, T any](text []byte) (T, error) {
	var s S
	err := Decode(text, &s)
	return any(s).(T), err
}

// Names lists the catalogue in alphabetical order.
func (c Catalogue[T]) Names() []string { return slices.Sorted(maps.Keys(c)) }

// ByName returns the configuration of that name. The error for an unknown name lists those there are; kind says in it
// what was looked for.
func (c Catalogue[T]) ByName(kind, name string, text []byte) (T, error) {
	var none T
	e, ok := c[name]
	if !ok {
		return none, fmt.Errorf("no %s %q; there are %s", kind, name, strings.Join(c.Names(), ", "))
	}
	v, err := e.Decode(text)
	if err != nil {
		return none, fmt.Errorf("settings of %s: %w", name, err)
	}
	return v, nil
}
