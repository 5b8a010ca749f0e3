package ipc

import (
	"errors"
	"fmt"
	"io"

	"github.com/wavekin/wavekin/datasets/internal/fault"
	"github.com/wavekin/wavekin/datasets/internal/spool"
)

// OpenStream reads the schema of a stream. at gives the same bytes as r at any place and size is their number; where the content
// cannot be read at any place, at is nil and size negative.
func OpenStream(r io.Reader, at io.ReaderAt, size int64, o Options) (*Reader, error) {
	s := &streamMessages{r: r, at: at, size: size}
	if o.Memory < 1 {
		o.Memory = 64 << 20
	}
	s.memory = o.Memory
	m, b, start, err := s.next()
	if errors.Is(err, io.EOF) {
		return nil, fault.Byte(0, "%w: no schema in the Arrow stream", fault.ErrTruncated)
	}
	if err != nil {
		return nil, err
	}
	if err := b.close(); err != nil {
		return nil, err
	}
	if m.kind != kindSchema {
		return nil, fault.Byte(start, "%w: the schema does not come first", fault.ErrCorrupt)
	}
	return newReader(m.schema, s, o), nil
}

// streamMessages are those of a stream.
type streamMessages struct {
	r      io.Reader
	at     io.ReaderAt
	size   int64
	pos    int64
	memory int64
	ended  bool
}

func (s *streamMessages) close() error { return nil }

// take reads n bytes, which are few.
func (s *streamMessages) take(n int64) ([]byte, error) {
	if s.at != nil && n > s.size-s.pos {
		return nil, s.short(n, s.size-s.pos)
	}
	r := s.r
	if s.at != nil {
		r = io.NewSectionReader(s.at, s.pos, n)
	}
	c, err := spool.Read(r, n, n)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, s.short(n, -1)
	}
	if err != nil {
		return nil, fault.Byte(s.pos, "%w", err)
	}
	s.pos += n
	return c.Bytes(), nil
}

func (s *streamMessages) short(n, left int64) error {
	if left < 0 {
		return fault.Byte(s.pos, "%w: %d bytes are announced here, fewer are left", fault.ErrTruncated, n)
	}
	return fault.Byte(s.pos, "%w: %d bytes are announced here, %d are left", fault.ErrTruncated, n, left)
}

// head reads the length of the next message's description; ok is false at the end of the stream.
func (s *streamMessages) head() (size int64, ok bool, err error) {
	if s.at != nil && s.pos == s.size {
		return 0, false, nil // a stream may end without a marker
	}
	start := s.pos
	b := make([]byte, 8)
	if s.at == nil {
		n, err := io.ReadFull(s.r, b[:4])
		if n == 0 && errors.Is(err, io.EOF) {
			return 0, false, nil
		}
		if err != nil {
			s.pos += int64(n)
			return 0, false, s.broken(4, err)
		}
		s.pos += 4
	} else {
		got, err := s.take(4)
		if err != nil {
			return 0, false, err
		}
		copy(b, got)
	}
	if int32(le.Uint32(b)) == -1 {
		got, err := s.take(4)
		if err != nil {
			return 0, false, err
		}
		copy(b[4:], got)
	}
	size, _ = prefix(b)
	if size == 0 {
		return 0, false, s.rest()
	}
	if size < 0 || size > maxMetadata {
		return 0, false, fault.Byte(start, "%w: the description of a message of %d bytes; at most %d", fault.ErrLimit, size, maxMetadata)
	}
	return size, true, nil
}

func (s *streamMessages) broken(n int64, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return s.short(n, -1)
	}
	return fault.Byte(s.pos, "%w", err)
}

// rest looks at what follows the marker of the end, where that can be seen: a length that became 0 would otherwise hide data.
func (s *streamMessages) rest() error {
	if s.at == nil {
		return nil
	}
	b := make([]byte, 4096)
	for at := s.pos; at < s.size; {
		n, err := s.at.ReadAt(b[:min(int64(len(b)), s.size-at)], at)
		for i, x := range b[:n] {
			if x != 0 {
				return fault.Byte(at+int64(i), "%w: data after the end of the Arrow stream", fault.ErrCorrupt)
			}
		}
		if at += int64(n); err != nil && !errors.Is(err, io.EOF) {
			return fault.Byte(at, "%w", err)
		}
	}
	return nil
}

func (s *streamMessages) next() (*message, *body, int64, error) {
	if s.ended {
		return nil, nil, 0, io.EOF
	}
	start := s.pos
	m, b, err := s.message()
	if err != nil || m == nil {
		s.ended = true
	}
	if err == nil && m == nil {
		err = io.EOF
	}
	return m, b, start, err
}

// message returns nothing at the end.
func (s *streamMessages) message() (*message, *body, error) {
	start := s.pos
	size, ok, err := s.head()
	if err != nil || !ok {
		return nil, nil, err
	}
	meta, err := s.take(size)
	if err != nil {
		return nil, nil, err
	}
	m, err := parseMessage(meta)
	if err != nil {
		return nil, nil, placed(start, err)
	}
	b := &body{at: s.at, base: s.pos, size: m.body}
	if s.at != nil {
		if m.body > s.size-s.pos {
			return nil, nil, s.short(m.body, s.size-s.pos)
		}
	} else {
		c, err := spool.Read(s.r, m.body, s.memory/4)
		if err != nil {
			return nil, nil, s.broken(m.body, fmt.Errorf("%w", err))
		}
		b.at, b.base, b.own = c, 0, c
	}
	s.pos += m.body
	return m, b, nil
}
