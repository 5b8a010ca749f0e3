package settings

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// Field is one setting.
type Field struct {
	// Name is the name in JSON and TOML.
	Name string `json:"name"`
	// Kind is what it takes: "number", "whole number", "true or false", "text", or "table".
	Kind string `json:"kind"`
	// Doc is the comment on the field, on one line.
	Doc string `json:"doc"`
}

// Documented is a configuration outside this module that describes its own settings.
type Documented interface {
	// SettingDocs are one-line descriptions by the names of the settings.
	SettingDocs() map[string]string
}

// module is the import path of this module; the table of descriptions leaves it out.
const module = "github.com/wavekin/wavekin/"

// Of lists the settings of a struct, or of a pointer to one: its fields with a json tag, those of embedded structs in their
// place. The descriptions are the fields' comments for the packages that the generated table covers, and what
// [Documented] says for others.
func Of(v any) []Field {
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	out := fields(t)
	if d, ok := v.(Documented); ok {
		own := d.SettingDocs()
		for i := range out {
			out[i].Doc = cmp.Or(own[out[i].Name], out[i].Doc)
		}
	}
	return out
}

func fields(t reflect.Type) []Field {
	var out []Field
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			out = append(out, fields(f.Type)...)
		case name != "" && name != "-":
			key := strings.TrimPrefix(t.PkgPath(), module) + "." + t.Name() + "." + f.Name
			out = append(out, Field{Name: name, Kind: kind(f.Type), Doc: docs[key]})
		}
	}
	return out
}

func kind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Float32, reflect.Float64:
		return "number"
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return "whole number"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Slice, reflect.Array:
		return "list"
	}
	return "table"
}

// Decode fills v, a pointer to a struct, from JSON, and refuses names that it has not; no text leaves it as it is.
func Decode(text []byte, v any) error {
	if len(text) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s is %s %s, want a %s", wrong.Field, article(wrong.Value), wrong.Value, kind(wrong.Type))
	}
	if err != nil {
		msg := strings.TrimPrefix(err.Error(), "json: ")
		if name, ok := strings.CutPrefix(msg, "unknown field "); ok {
			return unknownField(strings.Trim(name, `"`), text, v)
		}
		return errors.New(msg)
	}
	return nil
}

// article goes with one of the kinds of JSON.
func article(kind string) string {
	if kind == "array" || kind == "object" {
		return "an"
	}
	return "a"
}

// Fill is [Decode] from a tree, see [Tree].
func Fill(tree, v any) error {
	text, err := json.Marshal(tree)
	if err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	return Decode(text, v)
}

// One fills v, which can be set, from a tree that is the value of a setting of that name; errors name the setting.
func One(name string, tree any, v reflect.Value) error {
	tag := reflect.StructTag(fmt.Sprintf("json:%q", name))
	box := reflect.New(reflect.StructOf([]reflect.StructField{{Name: "V", Type: v.Type(), Tag: tag}}))
	if err := Fill(map[string]any{name: tree}, box.Interface()); err != nil {
		return err
	}
	v.Set(box.Elem().Field(0))
	return nil
}

// Within reports a setting that is outside its bounds, both included.
func Within(name string, v, lo, hi int) error {
	if v < lo || v > hi {
		return fmt.Errorf("%s is %d, want %d to %d", name, v, lo, hi)
	}
	return nil
}
