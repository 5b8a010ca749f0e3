package settings

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Named is a configuration that knows its name in its catalogue.
type Named interface{ Name() string }

// Catalogue maps names to configurations of one kind, such as methods. It is safe for concurrent use.
type Catalogue[T Named] struct {
	kind string

	mu      sync.RWMutex
	entries map[string]Entry[T]
}

// Entry describes one configuration of a catalogue.
type Entry[T any] struct {
	// Doc is one line for a list.
	Doc string
	// Decode returns the configuration with its defaults, with JSON settings over them; no text means the defaults.
	Decode func(text []byte) (T, error)
}

// NewCatalogue returns a catalogue with the given entries; kind, such as "method", names them in errors.
func NewCatalogue[T Named](kind string, entries map[string]Entry[T]) *Catalogue[T] {
	return &Catalogue[T]{kind: kind, entries: entries}
}

// EntryOf is the entry of a struct S, or of a pointer to one, that is a T. Settings are decoded by [Decode] over its zero
// value. A type that is no T is a mistake of the program and panics here, before anything is decoded.
func EntryOf[S, T any](doc string) Entry[T] {
	var zero S
	t := reflect.TypeOf(zero)
	if _, ok := any(zero).(T); !ok {
		panic(fmt.Sprintf("%T is no %v", zero, reflect.TypeFor[T]()))
	}
	return Entry[T]{Doc: doc, Decode: func(text []byte) (T, error) {
		var s S
		if t.Kind() == reflect.Pointer {
			s = reflect.New(t.Elem()).Interface().(S)
			err := Decode(text, s)
			return any(s).(T), err
		}
		err := Decode(text, &s)
		return any(s).(T), err
	}}
}

// Register adds an entry. The name must be new, of letters, digits and any of "-._/", and the name that the entry's
// configuration says of itself, because model files are written with the one and read with the other.
func (c *Catalogue[T]) Register(name string, e Entry[T]) error {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-._/", r))
	}) {
		return fmt.Errorf("%s name %q, want letters, digits and any of -._/", c.kind, name)
	}
	if e.Decode == nil {
		return fmt.Errorf("%s %q has no Decode function", c.kind, name)
	}
	v, err := e.Decode(nil)
	if err != nil {
		return fmt.Errorf("%s %q without settings: %w", c.kind, name, err)
	}
	if any(v) == nil {
		return fmt.Errorf("%s %q: its Decode returns nil", c.kind, name)
	}
	if own := v.Name(); own != name {
		return fmt.Errorf("%s %q calls itself %q, want one name", c.kind, name, own)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, taken := c.entries[name]; taken {
		return fmt.Errorf("%s %q is registered already", c.kind, name)
	}
	c.entries[name] = e
	return nil
}

// Names lists the catalogue in alphabetical order.
func (c *Catalogue[T]) Names() []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.Sorted(maps.Keys(c.entries))
}

// Doc returns the line of an entry, or "" where there is none of that name.
func (c *Catalogue[T]) Doc(name string) string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.entries[name].Doc
}

// ByName returns the configuration of that name, with JSON settings over its defaults. The error for an unknown name
// lists those there are.
func (c *Catalogue[T]) ByName(name string, text []byte) (T, error) {
	var none T
	c.mu.RLock()
	e, ok := c.entries[name]
	c.mu.RUnlock()
	if !ok {
		return none, fmt.Errorf("no %s %q; there are %s", c.kind, name, strings.Join(c.Names(), ", "))
	}
	v, err := e.Decode(text)
	if err != nil {
		return none, fmt.Errorf("settings of %s: %w", name, err)
	}
	return v, nil
}
