package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestUpdateReference: a reference to which readings are added is the one of all readings, and what does not fit is refused.
func TestUpdateReference(t *testing.T) {
	b := newWorkshop(t)
	lines := strings.SplitAfter(readingsText(2200, 0), "\n")
	part := func(name string, from, to int) string {
		return write(t, b.dir, name, lines[0]+strings.Join(lines[1+from:1+to], ""))
	}
	first, second, other := part("first.csv", 0, 900), part("second.csv", 900, 1600), part("other.csv", 1600, 2200)
	one, both, whole := b.path("one"), b.path("both"), b.path("whole")
	must(t, "reference", "-q", "--model", b.model, "--out", one, first)
	must(t, "reference", "-q", "--model", b.model, "--out", whole, first, second)
	out, said, code := wk(t, "reference", "--model", b.model, "--update", one, "--out", both, second)
	if code != 0 || !strings.Contains(out, "from 2 series") || !strings.Contains(said, "by the reference as it was, ") {
		t.Errorf("code %d: %s %s", code, out, said)
	}
	if string(fileBytes(t, both)) != string(fileBytes(t, whole)) {
		t.Error("the updated reference is not the one of all readings")
	}
	must(t, "reference", "-q", "--model", b.model, "--update", one, "--out", one, second) // in its own place
	if string(fileBytes(t, one)) != string(fileBytes(t, whole)) {
		t.Error("updated in its own place it is another one")
	}
	fused := b.path("fused")
	must(t, "reference", "-q", "--fast", "--window", "32", "--normal", first, "--out", fused)
	for want, args := range map[string][]string{
		"in the reference already":              {"--model", b.model, "--update", one, second},
		"to which none can be added":            {"--update", fused, other},
		"--k is part of the reference":          {"--model", b.model, "--update", one, "--k", "5", other},
		"made with a model; give it by --model": {"--update", one, other},
		filepath.Base(b.path("none")):           {"--model", b.model, "--update", b.path("none"), other},
		"what is normal? give --normal FILE":    {"--model", b.model, "--update", one},
	} {
		if _, errs, code := wk(t, append([]string{"reference", "--out", b.path("no")}, args...)...); code == 0 || !strings.Contains(errs, want) {
			t.Errorf("%q: code %d, %s", want, code, errs)
		}
	}
}
