package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
)

// methodOf reads a way of learning: a name, and in brackets what differs from its
// defaults, as in simclr(temperature=0.5).
func methodOf(text string) (methods.Method, error) {
	name, settings, err := choice(text)
	if err != nil {
		return nil, err
	}
	return methods.ByName(name, settings)
}

// encoderOf reads an architecture in the same way, as in conv(width=16,depth=4).
func encoderOf(text string) (encoders.Encoder, error) {
	name, settings, err := choice(text)
	if err != nil {
		return nil, err
	}
	return encoders.ByName(name, settings)
}

// choice cuts name(key=value,...) into the name and its settings as JSON; settings is nil without brackets.
func choice(text string) (name string, settings []byte, err error) {
	name, inner, open := strings.Cut(strings.TrimSpace(text), "(")
	if !open {
		return name, nil, nil
	}
	inner, closed := strings.CutSuffix(inner, ")")
	if !closed {
		return "", nil, fmt.Errorf("%q lacks the closing bracket; write it as name(key=value,key=value)", text)
	}
	fields := map[string]json.RawMessage{}
	for _, f := range splitOutside(inner) {
		key, value, ok := strings.Cut(f, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok || key == "" || value == "" {
			return "", nil, fmt.Errorf("%q in %q is not key=value", f, text)
		}
		if _, twice := fields[key]; twice {
			return "", nil, fmt.Errorf("%q sets %s twice", text, key)
		}
		raw := json.RawMessage(value)
		if !json.Valid(raw) {
			// A bare word is a string.
			if raw, err = json.Marshal(value); err != nil {
				return "", nil, err
			}
		}
		fields[key] = raw
	}
	settings, err = json.Marshal(fields)
	return name, settings, err
}

// splitOutside cuts a list at the commas that are not inside brackets.
func splitOutside(list string) []string {
	var out []string
	depth, from := 0, 0
	for i, r := range list + "," {
		switch r {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case ',':
			if depth > 0 && i < len(list) {
				continue
			}
			if part := strings.TrimSpace(list[from:i]); part != "" {
				out = append(out, part)
			}
			from = i + 1
		}
	}
	return out
}

// chosen reads a list of choices.
func chosen[T any](list string, one func(text string) (T, error)) ([]T, error) {
	var out []T
	for _, text := range splitOutside(list) {
		v, err := one(text)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}
