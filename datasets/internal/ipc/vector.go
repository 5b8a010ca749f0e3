package ipc

import (
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/wavekin/wavekin/datasets/internal/fault"
)

// vector is a column of a batch, or a part of one.
type vector struct {
	field         *node
	typ           arrow.DataType // of its arrays
	length, nulls int64
	spans         []span // validity first, where the type has one
	buffers       []*buffer
	children      []*vector
	places        bool            // in a dictionary
	dict          arrow.ArrayData // its values
}

// layout gives the columns of a batch their nodes and buffers, which stand in the order of the schema.
type layout struct {
	r                  *records
	old                bool // format V4, in which unions have a validity bitmap
	node, buffer, view int
}

func (l *layout) buffers(n int) ([]span, error) {
	if n < 0 || n > len(l.r.buffers)-l.buffer {
		return nil, fmt.Errorf("%w: the schema needs more buffers than the %d of the batch", fault.ErrCorrupt, len(l.r.buffers))
	}
	l.buffer += n
	return l.r.buffers[l.buffer-n : l.buffer], nil
}

// vector takes what a field needs; of a dictionary the values, not the places.
func (l *layout) vector(f *node, values bool) (v *vector, err error) {
	if l.node >= len(l.r.nodes) {
		return nil, fmt.Errorf("%w: the schema needs more columns than the %d of the batch", fault.ErrCorrupt, len(l.r.nodes))
	}
	v = &vector{field: f, length: l.r.nodes[l.node][0], nulls: l.r.nodes[l.node][1], typ: f.arrowType()}
	l.node++
	if values {
		v.typ = f.valueType()
	} else if f.dict != nil {
		v.places = true
		v.spans, err = l.buffers(2)
		return v, err
	}
	n := 2
	switch f.typ.id {
	case tNull, tRunEnd:
		n = 0
	case tStruct, tFixedList:
		n = 1
	case tText, tBinary, tLargeText, tLargeBinary, tListView, tLargeListView:
		n = 3
	case tTextView, tBinaryView:
		if l.view >= len(l.r.views) {
			return nil, fmt.Errorf("%w: a column of views without a count of its buffers", fault.ErrCorrupt)
		}
		n += int(l.r.views[l.view])
		l.view++
	case tUnion:
		n = 1
		if f.typ.dense {
			n++
		}
		if l.old {
			n++
		}
	}
	if v.spans, err = l.buffers(n); err != nil {
		return nil, err
	}
	for _, c := range f.children {
		child, err := l.vector(c, false)
		if err != nil {
			return nil, err
		}
		v.children = append(v.children, child)
	}
	return v, nil
}

// done tells whether all of the batch was given out.
func (l *layout) done() error {
	if l.node != len(l.r.nodes) || l.buffer != len(l.r.buffers) || l.view != len(l.r.views) {
		return fmt.Errorf("%w: a batch of %d columns and %d buffers, the schema has %d and %d", fault.ErrCorrupt,
			len(l.r.nodes), len(l.r.buffers), l.node, l.buffer)
	}
	return nil
}

// needed lists the vectors whose buffers have to be there to read v.
func (v *vector) needed(out []*vector) []*vector {
	out = append(out, v)
	if v.field.typ.id == tStruct || v.places {
		return out
	}
	for _, c := range v.children {
		out = c.needed(out)
	}
	return out
}

// check holds the buffers of a vector against its length.
func (v *vector) check() error {
	if v.field.typ.id == tNull {
		return nil
	}
	if size := v.buffers[0].size; (v.nulls > 0 || size > 0) && size < (v.length+7)/8 {
		return v.short("validity", size)
	}
	width := v.field.typ.width()
	id := v.field.typ.id
	if v.places {
		width, id = int64(v.field.dict.bits/8), tInt
	}
	need, data := int64(-1), int64(0)
	if len(v.buffers) > 1 {
		data = v.buffers[1].size
	}
	switch id {
	case tBool:
		need = (v.length + 7) / 8
	case tText, tBinary, tList:
		width = 4
	case tLargeText, tLargeBinary, tLargeList:
		width = 8
	case tTextView, tBinaryView:
		width = 16
	case tListView, tLargeListView:
		width = 4
		if id == tLargeListView {
			width = 8
		}
		if v.length > v.buffers[2].size/width {
			return v.short("sizes", v.buffers[2].size)
		}
	case tFixedList:
		if n := int64(v.field.typ.size); n > 0 && v.length > v.children[0].length/n || len(v.children) != 1 {
			return fmt.Errorf("%w: %d lists of %d values, there are %d", fault.ErrCorrupt, v.length, n, v.children[0].length)
		}
		return nil
	case tStruct:
		for _, c := range v.children {
			if c.length != v.length {
				return fmt.Errorf("%w: %d structs, but %d values of %q", fault.ErrCorrupt, v.length, c.length, c.field.name)
			}
		}
		return nil
	}
	rows := v.length
	if id == tText || id == tBinary || id == tList || id == tLargeText || id == tLargeBinary || id == tLargeList {
		if rows == 0 {
			return nil // the only offset may be left out
		}
		rows++
	}
	if need < 0 && (width <= 0 || rows > data/width) || need > data {
		return v.short("data", data)
	}
	return nil
}

func (v *vector) short(what string, size int64) error {
	return fmt.Errorf("%w: %d values in a column of %s, whose %s has %d bytes", fault.ErrCorrupt, v.length, v.field, what, size)
}
