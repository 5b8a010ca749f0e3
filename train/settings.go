package train

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/settings"
)

// Settings are some of the settings of a [Config], by the names of its fields; those that are left out stay as they are. They
// are what a settings file, a command line, a model file and a journal have in common:
//
//	file, _, err := train.ParseSettings(text)         // method = "byol", lr = 0.1, [set.method] ...
//	var own train.Settings
//	err = own.Set("method.momentum", "0.99")          // as --set method.momentum=0.99
//	cfg, err := own.Over(file).Config()
//
// The zero value has none.
type Settings struct {
	top             map[string]any // by field name
	method, encoder map[string]any // the settings of these
}

// Set changes one setting to what a command line says of it: a value of TOML, or a bare text. The name is that of a field,
// with or without train. before it, or begins with method. or encoder.; further dots go down into tables. A method or an
// encoder may have settings in brackets, as in simclr(temperature=0.1).
func (s *Settings) Set(name, value string) error {
	table, rest, dotted := strings.Cut(strings.TrimSpace(name), ".")
	switch {
	case dotted && table == "method":
		put(&s.method, rest, valueOf(value))
		return nil
	case dotted && table == "encoder":
		put(&s.encoder, rest, valueOf(value))
		return nil
	case dotted && table == "train":
		name = rest
	}
	head, rest, nested := strings.Cut(name, ".")
	f, ok := fieldOf(head)
	switch {
	case !ok && nested:
		return fmt.Errorf("no settings of %q: there are those of method, encoder and train", head)
	case !ok:
		return unknown(name)
	case nested:
		put(&s.top, f.name+"."+rest, valueOf(value))
		return nil
	case f.isName():
		return s.choose(f, value)
	}
	v := valueOf(value)
	if _, isText := v.(string); f.isText() && !isText {
		v = strings.TrimSpace(value)
	}
	put(&s.top, f.name, v)
	return nil
}

// choose sets a method or an encoder, and the settings in its brackets.
func (s *Settings) choose(f field, text string) error {
	name, table, err := choice(text)
	if err != nil {
		return err
	}
	put(&s.top, f.name, name)
	into := &s.method
	if f.name == "encoder" {
		into = &s.encoder
	}
	for k, v := range table {
		put(into, k, v)
	}
	return nil
}

// Has tells whether a setting is given.
func (s Settings) Has(name string) bool {
	_, ok := s.top[canonical(name)]
	return ok
}

// Value is that of a setting of training as a text, a boolean, an int64, a float64, a list or a table, or nil where it is not
// given.
func (s Settings) Value(name string) any { return s.top[canonical(name)] }

// As returns s with a setting under another name.
func (s Settings) As(name, other string) Settings {
	v := s.top[canonical(name)]
	s = s.Without(name)
	put(&s.top, canonical(other), v)
	return s
}

// Without returns s less some settings.
func (s Settings) Without(names ...string) Settings {
	s.top, s.method, s.encoder = maps.Clone(s.top), maps.Clone(s.method), maps.Clone(s.encoder)
	for _, n := range names {
		table, rest, _ := strings.Cut(n, ".")
		switch {
		case rest == "":
			delete(s.top, canonical(n))
		case table == "method":
			delete(s.method, rest)
		case table == "encoder":
			delete(s.encoder, rest)
		}
	}
	return s
}

// instead are settings that others of a layer below must give way to, since those would count before them.
var instead = map[string][]string{"epochs": {"steps"}, "lr": {"lr_schedule"}, "decay": {"decay_schedule"}, "augment": {"image_augment"}}

// Over returns s with what it lacks filled in from below, in tables too. Where s says how many epochs, the steps of below do not
// count; and so it is with a rate and a schedule, a decay and its schedule.
func (s Settings) Over(below Settings) Settings {
	for name, others := range instead {
		for _, other := range others {
			if s.Has(name) && !s.Has(other) {
				below = below.Without(other)
			}
		}
	}
	return Settings{over(s.top, below.top), over(s.method, below.method), over(s.encoder, below.encoder)}
}

// Config is the zero [Config] with the settings applied.
func (s Settings) Config() (Config, error) {
	var c Config
	return c, s.Apply(&c)
}

// Apply changes the fields of c that are among the settings. The settings of a method need its name among them, unless c has
// a method whose settings they then change; so do those of an encoder.
func (s Settings) Apply(c *Config) error {
	if err := s.applyNamed(c); err != nil {
		return err
	}
	for _, f := range fields {
		v, ok := s.top[f.name]
		if !ok || f.isName() {
			continue
		}
		if _, own := s.top["image_augment"]; f.name == "augment" && !own && c.Encoder != nil && encoders.Axes(c.Encoder) == 2 {
			f, _ = fieldOf("image_augment")
		}
		if err := f.set(c, v); err != nil {
			return err
		}
	}
	return nil
}

// applyNamed makes the method and the encoder.
func (s Settings) applyNamed(c *Config) error {
	name, table, err := s.nameOf("method", s.method, c.Method)
	if err != nil {
		return err
	}
	if name != "" {
		if c.Method, err = methodNamed(name, table); err != nil {
			return err
		}
	}
	if name, table, err = s.nameOf("encoder", s.encoder, c.Encoder); err != nil || name == "" {
		return err
	}
	c.Encoder, err = encoderNamed(name, table)
	return err
}

// nameOf is the name of what is to be made with its settings, or "" where nothing is.
func (s Settings) nameOf(field string, table map[string]any, was interface{ Name() string }) (string, map[string]any, error) {
	if v, ok := s.top[field]; ok {
		name, isText := v.(string)
		if !isText {
			return "", nil, fmt.Errorf("%s is %s, want a name", field, settings.Literal(v))
		}
		return name, table, nil
	}
	if len(table) == 0 {
		return "", nil, nil
	}
	if was == nil || reflect.ValueOf(was).Kind() == reflect.Pointer && reflect.ValueOf(was).IsNil() {
		return map[string]string{"method": "simclr", "encoder": "conv"}[field], table, nil
	}
	name, own, err := named(was)
	return name, over(table, own), err
}

// Settings returns the settings of c that are not zero. It fails where one has no form in a file, as a method with a function
// in it.
func (c Config) Settings() (Settings, error) {
	s := Settings{top: map[string]any{}}
	var err error
	for _, f := range fields {
		var v any
		switch {
		case f.name == "method" && c.Method != nil:
			v, s.method, err = named(c.Method)
		case f.name == "encoder" && c.Encoder != nil:
			v, s.encoder, err = named(c.Encoder)
		case !f.isName():
			v, err = f.get(c)
		}
		if err != nil {
			return s, err
		}
		if v != nil {
			s.top[f.name] = v
		}
	}
	return s, nil
}

// String writes the settings as a settings file. Equal settings give equal texts.
func (s Settings) String() string {
	var b strings.Builder
	for _, f := range fields {
		if v, ok := s.top[f.name]; ok {
			fmt.Fprintf(&b, "%s = %s\n", f.name, settings.Literal(v))
		}
	}
	for _, t := range []struct {
		name string
		of   map[string]any
	}{{"method", s.method}, {"encoder", s.encoder}} {
		if len(t.of) > 0 {
			fmt.Fprintf(&b, "\n[set.%s]\n%s", t.name, settings.Lines(t.of))
		}
	}
	return b.String()
}

// String writes the settings of c that are not zero as a settings file, which [Parse] reads.
func (c Config) String() string {
	s, err := c.Settings()
	if err != nil {
		return fmt.Sprintf("# %v\n", err)
	}
	return s.String()
}

// Hash tells configurations apart by all of their settings. Those of [Config.Resolved] are equal for runs that are equal.
func (c Config) Hash() string {
	sum := sha256.Sum256([]byte(c.String()))
	return fmt.Sprintf("%x", sum[:8])
}

// MarshalJSON writes the settings as one object: those that are not zero by their names, and those of the method and of the
// encoder in a table "set".
func (s Settings) MarshalJSON() ([]byte, error) {
	out := maps.Clone(s.top)
	if out == nil {
		out = map[string]any{}
	}
	set := map[string]any{}
	if len(s.method) > 0 {
		set["method"] = s.method
	}
	if len(s.encoder) > 0 {
		set["encoder"] = s.encoder
	}
	if len(set) > 0 {
		out["set"] = set
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Settings) UnmarshalJSON(text []byte) error {
	tree, err := settings.Tree(json.RawMessage(text))
	if err != nil {
		return err
	}
	top, ok := tree.(map[string]any)
	if !ok {
		return fmt.Errorf("settings are %s, want a table", settings.Literal(tree))
	}
	set, _ := top["set"].(map[string]any)
	delete(top, "set")
	s.top = top
	s.method, _ = set["method"].(map[string]any)
	s.encoder, _ = set["encoder"].(map[string]any)
	return nil
}

// Change is a setting that has become another; Was and Is are as in a settings file, or "not set".
type Change struct{ Name, Was, Is string }

// String is one clause for people.
func (c Change) String() string { return c.Name + " was " + c.Was + " and is " + c.Is }

// Changes lists the settings in which b differs from a.
func Changes(a, b Settings) []Change {
	var out []Change
	add := func(name string, x, y any, inX, inY bool) {
		if inX != inY || inX && settings.Literal(x) != settings.Literal(y) {
			out = append(out, Change{name, valueText(x, inX), valueText(y, inY)})
		}
	}
	for _, f := range fields {
		x, inX := a.top[f.name]
		y, inY := b.top[f.name]
		add(f.name, x, y, inX, inY)
	}
	for _, t := range []struct {
		name string
		a, b map[string]any
	}{{"method", a.method, b.method}, {"encoder", a.encoder, b.encoder}} {
		for _, k := range slices.Sorted(maps.Keys(over(t.a, t.b))) {
			x, inX := t.a[k]
			y, inY := t.b[k]
			add(t.name+"."+k, x, y, inX, inY)
		}
	}
	return out
}

func valueText(v any, given bool) string {
	if !given {
		return "not set"
	}
	return settings.Literal(v)
}

// SettingError says that a setting of the method is out of range.
type SettingError struct{ Err error }

// Error names the setting.
func (e *SettingError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *SettingError) Unwrap() error { return e.Err }
