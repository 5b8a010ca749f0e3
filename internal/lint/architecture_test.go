package lint

import (
	"fmt"
	"os"
	"path"
	"strings"
	"testing"
)

// TestTheDrawingIsWhatTheImportsSay: the arrows of docs/architecture.md are imports, and the page names every package.
func TestTheDrawingIsWhatTheImportsSay(t *testing.T) {
	page, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	linked, packages := imported(load(t, "../.."))
	if !strings.Contains(drawing(string(page)), "augment -> train") {
		t.Fatal("docs/architecture.md has no drawing with arrows")
	}
	for _, fault := range misdrawn(drawing(string(page)), linked, packages) {
		t.Error("docs/architecture.md: " + fault)
	}
	for p := range packages {
		if p != "internal/lint" && !strings.Contains(string(page), "`"+p+"`") {
			t.Errorf("docs/architecture.md does not name the package `%s`; give it a line in the table", p)
		}
	}
}

func TestAWrongDrawingIsFound(t *testing.T) {
	linked, packages := map[[2]string]bool{{"nn", "encoders"}: true}, map[string]bool{"nn": true, "encoders": true, "series": true}
	for text, want := range map[string]string{
		"learning file -> nn -> encoders": "",
		"file -> series -> nn":            "series and nn",
		"nn -> encodres":                  "encodres",
		"encoders -> nn":                  "",
		"detect -> nn":                    "", // has a place, but no code yet
		"from outside  nn -> series":      "nn and series",
	} {
		if got := strings.Join(misdrawn(text, linked, packages), "\n"); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// drawing is the first fenced block of a page.
func drawing(page string) string {
	_, rest, _ := strings.Cut(page, "```\n")
	text, _, _ := strings.Cut(rest, "```")
	return text
}

// imported lists which packages import each other, either way, and which there are.
func imported(files []source) (linked map[[2]string]bool, packages map[string]bool) {
	linked, packages = map[[2]string]bool{}, map[string]bool{}
	for _, s := range files {
		here := room(path.Dir(s.path))
		if here == "" || s.isTest() {
			continue
		}
		packages[here] = true
		for p := range s.imports() {
			if folder, own := strings.CutPrefix(p, module); own {
				there := room(folder)
				linked[[2]string{here, there}], linked[[2]string{there, here}] = true, true
			}
		}
	}
	return linked, packages
}

// misdrawn tells what is wrong with the arrows of a drawing. What stands before the last word of an arrow's left side is a title.
func misdrawn(text string, linked map[[2]string]bool, packages map[string]bool) []string {
	faults := []string{}
	for line := range strings.Lines(text) {
		ends := strings.Split(strings.TrimSpace(line), " -> ")
		for i := range ends {
			words := strings.Fields(ends[i])
			if len(words) == 0 {
				continue
			}
			ends[i] = words[len(words)-1]
			if i > 0 || len(ends) > 1 {
				if _, ok := floors[ends[i]]; !ok && ends[i] != "file" && ends[i] != "table" {
					faults = append(faults, fmt.Sprintf("%q is no package", ends[i]))
				}
			}
		}
		for i := range ends[1:] {
			a, b := ends[i], ends[i+1]
			if !packages[a] || !packages[b] {
				continue
			}
			if !linked[[2]string{a, b}] && !linked[[2]string{b, a}] {
				faults = append(faults, fmt.Sprintf("an arrow joins %s and %s, of which neither imports the other", a, b))
			}
		}
	}
	return faults
}
