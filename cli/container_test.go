package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDockerfileHasTheModulesGo: the image is built with the Go that go.mod asks for, and starts the program that it copies.
func TestDockerfileHasTheModulesGo(t *testing.T) {
	file, mod := string(fileBytes(t, "../Dockerfile")), string(fileBytes(t, "../go.mod"))
	want := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(mod)
	got := regexp.MustCompile(`(?m)^FROM golang:(\d+\.\d+) AS build$`).FindStringSubmatch(file)
	if want == nil || got == nil || got[1] != want[1] {
		t.Errorf("the Dockerfile builds with Go %q, go.mod asks for %q", got, want)
	}
	if !strings.Contains(file, "-o /out/wavekin ./cmd/wavekin") || !strings.Contains(file, "COPY --from=build /out/ /\n") || !strings.Contains(file, `ENTRYPOINT ["/wavekin"]`) {
		t.Error("the image does not start what it holds")
	}
}

// TestKubernetesManifest runs the job of docs/jobs.md, pod by pod: together they make the table of every input.
func TestKubernetesManifest(t *testing.T) {
	page := string(fileBytes(t, "../docs/jobs.md"))
	_, manifest, ok := strings.Cut(page, "```yaml\n")
	manifest, _, closed := strings.Cut(manifest, "```")
	args := regexp.MustCompile(`(?s)\n\s+args: \[(.*?)\]`).FindStringSubmatch(manifest)
	if !ok || !closed || args == nil {
		t.Fatalf("no manifest with arguments in docs/jobs.md: %s", manifest)
	}
	user := regexp.MustCompile(`USER (\d+):(\d+)`).FindStringSubmatch(string(fileBytes(t, "../Dockerfile")))
	if user == nil || !strings.Contains(manifest, fmt.Sprintf("runAsUser: %s, runAsGroup: %s, fsGroup: %s}", user[1], user[2], user[2])) {
		t.Errorf("the manifest does not run as the image's user, %q", user)
	}
	b := newWorkshop(t)
	data := b.path("data")
	lake := filepath.Join(data, "lake")
	if err := os.MkdirAll(lake, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(b.model, filepath.Join(data, "model.safetensors")); err != nil {
		t.Fatal(err)
	}
	must(t, "reference", "-q", "--model", filepath.Join(data, "model.safetensors"), "--out", filepath.Join(data, "normal.safetensors"), b.quiet)
	const files, pods = 20, 8
	for i := range files {
		readings(t, lake, fmt.Sprintf("%02d.csv", i), 60, 0)
	}
	if !strings.Contains(manifest, fmt.Sprintf("completions: %d\n", pods)) {
		t.Errorf("not %d pods", pods)
	}
	for i := range pods {
		line := strings.NewReplacer("/data", filepath.ToSlash(data), "$(JOB_COMPLETION_INDEX)", fmt.Sprint(i)).Replace(args[1])
		must(t, append(regexp.MustCompile(`,\s*`).Split(line, -1), "-q")...)
	}
	if found, err := filepath.Glob(filepath.Join(data, "scores", "*.arrow")); err != nil || len(found) != files {
		t.Errorf("%d tables of %d (%v)", len(found), files, err)
	}
}
