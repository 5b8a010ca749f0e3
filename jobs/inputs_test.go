package jobs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/datasets"
)

// put writes a file below a folder.
func put(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestFind lists one lake in several ways. A line of want is the path, the place and the partitions of an input.
func TestFind(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"lake/a.csv", "lake/b.parquet", "lake/readme.md", "lake/.c.csv", "lake/_old/d.csv", "lake/out/a.arrow",
		"lake/day=25/line=3/a.csv.gz", "lake/day=26/line=__HIVE_DEFAULT_PARTITION__/a.csv", "lake/day=26/line=a%2Fb/x/a.csv", "else/a.csv"} {
		put(t, ".", name, "v\n1\n")
	}
	put(t, ".", "list.txt", "lake/day=25/line=3/a.csv.gz\r\nelse/a.csv\n\nlake/*.csv\n")
	abs, err := filepath.Abs("else/a.csv")
	if err != nil {
		t.Fatal(err)
	}
	day26 := `
lake/day=26/line=__HIVE_DEFAULT_PARTITION__/a.csv day=26/line=__HIVE_DEFAULT_PARTITION__/a [{day 26 false} {line  true}]
lake/day=26/line=a%2Fb/x/a.csv day=26/line=a%2Fb/x/a [{day 26 false} {line a/b false}]`
	for paths, want := range map[string]string{
		"lake":                          "\nlake/a.csv a []\nlake/b.parquet b []\nlake/day=25/line=3/a.csv.gz day=25/line=3/a [{day 25 false} {line 3 false}]" + day26,
		"lake/day=26":                   day26,
		"lake/*":                        "\nlake/a.csv a []\nlake/b.parquet b []\nlake/day=25/line=3/a.csv.gz day=25/line=3/a [{day 25 false} {line 3 false}]" + day26 + "\nlake/readme.md readme []",
		"lake/day=*/line=3/*":           "\nlake/day=25/line=3/a.csv.gz day=25/line=3/a [{day 25 false} {line 3 false}]",
		"lake/day=25/line=3/a.csv.gz":   "\nlake/day=25/line=3/a.csv.gz day=25/line=3/a [{day 25 false} {line 3 false}]",
		"else/a.csv else/../else/a.csv": "\nelse/a.csv a []",
		"@list.txt":                     "\nlake/day=25/line=3/a.csv.gz lake/day=25/line=3/a [{day 25 false} {line 3 false}]\nelse/a.csv else/a []\nlake/a.csv a []",
		"gone.csv no/*.csv":             "\ngone.csv gone []\nno/*.csv * []",
		abs:                             "\n" + abs + " a []",
		"lake/_old":                     "\nlake/_old/d.csv d []",
		"else else":                     "\nelse/a.csv a []", // named twice, which is no folder without a file
		"else/a.csv else":               "\nelse/a.csv a []",
	} {
		all, err := Find(strings.Fields(paths), "lake/out")
		if err != nil {
			t.Errorf("%s: %v", paths, err)
			continue
		}
		got := ""
		for _, in := range all {
			got += fmt.Sprintf("\n%s %s %v", filepath.ToSlash(in.Path), in.Place, in.Keys)
		}
		if got != want {
			t.Errorf("%s:%s\nwant%s", paths, got, want)
		}
	}
	var named *datasets.Error
	if _, err := Find([]string{"@no.txt"}, "out"); !errors.As(err, &named) || named.File != "no.txt" {
		t.Errorf("a list that is not there: %v", err)
	}
}

// A folder that cannot be looked into fails with the reason.
func TestUnreadableFolder(t *testing.T) {
	dir, j := lake(t)
	closed := filepath.Join(dir, "closed")
	if err := os.Mkdir(closed, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadDir(closed); err == nil {
		t.Skip("wants a user who may not read every folder, not root")
	}
	j.Inputs = append(j.Inputs, Input{Path: closed, Place: "closed"})
	if s := mustRun(t, j, 3, 0, 1); !strings.HasSuffix(s.Failed[0].Err.Error(), "closed: permission denied") {
		t.Error(s.Failed[0].Err)
	}
}
