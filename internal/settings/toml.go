package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Tree turns a value into what its JSON says, in maps, slices, texts, booleans and numbers: whole ones are int64, others
// float64, and those beyond the range of both are texts. A value without a JSON form is an error.
func Tree(v any) (any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var out any
	if err := d.Decode(&out); err != nil {
		return nil, err
	}
	return numbers(out), nil
}

func numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i
		}
		if _, err := strconv.ParseUint(v.String(), 10, 64); err == nil {
			return v.String()
		}
		f, err := v.Float64()
		if err != nil {
			return v.String()
		}
		return f
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = numbers(v[k])
		}
	}
	return v
}

// Literal writes a tree's value as TOML on one line, the names of tables in alphabetical order: equal values give equal texts.
func Literal(v any) string {
	switch v := v.(type) {
	case string:
		return quote(v)
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1e15 {
			return strconv.FormatInt(int64(v), 10)
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case map[string]any:
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if v[k] != nil {
				parts = append(parts, Key(k)+" = "+Literal(v[k]))
			}
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	list := reflect.ValueOf(v)
	if list.Kind() != reflect.Slice {
		return quote(fmt.Sprint(v))
	}
	parts := make([]string, list.Len())
	for i := range parts {
		parts[i] = Literal(list.Index(i).Interface())
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// Lines writes a table's entries, a line each, in alphabetical order.
func Lines(table map[string]any) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(table)) {
		if table[k] != nil {
			fmt.Fprintf(&b, "%s = %s\n", Key(k), Literal(table[k]))
		}
	}
	return b.String()
}

// Key writes a name in TOML, in quotes where it needs them.
func Key(name string) string {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '-')
	}) {
		return quote(name)
	}
	return name
}

// quote writes a text as TOML's basic string, of which JSON's strings are some.
func quote(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return `""`
	}
	return strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "\x7f", `\u007f`)
}
