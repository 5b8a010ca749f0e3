package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wavekin/wavekin/internal/reread"
)

// TestLogsAsJSON: every line of standard error is an object then, and failures name their places.
func TestLogsAsJSON(t *testing.T) {
	b := newWorkshop(t)
	in := b.lake()
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"embed", "--model", b.model, "--out", filepath.Join(b.out, "a"), in}, exitPartly, `"file":"` + in + `/bad.csv","row":3,"column":"flow"`},
		{[]string{"embed", "--model", b.model, "--out", b.path("one.csv"), filepath.Join(in, "bad.csv")}, exitInput, `"level":"ERROR"`},
		{[]string{"pretrain", "--data", b.quiet, "--window", "24", "--steps", "2", "--batch", "8", "--out", b.path("m2")}, 0, `"level":"INFO"`},
		{[]string{"embed", "--no-such-flag"}, exitUsage, `"level":"ERROR","msg":"unknown flag --no-such-flag`},
	} {
		_, errs, code := wk(t, append([]string{"--log", "json"}, c.args...)...)
		if code != c.code || !strings.Contains(errs, c.want) {
			t.Errorf("%v: code %d, %s\nwant %s", c.args, code, errs, c.want)
		}
		for line := range strings.Lines(errs) {
			var r struct{ Time, Level, Msg string }
			if err := json.Unmarshal([]byte(line), &r); err != nil || r.Time == "" || r.Level == "" || r.Msg == "" {
				t.Errorf("%v: %q is no record (%v)", c.args, line, err)
			}
		}
		_, plain, _ := wk(t, append(c.args, "-q")...)
		if c.code == exitPartly && !strings.HasPrefix(plain, "wavekin: ") {
			t.Errorf("%v: as text %q", c.args, plain)
		}
	}
}

// TestRowsLeftOut scores with bad rows, which are listed; the other rows are scored, and the metrics count all.
func TestRowsLeftOut(t *testing.T) {
	b := newWorkshop(t)
	text := strings.Replace(readingsText(150, 0), "\n60,", "\n60,7,8,9,10,", 1)
	text = strings.Replace(text, "\n70,", "\n70,oops", 1)
	in := write(t, b.dir, "in.csv", text)
	reason := `is not a number`
	for name, want := range map[string]string{"bad.jsonl": `{"input":"` + in + `","row":62,"reason":"`, "bad.csv": "input,row,column,reason\n" + in + ",62,,"} {
		bad, prom := b.path(name), b.path("job.prom")
		for _, out := range []string{b.path("s.csv"), b.path(strings.Replace(name, ".", "-", 1))} {
			args := []string{"score", "-q", "--json", "--model", b.model, "--normal", b.quiet, "--label", "label", "--per-point", "--errors", bad, "--metrics", prom, "--out", out, in}
			var r streamResult
			if code := jsonOf(t, &r, args...); code != 0 || r.Unusable != 2 || r.Rows != 150 { // on the grid, the rows are gaps
				t.Fatalf("%s: code %d, %+v", out, code, r)
			}
			got := string(fileBytes(t, bad))
			if !strings.HasPrefix(got, want) || !strings.Contains(got, reason) || !strings.Contains(got, "72") {
				t.Errorf("%s: %s", out, got)
			}
			if text := string(fileBytes(t, prom)); !strings.Contains(text, `wavekin_job_unusable_rows{command="score",out="`+out+`"} 2`) || !strings.Contains(text, `state="done"} 1`) {
				t.Errorf("%s", text)
			}
		}
	}
	b.refuse(exitUsage, "--metrics a.txt: the textfile collector takes names that end in .prom", "embed", "--metrics", "a.txt", "--model", b.model, "--out", b.path("c.csv"), in)
	b.refuse(exitUsage, "--errors a.txt: want a name that ends in .jsonl, .csv, .arrow or .parquet", "embed", "--errors", "a.txt", "--model", b.model, "--out", b.path("c.csv"), in)
}

// brief is a file whose storage fails for some calls.
type brief struct {
	*os.File
	left *int
}

func (f brief) ReadAt(p []byte, off int64) (int, error) {
	if *f.left > 0 {
		*f.left--
		return 0, syscall.EIO
	}
	return f.File.ReadAt(p, off)
}

// TestStorageThatFails for a moment gives the same bytes; for longer, it fails its input.
func TestStorageThatFails(t *testing.T) {
	b := newWorkshop(t)
	in := readings(t, b.dir, "in.csv", 150, 0)
	embed := func(out string, retries string) (string, int) {
		_, errs, code := wk(t, "embed", "--model", b.model, "--retries", retries, "--out", out, in)
		return errs, code
	}
	sound, failing := b.path("sound.csv"), b.path("failing.csv")
	if errs, code := embed(sound, "0"); code != 0 {
		t.Fatal(errs)
	}
	system, pause := reread.System, reread.Pause
	t.Cleanup(func() { reread.System, reread.Pause = system, pause })
	left := 0
	reread.Pause = time.Millisecond
	reread.System = func(path string) (reread.Handle, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		return brief{f, &left}, nil
	}
	left = 2
	if errs, code := embed(failing, "2"); code != 0 || !strings.Contains(errs, "warning: tried again after: input/output error") {
		t.Errorf("code %d, %s", code, errs)
	}
	if string(fileBytes(t, sound)) != string(fileBytes(t, failing)) {
		t.Error("the rows differ after retries")
	}
	left = 100
	if errs, code := embed(b.path("no.csv"), "2"); code != exitInput || !strings.Contains(errs, "input/output error, also after 2 retries") {
		t.Errorf("code %d, %s", code, errs)
	}
}

// TestDriftIsTold where the readings have moved as a whole, and not for readings like the normal ones.
func TestDriftIsTold(t *testing.T) {
	b := newWorkshop(t)
	quiet := readings(t, b.dir, "more.csv", 1500, 0)
	moved := write(t, b.dir, "moved.csv", strings.ReplaceAll(readingsText(1500, 0), ",0.", ",1."))
	for _, c := range []struct {
		in   string
		told bool
	}{{quiet, false}, {moved, true}} {
		prom := b.path("drift.prom")
		_, errs, code := wk(t, "score", "--window", "20", "--label", "label", "--normal", quiet, "--out", b.path("d.csv"), "--metrics", prom, c.in)
		if code != 0 || strings.Contains(errs, "normal may have moved") != c.told {
			t.Errorf("%s: code %d, %s", c.in, code, errs)
		}
		if text := string(fileBytes(t, prom)); !strings.Contains(text, "wavekin_job_drift_p_value{") || strings.Contains(text, `drift_windows{command="score",out="`+b.path("d.csv")+`"} 0`+"\n") {
			t.Error(text)
		}
	}
}

// What a file calls its columns does not reach the terminal as commands.
func TestLinesHoldNoControls(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, []byte("time,\x1b[31mred\x07\n1,2\n2,3\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, errs, code := wk(t, "info", path)
	if code != 0 || !strings.Contains(errs, "channel \ufffd[31mred\ufffd") || strings.ContainsAny(errs, "\x1b\x07\r") {
		t.Errorf("exit code %d, %q", code, errs)
	}
}
