// Package ipc reads Arrow IPC files and streams some rows at a time, however large a record batch is. It replaces the
// reader of the Arrow library, which does not check the sizes that a file claims, holds whole batches (twice while it expands them),
// and does not know views, list views or 32-bit decimals. The arrays are those of that library.
//
//	r, err := ipc.OpenFile(f, size, ipc.Options{})
//	...
//	r.Select([]int{0, 2})
//	for {
//		arrays, err := r.Next(65536) // of equal length, one for each selected column; valid until the next call
//		...
//	}
//
// A file is read by its footer, so it need not hold a stream; a column that is not selected is not read. Memory is bounded by
// [Options.Memory]: an uncompressed batch in a file is read where it lies, a compressed one that expands to more goes to a
// temporary file, and so does a batch that arrives through a pipe.
package ipc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sort"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/wavekin/wavekin/datasets/internal/fault"
)

// maxMetadata bounds the description of one message; a footer may have four times that.
const maxMetadata = int64(16 << 20)

// Magic is what a file begins and ends with.
var Magic = []byte("ARROW1")

// Options say how to read.
type Options struct {
	// Memory bounds the bytes of content that are held at once; below 1 it is 64 MiB.
	Memory int64
}

// Column is a column of the table: a field of the schema, or of a struct in it.
type Column struct {
	// Name is the field's name, after the names of the structs around it, joined by dots.
	Name string
	// Type is that of the arrays, nil if the column cannot be read.
	Type arrow.DataType
	// TypeName is the type as the file has it.
	TypeName string
	// Metadata is the field's own.
	Metadata map[string]string
}

// Reader reads a table.
type Reader struct {
	memory   int64
	schema   *schema
	paths    []path
	selected []int
	wanted   map[int64]bool // dictionaries that selected columns need

	in    messages
	dicts map[int64]arrow.Array
	sizes map[int64]int64

	expander expander
	spare    spare
	batch    *batch
}

// messages is where messages come from, one after the other. The schema is not among them.
type messages interface {
	// next returns a message, its body and where it begins, or io.EOF.
	next() (*message, *body, int64, error)
	close() error
}

func newReader(s *schema, in messages, o Options) *Reader {
	if o.Memory < 1 {
		o.Memory = 64 << 20
	}
	return &Reader{memory: o.Memory, schema: s, paths: columnsOf(s.nodes), in: in, wanted: map[int64]bool{},
		dicts: map[int64]arrow.Array{}, sizes: map[int64]int64{}}
}

// Columns lists the columns.
func (r *Reader) Columns() []Column {
	out := make([]Column, len(r.paths))
	for i, p := range r.paths {
		f := p.leaf()
		out[i] = Column{Name: p.name(), Type: f.arrowType(), TypeName: f.String(), Metadata: f.metadata}
	}
	return out
}

// Metadata is the schema's.
func (r *Reader) Metadata() map[string]string { return r.schema.metadata }

// Select says which columns are read, before the first call of Next. All of them need a type.
func (r *Reader) Select(columns []int) {
	r.selected = columns
	var want func(f *node)
	want = func(f *node) {
		if f.dict != nil {
			r.wanted[f.dict.id] = true
		}
		for _, c := range f.children {
			want(c)
		}
	}
	for _, i := range columns {
		want(r.paths[i].leaf())
	}
}

// Next returns at most most rows of the selected columns, or io.EOF. What it returned before is no longer valid.
func (r *Reader) Next(most int) (out []arrow.Array, err error) {
	defer fault.Catch(&err)
	for r.batch == nil || r.batch.from >= r.batch.rows {
		if err := r.drop(); err != nil {
			return nil, err
		}
		m, b, at, err := r.in.next()
		if err != nil {
			return nil, err
		}
		if m.kind == kindSchema {
			return nil, errors.Join(fault.Byte(at, "%w: a second schema", fault.ErrCorrupt), b.close())
		}
		if err = m.records.check(b.size); err == nil {
			if m.kind == kindDictionary {
				err = r.dictionary(m, b, m.old)
			} else {
				r.batch, err = r.newBatch(&m.records, m.old, b)
			}
		}
		if r.batch == nil || r.batch.body != b {
			err = errors.Join(err, b.close())
		}
		if err != nil {
			return nil, placed(at, err)
		}
	}
	return r.batch.next(most, r.memory)
}

// placed gives an error a byte unless it has a place.
func placed(at int64, err error) error {
	var known *fault.At
	if errors.As(err, &known) {
		return known
	}
	return fault.Byte(at, "%w", err)
}

func (r *Reader) drop() error {
	if r.batch == nil {
		return nil
	}
	b := r.batch.body
	r.spare.take(r.batch.need)
	r.batch = nil
	return b.close()
}

// Close frees what the reader holds, but does not close what it reads.
func (r *Reader) Close() error {
	err := errors.Join(r.drop(), r.in.close())
	r.expander.close()
	return err
}

// CheckEnds looks at both ends of a file, so that a truncated one is refused before anything of it is used. It returns where the
// footer is.
func CheckEnds(r io.ReaderAt, size int64) (at, n int64, err error) {
	if size < 8+10 {
		return 0, 0, fault.Byte(size, "%w: %d bytes are too few for an Arrow file", fault.ErrTruncated, size)
	}
	tail := make([]byte, 10)
	if _, err := r.ReadAt(tail, size-10); err != nil {
		return 0, 0, fault.Byte(size-10, "%w", err)
	}
	if !bytes.Equal(tail[4:], Magic) {
		return 0, 0, fault.Byte(size-6, "%w: an Arrow file ends in ARROW1, this one in %q", fault.ErrTruncated, tail[4:])
	}
	if n = int64(int32(le.Uint32(tail))); n <= 0 || n > size-8-10 {
		return 0, 0, fault.Byte(size-10, "%w: a footer of %d bytes in a file of %d", fault.ErrCorrupt, n, size)
	}
	return size - 10 - n, n, nil
}

// OpenFile reads the footer of a file.
func OpenFile(r io.ReaderAt, size int64, o Options) (*Reader, error) {
	at, n, err := CheckEnds(r, size)
	if err != nil {
		return nil, err
	}
	if n > 4*maxMetadata {
		return nil, fault.Byte(at, "%w: a footer of %d bytes; at most %d", fault.ErrLimit, n, 4*maxMetadata)
	}
	b := make([]byte, n)
	if _, err := r.ReadAt(b, at); err != nil {
		return nil, fault.Byte(at, "%w", err)
	}
	f, err := parseFooter(b)
	if err != nil {
		return nil, placed(at, err)
	}
	all := append(f.dictionaries[:len(f.dictionaries):len(f.dictionaries)], f.records...)
	if err := apart(all, at); err != nil {
		return nil, placed(at, err)
	}
	return newReader(f.schema, &fileMessages{at: r, blocks: all, dictionaries: len(f.dictionaries)}, o), nil
}

// apart wants every block before the footer and none over another.
func apart(blocks []block, end int64) error {
	sorted := append([]block(nil), blocks...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].at < sorted[j].at })
	last := int64(8)
	for _, b := range sorted {
		if b.at < last || b.meta < 8 || b.body < 0 || b.meta > end-b.at || b.body > end-b.at-b.meta {
			return fmt.Errorf("%w: a batch of %d and %d bytes at %d, between byte %d and the footer at %d", fault.ErrCorrupt, b.meta, b.body, b.at, last, end)
		}
		last = b.at + b.meta + b.body
	}
	// The footer of the last of several joined files lists batches by their places in that file.
	if len(blocks) > 0 && end-last > spareBytes {
		return fmt.Errorf("%w: %d bytes between the last batch and the footer, which belong to nothing; are several files joined?", fault.ErrCorrupt, end-last)
	}
	return nil
}

// spareBytes is how much may lie between the last batch and the footer: the mark of the end, and bytes that align it.
const spareBytes = 128

// fileMessages are those that a footer lists.
type fileMessages struct {
	at           io.ReaderAt
	blocks       []block
	dictionaries int // so many of them come first
}

func (f *fileMessages) close() error { return nil }

func (f *fileMessages) next() (*message, *body, int64, error) {
	if len(f.blocks) == 0 {
		return nil, nil, 0, io.EOF
	}
	b := f.blocks[0]
	fail := func(format string, args ...any) (*message, *body, int64, error) {
		return nil, nil, 0, fault.Byte(b.at, format, args...)
	}
	if b.meta > maxMetadata {
		return fail("%w: the description of a message of %d bytes; at most %d", fault.ErrLimit, b.meta, maxMetadata)
	}
	meta := make([]byte, b.meta)
	if _, err := f.at.ReadAt(meta, b.at); err != nil {
		return fail("%w", err)
	}
	size, skip := prefix(meta)
	if size <= 0 || size > int64(len(meta)-skip) {
		return fail("%w: the description of a message of %d bytes, where the footer says %d", fault.ErrCorrupt, size, len(meta)-skip)
	}
	m, err := parseMessage(meta[skip : int64(skip)+size])
	if err != nil {
		return fail("%w", err)
	}
	want := byte(kindRecords)
	if f.dictionaries > 0 {
		want = kindDictionary
		f.dictionaries--
	}
	switch {
	case m.kind != want:
		return fail("%w: a message of kind %d where the footer says %d", fault.ErrCorrupt, m.kind, want)
	case m.body != b.body:
		return fail("%w: a batch of %d bytes, where the footer says %d", fault.ErrCorrupt, m.body, b.body)
	}
	f.blocks = f.blocks[1:]
	return m, &body{at: f.at, base: b.at + b.meta, size: b.body}, b.at, nil
}

// ParseSchema reads a schema message, with the length before it or without, as Parquet files keep one.
func ParseSchema(b []byte) ([]Column, error) {
	if len(b) >= 8 && int32(le.Uint32(b)) == -1 {
		b = b[8:]
	}
	m, err := parseMessage(b)
	if err == nil && m.kind != kindSchema {
		err = fmt.Errorf("%w: a message of kind %d, want a schema", fault.ErrCorrupt, m.kind)
	}
	if err != nil {
		return nil, err
	}
	return newReader(m.schema, nil, Options{}).Columns(), nil
}
