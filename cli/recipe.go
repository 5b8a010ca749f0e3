package cli

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/wavekin/wavekin/internal/settings"
	"github.com/wavekin/wavekin/train"
)

// recipeFlags are the flags of a command that trains: one for each setting of train.Config, and --set.
type recipeFlags struct {
	kong.Plugins
	Assign []string `name:"set" sep:"none" help:"One setting, as in method.temperature=0.1, encoder.depth=10 or train.decay=0.05 (wavekin list methods NAME, wavekin list settings)." placeholder:"TABLE.NAME=VALUE"`
}

// newRecipeFlags makes the flags, but for some settings. Seed is a flag of every command.
func newRecipeFlags(without ...string) recipeFlags {
	without = append(without, "seed")
	var fields []reflect.StructField
	for i, s := range train.Fields() {
		if slices.Contains(without, s.Name) {
			continue
		}
		tag := fmt.Sprintf(`name:%q help:%s placeholder:%q setting:%q`, strings.ReplaceAll(s.Name, "_", "-"), strconv.Quote(s.Doc), placeholder(s.Kind), s.Name)
		fields = append(fields, reflect.StructField{Name: fmt.Sprint("Setting", i), Type: reflect.TypeFor[*string](), Tag: reflect.StructTag(tag)})
	}
	return recipeFlags{Plugins: kong.Plugins{reflect.New(reflect.StructOf(fields)).Interface()}}
}

// placeholder stands for a value in a command's help.
func placeholder(kind string) string {
	switch kind {
	case "number":
		return "X"
	case "whole number":
		return "N"
	case "views":
		return "SPEC"
	case "table", "list":
		return "TOML"
	}
	return "NAME"
}

// settings are what the flags and --set say; a flag wins.
func (f recipeFlags) settings(e *env) (train.Settings, error) {
	var flags, set train.Settings
	for _, a := range f.Assign {
		name, value, ok := strings.Cut(a, "=")
		if !ok || strings.TrimSpace(name) == "" {
			return set, fmt.Errorf("--set %q: want method.NAME=VALUE, encoder.NAME=VALUE or train.NAME=VALUE", a)
		}
		if err := set.Set(name, value); err != nil {
			return set, fmt.Errorf("--set %q: %w", a, err)
		}
	}
	for _, p := range f.Plugins {
		v := reflect.ValueOf(p).Elem()
		for i := range v.NumField() {
			text := v.Field(i).Interface().(*string)
			if text == nil {
				continue
			}
			name := v.Type().Field(i).Tag.Get("setting")
			if err := flags.Set(name, *text); err != nil {
				return flags, fmt.Errorf("--%s: %w", strings.ReplaceAll(name, "_", "-"), err)
			}
		}
	}
	if e.given["seed"] {
		if err := flags.Set("seed", strconv.FormatUint(e.cli.Seed, 10)); err != nil {
			return flags, err
		}
	}
	return flags.Over(set), nil
}

// fileFlag names a settings file.
type fileFlag struct {
	Config string `short:"c" help:"TOML file with the same settings; a flag wins." placeholder:"RUN.TOML"`
}

// over returns own settings over those of the file, if there is one. What else the file says becomes the value of the flag of
// that name, unless the flag was given.
func (f fileFlag) over(e *env, own train.Settings) (train.Settings, error) {
	if f.Config == "" {
		return own, nil
	}
	file, others, err := readSettings(f.Config)
	if err != nil {
		return own, err
	}
	for _, o := range others {
		if err := e.setFlag(o); err != nil {
			return own, usagef("%s: line %d: %v", f.Config, o.Line, err)
		}
	}
	train.SetThreads(e.cli.Threads)
	return own.Over(file), nil
}

// readSettings reads a settings file.
func readSettings(path string) (train.Settings, []train.Other, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		var p *os.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		return train.Settings{}, nil, usagef("%s: %v", path, err)
	}
	file, others, err := train.ParseSettings(string(text))
	if err != nil {
		return file, nil, usagef("%s: %v", path, err)
	}
	return file, others, nil
}

// flagNamed finds a flag by its name in a settings file, which may have underscores.
func flagNamed(flags []*kong.Flag, name string) *kong.Flag {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	if name == "corrupt" { // as it was written once
		name = "skip-corrupt"
	}
	i := slices.IndexFunc(flags, func(f *kong.Flag) bool { return f.Name == name })
	if i < 0 || slices.Contains([]string{"help", "version", "config", "set"}, name) {
		return nil
	}
	return flags[i]
}

// setFlag takes a flag's value from a settings file.
func (e *env) setFlag(o train.Other) error {
	f := flagNamed(e.flags, o.Name)
	if f == nil {
		return fmt.Errorf("unknown setting %q (the settings are named like the flags of wavekin %s)", o.Name, e.command)
	}
	if e.given[f.Name] {
		return nil
	}
	if text, ok := o.Value.(string); ok && f.Enum != "" && !f.EnumMap()[text] {
		return fmt.Errorf("%s is %q, want one of %s", o.Name, text, strings.Join(f.EnumSlice(), ", "))
	}
	if r, ok := f.Target.Addr().Interface().(*resume); ok {
		return r.set(o.Value)
	}
	return settings.One(o.Name, asList(o.Value, f.IsSlice()), f.Target)
}

// asList is a value as a list where one is wanted.
func asList(v any, list bool) any {
	if _, ok := v.([]any); list && !ok {
		return []any{v}
	}
	return v
}
