package archive

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestWindows(t *testing.T) {
	p := filepath.Join(t.TempDir(), "combined_windows.json")
	text := `{"real/cpu.csv": [["1970-01-01 00:00:01", "1970-01-01 00:00:02.5"]], "a/twice.csv": [], "b/twice.csv": [["1970-01-01 00:00:00", "1970-01-01 00:00:00"]]}`
	if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	w, err := ReadWindows(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cpu", "real/cpu", "real/cpu.csv"} {
		if list, ok := w.Of(name); !ok || !slices.Equal(list, [][2]int64{{1e9, 25e8}}) {
			t.Errorf("%s: %v, %v", name, list, ok)
		}
	}
	if list, ok := w.Of("b/twice"); !ok || len(list) != 1 {
		t.Errorf("b/twice: %v, %v", list, ok)
	}
	for _, name := range []string{"twice", "pu", "al/cpu", ""} {
		if list, ok := w.Of(name); ok {
			t.Errorf("%q: %v", name, list)
		}
	}
	if !slices.Equal(w.Names(), []string{"a/twice.csv", "b/twice.csv", "real/cpu.csv"}) {
		t.Errorf("%v", w.Names())
	}
}
