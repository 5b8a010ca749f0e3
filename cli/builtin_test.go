package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/series"
)

// labelledShapes writes series of two classes, square and triangle waves of any period and phase.
func labelledShapes(t *testing.T, path string, from int) {
	t.Helper()
	var b strings.Builder
	for i := range 24 {
		fmt.Fprintf(&b, "%d", i%2)
		for k := range 90 {
			phase := math.Mod(float64(k)/(14+math.Mod(float64(from+i)*1.7, 9))+float64(from+i)*0.37, 1)
			v := math.Abs(phase-0.5) * 4
			if i%2 == 1 {
				v = 2 * math.Round(phase)
			}
			fmt.Fprintf(&b, "\t%g", v+0.05*math.Sin(float64(k*k+i)))
		}
		b.WriteString("\n")
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestBuiltin: every command that takes it by default does, and encodes in the same way each time.
func TestBuiltin(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	labelledShapes(t, path("A_TRAIN.tsv"), 0)
	labelledShapes(t, path("A_TEST.tsv"), 100)
	var r classifyResult
	out := must(t, "evaluate", "--task", "classify", "--train", path("A_TRAIN.tsv"), "--test", path("A_TEST.tsv"), "--json", "-q")
	if err := json.Unmarshal([]byte(out), &r); err != nil || r.Accuracy < 0.95 { // values alone, shifted and stretched, are told apart at 0.5 to 0.8
		t.Errorf("%s %v", out, err)
	}
	must(t, "finetune", "--train", path("A_TRAIN.tsv"), "--steps", "2", "--batch", "4", "--out", path("tuned"), "-q")

	var csv strings.Builder
	csv.WriteString("time,load\n")
	for k := range 1500 {
		fmt.Fprintf(&csv, "2024-01-01T%02d:%02d:00Z,%g\n", k/60, k%60, math.Sin(float64(k)/5))
	}
	text := strings.Replace(csv.String(), "2024-01-01T24", "2024-01-02T00", -1)
	if err := os.WriteFile(path("day.csv"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	_, errs, code := wk(t, "embed", "--out", path("a.arrow"), path("day.csv"))
	if code != 0 || !strings.Contains(errs, "built-in encoder") {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	must(t, "embed", "--model", "builtin", "--threads", "1", "--out", path("b.arrow"), path("day.csv"), "-q")
	a, b := read(t, path("a.arrow")), read(t, path("b.arrow"))
	if a != b || a == "" {
		t.Error("two runs differ, or are empty")
	}
	// A folder of outputs: from a folder, and where the first file cannot be read.
	for name, text := range map[string]string{"lake/day=1/a.csv": "", "lake/day=2/b.csv": text} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path(name)), 0o755), os.WriteFile(path(name), []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if _, errs, code := wk(t, "embed", "--out", path("codes")+"/", path("lake"), "-q"); code != exitPartly || !strings.Contains(errs, "a.csv") {
		t.Errorf("a folder: exit code %d, %s", code, errs)
	}
	if read(t, path("codes/day=2/b.arrow")) == "" {
		t.Error("an empty output")
	}
	must(t, "score", "--model", "builtin", "--normal", path("day.csv"), "--out", path("s.csv"), path("day.csv"), "-q")
	must(t, "reference", "--model", "builtin", "--normal", path("day.csv"), "--out", path("normal"), "-q")
	must(t, "score", "--model", "builtin", "--reference", path("normal"), "--out", path("r.csv"), path("day.csv"), "-q")
	if read(t, path("s.csv")) != read(t, path("r.csv")) {
		t.Error("a reference by the built-in encoder scores otherwise than the normal readings that it was made of")
	}
	if _, errs, code := wk(t, "score", "--model", "builtin", "--reference", path("tuned"), "--out", path("no.csv"), path("day.csv"), "-q"); code != exitInput || !strings.Contains(errs, "not a reference") {
		t.Errorf("a model as a reference: exit code %d, %q", code, errs)
	}
	for want, args := range map[string][]string{
		"give --window N":    {"embed", "--follow", "--out", path("no.arrow"), "-"},
		"each connection":    {"embed", "--follow", "--out", path("no.arrow"), "tcp://127.0.0.1:0"},
		"--window is for":    {"embed", "--model", path("tuned"), "--window", "9", "--out", path("no.arrow"), path("day.csv")},
		"--coreset is -1":    {"reference", "--model", "builtin", "--coreset=-1", "--normal", path("day.csv"), "--out", path("no")},
		"--window is -1":     {"embed", "--window=-1", "--out", path("no.arrow"), path("day.csv")},
		"learnt from images": {"finetune", "--train", "images:" + dir, "--out", path("no")},
		"needs --train and":  {"evaluate", "--task", "classify", "--train", path("A_TRAIN.tsv")},
	} {
		if _, errs, code := wk(t, append(args, "-q")...); code != exitUsage || !strings.Contains(errs, want) {
			t.Errorf("%v: exit code %d, %q; want 2 and %q", args, code, errs, want)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestSynthetic: synthetic series are data like others, and the same for the same seed.
func TestSynthetic(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	must(t, "pretrain", "--data", "synthetic:64,length=32", "--encoder", "towers", "--set", "encoder.width=8", "--batch", "16", "--steps", "3", "--out", path("m"), "-q")
	must(t, "convert", "synthetic:3,length=40,channels=2", path("s.arrow"), "--seed", "5")
	r, err := datasets.Open(path("s.arrow"), datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all, err := series.ReadAll(r)
	if err != nil || len(all) != 3 || all[0].Len() != 40 || all[0].NumChannels() != 2 {
		t.Fatalf("%v, %v", all, err)
	}
	must(t, "draw", "series", "--data", "synthetic:9", "--count", "4", "--out", path("sheet.png"), "-q")
	for want, args := range map[string][]string{
		"synthetic:N": {"draw", "series", "--data", "synthetic:some", "--out", path("no.png")},
		"no model":    {"draw", "series", "--model", path("m"), "--data", "synthetic:9", "--out", path("no.png")},
		"--part":      {"pretrain", "--data", "synthetic:64", "--part", "0.5", "--out", path("no")},
	} {
		if _, errs, code := wk(t, append(args, "-q")...); code != exitUsage || !strings.Contains(errs, want) {
			t.Errorf("%v: exit code %d, %q; want 2 and %q", args, code, errs, want)
		}
	}
}

// TestBuiltinWindowOfManySeries: many long series are compared by windows of their period, not as a whole, and --window sets another length.
func TestBuiltinWindowOfManySeries(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	text.WriteString("pump,time,pressure\n")
	for k := range 9 {
		for i := range 900 {
			fmt.Fprintf(&text, "p%d,%d,%.4f\n", k, i, math.Sin(float64(i)*2*math.Pi/25+float64(k))+0.1*math.Sin(float64(i*i+k)))
		}
	}
	normal, ref := write(t, dir, "normal.csv", text.String()), filepath.Join(dir, "ref")
	for _, c := range []struct {
		more []string
		want string
	}{{nil, " of 75 time stamps"}, {[]string{"--window", "50"}, " of 50 time stamps"}} { // 75 is the least multiple of the period from 64 on
		args := append([]string{"reference", "-q", "--model", "builtin", "--series", "pump", "--normal", normal, "--stride", "50", "--out", ref}, c.more...)
		if said := must(t, args...); !strings.Contains(said, c.want) {
			t.Errorf("%v: %s", c.more, said)
		}
	}
}
