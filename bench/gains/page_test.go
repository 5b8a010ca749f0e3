package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/methods"
)

// TestThePagesHaveTheStoredRows holds docs/results/methods.md, docs/methods/README.md and the page of each method to the rows
// stored here.
func TestThePagesHaveTheStoredRows(t *testing.T) {
	rows, err := load("rows.tsv")
	if err != nil {
		t.Fatal(err)
	}
	all := resultsOf(rows)
	has := func(path, want string) {
		t.Helper()
		page, err := os.ReadFile(filepath.Join("../../docs", path))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(page), want) {
			t.Errorf("docs/%s lacks\n%s", path, want)
		}
	}
	for _, table := range tables(all) {
		has("results/methods.md", table.text())
	}
	has("methods/README.md", verdict(all))
	for _, name := range methods.Names() {
		has("methods/"+name+".md", onPage(all, name))
	}
}

// TestGains: a method is compared with the network that it began with, its own where there is one, set by set, and its seeds are
// averaged before that.
func TestGains(t *testing.T) {
	var rows []row
	for i, set := range strings.Fields("a b c d e f") {
		at := float64(i) / 10
		for seed := range uint64(2) {
			rows = append(rows, row{"within", set, "untrained", seed, at, 0.5}, row{"within", set, "untrained cpc", seed, at - 0.1, 0.5},
				row{"within", set, "simclr", seed, at + 0.1 + float64(seed)/10, 0.4}, row{"within", set, "cpc", seed, at, 0.5},
				row{"within", set, "builtin", seed, at + 0.2, 0.5}, row{"within", set, "builtin + simclr, 10 steps, rate .1", seed, at + 0.2, 0.5})
		}
	}
	all := gains(rows, "within", probes[0].of)
	if len(all) != 3 {
		t.Fatalf("%d ways of learning, want 3", len(all))
	}
	for i, want := range []struct {
		way         string
		gain, overI float64
		p           float64
	}{{"simclr", 0.15, -0.05, 0.03125}, {"cpc", 0.1, -0.2, 0.03125}, {"builtin + simclr, 10 steps, rate .1", 0, 0, 1}} {
		g := all[i]
		if g.way != want.way || !near(g.overBegin.Difference, want.gain) || !near(g.overIt.Difference, want.overI) || !near(g.overBegin.P, want.p) || len(g.seeds) != 2 {
			t.Errorf("got %+v, want %+v", g, want)
		}
	}
	got := verdict(resultsOf(rows))
	for _, want := range []string{"nearest neighbour | `cpc`, `simclr` | none | none | none |", "ridge probe | none | none | `simclr` | none |"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// TestHolm: the example has the steps of the procedure by hand, 4·.01, 3·.02 which is less than 2·.03, and the last not below that before it.
func TestHolm(t *testing.T) {
	for i, got := range holm([]float64{0.02, 0.01, 0.04, 0.03}) {
		if want := []float64{0.06, 0.04, 0.06, 0.06}[i]; !near(got, want) {
			t.Errorf("p-value %d: %v, want %v", i, got, want)
		}
	}
	if got := holm([]float64{0.9, 0.8}); got[0] != 1 || got[1] != 1 {
		t.Errorf("p-values above 1: %v", got)
	}
}

// TestNewSets: the sets of the plan that were not seen before are told apart, and count together as well.
func TestNewSets(t *testing.T) {
	rows := []row{{"test", "a", "untrained", 0, 0.5, 0.5}, {"test", "a", "simclr", 0, 0.6, 0.5}}
	for _, set := range []string{"a", "b", "c"} {
		rows = append(rows, row{"plan", set, "untrained", 0, 0.5, 0.5}, row{"plan", set, "simclr", 0, 0.7, 0.5})
	}
	all := resultsOf(rows)
	for part, want := range map[string]int{fresh: 2, "plan": 3, "test": 1} {
		if g := all[[2]string{part, probes[0].name}]; len(g) != 1 || g[0].sets != want {
			t.Errorf("%s: %+v, want %d sets", part, g, want)
		}
	}
}

func near(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }
