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

// TestTheWholeCommandKnowsThem: what the program registers is listed, learnt with, saved, loaded and named in messages.
func TestTheWholeCommandKnowsThem(t *testing.T) {
	dir := t.TempDir()
	data, model, codes := filepath.Join(dir, "quiet.csv"), filepath.Join(dir, "m.safetensors"), filepath.Join(dir, "codes.csv")
	var b strings.Builder
	b.WriteString("time,pressure,flow\n")
	for i := range 300 {
		fmt.Fprintf(&b, "%d,%.4f,%.4f\n", i, math.Sin(float64(i)*0.4), math.Cos(float64(i)*0.3))
	}
	if err := os.WriteFile(data, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"plant/mean", []string{"list", "encoders"}},
		{"plant-dead(0.2)", []string{"list", "augmentations"}},
		{"simclr with plant/mean", []string{"pretrain", "--data", data, "--window", "32", "--steps", "3", "--batch", "8", "--encoder", "plant/mean",
			"--augment", "plant-dead(0.3)|jitter(0.1)", "--out", model}},
		{"plant-dead(0.3)|jitter(0.1)", []string{"info", model}},
		{codes, []string{"embed", "--model", model, "--out", codes, data}},
	} {
		if out, err := run(t, c.args...); err != nil || !strings.Contains(out, c.want) {
			t.Errorf("%s: %v, %s; want %q", strings.Join(c.args, " "), err, out, c.want)
		}
	}
	if out, err := run(t, "pretrain", "--data", data, "--augment", "plant-dead(3)", "--out", model); err == nil || !strings.Contains(out, "plant-dead: share is 3") {
		t.Errorf("a share of 3: %v, %s", err, out)
	}
}
