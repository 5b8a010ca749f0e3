package wavekin_test

import (
	"os"
	"strings"
	"testing"
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
