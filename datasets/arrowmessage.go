package datasets

import (
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// message is what the description of an IPC message claims.
type message struct {
	kind       byte
	body       int64
	rows       int64
	room       int64 // bytes once expanded
	compressed bool
	id         int64 // of a dictionary
	delta      bool  // it adds to the one before
	views      []int64
	nodes      [][2]int64 // length, null count
	buffers    [][2]int64 // offset, length

	dictionaries map[int64]bool // that a schema names
}

// parseMessage reads a flatbuffer of type Message.
func parseMessage(meta []byte) (m *message, err error) {
	defer func() {
		if recover() != nil {
			m, err = nil, fmt.Errorf("%w: a message's description contradicts itself", ErrCorrupt)
		}
	}()
	b := flat(meta)
	root := b.follow(0)
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
		m.dictionaries = map[int64]bool{}
		w := schemaWalk{b: b, left: len(meta), ids: m.dictionaries}
		w.fields(b.field(header, 1), 0)
		w.pairs(b.field(header, 2))
	case arrowDictionary:
		if at := b.field(header, 0); at > 0 {
			m.id = b.i64(at)
		}
		if at := b.field(header, 2); at > 0 {
			m.delta = b[at] != 0
		}
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
func (m *message) records(b flat, at uint32) {
	if f := b.field(at, 0); f > 0 {
		m.rows = b.i64(f)
	}
	pairs := func(f uint32) [][2]int64 {
		if f == 0 {
			return nil
		}
		start, n := b.vector(f, 16)
		out := make([][2]int64, n)
		for i := range out {
			out[i] = [2]int64{b.i64(start + uint32(16*i)), b.i64(start + uint32(16*i+8))}
		}
		return out
	}
	m.nodes, m.buffers = pairs(b.field(at, 1)), pairs(b.field(at, 2))
	m.compressed = b.field(at, 3) > 0
	if f := b.field(at, 4); f > 0 {
		start, n := b.vector(f, 8)
		for i := range n {
			m.views = append(m.views, b.i64(start+uint32(8*i)))
		}
	}
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
		var frame zstd.Header
		if frame.Decode(body[at+8:at+n]) == nil && frame.WindowSize > maxWindow {
			return fmt.Errorf("%w: compressed with a window of %d bytes", ErrLimit, frame.WindowSize)
		}
		if size < 0 || size > maxArrowBatch-room {
			return fmt.Errorf("%w: a batch that would expand to more than %d bytes", ErrLimit, maxArrowBatch)
		}
		room += size
	}
	m.room = room
	for _, n := range m.views {
		if n < 0 || n > int64(len(m.buffers)) {
			return fmt.Errorf("%w: a column of %d buffers, the batch has %d", ErrCorrupt, n, len(m.buffers))
		}
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
	ids   map[int64]bool // of dictionaries
}

func (w *schemaWalk) fields(at uint32, depth int) {
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
		f := w.b.follow(start + uint32(4*i))
		w.text(w.b.field(f, 0))
		if at := w.b.field(f, 4); at > 0 {
			d, id := w.b.follow(at), int64(0)
			if at := w.b.field(d, 0); at > 0 {
				id = w.b.i64(at)
			}
			w.ids[id] = true
		}
		w.fields(w.b.field(f, 5), depth+1)
		w.pairs(w.b.field(f, 6))
	}
}

// pairs walks custom metadata.
func (w *schemaWalk) pairs(at uint32) {
	if at == 0 {
		return
	}
	start, n := w.b.vector(at, 4)
	for i := range n {
		p := w.b.follow(start + uint32(4*i))
		w.text(w.b.field(p, 0))
		w.text(w.b.field(p, 1))
	}
}

func (w *schemaWalk) text(at uint32) {
	if at == 0 {
		return
	}
	_, n := w.b.vector(at, 1)
	if w.left -= n; w.left < 0 {
		panic(ErrLimit)
	}
}

// flat reads a flatbuffer exactly as the library does, with positions that wrap around at
// 2^32, because what the two read differently would be a way past the guard. What lies
// outside makes it panic, which parseMessage catches.
type flat []byte

func (b flat) u32(at uint32) uint32 { return binary.LittleEndian.Uint32(b[at:]) }

func (b flat) i64(at uint32) int64 { return int64(binary.LittleEndian.Uint64(b[at:])) }

func (b flat) u16(at uint32) uint32 { return uint32(binary.LittleEndian.Uint16(b[at:])) }

// follow returns the place that an offset points to.
func (b flat) follow(at uint32) uint32 { return at + b.u32(at) }

// field returns where a field of a table is, 0 if it is left out.
func (b flat) field(table uint32, slot int) uint32 {
	vtable, entry := table-b.u32(table), uint32(4+2*slot)
	if entry >= b.u16(vtable) {
		return 0
	}
	if off := b.u16(vtable + entry); off > 0 {
		return table + off
	}
	return 0
}

// vector returns the first element and the number of elements, which all have to be there.
func (b flat) vector(at uint32, size int) (start uint32, n int) {
	v := b.follow(at)
	if n = int(b.u32(v)); n > (len(b)-int(v)-4)/size {
		panic(ErrCorrupt)
	}
	return v + 4, n
}
