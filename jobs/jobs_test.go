package jobs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/internal/output"
)

// length is a work that writes how long an input is.
func length(_ context.Context, s Step) (Table, error) {
	text, err := os.ReadFile(s.Path)
	if err != nil {
		return Table{}, err
	}
	if strings.HasPrefix(string(text), "bad") {
		return Table{}, &datasets.Error{File: s.Path, Offset: 0, Err: errors.New("it is bad")}
	}
	w, err := datasets.NewWriter(s.Output, []datasets.Column{{Name: "bytes", Type: datasets.Int64}})
	if err != nil {
		return Table{}, err
	}
	return Table{Writer: w, Rows: 1, Windows: 2}, w.Append(len(text))
}

// old makes a file look as if nobody had touched it lately.
func old(t testing.TB, path string, age time.Duration) {
	t.Helper()
	at := time.Now().Add(-age)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// lake is a folder of three inputs, and the job over it.
func lake(t testing.TB) (dir string, j Job) {
	t.Helper()
	dir = t.TempDir()
	for i, name := range []string{"a.csv", "k=1/b.csv", "k=2/c.csv"} {
		old(t, put(t, filepath.Join(dir, "in"), name, strings.Repeat("x", i+1)), time.Hour)
	}
	return dir, again(t, dir)
}

// again is the job over what is there now.
func again(t testing.TB, dir string) Job {
	t.Helper()
	all, err := Find([]string{filepath.Join(dir, "in")}, filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	return Job{Inputs: all, Out: filepath.Join(dir, "out"), Ending: ".csv", Made: Making{"model": "0123456789abcdef", "--stride": "8"}}
}

func mustRun(t testing.TB, j Job, done, kept, failed int) *Summary {
	t.Helper()
	s, err := j.Run(context.Background(), Options{}, length)
	if err != nil || s.Done != done || s.Kept != kept || len(s.Failed) != failed {
		t.Fatalf("%+v, %v; want %d done, %d kept, %d failed", s, err, done, kept, failed)
	}
	return s
}

// below lists the files below a folder.
func below(t testing.TB, dir string) string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, p)
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

const complete = "_wavekin.json a.csv k=1/b.csv k=2/c.csv"

// TestOnlyWhatIsMissingOrChanged holds the plan and the run to each other after each kind of change.
func TestOnlyWhatIsMissingOrChanged(t *testing.T) {
	dir, j := lake(t)
	if s := mustRun(t, j, 3, 0, 0); s.Rows != 3 || s.Windows != 6 {
		t.Errorf("%+v", s)
	}
	if got := below(t, j.Out); got != complete {
		t.Errorf("there are %s", got)
	}
	a, b := filepath.Join(dir, "in/a.csv"), filepath.Join(dir, "in/k=1/b.csv")
	for _, c := range []struct {
		name   string
		change func()
		why    string // of all that are made
		done   int
	}{
		{"nothing", func() {}, "", 0},
		{"written again", func() { put(t, dir, "in/a.csv", "x") }, "", 0},
		{"another length", func() { old(t, put(t, dir, "in/a.csv", "12345"), time.Hour) }, "the input has changed", 1},
		{"another content of that length", func() { old(t, put(t, dir, "in/a.csv", "54321"), 2*time.Hour) }, "the input has changed", 1},
		{"a young file", func() { put(t, dir, "in/k=1/b.csv", "yy") }, "the input has changed", 1},
		{"changed again at once", func() {
			info, err := os.Stat(b)
			if err != nil {
				t.Fatal(err)
			}
			put(t, dir, "in/k=1/b.csv", "zz")
			if err := os.Chtimes(b, info.ModTime(), info.ModTime()); err != nil {
				t.Fatal(err)
			}
		}, "the input has changed", 1},
		{"an output removed", func() { os.Remove(filepath.Join(j.Out, "a.csv")) }, "the output is gone", 1},
		{"an output written by others", func() { put(t, j.Out, "a.csv", "mine") }, "the output was changed by others", 1},
		{"another setting", func() { j.Made = Making{"model": "0123456789abcdef", "--sort": "true"} }, "--sort is true, was not given; --stride is not given, was 8", 3},
		{"another model", func() { j.Made = Making{"model": "0123456789abcdee", "--sort": "true"} }, "another model", 3},
		{"an input more", func() { put(t, dir, "in/d.csv", "x"); made := j.Made; j = again(t, dir); j.Made = made }, "new", 1},
		{"no manifest", func() { os.Remove(filepath.Join(j.Out, "_wavekin.json")) }, "there is an output that the manifest does not know", 4},
		{"an input less", func() { os.Remove(a); made := j.Made; j = again(t, dir); j.Made = made }, "", 0},
	} {
		c.change()
		steps, err := j.Plan()
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, s := range steps {
			if s.Do {
				n++
			}
			if s.Do && s.Why != c.why {
				t.Errorf("%s: %s is made because %q, want %q", c.name, s.Path, s.Why, c.why)
			}
		}
		if n != c.done {
			t.Errorf("%s: %d are planned, want %d", c.name, n, c.done)
		}
		mustRun(t, j, c.done, len(steps)-c.done, 0)
	}
	if got, err := os.ReadFile(filepath.Join(j.Out, "k=1/b.csv")); err != nil || string(got) != "bytes\n2\n" {
		t.Errorf("k=1/b.csv holds %q (%v)", got, err)
	}
}

func TestABadInputFailsAlone(t *testing.T) {
	dir, j := lake(t)
	put(t, dir, "in/k=1/b.csv", "bad")
	j.Inputs = append(j.Inputs, Input{Path: filepath.Join(dir, "in/gone.csv"), Place: "gone"}, Input{Path: filepath.Join(dir, "in"), Place: "in"})
	s := mustRun(t, j, 2, 0, 3)
	for i, want := range []string{"k=1/b.csv: byte 0: it is bad", "gone.csv: no such file or directory", "in: no files of a known format there"} {
		if got := filepath.ToSlash(s.Failed[i].Err.Error()); !strings.HasSuffix(got, want) {
			t.Errorf("failure %d is %q, want %q", i, got, want)
		}
	}
	if got := below(t, j.Out); got != "_wavekin.json a.csv k=2/c.csv" {
		t.Errorf("there are %s", got)
	}
	put(t, dir, "in/k=1/b.csv", "good")
	mustRun(t, again(t, dir), 1, 2, 0)

	put(t, dir, "in/a.csv", "bad")
	old(t, put(t, dir, "in/k=1/b.csv", "better"), time.Hour)
	sum, err := again(t, dir).Run(context.Background(), Options{Stop: true}, length)
	if err == nil || !strings.HasSuffix(err.Error(), "a.csv: byte 0: it is bad") || sum.Done > 1 || len(sum.Failed) != 1 {
		t.Errorf("with Stop: %+v, %v", sum, err)
	}
}

// TestInputsThatChange changes an input while it is read, in a way that a reader would not notice.
func TestInputsThatChange(t *testing.T) {
	_, j := lake(t)
	for _, c := range []struct {
		change func(path string) error
		want   string
	}{
		{func(p string) error { return os.WriteFile(p, []byte("x!"), 0o644) }, "it changed while it was read"},
		{func(p string) error { return os.Rename(put(t, t.TempDir(), "n", "y"), p) }, "it changed while it was read"},
		{os.Remove, "it was removed while it was read"},
	} {
		s, err := j.Run(context.Background(), Options{}, func(ctx context.Context, s Step) (Table, error) {
			out, err := length(ctx, s)
			if err == nil && s.Place == "a" {
				err = c.change(s.Path)
			}
			return out, err
		})
		if err != nil || len(s.Failed) != 1 || !strings.Contains(s.Failed[0].Err.Error(), c.want) {
			t.Errorf("%+v, %v; want %q", s, err, c.want)
		}
		if got := below(t, j.Out); got != "_wavekin.json k=1/b.csv k=2/c.csv" {
			t.Errorf("there are %s", got)
		}
	}
}

// TestOneJobAFolder starts a job while another one runs, and after one that did not let go.
func TestOneJobAFolder(t *testing.T) {
	_, j := lake(t)
	var busy *BusyError
	_, err := j.Run(context.Background(), Options{}, func(ctx context.Context, s Step) (Table, error) {
		if _, err := j.Run(ctx, Options{}, length); !errors.As(err, &busy) || busy.Folder != j.Out || !strings.HasPrefix(busy.Holder, fmt.Sprintf("process %d on ", os.Getpid())) {
			t.Errorf("a second job: %v", err)
		}
		return length(ctx, s)
	})
	if err != nil || busy == nil {
		t.Fatal(err)
	}
	put(t, j.Out, "_wavekin.lock", "process 1 on that host since then\n")
	put(t, j.Out, "k=1/.b.csv.1-0.tmp", "half") // as a killed job leaves it
	note := ""
	if _, err := j.Run(context.Background(), Options{Note: func(text string) { note += text }}, length); err != nil {
		t.Fatal(err)
	}
	if want := j.Out + ": the job before (process 1 on that host since then) did not end by itself; this one goes on from there"; note != want {
		t.Errorf("%q, want %q", note, want)
	}
	if got := below(t, j.Out); got != complete {
		t.Errorf("there are %s", got)
	}
}

func TestConflicts(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "in/a.csv", "x")
	put(t, dir, "in/a.parquet", "x")
	var c *ConflictError
	if _, err := again(t, dir).Plan(); !errors.As(err, &c) || !strings.Contains(err.Error(), "a.parquet would both be written to") {
		t.Errorf("two inputs with one output: %v", err)
	}
	j := Job{Inputs: []Input{{Path: filepath.Join(dir, "in/a.csv"), Place: "a"}}, Out: filepath.Join(dir, "in", "..", "in"), Ending: ".csv"}
	if s, err := j.Run(context.Background(), Options{}, length); !errors.As(err, &c) || !strings.Contains(err.Error(), "is an input as well as an output") {
		t.Errorf("an input that is an output: %+v, %v", s, err)
	}
	if got := below(t, filepath.Join(dir, "in")); got != "a.csv a.parquet" {
		t.Errorf("there are %s", got)
	}
	put(t, dir, "other/_wavekin.json", `{"version":2}`)
	j.Out = filepath.Join(dir, "other")
	var named *datasets.Error
	if _, err := j.Plan(); !errors.As(err, &named) || !strings.Contains(err.Error(), "a manifest of version 2, want 1") {
		t.Errorf("a later manifest: %v", err)
	}
}

// TestEndedEarly keeps what was done when a job ends by its context or by an output that cannot be written.
func TestEndedEarly(t *testing.T) {
	_, j := lake(t)
	ctx, cancel := context.WithCancel(context.Background())
	s, err := j.Run(ctx, Options{}, func(ctx context.Context, s Step) (Table, error) {
		if s.Place == "a" {
			return length(ctx, s)
		}
		for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			if _, err := os.Stat(filepath.Join(j.Out, "a.csv")); err == nil {
				break
			}
		}
		cancel()
		return Table{}, ctx.Err()
	})
	if !errors.Is(err, context.Canceled) || s.Done != 1 || len(s.Failed) != 0 {
		t.Errorf("interrupted: %+v, %v", s, err)
	}
	if got := below(t, j.Out); got != "_wavekin.json a.csv" {
		t.Errorf("there are %s", got)
	}
	if err := os.RemoveAll(filepath.Join(j.Out, "k=2")); err != nil {
		t.Fatal(err)
	}
	put(t, j.Out, "k=2", "a file where a folder should be")
	var w *datasets.WriteError
	if s, err = j.Run(context.Background(), Options{}, length); !errors.As(err, &w) || s.Done > 1 || s.Kept != 1 {
		t.Errorf("no place for an output: %+v, %v", s, err)
	}
}

// TestShards works on the shards of a job at once: each input is done once, the whole folder and the same shard are refused
// meanwhile, and the whole job then finds all done.
func TestShards(t *testing.T) {
	dir := t.TempDir()
	for i := range 40 {
		old(t, put(t, dir, fmt.Sprintf("in/k=%d/%d.csv", i%3, i), "x"), time.Hour)
	}
	whole := again(t, dir)
	const n = 3
	var done [n]int
	var nest func(i int)
	nest = func(i int) { // shard i+1 runs while shard i does
		j := whole
		j.Shard = Shard{i, n}
		once := sync.OnceFunc(func() {
			var busy *BusyError
			for _, other := range []Shard{{}, j.Shard} {
				other := Job{Inputs: j.Inputs, Out: j.Out, Ending: j.Ending, Shard: other}
				if _, err := other.Run(context.Background(), Options{}, length); !errors.As(err, &busy) {
					t.Errorf("%v beside %v: %v", other.Shard, j.Shard, err)
				}
			}
			if i+1 < n {
				nest(i + 1)
			}
		})
		if f, err := output.Create(filepath.Join(j.Out, "k=9.csv")); err == nil { // another shard's, on its way
			defer func() {
				if _, err := os.Stat(f.Name()); err != nil {
					t.Errorf("shard %d removed what another one writes: %v", i, err)
				}
				f.Abort()
			}()
		}
		s, err := j.Run(context.Background(), Options{}, func(ctx context.Context, s Step) (Table, error) {
			once()
			return length(ctx, s)
		})
		if err != nil || s.Done != s.Inputs {
			t.Errorf("shard %d: %+v, %v", i, s, err)
			return
		}
		done[i] = s.Done
	}
	nest(0)
	if done[0]+done[1]+done[2] != 40 || slices.Min(done[:]) == 0 {
		t.Errorf("the shards did %v of 40", done)
	}
	if got := below(t, whole.Out); !strings.HasPrefix(got, "_wavekin.0-of-3.json _wavekin.1-of-3.json _wavekin.2-of-3.json k=0/0.csv ") {
		t.Errorf("there are %s", got)
	}
	other := whole
	other.Shard = Shard{1, 2} // another number of shards
	if s, err := other.Run(context.Background(), Options{}, length); err != nil || s.Done != 0 || s.Kept == 0 {
		t.Errorf("%+v, %v", s, err)
	}
	mustRun(t, whole, 0, 40, 0)
	if got := below(t, whole.Out); !strings.HasPrefix(got, "_wavekin.json k=0/0.csv ") {
		t.Errorf("there are %s", got)
	}
	mustRun(t, whole, 0, 40, 0)
	for _, text := range []string{"1", "2/2", "-1/2", "a/2", "0/0"} {
		if s, err := ParseShard(text); err == nil {
			t.Errorf("%s is %v", text, s)
		}
	}
}

func ExampleJob() {
	dir, err := os.MkdirTemp("", "wavekin")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	in, out := filepath.Join(dir, "lake", "day=2026-11-25"), filepath.Join(dir, "lengths")
	if err := errors.Join(os.MkdirAll(in, 0o755), os.WriteFile(filepath.Join(in, "a.csv"), []byte("v\n1\n"), 0o644)); err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		inputs, err := Find([]string{filepath.Join(dir, "lake")}, out)
		if err != nil {
			fmt.Println(err)
			return
		}
		sum, err := Job{Inputs: inputs, Out: out, Ending: ".csv"}.Run(context.Background(), Options{}, length)
		fmt.Println(inputs[0].Place, sum.Done, "done", sum.Kept, "kept", err)
	}
	// Output:
	// day=2026-11-25/a 1 done 0 kept <nil>
	// day=2026-11-25/a 0 done 1 kept <nil>
}
