package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wavekin/wavekin/cli/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m, Main) }

// process is a wavekin that was started.
type process struct {
	*exec.Cmd
	out, errs bytes.Buffer
}

func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{Cmd: clitest.Command(t, args...)}
	p.Stdout, p.Stderr = &p.out, &p.errs
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() }) // it has ended unless the test failed
	return p
}

// end waits and returns the exit code, -1 after a signal.
func (p *process) end(t *testing.T) int {
	t.Helper()
	var exit *exec.ExitError
	if err := p.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return p.ProcessState.ExitCode()
}

// appears waits for a file that a pattern matches.
func appears(t *testing.T, pattern string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			return
		}
	}
	t.Fatalf("%s does not appear", pattern)
}

// signals skips a test where a process cannot be interrupted.
func signals(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("wants a system with interrupts between processes")
	}
}

// pretraining is a run of some seconds; more are its own flags.
func pretraining(data, out string, more ...string) []string {
	return append([]string{"pretrain", "-q", "--data", data, "--label", "label", "--window", "16", "--steps", "24", "--batch", "4",
		"--seed", "7", "--out", out}, more...)
}

func fileBytes(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestModelFileDoesNotDependOnHowItWasMade compares the model files of one and of two threads, of a run that was
// killed at a random moment and resumed, and of one that was interrupted and resumed.
func TestModelFileDoesNotDependOnHowItWasMade(t *testing.T) {
	signals(t)
	dir := t.TempDir()
	quiet := readings(t, dir, "quiet.csv", 200, 0)
	path := func(name string) string { return filepath.Join(dir, name) }
	var took time.Duration // by a run that nobody stops
	for _, threads := range []string{"1", "2"} {
		begin := time.Now()
		p := start(t, pretraining(quiet, path("m"+threads), "--threads", threads)...)
		if code := p.end(t); code != 0 {
			t.Fatalf("code %d: %s", code, p.errs.String())
		}
		took = time.Since(begin)
	}
	want := fileBytes(t, path("m1"))
	if !bytes.Equal(fileBytes(t, path("m2")), want) {
		t.Error("--threads 2 gives another model file than --threads 1")
	}

	stopped := func(name string, stop func(p *process) error, threads string) *process {
		t.Helper()
		ck := path(name + "-ck")
		p := start(t, pretraining(quiet, path(name), "--checkpoint", ck, "--every", "2", "--threads", threads)...)
		appears(t, filepath.Join(ck, "checkpoint.safetensors"))
		time.Sleep(time.Duration(rand.Int64N(int64(took / 4))))
		if err := stop(p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	resumed := func(name string) {
		t.Helper()
		if _, err := os.Stat(path(name)); err == nil {
			t.Fatalf("%s: the run was over before it was stopped", name)
		}
		p := start(t, pretraining(quiet, path(name), "--checkpoint", path(name+"-ck"), "--resume", "--threads", "2")...)
		if code := p.end(t); code != 0 {
			t.Fatalf("%s resumed: code %d: %s", name, code, p.errs.String())
		}
		if !bytes.Equal(fileBytes(t, path(name)), want) {
			t.Errorf("%s and resumed: another model file", name)
		}
	}

	killed := stopped("killed", func(p *process) error { return p.Process.Kill() }, "1")
	if code := killed.end(t); code != -1 {
		t.Fatalf("killed: code %d", code)
	}
	resumed("killed")

	interrupted := stopped("interrupted", func(p *process) error { return p.Process.Signal(os.Interrupt) }, "2")
	code := interrupted.end(t)
	says := regexp.MustCompile(fmt.Sprintf(`^wavekin: interrupted after step [1-9]\d*, which is kept in %s; go on with the same command and --resume\n$`,
		regexp.QuoteMeta(path("interrupted-ck"))))
	if code != exitInterrupted || !says.MatchString(interrupted.errs.String()) || interrupted.out.Len() > 0 {
		t.Errorf("interrupted: code %d, %q and %q", code, interrupted.errs.String(), interrupted.out.String())
	}
	if left := listing(t, path("interrupted-ck")); left != "checkpoint.safetensors" {
		t.Errorf("interrupted: left %s", left)
	}
	resumed("interrupted")
}

// TestInterruptedOutputsAreNotLeft interrupts commands while they write.
func TestInterruptedOutputsAreNotLeft(t *testing.T) {
	signals(t)
	dir := t.TempDir()
	model, quiet := trained(t, dir)
	long := readings(t, dir, "long.csv", 100000, 0)
	for _, c := range []struct {
		signal os.Signal
		args   []string
	}{
		{os.Interrupt, []string{"embed", "--model", model, "--stride", "1", "--label", "label", long}},
		{os.Interrupt, []string{"score", "--model", model, "--normal", quiet, "--stride", "1", "--label", "label", long}},
		// The terminal is closed.
		{syscall.SIGHUP, []string{"embed", "--model", model, "--stride", "1", "--label", "label", long}},
	} {
		if c.signal == syscall.SIGHUP && signal.Ignored(syscall.SIGHUP) {
			continue // the tests run under nohup, and so would the command
		}
		out := t.TempDir()
		p := start(t, append([]string{c.args[0], "--threads", "1", "--out", filepath.Join(out, "out.csv")}, c.args[1:]...)...)
		appears(t, filepath.Join(out, ".out.csv.*.tmp"))
		if err := p.Process.Signal(c.signal); err != nil {
			t.Fatal(err)
		}
		code := p.end(t)
		if code != exitInterrupted || !strings.HasSuffix(p.errs.String(), "wavekin: interrupted; no output was written\n") {
			t.Errorf("%s, %v: code %d, %q", c.args[0], c.signal, code, p.errs.String())
		}
		if left := listing(t, out); left != "" {
			t.Errorf("%s, %v: left %s", c.args[0], c.signal, left)
		}
	}
}

// TestKilledOutputsAreTidiedUp kills a command while it writes a single file: the next one for that file removes what is left.
func TestKilledOutputsAreTidiedUp(t *testing.T) {
	signals(t)
	dir, out := t.TempDir(), t.TempDir()
	table := filepath.Join(out, "out.csv")
	model, _ := trained(t, dir)
	args := func(in string) []string {
		return []string{"embed", "-q", "--threads", "1", "--model", model, "--stride", "1", "--label", "label", "--out", table, in}
	}
	p := start(t, args(readings(t, dir, "long.csv", 300000, 0))...)
	for range 2 { // the first may be the one by which it tries whether it can write there
		appears(t, filepath.Join(out, ".out.csv.*.tmp"))
		time.Sleep(200 * time.Millisecond)
	}
	if err := p.Process.Kill(); err != nil || p.end(t) != -1 {
		t.Fatalf("not killed while it wrote: %v", err)
	}
	if left := listing(t, out); !strings.HasSuffix(left, ".tmp") {
		t.Fatalf("left %q, want a file on its way", left)
	}
	if p := start(t, args(readings(t, dir, "short.csv", 300, 0))...); p.end(t) != 0 || listing(t, out) != "out.csv" {
		t.Errorf("left %q, %s", listing(t, out), p.errs.String())
	}
}

// TestNobodyReads ends commands that wait for a reader of their standard output.
func TestNobodyReads(t *testing.T) {
	signals(t)
	dir := t.TempDir()
	model, _ := trained(t, dir)
	long := readings(t, dir, "long.csv", 100000, 0)
	for _, args := range [][]string{
		{"embed", "-q", "--model", model, "--stride", "1", "--label", "label", "--out", "-", long},
		{"embed", "-q", "--model", model, "--stride", "1", "--label", "label", "--follow", "--delay", "10ms", "--out", "-", "-"},
		{"convert", "-q", long, "-"},
	} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		in, err := os.Open(long)
		if err != nil {
			t.Fatal(err)
		}
		p := &process{Cmd: clitest.Command(t, args...)}
		p.Stdin, p.Stdout, p.Stderr = in, w, &p.errs
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		kill := time.AfterFunc(time.Minute, func() { _ = p.Process.Kill() })
		if _, err := r.Read(make([]byte, 1)); err != nil { // it writes
			t.Fatal(err)
		}
		time.Sleep(500 * time.Millisecond) // and fills the pipe
		begin := time.Now()
		if err := p.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		code := p.end(t)
		if took := time.Since(begin); code != exitInterrupted || took > 10*time.Second || !strings.HasPrefix(p.errs.String(), "wavekin: interrupted") {
			t.Errorf("%v: code %d after %v, %q", args, code, took, p.errs.String())
		}
		kill.Stop()
		_, _, _ = r.Close(), w.Close(), in.Close()
	}
}

// TestPartOfAStream: where a part of the output has gone to standard output, a run that ends early says so.
func TestPartOfAStream(t *testing.T) {
	signals(t)
	dir := t.TempDir()
	model, _ := trained(t, dir)
	embed := []string{"embed", "-q", "--model", model, "--label", "label", "--out", "-"}
	p := &process{Cmd: clitest.Command(t, append(embed, "--stride", "1", readings(t, dir, "long.csv", 300000, 0))...)}
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.Stderr = &p.errs
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() })
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, out); err != nil {
		t.Fatal(err)
	}
	if code := p.end(t); code != exitInterrupted || p.errs.String() != "wavekin: interrupted; the output is incomplete\n" {
		t.Errorf("interrupted: code %d, %q", code, p.errs.String())
	}
	for rows, says := range map[string]string{"1,2,a\n": "the output is incomplete", "": "no output was written"} {
		var bad []string
		for _, name := range []string{"one.csv", "two.csv"} {
			bad = append(bad, write(t, dir, name, "pressure,flow,label\n"+strings.Repeat(rows, 100000)+"1,2,a,4\n"))
		}
		p := start(t, append(embed, append(bad, "--stride", "50")...)...)
		if code := p.end(t); code != exitInput || !strings.HasSuffix(p.errs.String(), "wavekin: all 2 inputs failed; "+says+"\n") {
			t.Errorf("rows of %q: code %d, %q", rows, code, p.errs.String())
		}
	}
}

// TestEndsWithItsParent kills nothing: a shell starts a run and ends, and the run does, with a checkpoint. Under another parent than the one
// that is named it goes on.
func TestEndsWithItsParent(t *testing.T) {
	signals(t)
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("wants a shell")
	}
	dir := t.TempDir()
	quiet := readings(t, dir, "quiet.csv", 600, 0)
	for _, c := range []struct {
		parent string
		ends   bool
	}{{"$$", true}, {"1", false}} {
		ck, errs := t.TempDir(), filepath.Join(t.TempDir(), "errs")
		args := append(pretraining(quiet, filepath.Join(dir, "m")), "--steps", "1000000", "--checkpoint", ck)
		p := clitest.Command(t, args...)
		p.Path, p.Args = shell, append([]string{"sh", "-c", parentVariable + "=" + c.parent + ` "$0" "$@" 2>"$ERRS" & echo $!; sleep 3`}, p.Args...)
		p.Env = append(p.Env, "ERRS="+errs)
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		p.Stdout = w
		if err := errors.Join(p.Run(), w.Close()); err != nil {
			t.Fatal(err)
		}
		var id int
		if _, err := fmt.Fscan(r, &id); err != nil {
			t.Fatal(err)
		}
		run, err := os.FindProcess(id)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan bool)
		go func() { // what the run holds open of the pipe is closed
			_, _ = r.Read(make([]byte, 1))
			close(ended)
		}()
		wait := 30 * time.Second
		if !c.ends {
			wait = 3 * time.Second
		}
		select {
		case <-ended:
			text := string(fileBytes(t, errs))
			if left := listing(t, ck); !c.ends || left != "checkpoint.safetensors" || !strings.Contains(text, "interrupted") {
				t.Errorf("%s: it ended, %q, left %q", c.parent, text, left)
			}
		case <-time.After(wait):
			if _ = run.Kill(); c.ends {
				t.Errorf("it goes on without its parent: %s", fileBytes(t, errs))
			}
			<-ended
		}
		_ = r.Close()
	}
}

// listing names what is in a folder.
func listing(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}
