package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wavekin/wavekin/evaluate"
)

// wk runs one command line and returns what it printed and its exit code.
func wk(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Run(context.Background(), args, nil, &out, &errs)
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
	return write(t, dir, name, readingsText(n, bad))
}

func readingsText(n, bad int) string {
	var b strings.Builder
	b.WriteString("time,pressure,flow,label\n")
	for i := range n {
		v, w, l := math.Sin(float64(i)*0.4), math.Cos(float64(i)*0.3), 0
		if bad > 0 && i >= bad && i < bad+40 {
			v, w, l = 3, -3, 1
		}
		fmt.Fprintf(&b, "%d,%.4f,%.4f,%d\n", i, v, w, l)
	}
	return b.String()
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// small is the file of a small model, learnt once for all tests.
var small = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "wavekin")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	data, model := filepath.Join(dir, "quiet.csv"), filepath.Join(dir, "m")
	if err := os.WriteFile(data, []byte(readingsText(300, 0)), 0o644); err != nil {
		return nil, err
	}
	var out, errs bytes.Buffer
	if Run(context.Background(), []string{"pretrain", "--data", data, "--window", "24", "--steps", "4", "--batch", "8", "--out", model, "-q"}, nil, &out, &errs) != 0 {
		return nil, errors.New(errs.String())
	}
	return os.ReadFile(model)
})

// trained puts the small model and the readings that it learnt from into a folder.
func trained(t *testing.T, dir string) (model, quiet string) {
	t.Helper()
	b, err := small()
	if err != nil {
		t.Fatal(err)
	}
	return write(t, dir, "m.safetensors", string(b)), readings(t, dir, "quiet.csv", 300, 0)
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
	var a evaluate.Ranked
	out = must(t, "evaluate", "--json", "--task", "anomaly", "--scores", scores, "--labels", today)
	// A dead sensor is unlike anything normal to any encoder that keeps the variance, trained or not: the mark is against scores that
	// lie at other time stamps than their labels. What training adds is TestLearningHelps's matter.
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

func TestVersion(t *testing.T) {
	if out := must(t, "--version"); !strings.HasPrefix(out, "wavekin ") || !strings.Contains(out, "go1.") {
		t.Errorf("--version printed %q", out)
	}
}

func TestInterruptedWithoutCheckpointSaysSo(t *testing.T) {
	dir := t.TempDir()
	quiet := readings(t, dir, "quiet.csv", 100, 0)
	var out, errs bytes.Buffer
	code := 0
	// On a busy machine a run may not have come to its first step: it then gets more time.
	for wait := 200 * time.Millisecond; wait < 10*time.Second; wait *= 3 {
		errs.Reset()
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(wait, cancel)
		code = Run(ctx, []string{"pretrain", "-q", "--data", quiet, "--window", "24", "--steps", "1000000", "--batch", "4", "--out", filepath.Join(dir, "m")}, nil, &out, &errs)
		if cancel(); strings.Contains(errs.String(), "after step") {
			break
		}
	}
	if code != exitInterrupted || !strings.HasPrefix(errs.String(), "wavekin: interrupted after step ") ||
		!strings.HasSuffix(errs.String(), "; nothing is kept (with --checkpoint DIR a run can be resumed)\n") {
		t.Errorf("code %d, want %d: %s", code, exitInterrupted, errs.String())
	}
	if left := listing(t, dir); left != "quiet.csv" {
		t.Errorf("left %s", left)
	}
}

// TestEveryCommandCanBeInterrupted starts each one that reads or learns after the interruption.
func TestEveryCommandCanBeInterrupted(t *testing.T) {
	dir, empty := t.TempDir(), t.TempDir()
	model, quiet := trained(t, dir)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	out := filepath.Join(empty, "out.csv")
	for _, args := range [][]string{
		{"pretrain", "--data", quiet, "--out", out}, {"embed", "--model", model, "--out", out, quiet},
		{"score", "--model", model, "--normal", quiet, "--out", out, quiet}, {"convert", quiet, out}, {"info", quiet},
		{"evaluate", "--task", "classify", "--model", model, "--train", quiet, "--test", quiet},
		{"evaluate", "--task", "anomaly", "--scores", write(t, dir, "scores.csv", "series,score\na,1\n"), "--labels", quiet}, {"demo", "--out", empty},
	} {
		var stdout, errs bytes.Buffer
		code := Run(ctx, append(args, "-q"), nil, &stdout, &errs)
		if code != exitInterrupted || !strings.HasPrefix(errs.String(), "wavekin: interrupted") || strings.Count(errs.String(), "\n") != 1 || stdout.Len() > 0 {
			t.Errorf("%s: code %d, %q and %q", args[0], code, errs.String(), stdout.String())
		}
		if left := listing(t, empty); left != "" {
			t.Errorf("%s: left %s", args[0], left)
		}
	}
}
