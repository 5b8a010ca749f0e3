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
	if err := m.check(body); err != nil {
		return nil, byteError(g.src.path, start, "%w", err)
	}
	return bytes.Join([][]byte{prefix, meta, body}, nil), nil
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

// message is what the description of an IPC message claims.
type message struct {
	kind       byte
	body       int64
	rows       int64
	compressed bool
	nodes      [][2]int64 // length, null count
	buffers    [][2]int64 // offset, length
}

// parseMessage reads a flatbuffer of type Message.
func parseMessage(meta []byte) (m *message, err error) {
	defer func() {
		if recover() != nil {
			m, err = nil, fmt.Errorf("%w: a message's description contradicts itself", ErrCorrupt)
		}
	}()
	b := flat(meta)
	root := b.root()
	m = &message{}
	if at := b.field(root, 1); at > 0 {
		m.kind = b[at]
	}
	if at := b.field(root, 3); at > 0 {
		m.body = b.i64(at)
	}
	header := b.follow(b.field(root, 2))
	switch m.kind {
	case arrowSchema:
		w := schemaWalk{b: b, left: len(meta)}
		w.fields(b.field(header, 1), 0)
		w.pairs(b.field(header, 2))
	case arrowDictionary:
		if data := b.field(header, 1); data > 0 {
			m.records(b, b.follow(data))
		}
	case arrowRecords:
		m.records(b, header)
	default:
		return nil, fmt.Errorf("%w: a message of kind %d; want a schema, a dictionary or records", ErrCorrupt, m.kind)
	}
	if m.body < 0 || m.rows < 0 {
		return nil, fmt.Errorf("%w: a negative size", ErrCorrupt)
	}
	return m, nil
}

// records reads a table of type RecordBatch.
func (m *message) records(b flat, at int) {
	if f := b.field(at, 0); f > 0 {
		m.rows = b.i64(f)
	}
	pairs := func(f int) [][2]int64 {
		if f == 0 {
			return nil
		}
		start, n := b.vector(f, 16)
		out := make([][2]int64, n)
		for i := range out {
			out[i] = [2]int64{b.i64(start + 16*i), b.i64(start + 16*i + 8)}
		}
		return out
	}
	m.nodes, m.buffers = pairs(b.field(at, 1)), pairs(b.field(at, 2))
	m.compressed = b.field(at, 3) > 0
}

// check holds the claims about records against the bytes that came.
func (m *message) check(body []byte) error {
	if m.kind == arrowSchema {
		return nil
	}
	var stored, room int64
	for _, v := range m.buffers {
		at, n := v[0], v[1]
		if at < 0 || n < 0 || at > int64(len(body)) || n > int64(len(body))-at {
			return fmt.Errorf("%w: a buffer of %d bytes at %d in a batch of %d", ErrCorrupt, n, at, len(body))
		}
		if stored += n; stored > int64(len(body)) {
			return fmt.Errorf("%w: buffers that overlap", ErrCorrupt)
		}
		if !m.compressed || n == 0 {
			room += n
			continue
		}
		if n < 8 {
			return fmt.Errorf("%w: a compressed buffer of %d bytes", ErrCorrupt, n)
		}
		size := int64(binary.LittleEndian.Uint64(body[at:]))
		if size == -1 {
			size = n - 8
		}
		if size < 0 || size > maxArrowBatch-room {
			return fmt.Errorf("%w: a batch that would expand to more than %d bytes", ErrLimit, maxArrowBatch)
		}
		room += size
	}
	// A value takes at least a bit.
	if m.rows > 8*room {
		return fmt.Errorf("%w: %d rows are claimed, the batch has bytes for at most %d", ErrCorrupt, m.rows, 8*room)
	}
	for _, v := range m.nodes {
		if v[0] < 0 || v[0] > 8*room || v[1] < 0 || v[1] > v[0] {
			return fmt.Errorf("%w: a column of %d values with %d nulls, the batch has bytes for at most %d values", ErrCorrupt, v[0], v[1], 8*room)
		}
	}
	return nil
}

// schemaWalk bounds what a schema would make the library allocate.
type schemaWalk struct {
	b     flat
	left  int // bytes of text that may still be named
	count int
}

func (w *schemaWalk) fields(at, depth int) {
	if at == 0 {
		return
	}
	if depth > maxArrowDepth {
		panic(ErrLimit)
	}
	start, n := w.b.vector(at, 4)
	for i := range n {
		if w.count++; w.count > maxArrowFields {
			panic(ErrLimit)
		}
		f := w.b.follow(start + 4*i)
		w.text(w.b.field(f, 0))
		w.fields(w.b.field(f, 5), depth+1)
		w.pairs(w.b.field(f, 6))
	}
}

// pairs walks custom metadata.
func (w *schemaWalk) pairs(at int) {
	if at == 0 {
		return
	}
	start, n := w.b.vector(at, 4)
	for i := range n {
		p := w.b.follow(start + 4*i)
		w.text(w.b.field(p, 0))
		w.text(w.b.field(p, 1))
	}
}

func (w *schemaWalk) text(at int) {
	if at == 0 {
		return
	}
	_, n := w.b.vector(at, 1)
	if w.left -= n; w.left < 0 {
		panic(ErrLimit)
	}
}

// flat reads a flatbuffer; what lies outside makes it panic, which parseMessage catches.
type flat []byte

func (b flat) root() int { return b.follow(0) }

// follow returns the place that an offset points to.
func (b flat) follow(at int) int {
	to := at + int(binary.LittleEndian.Uint32(b[at:]))
	if to >= len(b) {
		panic(ErrCorrupt)
	}
	return to
}

// field returns where a field of a table is, 0 if it is left out.
func (b flat) field(table, slot int) int {
	vtable := table - int(int32(binary.LittleEndian.Uint32(b[table:])))
	if 4+2*slot+2 > int(binary.LittleEndian.Uint16(b[vtable:])) {
		return 0
	}
	if off := int(binary.LittleEndian.Uint16(b[vtable+4+2*slot:])); off > 0 {
		return table + off
	}
	return 0
}

// vector returns the first element and the number of elements.
func (b flat) vector(at, size int) (start, n int) {
	v := b.follow(at)
	n = int(binary.LittleEndian.Uint32(b[v:]))
	if n > (len(b)-v-4)/size {
		panic(ErrCorrupt)
	}
	return v + 4, n
}

func (b flat) i64(at int) int64 { return int64(binary.LittleEndian.Uint64(b[at:])) }
