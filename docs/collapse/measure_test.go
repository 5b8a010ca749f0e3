package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/docs/trials"
	"github.com/wavekin/wavekin/methods"
)

func TestSpread(t *testing.T) {
	// Rows along each axis: every dimension is 1/√2 in the root mean square around 1/2, so 1/2 each, times √2 over 2 dimensions.
	if s := spreadOf([]float32{1, 0, 0, 5}, 2); math.Abs(s-1/math.Sqrt2) > 1e-6 {
		t.Errorf("spread of two axes is %.4f, want 0.7071", s)
	}
	if s := spreadOf([]float32{1, 2, 2, 4, 3, 6}, 2); s > 1e-6 {
		t.Errorf("spread of one direction is %.4f, want 0", s)
	}
}

// TestVariants: each name is one variant, and every level of a factor changes the method.
func TestVariants(t *testing.T) {
	names, settings := map[string]bool{}, map[methods.BYOL]string{}
	for _, v := range variants() {
		if names[v.String()] {
			t.Errorf("two variants are called %s", v)
		}
		names[v.String()] = true
		if same, ok := settings[v.method()]; ok && v.predictor != untrained {
			t.Errorf("%s is %s", v, same)
		}
		if v.predictor != untrained {
			settings[v.method()] = v.String()
		}
		if found, err := find(v.String()); err != nil || found != v {
			t.Errorf("%s is found as %s (%v)", v, found, err)
		}
	}
	if !names[published.String()] {
		t.Error("the published setting is missing")
	}
}

func TestTable(t *testing.T) {
	v := variants()[len(norms)]
	var rows []trials.Row
	for seed, a := range []float64{0.5, 0.7} {
		rows = append(rows, trials.Row{Run: trials.Run{Variant: variant{v.norm, untrained, untrained}.String(), Set: "A", Seed: seed}, Figures: []float64{0.9, 0.1, 0.4}},
			trials.Row{Run: trials.Run{Variant: v.String(), Set: "A", Seed: seed}, Figures: []float64{0.25, 0.5, a}})
	}
	// 0.2/√2 is the deviation of 0.5 and 0.7.
	if got := table(rows, []string{"A"}); !strings.Contains(got, "| 0.250 ± 0.000 | 0.500 | 0.600 ± 0.141 | +0.200 ± 0.141 |\n") || strings.Count(got, "\n") != 4 {
		t.Errorf("got\n%s", got)
	}
	picture := filepath.Join(t.TempDir(), "p.png")
	if err := draw(picture, rows, []string{"A"}); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(picture); err != nil || info.Size() < 1000 {
		t.Errorf("no picture: %v", err)
	}
}

// TestPairs: a difference is taken seed by seed, and its sign is counted.
func TestPairs(t *testing.T) {
	one := steps()[0]
	var rows []trials.Row
	for seed, a := range []float64{0.5, 0.7} {
		rows = append(rows, trials.Row{Run: trials.Run{Variant: one.without.String(), Set: "A", Seed: seed}, Figures: []float64{0.1, 0, 0.6}},
			trials.Row{Run: trials.Run{Variant: one.with.String(), Set: "A", Seed: seed}, Figures: []float64{0.4, 0, a}})
	}
	if got := pairTable(rows, []string{"A"}); !strings.Contains(got, "| +0.300 ± 0.000 | 2 of 2 | +0.000 ± 0.141 | 1 of 2 |\n") || strings.Count(got, "\n") != 3 {
		t.Errorf("got\n%s", got)
	}
	for _, p := range steps() {
		for _, v := range []variant{p.without, p.with} {
			if _, err := find(v.String()); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestThePageHasTheStoredTable holds docs/byol-collapse.md to the rows stored here.
func TestThePageHasTheStoredTable(t *testing.T) {
	page, err := os.ReadFile("../byol-collapse.md")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := trials.Load("runs.tsv", figures)
	if err != nil {
		t.Fatal(err)
	}
	sets := strings.Split(usualSets, ",")
	for _, want := range []string{table(rows, sets), pairTable(rows, sets)} {
		if !strings.Contains(string(page), want) {
			t.Errorf("docs/byol-collapse.md lacks\n%s", want)
		}
	}
}

func TestBadFlags(t *testing.T) {
	for _, args := range [][]string{{"--rows", "none.tsv"}, {"--data", "x", "--steps", "0"}, {"--data", t.TempDir()}} {
		if run(args, &strings.Builder{}) == nil {
			t.Errorf("%q was accepted", args)
		}
	}
}
