package train

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/settings"
	"github.com/wavekin/wavekin/methods"
)

// field is one setting of a Config.
type field struct {
	name  string
	index int
}

// fields are the settings in the order of their declaration.
var fields = func() []field {
	var out []field
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("json"); name != "" && name != "-" {
			out = append(out, field{name, i})
		}
	}
	return out
}()

// fieldOf finds a setting by its name, written with underscores or hyphens and in any case.
func fieldOf(name string) (field, bool) {
	name = canonical(name)
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, false
	}
	return fields[i], true
}

func canonical(name string) string { return strings.ReplaceAll(strings.ToLower(name), "-", "_") }

// Fields lists the settings of a Config with what each takes and its description, in the order of their declaration.
func Fields() []methods.Setting { return slices.Clone(described()) }

// described is made once: every command has these settings as flags.
var described = sync.OnceValue(func() []methods.Setting {
	out := settings.Of(Config{})
	for i, f := range fields {
		switch {
		case f.isViews():
			out[i].Kind = "views"
		case f.isName():
			out[i].Kind = "name"
		}
		out[i].Doc = said(out[i].Doc, reflect.TypeFor[Config]().Field(f.index).Name)
	}
	return out
})

var words = regexp.MustCompile(`\w+`)

// said makes a field's comment a description of the setting: without the field's name at the start, and with the names of
// settings for those of other fields.
func said(doc, name string) string {
	others := map[string]string{}
	for _, f := range fields {
		others[reflect.TypeFor[Config]().Field(f.index).Name] = f.name
	}
	others[name] = name
	doc = words.ReplaceAllStringFunc(doc, func(w string) string { return cmp.Or(others[w], w) })
	doc = strings.TrimPrefix(doc, name+" ")
	for _, start := range []string{"is ", "are ", "the "} {
		doc = strings.TrimPrefix(doc, start)
	}
	return strings.ToUpper(doc[:1]) + doc[1:]
}

// value is the field of a copy of c.
func (c Config) value(f field) reflect.Value { return reflect.ValueOf(&c).Elem().Field(f.index) }

// isName tells whether a field is chosen by its name from a catalogue.
func (f field) isName() bool { return f.name == "method" || f.name == "encoder" }

// isViews tells whether a field holds augmentations.
func (f field) isViews() bool {
	switch (Config{}).value(f).Interface().(type) {
	case augment.Spec, imageaug.Spec:
		return true
	}
	return false
}

// isText tells whether what is given on a command line is a text, whatever it looks like.
func (f field) isText() bool {
	return f.isName() || f.isViews() || (Config{}).value(f).Kind() == reflect.String
}

// get is the value of a setting as a tree (see [settings.Tree]), nil where it is zero. Methods and encoders are written by
// the caller.
func (f field) get(c Config) (any, error) {
	v := c.value(f)
	switch s := v.Interface().(type) {
	case augment.Spec:
		if s.IsZero() {
			return nil, nil
		}
		return s.String(), nil
	case imageaug.Spec:
		if s.IsZero() {
			return nil, nil
		}
		return s.String(), nil
	}
	if v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 {
		return nil, nil
	}
	tree, err := settings.Tree(v.Interface())
	if err != nil {
		return nil, fmt.Errorf("%s is %v, which has no place in a file: %w", f.name, v.Interface(), err)
	}
	return tree, nil
}

// set changes a setting to a tree's value.
func (f field) set(c *Config, value any) error {
	v := reflect.ValueOf(c).Elem().Field(f.index)
	text, isText := value.(string)
	switch v.Interface().(type) {
	case augment.Spec, imageaug.Spec:
		if !isText {
			return fmt.Errorf("%s is %s, want a text such as %q", f.name, settings.Literal(value), "jitter(0.03)|crop(0.5,1)")
		}
		var err error
		if s, ok := v.Addr().Interface().(*augment.Spec); ok {
			*s, err = augment.Parse(text)
		} else {
			*v.Addr().Interface().(*imageaug.Spec), err = imageaug.Parse(text)
		}
		return err
	case uint64:
		if isText { // beyond what TOML's whole numbers reach
			n, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				return fmt.Errorf("%s is %q, want a whole number from 0 on", f.name, text)
			}
			v.SetUint(n)
			return nil
		}
	}
	if n, ok := value.(float64); ok && n-n != 0 {
		return fmt.Errorf("%s is %v, want a finite number", f.name, n)
	}
	return settings.One(f.name, value, v)
}

// named is a method or an encoder as a name and a tree of its settings, nil where all are defaults.
func named(v interface{ Name() string }) (string, map[string]any, error) {
	tree, err := settings.Tree(v)
	if err != nil {
		return v.Name(), nil, fmt.Errorf("settings of %s: %w", v.Name(), err)
	}
	table, _ := tree.(map[string]any)
	if len(table) == 0 {
		table = nil
	}
	return v.Name(), table, nil
}

// further are the ways of learning that begin with a model. They have no place in the catalogue, but stand in the recipes of
// the models that they made.
var further = map[string]func() methods.Method{
	"finetune": func() methods.Method { return &finetuning{} },
	"distill":  func() methods.Method { return &distilling{} },
}

func methodNamed(name string, table map[string]any) (methods.Method, error) {
	text, err := jsonOf(table)
	if err != nil {
		return nil, err
	}
	if f, ok := further[name]; ok {
		m := f()
		return m, settings.Decode(text, m)
	}
	return methods.ByName(name, text)
}

func encoderNamed(name string, table map[string]any) (encoders.Encoder, error) {
	text, err := jsonOf(table)
	if err != nil {
		return nil, err
	}
	return encoders.ByName(name, text)
}

var errNeedsModel = errors.New("this way of learning begins with a model; call Finetune or Distill")
