// Package reread reads files whose storage may fail for a moment, such as a network file system: what may pass is tried again after a
// pause, at the byte where it was; what will not pass (a missing file, a permission, bad content) fails at once.
//
//	f, err := reread.Open("/mnt/lake/a.csv", reread.Options{Retries: 2})
//	...
//	defer f.Close()
package reread

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/wavekin/wavekin/internal/plural"
)

// Options say how often a call is tried again; with the zero value it is not.
type Options struct {
	// Retries is how many times a call is tried again.
	Retries int
	// Note, unless nil, is told of each failure that is tried again.
	Note func(err error)
	// Count, unless nil, counts the bytes that were read.
	Count *atomic.Int64
}

// Handle is an open file.
type Handle interface {
	io.Reader
	io.ReaderAt
	io.Closer
	Stat() (fs.FileInfo, error)
}

// System opens files. A test of what happens when storage fails puts another function in its place.
var System = func(path string) (Handle, error) { return os.Open(path) }

// Pause is the time before the first retry; each further one waits four times as long, and none longer than LongestPause.
var Pause = 500 * time.Millisecond

// LongestPause bounds the time before a retry.
const LongestPause = 8 * time.Second

// passing are the errors that may be gone a moment later.
var passing = []error{syscall.EAGAIN, syscall.EINTR, syscall.EIO, syscall.ESTALE, syscall.ETIMEDOUT, syscall.ENETDOWN, syscall.ENETUNREACH,
	syscall.EHOSTDOWN, syscall.EHOSTUNREACH, syscall.ECONNRESET}

// MayPass tells whether an error may be gone a moment later.
func MayPass(err error) bool {
	for _, one := range passing {
		if errors.Is(err, one) {
			return true
		}
	}
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// Do calls f until it succeeds, fails for good, or the retries are used up.
func (o Options) Do(f func() error) error {
	pause := Pause
	for try := 0; ; try++ {
		err := f()
		if err == nil || !MayPass(err) {
			return err
		}
		if try >= o.Retries {
			if try > 0 {
				err = fmt.Errorf("%w, also after %s", err, plural.Of(try, "retry"))
			}
			return err
		}
		if o.Note != nil {
			o.Note(err)
		}
		time.Sleep(pause)
		pause = longer(pause)
	}
}

// longer is the pause after one, for any number of retries.
func longer(pause time.Duration) time.Duration { return min(4*pause, LongestPause) }

// Stat is [os.Stat] with retries.
func Stat(path string, o Options) (info fs.FileInfo, err error) {
	err = o.Do(func() error {
		info, err = os.Stat(path)
		return err
	})
	return info, err
}

// File is an open file. Its ReadAt may be called by several goroutines at a time.
type File struct {
	path string
	o    Options
	info fs.FileInfo // when it was opened
	at   int64       // where Read goes on

	mu sync.Mutex // of h
	h  Handle
}

// Open opens a file for reading.
func Open(path string, o Options) (*File, error) {
	f := &File{path: path, o: o}
	err := o.Do(func() error {
		h, err := System(path)
		if err != nil {
			return err
		}
		if f.info, err = h.Stat(); err != nil {
			_ = h.Close() // nothing was written
			return err
		}
		f.h = h
		return nil
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Stat is what was known of the file when it was opened.
func (f *File) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close closes the file.
func (f *File) Close() error { return f.handle().Close() }

func (f *File) handle() Handle {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.h
}

// Read reads on.
func (f *File) Read(p []byte) (n int, err error) {
	if !f.info.Mode().IsRegular() { // a pipe: what was read of it is gone
		n, err = f.handle().Read(p)
		f.count(n)
		return n, err
	}
	n, err = f.ReadAt(p, f.at)
	if f.at += int64(n); n > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// ReadAt reads from a place. What a failed call has read is kept, and the next try goes on after it.
func (f *File) ReadAt(p []byte, off int64) (n int, err error) {
	h := f.handle()
	var failed error
	err = f.o.Do(func() error {
		if failed != nil {
			if h, failed = f.again(h); failed != nil {
				return failed
			}
		}
		for {
			got, err := h.ReadAt(p[n:], off+int64(n))
			n += got
			if now := f.handle(); now != h && errors.Is(err, os.ErrClosed) {
				h = now // another goroutine has opened the file anew
				continue
			}
			failed = err
			return err
		}
	})
	f.count(n)
	return n, err
}

func (f *File) count(n int) {
	if f.o.Count != nil {
		f.o.Count.Add(int64(n))
	}
}

// again opens the file anew after a handle has failed, which a network file system may have lost, unless another goroutine has done so.
func (f *File) again(failed Handle) (Handle, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.h != failed {
		return f.h, nil
	}
	h, err := System(f.path)
	if err != nil {
		return failed, err
	}
	info, err := h.Stat()
	if err == nil && (info.Size() != f.info.Size() || !info.ModTime().Equal(f.info.ModTime())) {
		err = errors.New("it was changed or replaced while it was read")
	}
	if err != nil {
		_ = h.Close()
		return failed, err
	}
	_ = f.h.Close()
	f.h = h
	return h, nil
}
