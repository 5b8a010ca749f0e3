package cli

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/datasets"
)

func TestSizes(t *testing.T) {
	for text, want := range map[string]size{"512MB": 512e6, "2GiB": 2 << 30, "1.5g": 1.5e9, "70000000": 70e6, "64 MiB": 64 << 20} {
		if got, err := parseSize(text); err != nil || got != want {
			t.Errorf("%s is %d (%v), want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "much", "-1GB", "0", "1e30GB", "NaN"} {
		if got, err := parseSize(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}

// columns writes an Arrow file of 8 channels.
func columns(t *testing.T, path string, rows int) {
	t.Helper()
	cols := []datasets.Column{{Name: "time", Type: datasets.Int64}}
	for c := range 8 {
		cols = append(cols, datasets.Column{Name: fmt.Sprint("c", c), Type: datasets.Float64})
	}
	w, err := datasets.NewWriter(path, cols)
	if err != nil {
		t.Fatal(err)
	}
	row := make([]any, len(cols))
	for i := range rows {
		row[0] = i
		for c := 1; c < len(row); c++ {
			row[c] = math.Sin(float64(i) * (0.1 + 0.01*float64(c)))
		}
		if err := w.Append(row...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestMemory: the peak of a process does not grow with its input, the tables are the same, and what cannot be kept to is refused.
func TestMemory(t *testing.T) {
	dir := t.TempDir()
	t.Cleanup(func() { debug.SetMemoryLimit(math.MaxInt64) })
	quiet, model := filepath.Join(dir, "quiet.arrow"), filepath.Join(dir, "m")
	columns(t, quiet, 500)
	must(t, "pretrain", "-q", "--data", quiet, "--window", "32", "--steps", "2", "--batch", "4", "--encoder", "conv(width=4,depth=1)", "--out", model)
	peaks := map[string]int64{}
	for name, rows := range map[string]int{"short": 50_000, "long": 300_000} {
		in := filepath.Join(dir, name+".arrow")
		columns(t, in, rows)
		args := []string{"embed", "-q", "--json", "--model", model, "--stride", "512"}
		p := start(t, append(args, "--memory", "150MB", "--out", filepath.Join(dir, name+"1.csv"), in)...)
		if code := p.end(t); code != 0 {
			t.Fatal(p.errs.String())
		}
		must(t, append(args, "--out", filepath.Join(dir, name+"2.csv"), in)...)
		if string(fileBytes(t, filepath.Join(dir, name+"1.csv"))) != string(fileBytes(t, filepath.Join(dir, name+"2.csv"))) {
			t.Errorf("%s: another table under --memory", name)
		}
		_, text, _ := strings.Cut(p.out.String(), `"peak_rss_bytes": `)
		var peak int64
		if _, err := fmt.Sscan(text, &peak); err != nil {
			t.Fatal(err)
		}
		peaks[name] = peak
	}
	t.Logf("peaks: %v", peaks)
	if peaks["long"] > 150e6 {
		t.Errorf("%d bytes for the long input, above --memory 150MB", peaks["long"])
	}
	for memory, want := range map[string]string{"10MB": "want at least 64MB", "64MB": ""} {
		_, errs, code := wk(t, "embed", "-q", "--model", model, "--memory", memory, "--out", filepath.Join(dir, "x.csv"), quiet)
		if want != "" && (code != exitUsage || !strings.Contains(errs, want)) {
			t.Errorf("--memory %s: code %d, %s", memory, code, errs)
		}
	}
	var irregular strings.Builder
	irregular.WriteString("time,c0,c1,c2,c3,c4,c5,c6,c7\n")
	for i := range 250_000 {
		fmt.Fprintf(&irregular, "%d,1,2,3,4,5,6,7,%d\n", i*10+i%3, i%7)
	}
	in := filepath.Join(dir, "irregular.csv")
	if err := os.WriteFile(in, []byte(irregular.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	// In a process of its own: here the memory of other tests would count.
	p := start(t, "embed", "-q", "--model", model, "--resample", "--memory", "100MB", "--out", filepath.Join(dir, "y.csv"), in)
	if code := p.end(t); code != exitInput || !strings.Contains(p.errs.String(), "more than fit into --memory") {
		t.Errorf("irregular time stamps: code %d, %s", code, p.errs.String())
	}
}

// TestPretrainFromAFile: where the values are kept in a file, the model is the same, and the file is gone.
func TestPretrainFromAFile(t *testing.T) {
	dir := t.TempDir()
	t.Cleanup(func() { debug.SetMemoryLimit(math.MaxInt64) })
	in, scratch := filepath.Join(dir, "in.arrow"), filepath.Join(dir, "scratch")
	columns(t, in, 200_000) // 12.8 MB, above an eighth of 64 MB
	if err := os.Mkdir(scratch, 0o777); err != nil {
		t.Fatal(err)
	}
	args := []string{"pretrain", "--data", in, "--part", "0.9", "--steps", "3", "--batch", "4", "--encoder", "conv(width=4,depth=1)"}
	must(t, append(args, "-q", "--out", filepath.Join(dir, "memory"))...)
	_, said, code := wk(t, append(args, "-v", "--memory", "64MB", "--scratch", scratch, "--out", filepath.Join(dir, "file"))...)
	if code != 0 || !strings.Contains(said, "kept in a temporary file in "+scratch) {
		t.Errorf("said %q", said)
	}
	want, err := os.ReadFile(filepath.Join(dir, "memory"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "file")); err != nil || string(got) != string(want) {
		t.Errorf("another model: %d and %d bytes (%v)", len(got), len(want), err)
	}
	if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
		t.Errorf("left: %v (%v)", left, err)
	}
	if _, text, code := wk(t, append(args, "--memory", "64MB", "--scratch", filepath.Join(dir, "none"), "--out", filepath.Join(dir, "file"))...); code != 3 || !strings.Contains(text, "temporary file") {
		t.Errorf("a scratch folder that is not there: code %d, %q", code, text)
	}
}
