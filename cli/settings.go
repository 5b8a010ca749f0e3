package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/settings"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/train"
)

// choices are settings by the table they belong to: "method", "encoder" or "train". They stand in a run's TOML file as
// [set.method] and so on, and on the command line as --set method.temperature=0.1.
type choices map[string]map[string]any

// parseChoices reads assignments table.name=value. A value is a TOML value; a bare word is text.
func parseChoices(assignments []string) (choices, error) {
	out := choices{}
	for _, a := range assignments {
		key, value, ok := strings.Cut(a, "=")
		table, name, dotted := strings.Cut(strings.TrimSpace(key), ".")
		if !ok || !dotted || name == "" {
			return nil, fmt.Errorf("--set %q: want method.NAME=VALUE, encoder.NAME=VALUE or train.NAME=VALUE", a)
		}
		var v struct{ V any }
		if _, err := toml.Decode("V = "+value, &v); err != nil {
			v.V = strings.TrimSpace(value)
		}
		out.put(table, name, v.V)
	}
	return out, out.check()
}

// put sets a value; a dotted name goes down into tables.
func (c choices) put(table, name string, v any) {
	if c[table] == nil {
		c[table] = map[string]any{}
	}
	at := c[table]
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

// under returns c with what it lacks filled in from below.
func (c choices) under(below choices) choices {
	out := choices{}
	for _, table := range []string{"method", "encoder", "train"} {
		out[table] = over(c[table], below[table])
	}
	return out
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

func (c choices) check() error {
	for table := range c {
		if table != "method" && table != "encoder" && table != "train" {
			return fmt.Errorf("no settings of %q: there are those of method, encoder and train", table)
		}
	}
	return nil
}

// text is one table as JSON, or nil where nothing is set.
func (c choices) text(table string) ([]byte, error) {
	if len(c[table]) == 0 {
		return nil, nil
	}
	return json.Marshal(c[table])
}

// trainSettings are the settings of training beyond the flags.
type trainSettings struct {
	// Decay is the weight decay; negative means none, 0 the method's preset or 0.0001.
	Decay float64 `json:"decay"`
	// Warmup is the share of the steps in which the rate rises; negative means none, 0 means 0.05.
	Warmup float64 `json:"warmup"`
	// Clip bounds the global norm of the gradient; negative means no bound, 0 means 1.
	Clip float64 `json:"clip"`
	// LRSchedule takes the place of the learning rate and its warm-up: from, to, shape, warmup, warm_from.
	LRSchedule methods.Schedule `json:"lr_schedule"`
	// DecaySchedule takes the place of the weight decay.
	DecaySchedule methods.Schedule `json:"decay_schedule"`
	// Groups are parameters with rates of their own: prefix, rate, no_decay, steady, from.
	Groups []methods.Group `json:"groups"`
}

// apply decodes all tables over a configuration, for the named method and encoder.
func (c choices) apply(cfg *train.Config, method, encoder string) error {
	var texts [3][]byte
	for i, table := range []string{"method", "encoder", "train"} {
		var err error
		if texts[i], err = c.text(table); err != nil {
			return err
		}
	}
	var err error
	if cfg.Method, err = methods.ByName(method, texts[0]); err != nil {
		return err
	}
	if cfg.Encoder, err = encoders.ByName(encoder, texts[1]); err != nil {
		return err
	}
	var s trainSettings
	if err := settings.Decode(texts[2], &s); err != nil {
		return fmt.Errorf("settings of train: %w", err)
	}
	cfg.Decay, cfg.Warmup, cfg.Clip = s.Decay, s.Warmup, s.Clip
	cfg.LRSchedule, cfg.DecaySchedule, cfg.Groups = s.LRSchedule, s.DecaySchedule, s.Groups
	return nil
}
