package output

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestGuard writes more than a pipe holds: whole while somebody reads, however slowly, and given up after the end where nobody does.
func TestGuard(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	end, stop := context.WithCancel(context.Background())
	defer stop()
	g := &guard{w: w, end: end, wait: 300 * time.Millisecond}
	text := bytes.Repeat([]byte("0123456789abcde\n"), 20*pieceBytes/16)
	got := make(chan []byte)
	go func() {
		var all []byte
		for buf := make([]byte, pieceBytes); len(all) < len(text); time.Sleep(20 * time.Millisecond) { // 0.4 s in all, longer than wait
			n, err := r.Read(buf)
			if all = append(all, buf[:n]...); err != nil {
				break
			}
		}
		got <- all
	}()
	stop()
	if n, err := g.Write(text); n != len(text) || err != nil {
		t.Errorf("with a slow reader: %d bytes of %d, %v", n, len(text), err)
	}
	if !bytes.Equal(<-got, text) {
		t.Error("other bytes were read")
	}
	begin := time.Now()
	if n, err := g.Write(text); n >= len(text) || !errors.Is(err, ErrUnread) || !errors.Is(err, context.Canceled) {
		t.Errorf("without a reader: %d bytes, %v", n, err)
	}
	if n, err := g.Write(text[:1]); n != 0 || !errors.Is(err, ErrUnread) {
		t.Errorf("after it was given up: %d bytes, %v", n, err)
	}
	if took := time.Since(begin); took < g.wait || took > 10*g.wait {
		t.Errorf("given up after %v", took)
	}
}

// TestGuardOfFiles: only a pipe is guarded, so that a terminal stays one for what looks.
func TestGuardOfFiles(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "a"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if Guard(context.Background(), f) != io.Writer(f) || Guard(context.Background(), w) == io.Writer(w) {
		t.Error("the file is guarded, or the pipe is not")
	}
}
