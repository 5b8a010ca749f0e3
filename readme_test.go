package wavekin_test

import (
	"os"
	"path"
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

// pages are all Markdown pages of the repository, by path with slashes.
func pages(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "configs/*.md", "bench/*/*.md", "integrations/*/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range found {
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			out[filepath.ToSlash(page)] = string(text)
		}
	}
	return out
}

// fenced is a block of code; what looks like a link or a heading there is none.
var fenced = regexp.MustCompile("(?ms)^```.*?^```$")

// anchors are the fragments of a page's headings, made as GitHub makes them: lower case, without punctuation, a hyphen for each space.
func anchors(page string) map[string]bool {
	out := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(fenced.ReplaceAllString(page, ""), -1) {
		name := regexp.MustCompile(`[^\pL\pN\s_-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		out[strings.ReplaceAll(name, " ", "-")] = true
	}
	return out
}

// TestPagesLinkToWhatIsThere: every relative link of a page leads to a file and, with a fragment, to one of its headings.
func TestPagesLinkToWhatIsThere(t *testing.T) {
	all := pages(t)
	link := regexp.MustCompile(`\]\(([^)#]*)(?:#([^)]*))?\)`)
	files, fragments := 0, 0
	for name, text := range all {
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			to := name
			if m[1] != "" {
				files++
				to = path.Join(path.Dir(name), m[1])
				if _, err := os.Stat(filepath.FromSlash(to)); err != nil {
					t.Errorf("%s links to %s: %v", name, m[1], err)
				}
			}
			if m[2] == "" {
				continue
			}
			fragments++
			if !anchors(all[to])[m[2]] {
				t.Errorf("%s links to %s#%s, and there is no such heading", name, m[1], m[2])
			}
		}
	}
	if files < 100 || fragments < 10 {
		t.Errorf("only %d links to files and %d to headings were found", files, fragments)
	}
}

// TestEveryPageIsListed: a reader who begins at docs/README.md, docs/results/README.md or docs/methods/README.md is led to every page beside it.
func TestEveryPageIsListed(t *testing.T) {
	all := pages(t)
	for name := range all {
		folder, file := path.Split(name)
		if folder == "docs/" || folder == "docs/results/" || folder == "docs/methods/" {
			if file != "README.md" && !strings.Contains(all[folder+"README.md"], "]("+file+")") {
				t.Errorf("%sREADME.md does not link to %s", folder, file)
			}
		}
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
