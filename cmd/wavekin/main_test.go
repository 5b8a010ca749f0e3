package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// wk runs one command line and returns what it printed and its exit code.
func wk(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(context.Background(), args, &out, &errs)
	return out.String(), errs.String(), code
}

// must runs a command line that has to succeed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	out, errs, code := wk(t, args...)
	if code != 0 {
		t.Fatalf("wavekin %s: exit code %d: %s", strings.Join(args, " "), code, errs)
	}
	return out
}

// readings writes a CSV of two channels, n rows, with a dead stretch from bad on.
func readings(t *testing.T, dir, name string, n, bad int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("time,pressure,flow,label\n")
	for i := range n {
		v, w, l := math.Sin(float64(i)*0.4), math.Cos(float64(i)*0.3), 0
		if bad > 0 && i >= bad && i < bad+40 {
			v, w, l = 3, -3, 1
		}
		fmt.Fprintf(&b, "%d,%.4f,%.4f,%d\n", i, v, w, l)
	}
	return write(t, dir, name, b.String())
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// trained learns a small model once for all tests.
func trained(t *testing.T, dir string) (model, quiet string) {
	t.Helper()
	quiet = readings(t, dir, "quiet.csv", 300, 0)
	model = filepath.Join(dir, "m.safetensors")
	must(t, "pretrain", "--data", quiet, "--label", "label", "--window", "24", "--steps", "4", "--batch", "8", "--out", model, "-q")
	return model, quiet
}

func TestFromReadingsToRankedAnomalies(t *testing.T) {
	dir := t.TempDir()
	model, quiet := trained(t, dir)
	today := readings(t, dir, "today.csv", 400, 200)
	scores, codes := filepath.Join(dir, "scores.csv"), filepath.Join(dir, "codes.arrow")

	var r streamResult
	out := must(t, "score", "--json", "-q", "--model", model, "--normal", quiet, "--label", "label", "--per-point", "--out", scores, today)
	if err := json.Unmarshal([]byte(out), &r); err != nil || r.Rows != 400 || len(r.Failed) != 0 {
		t.Fatalf("score printed %s (%v)", out, err)
	}
	var a anomalyResult
	out = must(t, "evaluate", "--json", "--task", "anomaly", "--scores", scores, "--labels", today)
	if err := json.Unmarshal([]byte(out), &a); err != nil || a.ROCAUC < 0.9 {
		t.Errorf("a dead stretch is found with %s (%v)", out, err)
	}
	must(t, "embed", "-q", "--model", model, "--label", "label", "--out", codes, today)
	if out = must(t, "info", codes); !strings.Contains(out, "embedding") {
		t.Errorf("info of encodings: %s", out)
	}
	if out = must(t, "info", model); !strings.Contains(out, "simclr") {
		t.Errorf("info of a model: %s", out)
	}
}

func TestConvertKeepsValues(t *testing.T) {
	dir := t.TempDir()
	in := readings(t, dir, "a.csv", 50, 0)
	arrow, back := filepath.Join(dir, "a.arrow"), filepath.Join(dir, "b.csv")
	must(t, "convert", in, arrow)
	must(t, "convert", arrow, back)
	text, err := os.ReadFile(back)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n != 51 {
		t.Errorf("%d lines, want a header and 50 rows", n)
	}
}

func TestListsAndHelp(t *testing.T) {
	for what, want := range map[string]string{"methods": "simclr", "encoders": "transformer", "augmentations": "permutation", "formats": "arrow"} {
		if out := must(t, "list", what); !strings.Contains(out, want) {
			t.Errorf("list %s: no %q in %s", what, want, out)
		}
		var items []listed
		if err := json.Unmarshal([]byte(must(t, "list", what, "--json")), &items); err != nil || len(items) == 0 {
			t.Errorf("list %s --json: %v", what, err)
		}
	}
	out, _, code := wk(t, "pretrain", "--help")
	if code != 0 || !strings.Contains(out, "Example") {
		t.Errorf("help: code %d, %s", code, out)
	}
}

func TestBadInputGetsOneLineAndItsCode(t *testing.T) {
	dir := t.TempDir()
	model, quiet := trained(t, dir)
	out := filepath.Join(dir, "out.csv")
	f := func(code int, want string, args ...string) {
		t.Helper()
		_, errs, got := wk(t, args...)
		if got != code || !strings.Contains(errs, want) {
			t.Errorf("wavekin %s: code %d, %q; want code %d and %q", strings.Join(args, " "), got, errs, code, want)
		}
		if strings.Contains(errs, "goroutine") || strings.Contains(errs, "internal error") {
			t.Errorf("a stack trace or an internal error: %s", errs)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("wavekin %s: left an output behind", strings.Join(args, " "))
		}
	}
	pre := func(file string) []string {
		return []string{"pretrain", "-q", "--data", file, "--window", "24", "--steps", "2", "--out", out}
	}
	score := func(file string) []string {
		return []string{"score", "-q", "--model", model, "--normal", quiet, "--label", "label", "--out", out, file}
	}
	f(exitUsage, "unknown", "pretrain", "--no-such-flag")
	f(exitUsage, "--data", "pretrain")
	f(exitUsage, "character", append(pre(quiet), "--augment", "jitter(0.1")...)
	f(exitUsage, "no method", append(pre(quiet), "--method", "magic")...)
	f(exitInput, "empty", pre(write(t, dir, "empty.csv", ""))...)
	f(exitInput, "row", pre(write(t, dir, "text.csv", "time,a\n1,2\n2,3\n3,oops\n4,5\n"))...)
	f(exitInput, "no-such", pre(filepath.Join(dir, "no-such.csv"))...)
	f(exitInput, "one.csv", score(write(t, dir, "one.csv", "time,pressure,label\n"+strings.Repeat("1,2,0\n", 50)))...)
	f(exitInput, "bad.safetensors", "info", write(t, dir, "bad.safetensors", "\x10\x00\x00\x00\x00\x00\x00\x00{\"broken\": true, "))
	f(exitUsage, "line 2", append(pre(quiet), "-c", write(t, dir, "run.toml", "steps = 3\nstepps = 4\n"))...)
}

func TestInterruptedRunSavesAndSaysSo(t *testing.T) {
	dir := t.TempDir()
	quiet := readings(t, dir, "quiet.csv", 300, 0)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	code := run(ctx, []string{"pretrain", "--data", quiet, "--window", "24", "--steps", "4", "--checkpoint", filepath.Join(dir, "ck"), "--out", filepath.Join(dir, "m")}, &out, &errs)
	if code != exitInterrupted {
		t.Errorf("code %d, want %d: %s", code, exitInterrupted, errs.String())
	}
}

func TestSettingsFileAndFlag(t *testing.T) {
	dir := t.TempDir()
	quiet := readings(t, dir, "quiet.csv", 200, 0)
	conf := write(t, dir, "run.toml", fmt.Sprintf("data = [%q]\nwindow = 24\nsteps = 2\nbatch = 4\n", quiet))
	out := must(t, "pretrain", "-q", "--json", "-c", conf, "--steps", "3", "--out", filepath.Join(dir, "m"))
	var r pretrainResult
	if err := json.Unmarshal([]byte(out), &r); err != nil || r.Steps != 3 {
		t.Errorf("%s (%v), want the flag's 3 steps", out, err)
	}
}
