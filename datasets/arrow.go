package datasets

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

func isArrowFile(head []byte) bool { return bytes.HasPrefix(head, arrowMagic) }

// isArrowStream: the marker of a message, and a length that is not absurd.
func isArrowStream(head []byte) bool {
	return len(head) >= 8 && bytes.HasPrefix(head, []byte{0xff, 0xff, 0xff, 0xff}) && head[7] < 0x80
}

// arrowTable reads an Arrow IPC file or stream record batch by record batch.
type arrowTable struct {
	src    *source
	guard  *messageGuard
	r      *ipc.Reader
	cols   []field
	rec    arrow.Record // owned by r
	from   int          // rows of rec that were handed out
	row    int          // rows of the table that were handed out
	stamps stamps
}

func openArrow(src *source, o *Options) (Reader, error) {
	t, err := newArrowTable(src, o)
	if err != nil {
		return nil, err
	}
	return newTableReader(t, src, o)
}

func newArrowTable(src *source, o *Options) (t *arrowTable, err error) {
	t = &arrowTable{src: src, guard: &messageGuard{src: src}}
	head, _ := src.r.Peek(8)
	if isArrowFile(head) {
		if err := checkArrowEnds(src); err != nil {
			return nil, err
		}
		t.guard.file = true
		if _, err := t.guard.take(8); err != nil {
			return nil, err
		}
	}
	defer recoverArrow(src.path, &err)
	if t.r, err = ipc.NewReader(t.guard, ipc.WithAllocator(boundedAllocator{o.allocator()})); err != nil {
		return nil, arrowError(src.path, err)
	}
	for _, f := range t.r.Schema().Fields() {
		t.cols = append(t.cols, field{name: f.Name, kind: arrowKind(f.Type)})
	}
	return t, nil
}

// boundedAllocator panics, which is caught, before it gives one buffer more than a batch
// may have: should a claim get past the guard, this is a bad input and not the end.
type boundedAllocator struct{ memory.Allocator }

func (a boundedAllocator) Allocate(size int) []byte {
	if int64(size) > maxArrowBatch+headBytes {
		panic(ErrLimit)
	}
	return a.Allocator.Allocate(size)
}

func (a boundedAllocator) Reallocate(size int, b []byte) []byte {
	if int64(size) > maxArrowBatch+headBytes {
		panic(ErrLimit)
	}
	return a.Allocator.Reallocate(size, b)
}

// checkArrowEnds looks at both ends of an uncompressed IPC file, so that a truncated
// one is refused before anything of it is used.
func checkArrowEnds(src *source) error {
	if src.plain == nil || src.size < 0 {
		return nil // the end is looked at when it is reached
	}
	tail := make([]byte, 10)
	if src.size < 8+10 {
		return byteError(src.path, src.size, "%w: %d bytes are too few for an Arrow file", ErrTruncated, src.size)
	}
	if _, err := src.plain.ReadAt(tail, src.size-10); err != nil {
		return byteError(src.path, src.size-10, "%w", err)
	}
	if !bytes.Equal(tail[4:], arrowMagic) {
		return byteError(src.path, src.size-6, "%w: an Arrow file ends in ARROW1, this one in %q", ErrTruncated, tail[4:])
	}
	n := int64(int32(uint32(tail[0]) | uint32(tail[1])<<8 | uint32(tail[2])<<16 | uint32(tail[3])<<24))
	if n <= 0 || n > src.size-8-10 {
		return byteError(src.path, src.size-10, "%w: a footer of %d bytes in a file of %d", ErrCorrupt, n, src.size)
	}
	return nil
}

// recoverArrow turns a panic of the Arrow library, which is how it reports data that
// contradicts itself, into an error.
func recoverArrow(path string, err *error) {
	if p := recover(); p != nil {
		*err = fileError(path, "%w: %v", ErrCorrupt, p)
	}
}

// arrowError keeps the guard's own errors and marks the library's.
func arrowError(path string, err error) error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	return fileError(path, "%w: %w", ErrCorrupt, err)
}

// arrowKind says how a type is read.
func arrowKind(t arrow.DataType) kind {
	switch t := t.(type) {
	case *arrow.Float16Type, *arrow.Float32Type, *arrow.Float64Type:
		return kindNumber
	case *arrow.BooleanType, *arrow.Int8Type, *arrow.Int16Type, *arrow.Int32Type, *arrow.Int64Type,
		*arrow.Uint8Type, *arrow.Uint16Type, *arrow.Uint32Type, *arrow.Uint64Type:
		return kindWhole
	case *arrow.TimestampType, *arrow.Date32Type, *arrow.Date64Type:
		return kindTime
	case *arrow.StringType, *arrow.LargeStringType:
		return kindText
	case *arrow.DictionaryType:
		if arrowKind(t.ValueType) == kindText {
			return kindText
		}
	case *arrow.ListType:
		return listKind(t.Elem())
	case *arrow.LargeListType:
		return listKind(t.Elem())
	case *arrow.FixedSizeListType:
		return listKind(t.Elem())
	}
	return kindOther
}

func listKind(element arrow.DataType) kind {
	if arrowKind(element).numeric() {
		return kindList
	}
	return kindOther
}

func (t *arrowTable) fields() []field { return t.cols }

func (t *arrowTable) Close() error {
	if t.r != nil {
		t.r.Release()
		t.r, t.rec = nil, nil
	}
	return t.src.Close()
}

func (t *arrowTable) read(l *layout, max int) (b *batch, err error) {
	if t.r == nil {
		return nil, io.EOF
	}
	defer recoverArrow(t.src.path, &err)
	for t.rec == nil || t.from >= int(t.rec.NumRows()) {
		if t.rec, t.from = nil, 0; !t.r.Next() {
			if err := t.r.Err(); err != nil && !errors.Is(err, io.EOF) {
				return nil, arrowError(t.src.path, err)
			}
			return nil, io.EOF
		}
		t.rec = t.r.Record()
		for i, c := range t.rec.Columns() {
			if int64(c.Len()) != t.rec.NumRows() {
				return nil, rowError(t.src.path, t.row+1, t.cols[i].name, "%w: %d values in a batch of %d rows", ErrCorrupt, c.Len(), t.rec.NumRows())
			}
		}
	}
	from := t.from
	to := min(from+max, int(t.rec.NumRows()))
	b, err = t.cut(l, from, to)
	t.from = to
	t.row += to - from
	return b, err
}

// cut copies rows of the present record batch.
func (t *arrowTable) cut(l *layout, from, to int) (*batch, error) {
	base := t.row + 1
	b := &batch{rows: to - from, line: func(row int) int { return base + row }}
	bad := func(column int, at int, err error) error {
		return &Error{File: t.src.path, Row: base + at, Column: t.cols[column].name, Offset: -1, Err: err}
	}
	if l.series >= 0 {
		b.ids = arrowTexts(t.rec.Column(l.series), from, to)
	}
	if l.label >= 0 && l.textLabel {
		b.classes = arrowTexts(t.rec.Column(l.label), from, to)
	} else if l.label >= 0 {
		labels, at, err := arrowNumbers(t.rec.Column(l.label), from, to)
		if err != nil {
			return nil, bad(l.label, at, err)
		}
		b.labels = labels
	}
	if l.time >= 0 {
		times, at, err := arrowTimes(&t.stamps, t.rec.Column(l.time), from, to)
		if err != nil {
			return nil, bad(l.time, at, err)
		}
		b.times = times
	}
	if l.lists {
		b.lists = make([][][]float64, b.rows)
		for _, i := range l.channels {
			for row := range b.rows {
				v, err := arrowList(t.rec.Column(i), from+row)
				if err != nil {
					return nil, bad(i, row, err)
				}
				b.lists[row] = append(b.lists[row], v)
			}
		}
		return b, nil
	}
	for _, i := range l.channels {
		if t.cols[i].kind == kindText {
			return nil, bad(i, 0, fmt.Errorf("%s; a channel needs numbers", t.rec.Column(i).DataType()))
		}
		v, at, err := arrowNumbers(t.rec.Column(i), from, to)
		if err != nil {
			return nil, bad(i, at, err)
		}
		b.channels = append(b.channels, v)
	}
	return b, nil
}
