package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
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

// Of lists the settings of a struct, those of embedded structs in their place. Its package's sources are in files.
func Of(v any, files fs.FS) ([]Field, error) {
	docs, err := comments(files)
	if err != nil {
		return nil, err
	}
	return fields(reflect.TypeOf(v), docs), nil
}

func fields(t reflect.Type, docs map[string]string) []Field {
	var out []Field
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			out = append(out, fields(f.Type, docs)...)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		out = append(out, Field{Name: name, Kind: kind(f.Type), Doc: docs[t.Name()+"."+f.Name]})
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

// comments maps Struct.Field to its comment, for every struct of the sources. Fields that share a line group without a
// comment of their own have that of the field above, as Go's documentation reads. A type that is defined as another of the
// structs has the other's comments.
func comments(files fs.FS) (map[string]string, error) {
	names, err := fs.Glob(files, "*.go")
	if err != nil {
		return nil, err
	}
	docs, same := map[string]string{}, map[string]string{}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if of, ok := spec.Type.(*ast.Ident); ok {
				same[spec.Name.Name] = of.Name
			}
			s, ok := spec.Type.(*ast.StructType)
			if !ok {
				return true
			}
			above := ""
			for _, f := range s.Fields.List {
				if text := strings.Join(strings.Fields(f.Doc.Text()), " "); text != "" {
					above = text
				}
				for _, n := range f.Names {
					docs[spec.Name.Name+"."+n.Name] = above
				}
			}
			return true
		})
	}
	for name, of := range same {
		for field, doc := range maps.Clone(docs) {
			if rest, ok := strings.CutPrefix(field, of+"."); ok {
				docs[name+"."+rest] = doc
			}
		}
	}
	return docs, nil
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
		return fmt.Errorf("%s is a %s, want a %s", wrong.Field, wrong.Value, kind(wrong.Type))
	}
	if err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// Within reports a setting that is outside its bounds, both included.
func Within(name string, v, lo, hi int) error {
	if v < lo || v > hi {
		return fmt.Errorf("%s is %d, want %d to %d", name, v, lo, hi)
	}
	return nil
}
