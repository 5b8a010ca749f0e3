package knn

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math"
	"os"
)

// Rows are what an [Inverted] index is made of. They may lie anywhere, as they are read in blocks.
type Rows interface {
	// Len is their number, and Dim how many numbers each has.
	Len() int
	Dim() int
	// Read fills dst, whole rows, with those from a row on.
	Read(dst []float32, from int) error
}

// Memory are rows of dim numbers in memory, one after the other.
func Memory(data []float32, dim int) Rows { return memory{data, dim} }

type memory struct {
	data []float32
	dim  int
}

func (m memory) Len() int { return len(m.data) / max(1, m.dim) }
func (m memory) Dim() int { return m.dim }

func (m memory) Read(dst []float32, from int) error {
	copy(dst, m.data[from*m.dim:])
	return nil
}

// Spool keeps rows in a temporary file, which is gone when the process ends, however it ends, where the system allows that.
type Spool struct {
	file   *os.File
	w      *bufio.Writer
	dim, n int
	named  bool
	buf    []byte
}

// NewSpool makes a temporary file in a folder for rows of dim numbers; "" is the system's folder for such files.
func NewSpool(dir string, dim int) (*Spool, error) {
	if dim < 1 {
		return nil, fmt.Errorf("%w: rows of %d numbers", ErrShape, dim)
	}
	f, err := os.CreateTemp(dir, ".wavekin-*.rows")
	if err != nil {
		return nil, fmt.Errorf("a temporary file for rows: %w", err)
	}
	s := &Spool{file: f, w: bufio.NewWriterSize(f, 1<<20), dim: dim}
	s.named = os.Remove(f.Name()) != nil
	return s, nil
}

// Len is the number of rows.
func (s *Spool) Len() int { return s.n }

// Dim is how many numbers a row has.
func (s *Spool) Dim() int { return s.dim }

// Add appends whole rows.
func (s *Spool) Add(rows []float32) error {
	if len(rows)%s.dim != 0 {
		return fmt.Errorf("%w: %d numbers are not whole rows of %d", ErrShape, len(rows), s.dim)
	}
	s.buf = s.buf[:0]
	for _, v := range rows {
		s.buf = binary.LittleEndian.AppendUint32(s.buf, math.Float32bits(v))
	}
	s.n += len(rows) / s.dim
	if _, err := s.w.Write(s.buf); err != nil {
		return fmt.Errorf("a temporary file for rows: %w", err)
	}
	return nil
}

// Read is that of [Rows]. It is not safe for use by several goroutines at once.
func (s *Spool) Read(dst []float32, from int) error {
	if err := s.w.Flush(); err != nil {
		return fmt.Errorf("a temporary file for rows: %w", err)
	}
	if cap(s.buf) < 4*len(dst) {
		s.buf = make([]byte, 4*len(dst))
	}
	s.buf = s.buf[:4*len(dst)]
	if _, err := s.file.ReadAt(s.buf, 4*int64(from)*int64(s.dim)); err != nil {
		return fmt.Errorf("a temporary file for rows: %w", err)
	}
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(s.buf[4*i:]))
	}
	return nil
}

// Close removes the file.
func (s *Spool) Close() error {
	err := s.file.Close()
	if s.named {
		if gone := os.Remove(s.file.Name()); err == nil {
			err = gone
		}
	}
	return err
}
