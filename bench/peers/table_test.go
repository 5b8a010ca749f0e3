package main

import (
	"strings"
	"testing"
)

func TestRender(t *testing.T) {
	rows := []outcome{
		{method: "byol", set: "A", theirs: []one{{0.5, 10}, {0.7, 10}}, ours: []one{{0.8, 4}, {0.6, 6}}},
		{method: "byol", set: "B", theirs: []one{{0.9, 20}, {0.9, 20}}, ours: []one{{1, 10}, {1, 10}}},
	}
	var b strings.Builder
	if err := render(&b, rows); err != nil {
		t.Fatal(err)
	}
	// Means of the two sets, seed by seed: 0.7 and 0.8 against 0.9 and 0.8; 15 s against 7 and 8 s.
	for _, want := range []string{"0.600", "0.500–0.700", "0.750", "0.700–0.800", "0.850", "0.800–0.900", "15.0", "7.5", "0.50"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in\n%s", want, b.String())
		}
	}
}

func TestParseRefusesOtherOutput(t *testing.T) {
	if r, err := parse(`{"accuracy": 0.25, "seconds": 1.5}`); err != nil || r != (one{0.25, 1.5}) {
		t.Errorf("got %v, %v", r, err)
	}
	if _, err := parse("Traceback"); err == nil {
		t.Error("text was taken for a result")
	}
}
