package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/cli/clitest"
)

// piped runs wavekin as a process with something on standard input.
func piped(t *testing.T, in []byte, args ...string) (out, errs []byte, code int) {
	t.Helper()
	cmd := clitest.Command(t, args...)
	cmd.Stdin = bytes.NewReader(in)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err := cmd.Run()
	if _, exit := err.(*exec.ExitError); err != nil && !exit {
		t.Fatal(err)
	}
	return o.Bytes(), e.Bytes(), cmd.ProcessState.ExitCode()
}

// Tables go through pipes: CSV in, an Arrow stream out, and that in again.
func TestPipes(t *testing.T) {
	dir := t.TempDir()
	csv := "series,time,x,y\na,2024-05-01T12:00:00Z,1,0.1\na,2024-05-01T12:00:01Z,,2\nb,2024-05-01T12:00:00Z,3,1700000001\n"
	stream, errs, code := piped(t, []byte(csv), "convert", "-", "-")
	if code != 0 || !bytes.HasPrefix(stream, []byte{0xff, 0xff, 0xff, 0xff}) || !strings.Contains(string(errs), "-: 3 rows, 2 series") {
		t.Fatalf("code %d, %d bytes, %s", code, len(stream), errs)
	}
	for _, ending := range []string{".csv", ".arrow", ".parquet"} {
		file := filepath.Join(dir, "out"+ending)
		if _, errs, code := piped(t, stream, "convert", "-", file); code != 0 {
			t.Fatalf("%s: code %d, %s", ending, code, errs)
		}
		back := filepath.Join(dir, "back.csv")
		if _, errs, code := piped(t, nil, "convert", file, back); code != 0 {
			t.Fatalf("%s: code %d, %s", ending, code, errs)
		}
		if got, err := os.ReadFile(back); err != nil || string(got) != csv {
			t.Errorf("%s: %v\n%s\nwant\n%s", ending, err, got, csv)
		}
	}
	out, errs, code := piped(t, stream, "info", "-")
	if code != 0 || strings.Count(string(out), "\n") != 4 {
		t.Errorf("info: code %d, %s%s", code, out, errs)
	}
	if out, errs, code := piped(t, []byte(csv), "convert", "--json", "-", "-"); code != exitUsage || len(out) > 0 {
		t.Errorf("--json and a table on standard output: code %d, %q, %s", code, out, errs)
	}
	file := filepath.Join(dir, "out.csv")
	if _, errs, code := piped(t, nil, "convert", file, file); code != exitUsage {
		t.Errorf("the input as the output: code %d, %s", code, errs)
	}
}
