package main

import (
	"strings"
	"testing"
)

// A cell has a mark for each format, and what went wrong is told once below the table.
func TestMarkdown(t *testing.T) {
	tab := &table{}
	for _, tool := range tools {
		for _, f := range formats {
			tab.add("int8", tool, f, "")
		}
	}
	tab.add("int8", "polars", "arrow", "-")
	tab.add("int8", "duckdb", "arrow", "refused: /tmp/interop12/3.arrow: column \"v\": no")
	tab.add("int8", "duckdb", "parquet", "refused: /tmp/interop12/4.parquet: column \"v\": no")
	got := tab.markdown()
	for _, want := range []string{"| int8 | y y y | y y y | - y y | 1 y 1 |\n", "\n1. refused: column \"v\": no\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
