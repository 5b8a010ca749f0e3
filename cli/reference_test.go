package cli

import (
	"fmt"
	"math"
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

// TestApproximateReference: it says how it is searched, scores as the exact one ranks, in a job too, and takes no further readings.
func TestApproximateReference(t *testing.T) {
	b := newWorkshop(t)
	normal, today := write(t, b.dir, "normal.csv", readingsText(2200, 0)), write(t, b.dir, "today.csv", readingsText(900, 0))
	near := b.path("near")
	out := must(t, "reference", "--model", b.model, "--approximate", "--stride", "1", "--out", near, normal)
	if !strings.Contains(out, "lists are compared with") || !strings.Contains(out, "the nearest other normal window is found for") {
		t.Errorf("reference says %s", out)
	}
	if out := must(t, "info", "--json", near); !strings.Contains(out, `"approximate": true`) || !strings.Contains(out, `"recall": `) || !strings.Contains(out, `"probes": `) {
		t.Errorf("info says %s", out)
	}
	must(t, "score", "-q", "--model", b.model, "--reference", near, "--out", b.path("one.csv"), today)
	must(t, "score", "-q", "--model", b.model, "--reference", near, "--out", b.path("many"), "--out-format", "csv", today)
	if string(fileBytes(t, b.path("one.csv"))) != string(fileBytes(t, b.path("many/today.csv"))) {
		t.Error("a job scores otherwise")
	}
	must(t, "score", "-q", "--model", b.model, "--normal", normal, "--approximate", "--stride", "1", "--out", b.path("direct.csv"), today)
	if string(fileBytes(t, b.path("one.csv"))) != string(fileBytes(t, b.path("direct.csv"))) {
		t.Error("without the file of the reference scores are others")
	}
	for want, args := range map[string][]string{
		"keeps no encodings to which": {"reference", "--model", b.model, "--update", near, "--out", near, today},
		"leave one out":               {"reference", "--model", b.model, "--approximate", "--coreset", "5", "--out", near, normal},
		"is for scores by a model":    {"reference", "--approximate", "--out", near, normal},
		"is part of the reference":    {"score", "--model", b.model, "--reference", near, "--approximate", today},
	} {
		if _, errs, code := wk(t, args...); code == 0 || !strings.Contains(errs, want) {
			t.Errorf("%q: code %d, %s", want, code, errs)
		}
	}
}

// TestBuiltinReference: the built-in encoder suits the channels of the reference, whatever others a file has, and an error names them.
func TestBuiltinReference(t *testing.T) {
	b := newWorkshop(t)
	file := func(name string, columns ...string) string {
		text := strings.Join(columns, ",") + "\n"
		for i := range 400 {
			for c := range columns {
				text += fmt.Sprintf("%.4f%s", math.Sin(float64(i)/float64(5+c)+float64(len(name))), map[bool]string{true: "\n", false: ","}[c == len(columns)-1])
			}
		}
		return write(t, b.dir, name, text)
	}
	ref := b.path("ref.safetensors")
	must(t, "reference", "-q", "--model", "builtin", "--window", "32", "--out", ref, file("ab.csv", "pressure", "flow"))
	three, other := file("further.csv", "level", "flow", "pressure"), file("other.csv", "pressure", "level")
	must(t, "reference", "-q", "--model", "builtin", "--update", ref, "--out", b.path("more.safetensors"), three)
	must(t, "score", "-q", "--model", "builtin", "--reference", b.path("more.safetensors"), "--out", b.path("s.csv"), three)
	for _, args := range [][]string{{"reference", "--update", ref, "--out", b.path("no.safetensors")}, {"score", "--reference", ref, "--out", b.path("no.csv")}} {
		if _, errs, code := wk(t, append(args, "-q", "--model", "builtin", other)...); code != exitInput || !strings.Contains(errs, `"flow": no such channel; the file has pressure, level, and pressure, flow are needed`) {
			t.Errorf("%v: code %d, %s", args, code, errs)
		}
	}
}
