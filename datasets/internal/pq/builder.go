package pq

import (
	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// builder makes an array of values that are appended.
type builder struct {
	typ     arrow.DataType
	n       int
	valid   []byte // a bit for each value, once there is a null
	fixed   []byte // values of a fixed number of bytes, as they are stored
	offsets []int32
	text    []byte
	bits    []byte
}

// reset empties it; the buffers are used again.
func (b *builder) reset() {
	b.n, b.valid, b.fixed, b.offsets, b.text, b.bits = 0, nil, b.fixed[:0], b.offsets[:0], b.text[:0], b.bits[:0]
}

// mark notes which of n further values are there: those whose level is full.
func (b *builder) mark(defs []byte, full byte, n int) {
	if defs == nil {
		if b.valid != nil {
			b.grow(n)
			for i := b.n; i < b.n+n; i++ {
				b.valid[i/8] |= 1 << (i % 8)
			}
		}
		b.n += n
		return
	}
	whole := true
	for _, d := range defs {
		whole = whole && d == full
	}
	if whole {
		b.mark(nil, 0, n)
		return
	}
	if b.valid == nil {
		b.valid = make([]byte, 0, 1+(b.n+n)/8)
		had := b.n
		b.n = 0
		b.grow(had)
		for i := range had {
			b.valid[i/8] |= 1 << (i % 8)
		}
		b.n = had
	}
	b.grow(n)
	for i, d := range defs {
		if d == full {
			b.valid[(b.n+i)/8] |= 1 << ((b.n + i) % 8)
		}
	}
	b.n += n
}

// grow makes room for n further bits.
func (b *builder) grow(n int) {
	for len(b.valid) < (b.n+n+7)/8 {
		b.valid = append(b.valid, 0)
	}
}

// put appends n values of a chunk's page, those that are null as nothing; of defs all n levels are given, or none if all are there.
func (b *builder) put(c *chunk, defs []byte, n int) {
	full := byte(c.col.maxDef)
	there := n
	if defs != nil {
		there = 0
		for _, d := range defs {
			if d == full {
				there++
			}
		}
	}
	if there == n {
		defs = nil
	}
	b.mark(defs, full, n)
	v := &c.page.values
	from, to := c.page.next, c.page.next+there
	c.page.next = to
	switch {
	case b.typ.ID() == arrow.NULL:
	case b.typ.ID() == arrow.DICTIONARY:
		b.fixed = spread(b.fixed, arrow.Int32Traits.CastToBytes(v.places[from:to]), 4, defs, full, n)
	case v.texts != nil || b.typ.ID() == arrow.STRING || b.typ.ID() == arrow.BINARY:
		if len(b.offsets) == 0 {
			b.offsets = append(b.offsets, 0)
		}
		for i := range n {
			if defs == nil || defs[i] == full {
				b.text = append(b.text, v.texts[from]...)
				from++
			}
			b.offsets = append(b.offsets, int32(len(b.text)))
		}
	case b.typ.ID() == arrow.BOOL:
		bools := v.bools
		for i := range n {
			x := byte(0)
			if defs == nil || defs[i] == full {
				if v.places != nil {
					x = c.dict.bools[v.places[from]]
				} else {
					x = bools[from]
				}
				from++
			}
			b.bits = append(b.bits, x)
		}
	default:
		width := b.typ.(arrow.FixedWidthDataType).BitWidth() / 8
		if v.places != nil {
			b.gather(c.dict.fixed, width, v.places[from:to], defs, full, n)
		} else {
			b.fixed = spread(b.fixed, v.fixed[from*width:to*width], width, defs, full, n)
		}
	}
}

// spread appends n values of a width, with room for those that are null.
func spread(dst, src []byte, width int, defs []byte, full byte, n int) []byte {
	if defs == nil {
		return append(dst, src...)
	}
	at := len(dst)
	dst = append(dst, make([]byte, n*width)...)
	for _, d := range defs {
		if d == full {
			copy(dst[at:at+width], src)
			src = src[width:]
		}
		at += width
	}
	return dst
}

// gather appends values of a dictionary.
func (b *builder) gather(dict []byte, width int, places []int32, defs []byte, full byte, n int) {
	at := len(b.fixed)
	b.fixed = append(b.fixed, make([]byte, n*width)...)
	out := b.fixed[at:]
	if defs == nil && width == 8 {
		from, to := arrow.Uint64Traits.CastFromBytes(dict), arrow.Uint64Traits.CastFromBytes(out)
		for i, p := range places {
			to[i] = from[p]
		}
		return
	}
	if defs == nil && width == 4 {
		from, to := arrow.Uint32Traits.CastFromBytes(dict), arrow.Uint32Traits.CastFromBytes(out)
		for i, p := range places {
			to[i] = from[p]
		}
		return
	}
	next := 0
	for i := range n {
		if defs == nil || defs[i] == full {
			p := int(places[next]) * width
			copy(out[i*width:(i+1)*width], dict[p:p+width])
			next++
		}
	}
}

// data is the array's content; it aliases the builder. dict is the dictionary of places, or nil.
func (b *builder) data(dict arrow.ArrayData) arrow.ArrayData {
	nulls, valid := 0, (*memory.Buffer)(nil)
	if b.valid != nil {
		nulls, valid = array.UnknownNullCount, memory.NewBufferBytes(b.valid)
	}
	buffers := []*memory.Buffer{valid}
	switch b.typ.ID() {
	case arrow.NULL:
		return array.NewData(b.typ, b.n, buffers, nil, b.n, 0)
	case arrow.BOOL:
		packed := make([]byte, (len(b.bits)+7)/8)
		for i, x := range b.bits {
			packed[i/8] |= x << (i % 8)
		}
		buffers = append(buffers, memory.NewBufferBytes(packed))
	case arrow.STRING, arrow.BINARY:
		if len(b.offsets) == 0 {
			b.offsets = append(b.offsets, 0)
		}
		buffers = append(buffers, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(b.offsets)), memory.NewBufferBytes(b.text))
	case arrow.DICTIONARY:
		buffers = append(buffers, memory.NewBufferBytes(b.fixed))
		return array.NewDataWithDictionary(b.typ, b.n, buffers, nulls, 0, dict.(*array.Data))
	default:
		buffers = append(buffers, memory.NewBufferBytes(b.fixed))
	}
	return array.NewData(b.typ, b.n, buffers, nil, nulls, 0)
}

// textsOf makes an array of texts.
func textsOf(typ arrow.DataType, all [][]byte) arrow.ArrayData {
	b := &builder{typ: typ, n: len(all), offsets: []int32{0}}
	for _, t := range all {
		b.text = append(b.text, t...)
		b.offsets = append(b.offsets, int32(len(b.text)))
	}
	return b.data(nil)
}
