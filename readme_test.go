package wavekin_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/methods"
)

// TestReadmeShowsTheExample: what README prints as Go is what the example above compiles and runs.
func TestReadmeShowsTheExample(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(readme), "```go\n")
	shown, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("README.md shows no Go code")
	}
	code := strings.ReplaceAll(string(source), "\n\t", "\n")
	if !strings.Contains(code, shown) {
		t.Errorf("example_test.go does not contain what README.md shows:\n%s", shown)
	}
}

// TestDocsLinkToWhatIsThere: every relative link of README.md and of docs leads to a file.
func TestDocsLinkToWhatIsThere(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	below, err := filepath.Glob("docs/*/*.md")
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`)
	found := 0
	for _, page := range append(append(pages, below...), "README.md", "configs/README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			found++
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", page, m[1], err)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d links were found", found)
	}
}

// TestEveryMethodIsDescribed: docs/methods/README.md says of each method what it is for.
func TestEveryMethodIsDescribed(t *testing.T) {
	page, err := os.ReadFile("docs/methods/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range methods.Names() {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/methods/README.md does not describe %s", name)
		}
	}
}
