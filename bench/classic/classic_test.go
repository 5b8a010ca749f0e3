package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTable: means over the sets that all methods have, in halves, and the comparison with the fused score.
func TestTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows")
	text := `{"set":"a","method":"fused","vus_pr":0.5,"seconds":1}
{"set":"b","method":"fused","vus_pr":0.7,"seconds":1}
{"set":"c","method":"fused","vus_pr":0.9,"seconds":1}
{"set":"a","method":"STUMPY self","vus_pr":0.1,"seconds":2}
{"set":"b","method":"STUMPY self","vus_pr":0.8,"seconds":2}
{"set":"d","method":"STUMPY self","vus_pr":0.3,"seconds":2}
{"set":"c","method":"STUMPY self","seconds":2,"error":"no"}
`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	rows, err := load([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := table(&b, rows); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	for _, want := range []string{"2 sets", "fused better", "0.6000 0.5000 0.7000 3", "0.4500 0.1000 0.8000 6 1 1 1"} {
		if !strings.Contains(strings.Join(strings.Fields(b.String()), " "), want) {
			t.Errorf("%q is not in\n%s", want, strings.Join(lines, "\n"))
		}
	}
	if err := table(&b, nil); err == nil {
		t.Error("a table of nothing")
	}
}

// TestFilled: a gap has the value before it, one at the beginning that after it.
func TestFilled(t *testing.T) {
	gap := func() float64 { var zero float64; return zero / zero }()
	got := filled([]float64{gap, 2, gap, gap, 3})
	for i, want := range []float64{2, 2, 2, 2, 3} {
		if got[i] != want {
			t.Errorf("%v at %d, want %g", got, i, want)
		}
	}
}
