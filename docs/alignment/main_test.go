package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tinySet writes a set of two waveforms.
func tinySet(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for part, n := range map[string]int{"TRAIN": 8, "TEST": 4} {
		var b strings.Builder
		for i := range n {
			fmt.Fprint(&b, i%2)
			for k := range 24 {
				fmt.Fprintf(&b, "\t%.4f", math.Sin(float64(k)*(0.3+0.5*float64(i%2))+0.1*float64(i)))
			}
			b.WriteByte('\n')
		}
		if err := os.WriteFile(filepath.Join(dir, "Tiny_"+part+".tsv"), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTableHasARowForEachChoice(t *testing.T) {
	dir := tinySet(t)
	var a, b strings.Builder
	for _, w := range []*strings.Builder{&a, &b} {
		if err := run([]string{"--data", dir, "--steps", "2", "--seeds", "1"}, w); err != nil {
			t.Fatal(err)
		}
	}
	if a.String() != b.String() {
		t.Errorf("two runs differ:\n%s\n%s", a.String(), b.String())
	}
	for _, c := range choices {
		if !strings.Contains(a.String(), " "+c.name+" ") {
			t.Errorf("no row for %s in\n%s", c.name, a.String())
		}
	}
}

func TestBadArguments(t *testing.T) {
	for _, args := range [][]string{nil, {"--data", t.TempDir()}, {"--data", "x", "--steps", "0"}} {
		if run(args, &strings.Builder{}) == nil {
			t.Errorf("%v was accepted", args)
		}
	}
}
