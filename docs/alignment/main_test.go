package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/docs/trials"
	"github.com/wavekin/wavekin/evaluate"
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
	folder := tinySet(t)
	var first string
	for range 2 { // the second time in another folder of rows
		rows := t.TempDir()
		var a, b strings.Builder
		args := []string{"--sets", filepath.Base(folder), "--long-sets", filepath.Base(folder), "--steps", "2", "--long-steps", "3", "--seeds", "1", "--long-seeds", "1", "--rows", rows}
		if err := run(append(args, "--data", filepath.Dir(folder)), &a); err != nil {
			t.Fatal(err)
		}
		picture := filepath.Join(rows, "p.png")
		if err := run(append(args, "--picture", picture), &b); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(picture); err != nil || info.Size() < 1000 {
			t.Errorf("no picture: %v", err)
		}
		if a.String() != b.String() {
			t.Errorf("of stored rows:\n%s\n%s", a.String(), b.String())
		}
		if first == "" {
			first = a.String()
		}
		if a.String() != first {
			t.Errorf("two runs differ:\n%s\n%s", a.String(), first)
		}
	}
	for _, c := range choices {
		if !strings.Contains(first, " "+c.name+" ") {
			t.Errorf("no row for %s in\n%s", c.name, first)
		}
	}
}

// TestBeside: differences are taken seed by seed and set by set.
func TestBeside(t *testing.T) {
	var rows []trials.Row
	add := func(name, set string, seed int, a float64) {
		rows = append(rows, trials.Row{Run: trials.Run{Variant: name, Set: set, Seed: seed}, Figures: []float64{0, 0, 0, 0, a}})
	}
	for seed, gain := range []float64{0.2, -0.1} {
		for i, set := range []string{"A", "B"} {
			add(contrast, set, seed, 0.5)
			add(choices[2].name, set, seed, 0.5+gain*float64(i))
		}
	}
	seeds, p, bySet := beside(rows, choices[2], []string{"A", "B"})
	if got := fmt.Sprintf("%.2f %.2f", seeds, bySet); got != "[0.10 -0.05] [0.00 0.05]" || p != evaluate.Wilcoxon([]float64{0.1, -0.05}) {
		t.Errorf("got %s, p-value %g", got, p)
	}
	if above(seeds) != "1 of 2" || above(bySet) != "1 of 2" {
		t.Errorf("above: %s and %s", above(seeds), above(bySet))
	}
}

// TestThePageHasTheStoredTables holds docs/cmc-alignment.md to the rows stored here.
func TestThePageHasTheStoredTables(t *testing.T) {
	page, err := os.ReadFile("../cmc-alignment.md")
	if err != nil {
		t.Fatal(err)
	}
	short, err := trials.Load("runs.tsv", figures)
	if err != nil {
		t.Fatal(err)
	}
	long, err := trials.Load("long.tsv", longFigures)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{table(short, strings.Split(usualSets, ",")), longTable(long, strings.Split(usualLong, ","))} {
		if !strings.Contains(string(page), want) {
			t.Errorf("docs/cmc-alignment.md lacks\n%s", want)
		}
	}
}

func TestBadArguments(t *testing.T) {
	for _, args := range [][]string{{"--rows", t.TempDir()}, {"--data", t.TempDir()}, {"--data", "x", "--steps", "0"}} {
		if run(args, &strings.Builder{}) == nil {
			t.Errorf("%v was accepted", args)
		}
	}
}
