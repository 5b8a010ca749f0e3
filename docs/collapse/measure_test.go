package main

import (
	"bytes"
	"math"
	"strings"
	"testing"
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

func TestTable(t *testing.T) {
	var out bytes.Buffer
	if err := render(&out, []string{"A"}, []row{{name: "x", spread: 0.25, accuracy: 0.5, perSet: []float64{0.75}}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"variant", "0.250", "0.500", "0.750", "-"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in\n%s", want, out.String())
		}
	}
}

func TestBadFlags(t *testing.T) {
	for _, args := range [][]string{nil, {"--data", "x", "--steps", "0"}, {"--data", t.TempDir()}} {
		if run(args) == nil {
			t.Errorf("%q was accepted", args)
		}
	}
}
