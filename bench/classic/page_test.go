package main

import (
	"os"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/internal/report"
)

// TestThePagesHaveTheStoredTables holds pages to the rows stored here.
func TestThePagesHaveTheStoredTables(t *testing.T) {
	against := func(method string) func([]row) (report.Table, error) {
		return func(rows []row) (report.Table, error) { return table(rows, method) }
	}
	for _, c := range []struct {
		page  string
		files []string
		draw  func([]row) (report.Table, error)
	}{
		{"peers", []string{"embed.jsonl"}, against("")},
		{"rocket", []string{"dtw.jsonl"}, against("builtin 1-NN")},
		{"builtin", []string{"uea.jsonl"}, each},
		{"fused", []string{"smap.jsonl", "../halves/rows.tsv"}, against("fused")},
		{"fused", []string{"smap-held.jsonl", "../halves/rows.tsv"}, against("fused")},
		{"fused", []string{"smd.jsonl", "../halves/rows.tsv"}, against("fused")},
		{"fused", []string{"paano.jsonl", "../halves/rows.tsv"}, against("fused")},
		{"fused", []string{"paano-held.jsonl"}, each},
	} {
		page, err := os.ReadFile("../../docs/results/" + c.page + ".md")
		if err != nil {
			t.Fatal(err)
		}
		rows, err := load(c.files)
		if err != nil {
			t.Fatal(err)
		}
		made, err := c.draw(rows)
		if err != nil {
			t.Fatal(err)
		}
		if want := made.Markdown("lr"); !strings.Contains(string(page), want) {
			t.Errorf("docs/results/%s.md lacks\n%s", c.page, want)
		}
	}
}
