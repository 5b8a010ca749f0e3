package cli

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/ipc"

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

// streamRows are the rows of an Arrow stream, a line each.
func streamRows(t *testing.T, stream []byte) string {
	t.Helper()
	r, err := ipc.NewReader(bytes.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	var b strings.Builder
	for r.Next() {
		for row := range int(r.Record().NumRows()) {
			for _, c := range r.Record().Columns() {
				b.WriteString(c.ValueStr(row) + " ")
			}
			b.WriteString("\n")
		}
	}
	if r.Err() != nil || b.Len() == 0 {
		t.Fatalf("%d bytes of rows, %v", b.Len(), r.Err())
	}
	return b.String()
}

// TestBuiltinFilter: with the built-in encoder, too, a stream in becomes a stream out, of the rows that the file gives, however much of it is looked at first.
func TestBuiltinFilter(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	must(t, "convert", "-q", "synthetic:2,length=150000", path("stdin.arrows"), "--seed", "3")
	must(t, "convert", "-q", "synthetic:5,length=90", path("short.csv"), "--seed", "3")
	must(t, "convert", "-q", "synthetic:5,length=90", path("short.parquet"), "--seed", "3")
	must(t, "reference", "-q", "--model", "builtin", "--normal", path("short.csv"), "--out", path("normal"))
	for _, c := range []struct {
		file string
		args []string
	}{
		{"stdin.arrows", []string{"embed", "--stride", "50000", "--window", "128"}},
		{"stdin.arrows", []string{"embed", "--stride", "75000"}},
		{"short.csv", []string{"embed"}},
		{"short.parquet", []string{"embed", "--window", "30"}},
		{"short.csv", []string{"embed", "--follow", "--window", "30"}},
		{"short.csv", []string{"score", "--model", "builtin", "--reference", path("normal")}},
		{"short.csv", []string{"score", "--model", "builtin", "--normal", path("short.csv")}},
	} {
		in, err := os.ReadFile(path(c.file))
		if err != nil {
			t.Fatal(err)
		}
		got, errs, code := piped(t, in, append(c.args, "-q", "--out", "-", "-")...)
		if code != 0 {
			t.Fatalf("%v: exit code %d: %s", c.args, code, errs)
		}
		var args []string
		for _, a := range c.args {
			if a != "--follow" {
				args = append(args, a)
			}
		}
		want, errs, code := piped(t, nil, append(args, "-q", "--out", "-", path(c.file))...)
		if code != 0 || len(want) == 0 {
			t.Fatalf("%v: exit code %d: %s", args, code, errs)
		}
		if a, b := streamRows(t, got), streamRows(t, want); a != b {
			t.Errorf("%v of %s: the pipe gives other rows than the file\n%.300s\n%.300s", c.args, c.file, a, b)
		}
	}
	if _, errs, code := piped(t, []byte("x\n"), "embed", "-q", "--out", "-", "-"); code != exitInput || !strings.HasPrefix(string(errs), "wavekin: -: ") {
		t.Errorf("an input without rows: exit code %d, %s", code, errs)
	}
}

// TestBuiltinLooksOnlySoFar: a beginning that cannot be looked at within its bound is refused, and not held.
func TestBuiltinLooksOnlySoFar(t *testing.T) {
	b := &beginning{from: strings.NewReader("abc"), kept: make([]byte, mostReplayed-2)}
	p := make([]byte, 8)
	if n, err := b.Read(p); n != 2 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if _, err := b.Read(p); err == nil || !strings.Contains(err.Error(), "--window") {
		t.Error(err)
	}
	rest, err := io.ReadAll(b.again())
	if err != nil || len(rest) != mostReplayed+1 || string(rest[mostReplayed-2:]) != "abc" {
		t.Errorf("%d bytes, %v", len(rest), err)
	}
}
