package imageset

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/internal/spool"
)

// budget is what may still be kept in memory, in bytes.
type budget struct{ left atomic.Int64 }

func newBudget(bytes int64) *budget {
	b := new(budget)
	b.left.Store(max(bytes, 0))
	return b
}

// take asks for n bytes and tells whether they were there.
func (b *budget) take(n int64) bool {
	if b.left.Add(-n) >= 0 {
		return true
	}
	b.left.Add(n)
	return false
}

const (
	// chunkBytes is how much decompressed content is kept in one piece.
	chunkBytes = 1 << 20
	// maxExpansion and freeBytes bound what decompression may do to a disk: beyond freeBytes, content may be at most that many
	// times larger than what it was compressed to. Archives of images reach 5, black digits 50, bombs 1000.
	maxExpansion = 200
)

var freeBytes int64 = 1 << 30 // a variable, so that a test need not write so much

// counter counts what was read through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// unpack decompresses r into memory while the budget lasts, else into a temporary file. What is not compressed is copied.
func unpack(r io.Reader, b *budget) (content, error) {
	packed := &counter{r: r}
	z, done, err := datasets.Decompress(packed)
	if err != nil {
		return nil, fmt.Errorf("cannot be decompressed: %w", err)
	}
	defer done()
	m := &memory{budget: b}
	out := content(m)
	write := m.append
	chunk := make([]byte, chunkBytes)
	for end := false; !end; {
		n, err := fill(z, chunk)
		end = err == io.EOF
		switch total := out.Size() + int64(n); {
		case err != nil && !end:
			err = fmt.Errorf("cannot be decompressed beyond byte %d: %w", total, err)
		case total > freeBytes && total > maxExpansion*packed.n:
			err = fmt.Errorf("it grows more than %d-fold when decompressed: %w", maxExpansion, datasets.ErrLimit)
		default:
			if err = write(chunk[:n]); err == errFull {
				var t *diskFile
				if t, err = m.move(); err == nil {
					out, write = t, t.append
					err = write(chunk[:n])
				}
			}
		}
		if err != nil {
			_ = out.Close() // the first error is the one to tell
			return nil, err
		}
	}
	return out, nil
}

// fill reads until p is full. Unlike io.ReadFull it tells a clean end from content that breaks off.
func fill(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var k int
		k, err = r.Read(p[n:])
		n += k
	}
	return n, err
}

// errFull says that the budget for memory is used up.
var errFull = errors.New("no memory left")

// memory is content kept in memory, in chunks of chunkBytes, so that it grows without being copied.
type memory struct {
	chunks [][]byte
	size   int64
	budget *budget
}

func (m *memory) append(p []byte) error {
	if !m.budget.take(int64(len(p))) {
		return errFull
	}
	m.chunks = append(m.chunks, append([]byte(nil), p...))
	m.size += int64(len(p))
	return nil
}

// move moves the content into a temporary file and gives the memory back.
func (m *memory) move() (*diskFile, error) {
	f, err := spool.File("")
	if err != nil {
		return nil, err
	}
	t := &diskFile{File: f, temporary: true}
	for _, c := range m.chunks {
		if err := t.append(c); err != nil {
			_ = t.Close() // the first error is the one to tell
			return nil, err
		}
	}
	return t, m.Close()
}

func (m *memory) Size() int64 { return m.size }

// Close gives the memory back to the budget.
func (m *memory) Close() error {
	m.budget.left.Add(m.size)
	m.chunks, m.size = nil, 0
	return nil
}

func (m *memory) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("read before the beginning")
	}
	for n < len(p) {
		at := off + int64(n)
		if at >= m.size {
			return n, io.EOF
		}
		n += copy(p[n:], m.chunks[at/chunkBytes][at%chunkBytes:])
	}
	return n, nil
}

// diskFile is an open file of known size.
type diskFile struct {
	*os.File
	size      int64
	temporary bool // to be removed at the end
}

func (f *diskFile) Size() int64 { return f.size }

func (f *diskFile) append(p []byte) error {
	n, err := f.Write(p)
	f.size += int64(n)
	if err != nil {
		return fmt.Errorf("temporary copy: %w", err)
	}
	return nil
}

// Close closes the file, and removes it if it is a temporary one.
func (f *diskFile) Close() error {
	if f.temporary {
		return spool.Drop(f.File)
	}
	return f.File.Close()
}
