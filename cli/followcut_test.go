package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFollowedRecording: the files of a recording come one after the other, one of them late, while a job follows their folder, is killed
// and started again. The folder is then, byte for byte, that of one job over all files.
func TestFollowedRecording(t *testing.T) {
	signals(t)
	b := newWorkshop(t)
	normal := write(t, b.dir, "normal.csv", minutesHead+strings.Join(minutes(-2000, -1000), ""))
	lines := minutes(0, 400)
	for _, c := range []struct {
		name string
		once bool // no file is made anew for those behind it
		args []string
	}{
		{"codes", true, []string{"embed", "--model", b.model, "--stride", "3"}},
		{"windows", true, []string{"score", "--model", b.model, "--normal", normal}},
		{"ends", true, []string{"score", "--model", b.model, "--normal", normal, "--align", "end", "--per-point"}},
		{"points", false, []string{"score", "--model", b.model, "--normal", normal, "--stride", "20", "--per-point"}},
		{"combined", false, []string{"score", "--fast", "--window", "40", "--normal", normal, "--episodes", b.path("episodes.csv")}},
	} {
		in, out := b.path("in-"+c.name), filepath.Join(b.out, c.name)
		if err := os.Mkdir(in, 0o755); err != nil {
			t.Fatal(err)
		}
		put := func(name string, from, to int) {
			aside := write(t, b.dir, name, minutesHead+strings.Join(lines[from:to], ""))
			hourAgo := time.Now().Add(-time.Hour)
			if err := os.Chtimes(aside, hourAgo, hourAgo); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(aside, filepath.Join(in, name)); err != nil {
				t.Fatal(err)
			}
		}
		table := func(name string) string { return filepath.Join(out, name+".arrow") }
		stat := func(name string) os.FileInfo {
			info, err := os.Stat(table(name))
			if err != nil {
				t.Fatal(err)
			}
			return info
		}
		follow := append(append([]string{c.args[0], "--continuous", "--follow"}, c.args[1:]...), "--out", out, in)
		put("part-1.csv", 0, 100)
		p := start(t, follow...)
		appears(t, table("part-1"))
		put("part-2.csv", 100, 110)
		appears(t, table("part-2"))
		first := stat("part-1")
		if err := p.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		p.end(t)
		put("part-9.csv", 110, 200)
		put("part-11.csv", 300, 333)
		p = start(t, follow...)
		appears(t, table("part-11"))
		if again := stat("part-1"); c.once && !os.SameFile(first, again) {
			t.Errorf("%s: the first file is made anew", c.name)
		}
		behind := stat("part-11")
		put("part-10.csv", 200, 300)
		appears(t, table("part-10"))
		put("part-12.csv", 333, 400)
		appears(t, table("part-12"))
		if err := p.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if code := p.end(t); code != 0 || !strings.Contains(p.errs.String(), "part-10.csv belongs before "+filepath.Join(in, "part-11.csv")) {
			t.Errorf("%s: code %d, %s", c.name, code, p.errs.String())
		}
		if os.SameFile(behind, stat("part-11")) {
			t.Errorf("%s: what lies behind a late file stays as it was", c.name)
		}
		whole := b.path("whole-" + c.name)
		var episodes string
		if c.name == "combined" {
			episodes = string(fileBytes(t, b.path("episodes.csv")))
		}
		must(t, append(append([]string{c.args[0], "-q", "--continuous"}, c.args[1:]...), "--out", whole, in)...)
		same(t, whole, out, tree(t, whole))
		if episodes != "" && string(fileBytes(t, b.path("episodes.csv"))) != episodes {
			t.Errorf("another table of episodes: %s", episodes)
		}
	}
}
