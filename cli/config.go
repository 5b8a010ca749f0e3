package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/train"
)

// settingsFile is what run.toml may hold: the settings that the flags set.
type settingsFile struct {
	pretrainCmd
	Seed    uint64
	Threads int
	Set     choices
}

// fromFile reads settings from a TOML file; what a flag set already stays.
func (c *pretrainCmd) fromFile(e *env) error {
	text, err := os.ReadFile(c.Config)
	if err != nil {
		var p *os.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		return usagef("%s: %v", c.Config, err)
	}
	file := settingsFile{pretrainCmd: *c, Seed: e.cli.Seed, Threads: e.cli.Threads}
	meta, err := toml.Decode(string(text), &file)
	if err != nil {
		return usagef("%s: %s", c.Config, strings.TrimPrefix(err.Error(), "toml: "))
	}
	for _, key := range meta.Undecoded() {
		if key[0] != "set" { // what is set there is checked when it is applied
			return usagef("%s: line %d: unknown setting %q (the settings are named like the flags of wavekin pretrain)",
				c.Config, lineOf(string(text), key), key)
		}
	}
	if err := file.Set.check(); err != nil {
		return usagef("%s: %v", c.Config, err)
	}
	merge(reflect.ValueOf(c).Elem(), reflect.ValueOf(file.pretrainCmd), e.given)
	merge(reflect.ValueOf(e.cli).Elem(), reflect.ValueOf(file), e.given)
	c.set = c.set.under(file.Set)
	train.SetThreads(e.cli.Threads)
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

// merge takes over the fields that both structs have, except for those whose flag was given.
func merge(dst, src reflect.Value, given map[string]bool) {
	for i := range src.NumField() {
		f := src.Type().Field(i)
		to := dst.FieldByName(f.Name)
		switch {
		case !to.IsValid() || to.Type() != f.Type || !f.IsExported() && !f.Anonymous:
		case f.Anonymous:
			merge(to, src.Field(i), given)
		case !given[strings.ToLower(f.Name)]:
			to.Set(src.Field(i))
		}
	}
}

// convertResult is what convert prints as JSON.
type convertResult struct {
	Input  string `json:"input"`
	Output string `json:"output"`
	datasets.Converted
}

// convertCmd is `wavekin convert`.
type convertCmd struct {
	Input  string `arg:"" help:"File to read."`
	Output string `arg:"" help:"File to write; its name says the format."`
	inputFlags
}

// Run converts one file.
func (c *convertCmd) Run(e *env) error {
	n, err := datasets.Convert(e.ctx, c.Input, c.Output, c.options())
	if err != nil {
		return err
	}
	return e.result(convertResult{c.Input, c.Output, n}, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s: %d rows, %d series\n", c.Output, n.Rows, n.Series)
		return err
	})
}
