package ipc

import (
	"encoding/binary"
	"fmt"

	"github.com/wavekin/wavekin/datasets/internal/fault"
)

// Kinds of messages.
const (
	kindSchema     = 1
	kindDictionary = 2
	kindRecords    = 3
)

// Codecs of bodies.
const (
	codecNone = -1
	codecLZ4  = 0
	codecZstd = 1
)

// span is a part of a body.
type span struct{ at, size int64 }

// message is what the description of an IPC message claims.
type message struct {
	kind    byte
	old     bool // format V4 or before
	body    int64
	schema  *schema
	records records
	id      int64 // of a dictionary
	delta   bool  // it adds to the one before
}

// records describes columns of equal length and where they are in the body.
type records struct {
	rows    int64
	nodes   [][2]int64 // length, null count
	buffers []span
	codec   int
	views   []int64 // data buffers of each column of views
}

// parseMessage reads a flatbuffer of type Message.
func parseMessage(meta []byte) (*message, error) {
	m := &message{}
	var inner error
	err := parsing("a message's description", func() {
		b := flat(meta)
		root := b.follow(0)
		m.kind = b.byteField(root, 1, 0)
		m.old = b.shortField(root, 0, 0) < 4
		m.body = b.longField(root, 3, 0)
		at := b.field(root, 2)
		if at == 0 {
			panic(fault.ErrCorrupt)
		}
		header := b.follow(at)
		switch m.kind {
		case kindSchema:
			m.schema, inner = parseSchema(b, header)
		case kindDictionary:
			m.id = b.longField(header, 0, 0)
			m.delta = b.byteField(header, 2, 0) != 0
			if at := b.field(header, 1); at > 0 {
				inner = m.records.parse(b, b.follow(at))
			}
		case kindRecords:
			inner = m.records.parse(b, header)
		default:
			inner = fmt.Errorf("%w: a message of kind %d; want a schema, a dictionary or records", fault.ErrCorrupt, m.kind)
		}
	})
	if err != nil {
		return nil, err
	}
	if inner != nil {
		return nil, inner
	}
	if m.body < 0 || m.records.rows < 0 {
		return nil, fmt.Errorf("%w: a negative size", fault.ErrCorrupt)
	}
	return m, nil
}

// parse reads a table of type RecordBatch.
func (r *records) parse(b flat, at int) error {
	r.rows = b.longField(at, 0, 0)
	start, n := b.vector(at, 1, 16)
	r.nodes = make([][2]int64, n)
	for i := range r.nodes {
		r.nodes[i] = [2]int64{b.i64(start + 16*i), b.i64(start + 16*i + 8)}
	}
	start, n = b.vector(at, 2, 16)
	r.buffers = make([]span, n)
	for i := range r.buffers {
		r.buffers[i] = span{b.i64(start + 16*i), b.i64(start + 16*i + 8)}
	}
	r.codec = codecNone
	if f := b.field(at, 3); f > 0 {
		c := b.follow(f)
		if r.codec = int(b.byteField(c, 0, 0)); r.codec > codecZstd {
			return fmt.Errorf("%w: Arrow data compressed by codec %d; LZ4 and ZSTD are read", fault.ErrFormat, r.codec)
		}
		if method := b.byteField(c, 1, 0); method != 0 {
			return fmt.Errorf("%w: Arrow data compressed by method %d; only buffer by buffer is read", fault.ErrFormat, method)
		}
	}
	start, n = b.vector(at, 4, 8)
	for i := range n {
		r.views = append(r.views, b.i64(start+8*i))
	}
	return nil
}

// check holds the places of buffers against the length of the body.
func (r *records) check(body int64) error {
	var stored int64
	for _, s := range r.buffers {
		if s.at < 0 || s.size < 0 || s.at > body || s.size > body-s.at {
			return fmt.Errorf("%w: a buffer of %d bytes at %d in a batch of %d", fault.ErrCorrupt, s.size, s.at, body)
		}
		if stored += s.size; stored > body {
			return fmt.Errorf("%w: buffers that overlap", fault.ErrCorrupt)
		}
	}
	for _, n := range r.views {
		if n < 0 || n > int64(len(r.buffers)) {
			return fmt.Errorf("%w: a column of %d buffers, the batch has %d", fault.ErrCorrupt, n, len(r.buffers))
		}
	}
	for _, v := range r.nodes {
		if v[0] < 0 || v[1] < 0 || v[1] > v[0] {
			return fmt.Errorf("%w: a column of %d values with %d nulls", fault.ErrCorrupt, v[0], v[1])
		}
	}
	return nil
}

// block is where the footer says that a message is.
type block struct {
	at, meta, body int64
}

// footer is what stands at the end of a file.
type footer struct {
	schema       *schema
	dictionaries []block
	records      []block
}

// parseFooter reads a flatbuffer of type Footer.
func parseFooter(b flat) (*footer, error) {
	f := &footer{}
	var inner error
	err := parsing("the footer", func() {
		root := b.follow(0)
		at := b.field(root, 1)
		if at == 0 {
			panic(fault.ErrCorrupt)
		}
		if f.schema, inner = parseSchema(b, b.follow(at)); inner != nil {
			return
		}
		w := schemaWalk{b: b, left: 4 * len(b)}
		for k, v := range w.pairs(root, 4) {
			if f.schema.metadata == nil {
				f.schema.metadata = map[string]string{}
			}
			if _, ok := f.schema.metadata[k]; !ok {
				f.schema.metadata[k] = v
			}
		}
		f.dictionaries, f.records = blocks(b, root, 2), blocks(b, root, 3)
	})
	if err != nil {
		return nil, err
	}
	return f, inner
}

func blocks(b flat, table, slot int) []block {
	start, n := b.vector(table, slot, 24)
	out := make([]block, n)
	for i := range out {
		at := start + 24*i
		out[i] = block{b.i64(at), int64(b.i32(at + 8)), b.i64(at + 16)}
	}
	return out
}

// prefix reads the length that stands before a message's description: after the marker, or, in files of before 2019, alone.
// skip is the number of bytes that it takes.
func prefix(head []byte) (size int64, skip int) {
	n := int32(binary.LittleEndian.Uint32(head))
	if n == -1 {
		return int64(int32(binary.LittleEndian.Uint32(head[4:]))), 8
	}
	return int64(n), 4
}
