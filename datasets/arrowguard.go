package datasets

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The Arrow library allocates what a file claims before it has read it. messageGuard
// stands before it: it reads message by message of an IPC stream, holds what each
// claims against what is there, and passes on only what agrees.
//
// An IPC file is an IPC stream between "ARROW1\0\0" and a footer, and is read as one;
// so it can come out of a decompressor, and the footer need not be believed.

// Limits on what a file may claim. They are variables so that fuzzing can be meaner.
var (
	maxArrowMetadata = int64(16 << 20) // of one message
	maxArrowBatch    = int64(1 << 30)  // one message's content, uncompressed
)

const (
	maxArrowFields = 1 << 16
	maxArrowDepth  = 32

	arrowSchema     = 1
	arrowDictionary = 2
	arrowRecords    = 3
)

var arrowMagic = []byte("ARROW1")

type messageGuard struct {
	src     *source
	file    bool  // an IPC file, not a stream
	at      int64 // bytes taken from the source
	pending bytes.Reader
	ended   bool

	schema bool            // it was read
	wanted int             // dictionaries that have to come before the records
	dicts  map[int64]int64 // expanded bytes of each dictionary
}

func (g *messageGuard) Read(p []byte) (int, error) {
	for g.pending.Len() == 0 {
		if g.ended {
			return 0, io.EOF
		}
		message, err := g.message()
		if err != nil {
			g.ended = true
			return 0, err
		}
		g.pending.Reset(message)
	}
	return g.pending.Read(p)
}

// take reads n bytes; memory grows with what arrives, not with n.
func (g *messageGuard) take(n int64) ([]byte, error) {
	if left := g.src.size - g.at; g.src.size >= 0 && n > left {
		return nil, byteError(g.src.path, g.at, "%w: %d bytes are announced here, %d are left", ErrTruncated, n, left)
	}
	var buf bytes.Buffer
	if n <= headBytes {
		buf.Grow(int(n))
	}
	got, err := io.CopyN(&buf, g.src.r, n)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, byteError(g.src.path, g.at+got, "%w: %d bytes are announced at byte %d, %d are left", ErrTruncated, n, g.at, got)
	}
	if err != nil {
		return nil, byteError(g.src.path, g.at+got, "%w", err)
	}
	g.at += n
	return buf.Bytes(), nil
}

// message returns the next message in full, or the end-of-stream marker.
func (g *messageGuard) message() ([]byte, error) {
	start := g.at
	if _, err := g.src.r.Peek(1); errors.Is(err, io.EOF) {
		if g.file || start == 0 {
			return nil, byteError(g.src.path, start, "%w: no end of the Arrow data", ErrTruncated)
		}
		g.ended = true // a stream may end without a marker
		return eosMarker(), nil
	}
	prefix, err := g.take(4)
	if err != nil {
		return nil, err
	}
	size := int64(int32(binary.LittleEndian.Uint32(prefix)))
	if size == -1 {
		rest, err := g.take(4)
		if err != nil {
			return nil, err
		}
		prefix = append(prefix, rest...)
		size = int64(int32(binary.LittleEndian.Uint32(rest)))
	} else if g.file && start > 8 && size != 0 {
		// A file without the marker: this is the footer.
		return eosMarker(), g.finish(prefix)
	}
	if size == 0 {
		return prefix, g.finish(nil)
	}
	if size < 0 || size > maxArrowMetadata {
		return nil, byteError(g.src.path, start, "%w: the description of a message of %d bytes; at most %d", ErrLimit, size, maxArrowMetadata)
	}
	meta, err := g.take(size)
	if err != nil {
		return nil, err
	}
	m, err := parseMessage(meta)
	if err == nil {
		err = g.order(m)
	}
	if err == nil && m.body > maxArrowBatch {
		err = fmt.Errorf("%w: a batch of %d bytes; at most %d", ErrLimit, m.body, maxArrowBatch)
	}
	if err != nil {
		return nil, byteError(g.src.path, start, "%w", err)
	}
	body, err := g.take(m.body)
	if err != nil {
		return nil, err
	}
	if err = m.check(body); err == nil {
		err = g.hold(m)
	}
	if err != nil {
		return nil, byteError(g.src.path, start, "%w", err)
	}
	return bytes.Join([][]byte{prefix, meta, body}, nil), nil
}

// order insists on the schema, then all dictionaries, then records and more dictionaries:
// the library takes whatever comes second for a dictionary.
func (g *messageGuard) order(m *message) error {
	switch {
	case !g.schema && m.kind != arrowSchema:
		return fmt.Errorf("%w: the schema does not come first", ErrCorrupt)
	case !g.schema:
		g.schema, g.wanted, g.dicts = true, len(m.dictionaries), map[int64]int64{}
	case m.kind == arrowSchema:
		return fmt.Errorf("%w: a second schema", ErrCorrupt)
	case m.kind == arrowDictionary:
		g.wanted--
	case g.wanted > 0:
		return fmt.Errorf("%w: records before the dictionaries that they need", ErrCorrupt)
	}
	return nil
}

// hold bounds what dictionaries take together, which stay in memory.
func (g *messageGuard) hold(m *message) error {
	if m.kind != arrowDictionary {
		return nil
	}
	if !m.delta {
		g.dicts[m.id] = 0
	}
	g.dicts[m.id] += m.room
	total := int64(0)
	for _, n := range g.dicts {
		total += n
	}
	if total > maxArrowBatch {
		return fmt.Errorf("%w: dictionaries of more than %d bytes", ErrLimit, maxArrowBatch)
	}
	return nil
}

func eosMarker() []byte { return []byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0} }

// finish looks at what follows the data: in a file the footer with its length and the magic.
func (g *messageGuard) finish(begun []byte) error {
	g.ended = true
	if !g.file {
		return nil
	}
	tail := append([]byte(nil), begun...)
	count := int64(len(begun))
	buf := make([]byte, 4096)
	for {
		n, err := g.src.r.Read(buf)
		count += int64(n)
		tail = append(tail, buf[:n]...)
		if len(tail) > 10 {
			tail = tail[len(tail)-10:]
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return byteError(g.src.path, g.at, "%w", err)
		}
	}
	if len(tail) < 10 || !bytes.Equal(tail[4:], arrowMagic) {
		return byteError(g.src.path, g.at+count-int64(len(begun)), "%w: no ARROW1 at the end", ErrTruncated)
	}
	if n := int64(int32(binary.LittleEndian.Uint32(tail))); n <= 0 || n > count-10 {
		return byteError(g.src.path, g.at+count-int64(len(begun))-10, "%w: a footer of %d bytes where there are %d", ErrCorrupt, n, count-10)
	}
	return nil
}
