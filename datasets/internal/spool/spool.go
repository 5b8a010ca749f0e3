// Package spool holds content that can be read once so that it can be read anywhere: in memory up to a limit, in a temporary
// file beyond.
//
//	c, err := spool.Read(os.Stdin, -1, 64<<20)
//	...
//	defer c.Close()
//	c.ReadAt(b, c.Size()-8)
package spool

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/wavekin/wavekin/datasets/internal/fault"
)

// Content is what was read. It can be used by several goroutines.
type Content struct {
	mem  []byte
	file *os.File
	size int64
}

// Read takes n bytes of r, or all of it where n is negative. Memory grows with what arrives, not with n. Fewer bytes than n
// are an error that is [io.ErrUnexpectedEOF].
func Read(r io.Reader, n, memory int64) (*Content, error) {
	c := &Content{}
	most := memory
	if n >= 0 {
		r, most = io.LimitReader(r, n), min(n, memory)
	}
	mem, err := fill(r, most)
	if err != nil {
		return nil, err
	}
	c.mem, c.size = mem, int64(len(mem))
	if c.size == memory && (n < 0 || n > memory) {
		if err := c.spill(r); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	if c.size < n {
		return nil, errors.Join(io.ErrUnexpectedEOF, c.Close())
	}
	return c, nil
}

// fill reads at most n bytes into a buffer that grows with what arrives.
func fill(r io.Reader, n int64) ([]byte, error) {
	buf := make([]byte, 0, min(n, 1<<20))
	for int64(len(buf)) < n {
		if len(buf) == cap(buf) {
			buf = append(make([]byte, 0, min(n, 2*int64(cap(buf)))), buf...)
		}
		got, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+got]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return buf, nil
}

// spill goes on in a temporary file if there is more.
func (c *Content) spill(r io.Reader) error {
	one := make([]byte, 1)
	if _, err := io.ReadFull(r, one); errors.Is(err, io.EOF) {
		return nil
	} else if err != nil {
		return err
	}
	f, err := File("")
	if err != nil {
		return err
	}
	c.file = f
	for _, b := range [][]byte{c.mem, one} {
		if _, err := f.Write(b); err != nil {
			return err
		}
	}
	c.mem = nil
	n, err := io.Copy(onlyWriter{f}, onlyReader{r})
	c.size += 1 + n
	return err
}

// The two hide the file's ReadFrom and the like, which would need a buffer as large as they please.
type (
	onlyWriter struct{ io.Writer }
	onlyReader struct{ io.Reader }
)

// File makes a temporary file in a folder, or in that of the system where dir is empty. [Drop] closes it; it is gone with the
// process too, where the system allows that.
func File(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "wavekin-*.tmp")
	if err != nil {
		return nil, fmt.Errorf("no temporary file for what does not fit in memory: %w", err)
	}
	_ = os.Remove(f.Name()) // some systems cannot remove an open file; Drop tries again
	return f, nil
}

// Drop closes a temporary file and removes it.
func Drop(f *os.File) error {
	err := f.Close()
	if gone := os.Remove(f.Name()); gone != nil && !errors.Is(gone, os.ErrNotExist) { // it is gone already on most systems
		err = errors.Join(err, gone)
	}
	return err
}

// Size is the number of bytes.
func (c *Content) Size() int64 { return c.size }

// Bytes returns the content if it is in memory, and nil if it is in a file.
func (c *Content) Bytes() []byte { return c.mem }

// ReadAt reads as [io.ReaderAt] does.
func (c *Content) ReadAt(p []byte, at int64) (int, error) {
	if c.file != nil {
		return c.file.ReadAt(p, at)
	}
	if at < 0 || at > int64(len(c.mem)) {
		return 0, fmt.Errorf("%w: byte %d of %d", fault.ErrTruncated, at, len(c.mem))
	}
	n := copy(p, c.mem[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Close frees the memory or the file.
func (c *Content) Close() error {
	c.mem = nil
	if c.file == nil {
		return nil
	}
	f := c.file
	c.file = nil
	return Drop(f)
}
