package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

func TestTheTableIsUpToDate(t *testing.T) {
	want, err := table(os.DirFS("../../.."), packages)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../docs.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("internal/settings/docs.go is not what the comments say: run go generate ./internal/settings")
	}
}

func TestTable(t *testing.T) {
	module := fstest.MapFS{"p/a.go": {Data: []byte("package p\n" + `type inner struct {
	// Queue is the number of keys;
	// 0 means all.
	Queue int ` + "`json:\"queue\"`" + `
}
type twin inner
func f() { type hidden inner }
type sample struct {
	inner
	// Fast and Last are switches.
	Fast bool ` + "`json:\"fast\"`" + `
	Last bool ` + "`json:\"last\"`" + `
	// Count is not a setting.
	Count int
	// Skip neither.
	Skip int ` + "`json:\"-\"`" + `
}`)}, "p/a_test.go": {Data: []byte("package p\n type sample2 struct {\n// Z is for tests.\nZ int `json:\"z\"`}")}}
	got, err := table(module, []string{"p"})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, line := range strings.Split(string(got), "\n") {
		if strings.HasPrefix(line, "\t") {
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
	}
	want := []string{`"p.inner.Queue": "Queue is the number of keys; 0 means all.",`, `"p.sample.Fast": "Fast and Last are switches.",`,
		`"p.sample.Last": "Fast and Last are switches.",`, `"p.twin.Queue": "Queue is the number of keys; 0 means all.",`}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	if _, err := table(fstest.MapFS{"p/a.go": {Data: []byte("no Go")}}, []string{"p"}); err == nil {
		t.Error("a source that is no Go was read")
	}
}
