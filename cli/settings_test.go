package cli

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

func TestSettingsOfMethodEncoderAndTraining(t *testing.T) {
	dir := t.TempDir()
	quiet := readings(t, dir, "quiet.csv", 300, 0)
	config := write(t, dir, "run.toml", `
method = "moco-v2"
steps = 2
batch = 4
window = 24
label = "label"

[set.method]
temperature = 0.3
queue = 40

[set.encoder]
width = 8
depth = 2

[set.train]
clip = 0.5
lr_schedule = {from = 0.01, to = 0.001, warmup = 0.1}
groups = [{prefix = "encoder.input.", rate = -1}]
`)
	model := filepath.Join(dir, "m.safetensors")
	must(t, "pretrain", "-q", "-c", config, "--data", quiet, "--label", "label", "--out", model,
		"--set", "method.queue=20", "--set", "encoder.out=16", "--set", "train.lr_schedule.shape=linear", "--set", "train.clip_each=2")
	var info struct {
		Settings struct {
			MethodSettings  json.RawMessage `json:"method_settings"`
			EncoderSettings json.RawMessage `json:"encoder_settings"`
		} `json:"settings"`
		Recipe struct {
			Clip       float64         `json:"clip"`
			ClipEach   float64         `json:"clip_each"`
			LRSchedule json.RawMessage `json:"lr_schedule"`
			Groups     json.RawMessage `json:"groups"`
		} `json:"recipe"`
		Dim int `json:"dim"`
	}
	if err := json.Unmarshal([]byte(must(t, "info", "--json", model)), &info); err != nil {
		t.Fatal(err)
	}
	s := info.Settings
	for _, c := range []struct{ name, got, want string }{
		{"method", compact(t, s.MethodSettings), `{"temperature":0.3,"queue":20}`},
		{"encoder", compact(t, s.EncoderSettings), `{"width":8,"depth":2,"out":16}`},
		{"schedule", compact(t, info.Recipe.LRSchedule), `{"from":0.01,"shape":"linear","to":0.001,"warmup":0.1}`},
		{"groups", compact(t, info.Recipe.Groups), `[{"prefix":"encoder.input.","rate":-1}]`},
	} {
		if c.got != c.want {
			t.Errorf("%s: the model remembers %s, want %s", c.name, c.got, c.want)
		}
	}
	if r := info.Recipe; r.Clip != 0.5 || r.ClipEach != 2 || info.Dim != 16 {
		t.Errorf("clip %g and %g, dim %d, want 0.5, 2 and 16", r.Clip, r.ClipEach, info.Dim)
	}
}

func compact(t *testing.T, text json.RawMessage) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(text)), "")
}

func TestUnknownSettingsAreNamed(t *testing.T) {
	dir := t.TempDir()
	quiet := readings(t, dir, "quiet.csv", 300, 0)
	for _, c := range []struct{ set, want string }{
		{"method.temprature=1", `settings of simclr: unknown field "temprature"`},
		{"method.temperature=hot", "temperature is a string, want a number"},
		{"encoder.depth=1.5", "depth is a number 1.5, want a whole number"},
		{"network.depth=1", `no settings of "network"`},
		{"depth=1", `unknown setting "depth"`},
		{"depth", "want method.NAME=VALUE"},
		{"method.temperature=-1", "temperature is -1"},
		{"train.warmup=2", "warm-up is 2"},
	} {
		_, errs, code := wk(t, "pretrain", "-q", "--data", quiet, "--label", "label", "--window", "24", "--steps", "1", "--out", filepath.Join(dir, "m"), "--set", c.set)
		if code == 0 || !strings.Contains(errs, c.want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("--set %s: exit code %d, %q, want one line that says %q", c.set, code, errs, c.want)
		}
	}
	config := write(t, dir, "bad.toml", "steps = 1\n[set.method]\nx = 1\n[set.other]\ny = 2\n")
	if _, errs, code := wk(t, "pretrain", "-c", config, "--data", quiet, "--out", filepath.Join(dir, "m")); code != exitUsage || !strings.Contains(errs, `no settings of "other"`) {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

func TestSettingsAreListed(t *testing.T) {
	for _, c := range [][]string{{"methods", "moco-v2", "queue"}, {"encoders", "transformer", "patch"}} {
		if out := must(t, "list", c[0], c[1]); !strings.Contains(out, c[2]) {
			t.Errorf("list %s %s: %s", c[0], c[1], out)
		}
	}
	if _, _, code := wk(t, "list", "methods", "no-such"); code != exitUsage {
		t.Errorf("an unknown method: exit code %d", code)
	}
	if _, _, code := wk(t, "list", "formats", "csv"); code != exitUsage {
		t.Errorf("settings of a format: exit code %d", code)
	}
}
