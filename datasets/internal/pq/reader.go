// Package pq reads Parquet files some rows at a time: row group by row group, page by page, and only the columns that are wanted.
//
//	r, err := pq.OpenFile(f, size, pq.Options{})
//	...
//	r.Select([]int{0, 2})
//	arrays, err := r.Next(65536) // of equal length, one for each selected column; valid until the next call
//
// It uses parts of parquet-go/parquet-go (descriptions, codecs, run lengths) behind checks of its own: that library's complete reader
// allocates whatever a list, a page or a run claims, and retries an LZ4 block with ever more memory.
//
// Memory holds one page of each selected column and its dictionary; [Options.Memory] bounds them and the rows of a call. Checksums of pages
// are compared where the writer has left them.
package pq

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/parquet-go/parquet-go/format"
	"github.com/wavekin/wavekin/datasets/internal/fault"
	"github.com/wavekin/wavekin/datasets/internal/ipc"
)

// Magic is what a file begins and ends with.
var Magic = []byte("PAR1")

// maxFooter bounds the description of a file.
const maxFooter = 64 << 20

// Options say how to read.
type Options struct {
	// Memory bounds the bytes of the rows that are handed out at once; pages may take four times that. Below 1 it is 64 MiB.
	Memory int64
}

// Reader reads a table.
type Reader struct {
	memory   int64
	at       io.ReaderAt
	footer   int64 // where it begins
	meta     format.FileMetaData
	columns  []column
	selected []int

	expander expander
	group    int // the next row group
	left     int64
	rows     int64 // that were handed out
	chunks   []*chunk
	builders []builder
	held     int64
}

// OpenFile reads the footer of a file.
func OpenFile(r io.ReaderAt, size int64, o Options) (*Reader, error) {
	if o.Memory < 1 {
		o.Memory = 64 << 20
	}
	if size < 12 {
		return nil, fault.Byte(size, "%w: %d bytes are too few for a Parquet file", fault.ErrTruncated, size)
	}
	tail := make([]byte, 8)
	if _, err := r.ReadAt(tail, size-8); err != nil {
		return nil, fault.Byte(size-8, "%w", err)
	}
	if bytes.Equal(tail[4:], []byte("PARE")) {
		return nil, fault.Byte(size-4, "%w: an encrypted Parquet file", fault.ErrFormat)
	}
	if !bytes.Equal(tail[4:], Magic) {
		return nil, fault.Byte(size-4, "%w: a Parquet file ends in PAR1, this one in %q", fault.ErrTruncated, tail[4:])
	}
	n := int64(le.Uint32(tail))
	if n > size-12 {
		return nil, fault.Byte(size-8, "%w: a footer of %d bytes in a file of %d", fault.ErrCorrupt, n, size)
	}
	if n > maxFooter {
		return nil, fault.Byte(size-8, "%w: a footer of %d bytes; at most %d", fault.ErrLimit, n, maxFooter)
	}
	out := &Reader{memory: o.Memory, at: r, footer: size - 8 - n}
	b := make([]byte, n)
	if _, err := r.ReadAt(b, out.footer); err != nil {
		return nil, fault.Byte(out.footer, "%w", err)
	}
	if err := out.open(b); err != nil {
		return nil, fault.Byte(out.footer, "%w", err)
	}
	return out, nil
}

func (r *Reader) open(b []byte) error {
	// An element of a list takes some 500 bytes once it is decoded.
	n, err := measure(b, int(min(4*r.memory/512, 1<<30)))
	if err != nil {
		return err
	}
	if err := decode(b[:n], &r.meta); err != nil {
		return err
	}
	if r.meta.EncryptionAlgorithm.Value != nil {
		return fmt.Errorf("%w: an encrypted Parquet file", fault.ErrFormat)
	}
	root, err := tree(r.meta.Schema)
	if err != nil {
		return err
	}
	r.columns = columnsOf(root)
	refine(r.columns, r.meta.KeyValueMetadata)
	rows := int64(0)
	for i := range r.meta.RowGroups {
		g := r.meta.RowGroups[i].NumRows
		if g < 0 || g > 1<<48 {
			return corrupt("a row group of %d rows", g)
		}
		rows += g
	}
	if rows != r.meta.NumRows {
		return corrupt("%d rows in the row groups, %d in the file", rows, r.meta.NumRows)
	}
	return r.alone()
}

// maxEmpty bounds what stands before the footer of a table without a row.
const maxEmpty = 64 << 10

// alone refuses a file with others in front of it, whose places the footer, which is the last one's, does not know: where its own parts
// would begin, the mark of an end is followed by that of a beginning.
func (r *Reader) alone() error {
	end := int64(len(Magic))
	for i := range r.meta.RowGroups {
		for k := range r.meta.RowGroups[i].Columns {
			c := &r.meta.RowGroups[i].Columns[k]
			from := c.MetaData.DataPageOffset
			if at := c.MetaData.DictionaryPageOffset; at > 0 {
				from = min(from, at)
			}
			end = max(end, from+max(0, c.MetaData.TotalCompressedSize), c.ColumnIndexOffset+int64(c.ColumnIndexLength), c.OffsetIndexOffset+int64(c.OffsetIndexLength),
				c.MetaData.BloomFilterOffset+int64(c.MetaData.BloomFilterLength))
		}
	}
	begin := r.footer - end // of the last file
	if begin < int64(len(Magic)) {
		return nil
	}
	from, length := begin-int64(len(Magic)), int64(2*len(Magic))
	if r.meta.NumRows == 0 { // pages of no value are in no footer
		length = min(r.footer, maxEmpty)
		from = r.footer - length
	}
	marks := make([]byte, length)
	if _, err := r.at.ReadAt(marks, from); err != nil {
		return err
	}
	if bytes.Contains(marks, slices.Concat(Magic, Magic)) {
		return fmt.Errorf("%w: several Parquet files one after the other, of which only the last one could be read; give each as a file of its own", fault.ErrFormat)
	}
	return nil
}

// Columns lists the columns.
func (r *Reader) Columns() []ipc.Column {
	out := make([]ipc.Column, len(r.columns))
	for i := range r.columns {
		c := &r.columns[i]
		out[i] = ipc.Column{Name: c.name, Type: c.arrays(), TypeName: c.typeName()}
	}
	return out
}

// Metadata is the file's.
func (r *Reader) Metadata() map[string]string {
	out := map[string]string{}
	for _, kv := range r.meta.KeyValueMetadata {
		out[kv.Key] = kv.Value
	}
	return out
}

// Select says which columns are read, before the first call of Next. All of them need a type.
func (r *Reader) Select(columns []int) {
	r.selected = columns
	r.builders = make([]builder, len(columns))
}

// Close frees what the reader holds, but does not close what it reads.
func (r *Reader) Close() error {
	r.chunks = nil
	r.expander.close()
	return nil
}

// Next returns at most most rows of the selected columns, or io.EOF. What it returned before is no longer valid.
func (r *Reader) Next(most int) (out []arrow.Array, err error) {
	defer fault.Catch(&err)
	for r.left == 0 {
		if err := r.nextGroup(); err != nil {
			return nil, err
		}
	}
	n, err := r.fit(most)
	if err != nil {
		return nil, err
	}
	out = make([]arrow.Array, len(r.chunks))
	// The first list says how many rows there are, since their length is not known before.
	lists := false
	for i, c := range r.chunks {
		if !c.col.list {
			continue
		}
		d, rows, err := c.lists(&r.builders[i], n, !lists)
		if err != nil {
			return nil, r.in(c, err)
		}
		out[i], n, lists = array.MakeFromData(d), rows, true
	}
	for i, c := range r.chunks {
		if c.col.list {
			continue
		}
		d, err := c.flat(&r.builders[i], n)
		if err != nil {
			return nil, r.in(c, err)
		}
		out[i] = array.MakeFromData(d)
	}
	r.left -= int64(n)
	r.rows += int64(n)
	return out, nil
}

// in names the column in an error.
func (r *Reader) in(c *chunk, err error) error {
	if errors.Is(err, io.EOF) {
		err = corrupt("fewer values than rows")
	}
	at := &fault.At{Offset: -1, Err: err}
	var known *fault.At
	if errors.As(err, &known) {
		*at = *known
	}
	at.Column = c.col.name
	return at
}

func (r *Reader) nextGroup() error {
	for _, c := range r.chunks {
		if c.values > 0 || c.page.n > 0 {
			return r.in(c, corrupt("more values than rows"))
		}
	}
	if r.group == len(r.meta.RowGroups) {
		return io.EOF
	}
	g := &r.meta.RowGroups[r.group]
	r.group++
	if r.left = g.NumRows; r.left == 0 { // what pages there are need not be looked at; a table without a row may have none
		r.chunks, r.held = nil, 0
		return nil
	}
	old := r.chunks
	r.chunks, r.held = nil, 0
	for i, k := range r.selected {
		c, err := r.newChunk(&r.columns[k], g)
		if err != nil {
			return r.in(&chunk{col: &r.columns[k]}, err)
		}
		if i < len(old) {
			c.raw, c.plain = old[i].raw, old[i].plain
		}
		r.chunks = append(r.chunks, c)
	}
	return nil
}

// fit is how many rows are handed out next. Texts of one page are, because they may be places in its dictionary.
func (r *Reader) fit(most int) (int, error) {
	width := int64(0)
	for _, c := range r.chunks {
		width += 16
		if f, ok := c.col.typ.(arrow.FixedWidthDataType); ok {
			width += int64(f.BitWidth() / 8)
		}
	}
	n := max(1, min(int64(most), r.left, r.memory/width))
	for _, c := range r.chunks {
		if !c.col.list && isText(c.col.typ) {
			if err := c.load(); err != nil {
				return 0, r.in(c, err)
			}
			n = min(n, int64(c.page.n))
		}
	}
	return int(n), nil
}

func isText(t arrow.DataType) bool { return t.ID() == arrow.STRING || t.ID() == arrow.BINARY }

// front takes the first m levels of the page.
func (c *chunk) front(m int) (reps, defs []byte) {
	if c.page.reps != nil {
		reps, c.page.reps = c.page.reps[:m], c.page.reps[m:]
	}
	if c.page.defs != nil {
		defs, c.page.defs = c.page.defs[:m], c.page.defs[m:]
	}
	c.page.n -= m
	return reps, defs
}

// flat takes n values.
func (c *chunk) flat(b *builder, n int) (arrow.ArrayData, error) {
	b.reset()
	b.typ = c.col.typ
	var dict arrow.ArrayData
	if isText(b.typ) {
		if err := c.load(); err != nil {
			return nil, err
		}
		if c.page.places != nil || c.page.texts == nil && c.dict != nil {
			if c.frozen == nil {
				c.frozen = textsOf(b.typ, c.dict.texts)
			}
			dict = c.frozen
			b.typ = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: b.typ}
			if c.page.places == nil {
				c.page.places = []int32{}
			}
		}
	}
	for b.n < n {
		if err := c.load(); err != nil {
			return nil, err
		}
		m := min(n-b.n, c.page.n)
		_, defs := c.front(m)
		b.put(c, defs, m)
	}
	return b.data(dict), nil
}

// lists takes n lists, or fewer where may allows that and they would take more than the memory.
func (c *chunk) lists(b *builder, n int, may bool) (arrow.ArrayData, int, error) {
	b.reset()
	b.typ = c.col.typ
	offsets := make([]int32, 0, n+1)
	valid := make([]byte, (n+7)/8)
	var defs []byte
	full := false
	for !full {
		if err := c.load(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, 0, err
		}
		if size := int64(b.n) * 8; size+int64(len(b.text)) > 4*c.r.memory {
			return nil, 0, fmt.Errorf("%w: lists of %d bytes; at most %d with the memory that is set", fault.ErrLimit, size, 4*c.r.memory)
		}
		m := 0
		defs = defs[:0]
		for ; m < c.page.n; m++ {
			d := int(c.page.defs[m])
			if c.page.reps[m] == 0 {
				rows := len(offsets)
				if rows == n || may && rows > 0 && int64(b.n+len(defs))*8 > c.r.memory {
					full = true
					break
				}
				offsets = append(offsets, int32(b.n+len(defs)))
				if d >= c.col.listDef {
					valid[rows/8] |= 1 << (rows % 8)
				}
			} else if len(offsets) == 0 {
				return nil, 0, corrupt("a list that begins in the middle")
			}
			if d > c.col.listDef {
				defs = append(defs, byte(d))
			}
		}
		c.front(m)
		b.put(c, defs, len(defs))
	}
	rows := len(offsets)
	if rows == 0 || rows < n && !may {
		return nil, 0, io.EOF
	}
	offsets = append(offsets, int32(b.n))
	child := b.data(nil)
	if b.typ.ID() != child.DataType().ID() {
		return nil, 0, corrupt("a list of two types")
	}
	return array.NewData(arrow.ListOf(c.col.typ), rows, []*memory.Buffer{memory.NewBufferBytes(valid), memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offsets))},
		[]arrow.ArrayData{child}, array.UnknownNullCount, 0), rows, nil
}
