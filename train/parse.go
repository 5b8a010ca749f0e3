package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/settings"
	"github.com/wavekin/wavekin/methods"
)

// Other is an entry of a settings file that is no setting of training.
type Other struct {
	// Name is its key, and Line where it stands, from 1.
	Name string
	Line int
	// Value is a text, a boolean, an int64, a float64, a list or a table.
	Value any
}

// ParseSettings reads a settings file (TOML): settings of training by their names, in the table [set.train] too, and those of
// the method and the encoder in [set.method] and [set.encoder]. Names may be written with hyphens. Other entries of the top
// level are returned beside. The settings are checked when they are applied.
func ParseSettings(text string) (Settings, []Other, error) {
	var s Settings
	var file map[string]any
	meta, err := toml.Decode(text, &file)
	if err != nil {
		return s, nil, errors.New(strings.TrimPrefix(err.Error(), "toml: "))
	}
	var others []Other
	seen := map[string]bool{"set": true}
	for _, key := range meta.Keys() {
		if len(key) != 1 || seen[key[0]] {
			continue
		}
		seen[key[0]] = true
		f, ok := fieldOf(key[0])
		switch {
		case !ok:
			others = append(others, Other{key[0], lineOf(text, key), file[key[0]]})
		case s.Has(f.name):
			return s, nil, fmt.Errorf("line %d: %s is set twice", lineOf(text, key), f.name)
		default:
			if err := s.fromFile(f, file[key[0]]); err != nil {
				return s, nil, fmt.Errorf("line %d: %w", lineOf(text, key), err)
			}
		}
	}
	set, ok := file["set"].(map[string]any)
	if file["set"] != nil && !ok {
		return s, nil, fmt.Errorf("line %d: set is %s, want tables such as [set.method]", lineOf(text, toml.Key{"set"}), settings.Literal(file["set"]))
	}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		v := set[name]
		table, ok := v.(map[string]any)
		if !ok || name != "method" && name != "encoder" && name != "train" {
			return s, nil, fmt.Errorf("line %d: no settings of %q: there are those of method, encoder and train", lineOf(text, toml.Key{"set", name}), name)
		}
		switch name {
		case "method":
			s.method = over(table, s.method)
		case "encoder":
			s.encoder = over(table, s.encoder)
		default:
			if err := s.fromTable(table, text); err != nil {
				return s, nil, err
			}
		}
	}
	return s, others, nil
}

// fromFile sets a setting to a file's value.
func (s *Settings) fromFile(f field, v any) error {
	text, isText := v.(string)
	switch {
	case f.isName() && isText:
		return s.choose(f, text)
	case f.isName():
		return fmt.Errorf("%s is %s, want a name; its settings stand in [set.%s]", f.name, settings.Literal(v), f.name)
	case f.isViews() && isText: // in whose language is not known here
	default:
		// What cannot be set at all is told where it stands.
		if err := f.set(&Config{}, v); err != nil {
			return err
		}
	}
	put(&s.top, f.name, v)
	return nil
}

// fromTable reads [set.train].
func (s *Settings) fromTable(table map[string]any, text string) error {
	for _, name := range slices.Sorted(maps.Keys(table)) {
		v := table[name]
		f, ok := fieldOf(name)
		line := lineOf(text, toml.Key{"set", "train", name})
		if !ok {
			return fmt.Errorf("line %d: %w", line, unknown(name))
		}
		if s.Has(f.name) {
			return fmt.Errorf("line %d: %s is set twice", line, f.name)
		}
		if err := s.fromFile(f, v); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
	return nil
}

// Parse reads a settings file that holds nothing but settings of training.
func Parse(text string) (Config, error) {
	s, others, err := ParseSettings(text)
	if err != nil {
		return Config{}, err
	}
	for _, o := range others {
		return Config{}, fmt.Errorf("line %d: %w", o.Line, unknown(o.Name))
	}
	return s.Config()
}

func unknown(name string) error {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	if near := settings.Near(name, names); near != "" {
		return fmt.Errorf("unknown setting %q; did you mean %s?", name, near)
	}
	return fmt.Errorf("unknown setting %q; there are %s, and method.NAME and encoder.NAME", name, strings.Join(names, ", "))
}

// lineOf finds the line that sets a key, counting from 1; of a key in a table at least the table's.
func lineOf(text string, key toml.Key) int {
	name, table := key[len(key)-1], strings.Join(key[:len(key)-1], ".")
	inside, line := table == "", 1
	for i, l := range strings.Split(text, "\n") {
		l = strings.TrimSpace(l)
		if header, ok := strings.CutPrefix(strings.TrimLeft(l, "["), key.String()); ok && l[0] == '[' && strings.HasPrefix(header, "]") {
			return i + 1
		}
		if strings.HasPrefix(l, "["+table+"]") {
			inside, line = true, i+1
		}
		rest, ok := strings.CutPrefix(strings.TrimLeft(l, `"'`), name)
		if ok && inside && strings.HasPrefix(strings.TrimLeft(rest, `"' `), "=") {
			return i + 1
		}
	}
	return line
}

// valueOf reads a value of TOML; anything else is a text.
func valueOf(text string) any {
	var v struct{ V any }
	if _, err := toml.Decode("V = "+text, &v); err != nil {
		return strings.TrimSpace(text)
	}
	return v.V
}

// put sets a value in a tree; a dotted name goes down into tables.
func put(tree *map[string]any, name string, v any) {
	if *tree == nil {
		*tree = map[string]any{}
	}
	at := *tree
	for {
		head, rest, more := strings.Cut(name, ".")
		if !more {
			at[head] = v
			return
		}
		next, ok := at[head].(map[string]any)
		if !ok {
			next = map[string]any{}
			at[head] = next
		}
		at, name = next, rest
	}
}

// over merges tables, those in tables too; above wins.
func over(above, below map[string]any) map[string]any {
	out := maps.Clone(below)
	if out == nil {
		out = map[string]any{}
	}
	for name, v := range above {
		inner, ok := v.(map[string]any)
		other, also := out[name].(map[string]any)
		if ok && also {
			v = over(inner, other)
		}
		out[name] = v
	}
	return out
}

// jsonOf writes a tree as JSON, nil where there is nothing.
func jsonOf(v any) ([]byte, error) {
	if m, ok := v.(map[string]any); ok && len(m) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	return text, nil
}

// ParseMethod reads a way of learning as it stands on a command line: a name, and in brackets the settings that are not the
// defaults, as in simclr(temperature=0.5).
func ParseMethod(text string) (methods.Method, error) {
	name, table, err := choice(text)
	if err != nil {
		return nil, err
	}
	return methodNamed(name, table)
}

// ParseEncoder reads an architecture in the same way, as in conv(width=16,depth=4).
func ParseEncoder(text string) (encoders.Encoder, error) {
	name, table, err := choice(text)
	if err != nil {
		return nil, err
	}
	return encoderNamed(name, table)
}

// choice cuts name(key=value,...) into the name and its settings, nil without brackets; [settings.Choice] writes it.
func choice(text string) (name string, table map[string]any, err error) {
	name, inner, open := strings.Cut(strings.TrimSpace(text), "(")
	if !open {
		return name, nil, nil
	}
	inner, closed := strings.CutSuffix(inner, ")")
	if !closed {
		return "", nil, fmt.Errorf("%q lacks the closing bracket; write it as name(key=value,key=value)", text)
	}
	table = map[string]any{}
	for _, f := range SplitList(inner) {
		key, value, ok := strings.Cut(f, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok || key == "" || value == "" {
			return "", nil, fmt.Errorf("%q in %q is not key=value", f, text)
		}
		if _, twice := table[key]; twice {
			return "", nil, fmt.Errorf("%q sets %s twice", text, key)
		}
		if table[key], err = word(value); err != nil {
			return "", nil, fmt.Errorf("%q: %w", text, err)
		}
	}
	return name, table, nil
}

// word reads a value: JSON, TOML, a list of values in square brackets, or a text without quotes.
func word(text string) (any, error) {
	if raw := json.RawMessage(text); json.Valid(raw) {
		return settings.Tree(raw)
	}
	v := valueOf(text)
	inner, ok := strings.CutPrefix(text, "[")
	if _, isText := v.(string); !ok || !isText || !strings.HasSuffix(inner, "]") {
		return v, nil
	}
	list := []any{}
	for _, one := range SplitList(strings.TrimSuffix(inner, "]")) {
		v, err := word(one)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// SplitList cuts a list at the commas that are not inside brackets or quotes.
func SplitList(list string) []string {
	var out []string
	depth, from := 0, 0
	var quote rune // that is open, or 0
	escaped := false
	for i, r := range list + "," {
		switch {
		case i == len(list): // the end, whatever is open
		case quote != 0:
			if r == quote && !escaped {
				quote = 0
			}
			escaped = r == '\\' && quote == '"' && !escaped
			continue
		case r == '"' || r == '\'':
			quote = r
			continue
		case r == '(' || r == '[' || r == '{':
			depth++
			continue
		case r == ')' || r == ']' || r == '}':
			depth--
			continue
		case r != ',' || depth > 0:
			continue
		}
		if part := strings.TrimSpace(list[from:i]); part != "" {
			out = append(out, part)
		}
		from = i + 1
	}
	return out
}
