package main

import (
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/wavekin/wavekin/datasets"
)

// fromFile reads settings from a TOML file; what a flag set already stays.
func (c *pretrainCmd) fromFile(e *env) error {
	text, err := os.ReadFile(c.Config)
	if err != nil {
		return err
	}
	file := struct {
		*pretrainCmd
		Set choices
	}{pretrainCmd: new(pretrainCmd)}
	*file.pretrainCmd = *c
	meta, err := toml.Decode(string(text), &file)
	if err != nil {
		return usagef("%s: %v", c.Config, err)
	}
	for _, key := range meta.Undecoded() {
		if key[0] != "set" { // what is set there is checked when it is applied
			return usagef("%s: line %d: unknown setting %q", c.Config, lineOf(string(text), key), key)
		}
	}
	if err := file.Set.check(); err != nil {
		return usagef("%s: %v", c.Config, err)
	}
	merge(c, *file.pretrainCmd)
	c.set = c.set.under(file.Set)
	return nil
}

// lineOf finds the line that sets a key, counting from 1.
func lineOf(text string, key toml.Key) int {
	name := key[len(key)-1]
	for i, line := range strings.Split(text, "\n") {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), name); ok && strings.HasPrefix(strings.TrimSpace(rest), "=") {
			return i + 1
		}
	}
	return 1
}

// merge takes over the file's settings where the flag still has its default.
func merge(c *pretrainCmd, file pretrainCmd) {
	dst, src := reflect.ValueOf(c).Elem(), reflect.ValueOf(file)
	for i := range dst.NumField() {
		f := dst.Type().Field(i)
		if f.Anonymous || !f.IsExported() {
			continue
		}
		if fmt.Sprint(dst.Field(i).Interface()) == f.Tag.Get("default") || dst.Field(i).IsZero() {
			dst.Field(i).Set(src.Field(i))
		}
	}
}

// convertCmd is `wavekin convert`.
type convertCmd struct {
	Input  string `arg:"" help:"File to read."`
	Output string `arg:"" help:"File to write; its name says the format."`
	inputFlags
}

// Run converts one file.
func (c *convertCmd) Run(e *env) error {
	return datasets.Convert(c.Input, c.Output, c.options())
}
