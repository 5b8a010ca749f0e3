package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/cli/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	out, err := clitest.Command(t, args...).CombinedOutput()
	return string(out), err
}

// TestTheWholeCommandKnowsThem: the format and the method are listed, read, learnt with, saved, loaded and named in messages.
func TestTheWholeCommandKnowsThem(t *testing.T) {
	dir := t.TempDir()
	quiet, bad := filepath.Join(dir, "quiet.log"), filepath.Join(dir, "bad.log")
	model, scores := filepath.Join(dir, "m.safetensors"), filepath.Join(dir, "scores.csv")
	var b strings.Builder
	b.WriteString("LOGGER\n")
	for i := range 6000 {
		fmt.Fprintf(&b, "%.4f\n", math.Sin(float64(i)*0.4))
	}
	for path, text := range map[string]string{quiet: b.String(), bad: "LOGGER\n1\n2\nx\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"recordings of a data logger", []string{"list", "formats"}},
		{"plant-cool", []string{"list", "methods"}},
		{"6000", []string{"info", quiet}},
		{"plant-cool with conv", []string{"pretrain", "--data", quiet, "--window", "32", "--steps", "3", "--batch", "8", "--method", "plant-cool",
			"--set", "method.temperature=0.2", "--set", "encoder.width=8", "--set", "encoder.depth=2", "--out", model}},
		{"temperature = 0.2", []string{"info", model}},
		{scores, []string{"score", "--model", model, "--normal", quiet, "--out", scores, quiet}},
	} {
		if out, err := run(t, c.args...); err != nil || !strings.Contains(out, c.want) {
			t.Errorf("%s: %v, %s; want %q", strings.Join(c.args, " "), err, out, c.want)
		}
	}
	if out, err := run(t, "info", bad); err == nil || !strings.Contains(out, "bad.log: row 4: invalid syntax") {
		t.Errorf("a line that is no number: %v, %s", err, out)
	}
}
