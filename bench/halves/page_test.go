package main

import (
	"os"
	"strings"
	"testing"
)

// TestThePageHasTheStoredTables holds docs/results/fused.md to the rows stored here.
func TestThePageHasTheStoredTables(t *testing.T) {
	page, err := os.ReadFile("../../docs/results/fused.md")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := load("rows.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for half, title := range []string{"chosen", "held out"} {
		if want := table(rows, title, half); !strings.Contains(string(page), want) {
			t.Errorf("docs/results/fused.md lacks\n%s", want)
		}
	}
}

// TestTable: the halves go by name, and a collection counts as one whatever its size.
func TestTable(t *testing.T) {
	var rows []row
	for i, set := range []string{"a", "b", "c"} {
		for _, m := range methods {
			rows = append(rows, row{"X", set, m[0], float64(i+1) / 10})
		}
	}
	for _, set := range []string{"a", "b"} {
		for _, m := range methods {
			rows = append(rows, row{"Y", set, m[0], 0.5})
		}
	}
	if got := table(rows, "half", 0); !strings.HasPrefix(got, "| half | X (2) | Y (1) | mean |\n") || !strings.Contains(got, "| Sub-PCA | .200 | .500 | .350 |\n") {
		t.Error(got)
	}
	if got := table(rows, "half", 1); !strings.Contains(got, "| Sub-PCA | .200 | .500 | .350 |\n") || !strings.Contains(got, "X (1) | Y (1)") {
		t.Error(got)
	}
}
