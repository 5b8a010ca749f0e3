package reread

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// flaky fails calls of one handle by the script, one error a call; nil is a call that succeeds.
type flaky struct {
	*os.File
	script *[]error
}

func (f flaky) ReadAt(p []byte, off int64) (int, error) {
	if len(*f.script) > 0 {
		err := (*f.script)[0]
		if *f.script = (*f.script)[1:]; err != nil {
			n, _ := f.File.ReadAt(p[:len(p)/2], off) // half of it arrives
			return n, err
		}
	}
	return f.File.ReadAt(p, off)
}

// failing makes the storage fail by a script, and pauses short.
func failing(t *testing.T, script ...error) {
	t.Helper()
	system, pause := System, Pause
	t.Cleanup(func() { System, Pause = system, pause })
	Pause = time.Millisecond
	System = func(path string) (Handle, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		return flaky{f, &script}, nil
	}
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWhatPassesIsTriedAgain reads a file whose storage fails in several ways; every byte arrives once.
func TestWhatPassesIsTriedAgain(t *testing.T) {
	text := strings.Repeat("0123456789", 1000)
	for name, c := range map[string]struct {
		script  []error
		retries int
		want    error
		notes   int
	}{
		"sound":             {nil, 0, nil, 0},
		"passes":            {[]error{syscall.EIO, nil, syscall.ESTALE, syscall.EAGAIN}, 2, nil, 3},
		"a deadline":        {[]error{os.ErrDeadlineExceeded}, 1, nil, 1},
		"lasts":             {[]error{syscall.EIO, syscall.EIO, syscall.EIO}, 2, syscall.EIO, 2},
		"no retries":        {[]error{syscall.EINTR}, 0, syscall.EINTR, 0},
		"does not pass":     {[]error{fs.ErrPermission}, 5, fs.ErrPermission, 0},
		"wrapped by a path": {[]error{&fs.PathError{Op: "read", Path: "a", Err: syscall.EIO}}, 1, nil, 1},
	} {
		failing(t, c.script...)
		notes := 0
		var count atomic.Int64
		f, err := Open(file(t, text), Options{Retries: c.retries, Count: &count, Note: func(error) { notes++ }})
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) || notes != c.notes {
			t.Errorf("%s: %v after %d notes, want %v after %d", name, err, notes, c.want, c.notes)
		}
		if err == nil && string(got) != text || count.Load() != int64(len(got)) {
			t.Errorf("%s: %d bytes arrive, %d are counted, want %d", name, len(got), count.Load(), len(text))
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAReplacedFileIsNoContinuation(t *testing.T) {
	path := file(t, "the first content")
	f, err := Open(path, Options{Retries: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.WriteFile(path, []byte("another"), 0o644); err != nil {
		t.Fatal(err)
	}
	script := []error{syscall.ESTALE}
	failing(t)
	f.h = flaky{f.h.(*os.File), &script}
	if _, err := io.ReadAll(f); err == nil || !strings.Contains(err.Error(), "changed or replaced") {
		t.Errorf("%v", err)
	}
}

// twin is a handle of which one read fails while another goroutine is about to read.
type twin struct {
	*os.File
	before func() // the first read
}

func (h *twin) ReadAt(p []byte, off int64) (int, error) {
	if f := h.before; f != nil {
		h.before = nil
		f()
	}
	return h.File.ReadAt(p, off)
}

// TestAHandleClosedByAnotherReader: a goroutine goes on with the handle that another one has opened in place of its own.
func TestAHandleClosedByAnotherReader(t *testing.T) {
	path := file(t, "0123456789")
	failing(t)
	f, err := Open(path, Options{Retries: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	first := &twin{File: f.h.(flaky).File}
	f.h = first
	first.before = func() {
		if h, err := f.again(first); err != nil || h == Handle(first) { // as another reader does after a failure
			t.Errorf("%v", err)
		}
	}
	p := make([]byte, 4)
	if n, err := f.ReadAt(p, 3); n != 4 || err != nil || string(p) != "3456" {
		t.Errorf("%d bytes %q, %v", n, p, err)
	}
}

// TestPausesGrow: the pauses are those that are written down, whatever the error.
func TestPausesGrow(t *testing.T) {
	failing(t)
	Pause = 4 * time.Millisecond
	begin := time.Now()
	err := Options{Retries: 2}.Do(func() error { return syscall.ETIMEDOUT })
	if took := time.Since(begin); took < 20*time.Millisecond || err == nil || err.Error() != syscall.ETIMEDOUT.Error()+", also after 2 retries" {
		t.Errorf("%v after %v", err, took)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "gone"), Options{Retries: 9}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := Stat(filepath.Join(t.TempDir(), "gone"), Options{Retries: 9}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// TestPausesStayLong: they do not come to an end with many retries, as numbers that grow fourfold would.
func TestPausesStayLong(t *testing.T) {
	pause, all := Pause, time.Duration(0)
	for range 100 {
		all += pause
		if pause = longer(pause); pause < 2*time.Second || pause > LongestPause {
			t.Fatalf("a pause of %v after %v", pause, all)
		}
	}
	if want := 98*LongestPause + 2500*time.Millisecond; all != want {
		t.Errorf("100 pauses take %v, want %v", all, want)
	}
}

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "reread")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "a.csv")
	if err := os.WriteFile(path, []byte("v\n1\n"), 0o600); err != nil {
		panic(err)
	}
	f, err := Open(path, Options{Retries: 2})
	if err != nil {
		panic(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	fmt.Println(string(bytes.TrimSpace(text)), err)
	// Output:
	// v
	// 1 <nil>
}
