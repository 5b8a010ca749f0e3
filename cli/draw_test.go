package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every picture is drawn, of images and of series, and what cannot be drawn is said.
func TestDraw(t *testing.T) {
	set, dir := figures(t), t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	must(t, "pretrain", "--data", set, "--set", "encoder.width=4", "--batch", "16", "--steps", "2", "--out", path("r"), "-q")
	must(t, "pretrain", "--data", set, "--encoder", "vit-tiny", "--set", "encoder.width=24", "--set", "encoder.depth=2", "--set", "encoder.patch=7",
		"--batch", "16", "--steps", "2", "--out", path("v"), "-q")
	must(t, "pretrain", "--data", set, "--encoder", "conv", "--set", "encoder.width=8", "--set", "encoder.depth=2", "--steps", "2", "--out", path("s"), "-q")
	for name, args := range map[string][]string{
		"map.png":   {"map", "--model", path("r")},
		"pca.png":   {"map", "--model", path("r"), "--by", "pca", "--count", "10"},
		"rows.png":  {"map", "--model", path("s"), "--by", "pca"},
		"near.png":  {"neighbours", "--model", path("r"), "--count", "3", "--near", "5"},
		"bank.png":  {"neighbours", "--model", path("r"), "--bank", set + "#test"},
		"heads.png": {"attention", "--model", path("v"), "--count", "2"},
	} {
		var r drawResult
		out := must(t, append([]string{"draw"}, append(args, "--data", set, "--out", path(name), "--json", "-q")...)...)
		if err := json.Unmarshal([]byte(out), &r); err != nil || r.Shown == 0 {
			t.Errorf("%s: %s %v", name, out, err)
		}
		if head, err := os.ReadFile(path(name)); err != nil || !strings.HasPrefix(string(head), "\x89PNG") {
			t.Errorf("%s is no PNG: %v", name, err)
		}
	}
	for want, args := range map[string][]string{
		"has no attention":     {"attention", "--model", path("r")},
		"for models of images": {"neighbours", "--model", path("s")},
		"--near 0":             {"neighbours", "--model", path("r"), "--near", "0"},
	} {
		_, errs, code := wk(t, append([]string{"draw"}, append(args, "--data", set, "--out", path("no.png"), "-q")...)...)
		if code != exitUsage || !strings.Contains(errs, want) {
			t.Errorf("draw %v: exit code %d, %q; want 2 and %q", args, code, errs, want)
		}
	}
}

// The demo of images runs without anything else, and writes its files.
func TestDemoImages(t *testing.T) {
	var r demoImagesResult
	out := filepath.Join(t.TempDir(), "d")
	if err := json.Unmarshal([]byte(must(t, "demo", "images", "--steps", "2", "--out", out, "--json", "-q")), &r); err != nil {
		t.Fatal(err)
	}
	// Nearest neighbours of the pixels: 95.8 % by the same vote in scikit-learn's terms (20 neighbours, weights exp(similarity/0.07)).
	if r.Images != 1297 || r.Test != 500 || r.PixelAccuracy < 0.94 || r.PixelAccuracy > 0.97 || r.UntrainedAccuracy < 0.5 {
		t.Errorf("%+v", r)
	}
	for _, f := range r.Files {
		if st, err := os.Stat(f); err != nil || st.Size() < 1000 {
			t.Errorf("%s: %v", f, err)
		}
	}
}
