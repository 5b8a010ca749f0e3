package cli

import (
	"strings"
	"testing"
)

// TestInfoShowsEveryDigit: the lowest and the highest value are shown as they are in the file.
func TestInfoShowsEveryDigit(t *testing.T) {
	file := write(t, t.TempDir(), "counter.csv", "time,a,b\n0,1700000001,0.1234567890123456\n1,1700000999,-1e-30\n")
	out := must(t, "info", "-q", file)
	for _, want := range []string{" 1700000999 ", " -1e-30 "} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}
