package cli

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// TestKilledJobsGoOn kills jobs at random moments, some of them twice, and runs them again: the folder must then be that of a job
// that nobody disturbed. WAVEKIN_KILLS=100 makes it 100 kills of a job over 200 files.
func TestKilledJobsGoOn(t *testing.T) {
	signals(t)
	kills, files := 4, 30
	if text := os.Getenv("WAVEKIN_KILLS"); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
		files = 200
	}
	b := newWorkshop(t)
	in := b.path("in")
	for i := range files {
		dir := filepath.Join(in, fmt.Sprintf("day=%d", i%7))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		readings(t, dir, fmt.Sprintf("%03d.csv", i), 100+i, 0)
	}
	args := func(out string) []string {
		return []string{"score", "-q", "--json", "--model", b.model, "--normal", b.quiet, "--per-point", "--out", out, "--episodes", filepath.Join(out, "episodes.csv"), in}
	}
	whole := b.path("whole")
	begin := time.Now()
	if p := start(t, args(whole)...); p.end(t) != 0 {
		t.Fatal(p.errs.String())
	}
	took := time.Since(begin)
	want := tree(t, whole)

	early, kept := 0, 0 // kills that came in time, and outputs that were not made again
	for i := range kills {
		out := b.path(fmt.Sprintf("killed%d", i))
		for range 1 + i%2 {
			p := start(t, args(out)...)
			time.Sleep(time.Duration(rand.Int64N(int64(took))))
			if err := p.Process.Kill(); err == nil && p.end(t) == -1 {
				early++
			}
		}
		var r streamResult
		if code := jsonOf(t, &r, args(out)...); code != 0 || *r.Done+*r.Kept != files {
			t.Fatalf("resumed: code %d, %+v", code, r)
		}
		kept += *r.Kept
		same(t, whole, out, want)
		if err := os.RemoveAll(out); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills came before the end of a job of %v; %d of %d outputs were not made again", early, took, kept, kills*files)
	if early == 0 {
		t.Error("no job was killed before its end")
	}
}

// same holds a folder of outputs to another one; their manifests differ in times.
func same(t *testing.T, whole, out, want string) {
	t.Helper()
	if got := tree(t, out); got != want {
		t.Fatalf("there are %s\nwant %s", got, want)
	}
	err := filepath.WalkDir(whole, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "_wavekin.json" {
			return err
		}
		rel, err := filepath.Rel(whole, p)
		if err == nil && string(fileBytes(t, p)) != string(fileBytes(t, filepath.Join(out, rel))) {
			t.Errorf("%s has other bytes", rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
