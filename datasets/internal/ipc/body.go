package ipc

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/wavekin/wavekin/datasets/internal/fault"
	"github.com/wavekin/wavekin/datasets/internal/spool"
)

// maxExpanded bounds what one compressed batch may expand to, in a temporary file if it has to: so many times the memory.
const maxExpanded = 64

// maxWindow is the memory that a zstd frame may ask for: the most that the command line tool writes without being asked for more.
const maxWindow = 128 << 20

// readAhead is how much is read where less is asked for.
const readAhead = 64 << 10

// buffer is one of a column's, uncompressed.
type buffer struct {
	size int64
	mem  []byte // all of it, or nil
	at   io.ReaderAt
	base int64

	window []byte // what was read last
	start  int64  // where it begins
	spare  *spare
}

// spare holds windows of buffers that are no longer used, for others.
type spare struct{ all [][]byte }

// window returns one of n bytes, whose content is left over.
func (s *spare) window(n int64) []byte {
	if s != nil {
		for i, w := range s.all {
			if int64(cap(w)) >= n {
				last := len(s.all) - 1
				s.all[i] = s.all[last]
				s.all = s.all[:last]
				return w[:n]
			}
		}
	}
	return make([]byte, n)
}

// take takes the windows of buffers over, which are not to be used again, in place of those that it has.
func (s *spare) take(need []*vector) {
	s.all = s.all[:0]
	for _, v := range need {
		for _, b := range v.buffers {
			if b.window != nil {
				s.all = append(s.all, b.window)
				b.window = nil
			}
		}
	}
}

// bytes returns n bytes from at on. They stay as they are until the buffer is asked for others.
func (b *buffer) bytes(at, n int64) ([]byte, error) {
	if at < 0 || n < 0 || at > b.size || n > b.size-at {
		return nil, fmt.Errorf("%w: bytes %d to %d of a buffer of %d", fault.ErrCorrupt, at, at+n, b.size)
	}
	if n == 0 {
		return nil, nil
	}
	if b.mem != nil {
		return b.mem[at : at+n : at+n], nil
	}
	if at >= b.start && at+n <= b.start+int64(len(b.window)) {
		return b.window[at-b.start:][:n], nil
	}
	get := min(max(n, readAhead), b.size-at)
	if int64(cap(b.window)) < get {
		b.window = b.spare.window(get)
	}
	b.window, b.start = b.window[:get], at
	if got, err := b.at.ReadAt(b.window, b.base+at); int64(got) < get {
		b.window = nil
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return b.window[:n], nil
}

// body is what follows a message's description.
type body struct {
	at   io.ReaderAt
	base int64
	size int64
	own  io.Closer // freed with the body, or nil
	temp *os.File  // where a large compressed body was expanded to
}

func (b *body) close() error {
	var err error
	if b.own != nil {
		err = b.own.Close()
	}
	if b.temp != nil {
		err = errors.Join(err, spool.Drop(b.temp))
	}
	return err
}

// plain returns a buffer as it is stored.
func (b *body) plain(s span) *buffer {
	out := &buffer{size: s.size, at: b.at, base: b.base + s.at}
	if c, ok := b.at.(*spool.Content); ok && c.Bytes() != nil {
		out.mem = c.Bytes()[out.base:][:s.size]
	}
	return out
}

// claim is the size that a compressed buffer says it has once it is expanded, and what comes after that.
func (b *body) claim(s span, most int64) (size int64, rest span, raw bool, err error) {
	if s.size == 0 {
		return 0, s, true, nil
	}
	if s.size < 8 {
		return 0, s, false, fmt.Errorf("%w: a compressed buffer of %d bytes", fault.ErrCorrupt, s.size)
	}
	head := make([]byte, 8)
	if _, err := b.at.ReadAt(head, b.base+s.at); err != nil {
		return 0, s, false, err
	}
	size, rest = int64(binary.LittleEndian.Uint64(head)), span{s.at + 8, s.size - 8}
	if size == -1 {
		return rest.size, rest, true, nil
	}
	if size < 0 || size > most {
		return 0, s, false, fmt.Errorf("%w: a buffer that would expand to %d bytes; at most %d with the memory that is set", fault.ErrLimit, uint64(size), most)
	}
	return size, rest, size == 0, nil
}

// expander undoes the compression of buffers.
type expander struct {
	zstd *zstd.Decoder
	lz4  *lz4.Reader
	buf  *bufio.Reader
}

func (x *expander) close() {
	if x.zstd != nil {
		x.zstd.Close()
		x.zstd = nil
	}
}

// open starts to expand a part of a body.
func (x *expander) open(b *body, s span, codec int) (r io.Reader, err error) {
	defer fault.Catch(&err)
	if x.buf == nil {
		x.buf = bufio.NewReaderSize(nil, readAhead)
	}
	x.buf.Reset(io.NewSectionReader(b.at, b.base+s.at, s.size))
	if codec == codecLZ4 {
		if x.lz4 == nil {
			x.lz4 = lz4.NewReader(nil)
		}
		x.lz4.Reset(x.buf)
		return x.lz4, nil
	}
	if x.zstd == nil {
		if x.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow),
			zstd.WithDecodeBuffersBelow(0)); err != nil {
			return nil, err
		}
	}
	return x.zstd, x.zstd.Reset(x.buf)
}

// copy expands a part of a body, which has to have the size that it claims, into w.
func (x *expander) copy(w io.Writer, b *body, s span, codec int, size int64) (err error) {
	defer fault.Catch(&err)
	r, err := x.open(b, s, codec)
	if err == nil {
		_, err = io.CopyN(w, onlyReader{r}, size)
	}
	if err == nil {
		// The end has the checksum before it.
		n := 0
		if n, err = io.ReadFull(r, make([]byte, 1)); n > 0 {
			return fmt.Errorf("%w: a compressed buffer that has more than the %d bytes that it claims", fault.ErrCorrupt, size)
		} else if errors.Is(err, io.EOF) {
			return nil
		}
	}
	switch {
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return fmt.Errorf("%w: compressed with a window of more than %d bytes", fault.ErrLimit, maxWindow)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: a compressed buffer that has less than the %d bytes that it claims", fault.ErrCorrupt, size)
	}
	return fmt.Errorf("%w: %w", fault.ErrCorrupt, err)
}

// appender writes to the end of a slice.
type appender []byte

func (a *appender) Write(p []byte) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}

// onlyReader hides WriteTo, which would expand more than is asked for.
type onlyReader struct{ io.Reader }

// expand makes buffers of compressed ones: in memory if together they fit into it, else in a temporary file.
func (b *body) expand(x *expander, spans []span, codec int, memory int64) ([]*buffer, error) {
	out := make([]*buffer, len(spans))
	rest := make([]span, len(spans))
	var total int64
	for i, s := range spans {
		size, left, raw, err := b.claim(s, maxExpanded*memory)
		if err != nil {
			return nil, err
		}
		if raw {
			out[i] = b.plain(span{left.at, size})
			continue
		}
		out[i], rest[i] = &buffer{size: size}, left
		if total += size; total > maxExpanded*memory {
			return nil, fmt.Errorf("%w: a batch that would expand to more than %d bytes", fault.ErrLimit, maxExpanded*memory)
		}
	}
	var file io.Writer
	if total > memory {
		var err error
		if b.temp, err = spool.File(""); err != nil {
			return nil, err
		}
		file = b.temp
	}
	at := int64(0)
	for i, o := range out {
		if rest[i].size == 0 {
			continue
		}
		if file != nil {
			if err := x.copy(file, b, rest[i], codec, o.size); err != nil {
				return nil, err
			}
			o.at, o.base = b.temp, at
			at += o.size
			continue
		}
		o.mem = make([]byte, 0, o.size)
		if err := x.copy((*appender)(&o.mem), b, rest[i], codec, o.size); err != nil {
			return nil, err
		}
	}
	return out, nil
}
