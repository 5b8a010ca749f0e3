package settings

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

// Choice writes a name and its settings, a JSON object, as a command line takes them: name(key=value,list=[a,b]); the name alone where there
// are none. What is no object is left out.
func Choice(name string, text []byte) string {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return name
	}
	var parts []string
	for d.More() {
		key, err := d.Token()
		var raw json.RawMessage
		if err != nil || d.Decode(&raw) != nil {
			return name
		}
		v, err := Tree(raw)
		if k, ok := key.(string); ok && err == nil && v != nil {
			parts = append(parts, k+"="+word(v))
		}
	}
	if len(parts) == 0 {
		return name
	}
	return name + "(" + strings.Join(parts, ",") + ")"
}

// plain is a text that needs no quotes in a choice.
var plain = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.:-]*$`)

// word writes a value in a choice: as TOML, but for texts without quotes where they can do without.
func word(v any) string {
	switch v := v.(type) {
	case string:
		switch {
		case v == "true" || v == "false" || v == "null" || v == "inf" || v == "nan" || !plain.MatchString(v):
			return quote(v)
		}
		return v
	case []any:
		parts := make([]string, len(v))
		for i, one := range v {
			parts[i] = word(one)
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	return Literal(v)
}
