package ipc

import (
	"encoding/binary"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/wavekin/wavekin/datasets/internal/fault"
)

var le = binary.LittleEndian

// builder makes an array of its buffers without the first one.
type builder func(children []arrow.ArrayData, buffers ...[]byte) (arrow.ArrayData, error)

// data returns n values from from on, as an array of v.typ; mask has a bit for each value that is there as far as the structs
// around it go, nil for all. It stays as it is until the vector is asked for others.
func (v *vector) data(from, n int64, mask []byte) (arrow.ArrayData, error) {
	if v.typ.ID() == arrow.NULL {
		return array.NewData(v.typ, int(n), []*memory.Buffer{nil}, nil, int(n), 0), nil
	}
	valid, err := v.validity(from, n, mask)
	if err != nil {
		return nil, err
	}
	nulls, bits := 0, (*memory.Buffer)(nil)
	if valid != nil {
		nulls, bits = array.UnknownNullCount, memory.NewBufferBytes(valid)
	}
	build := func(children []arrow.ArrayData, buffers ...[]byte) (arrow.ArrayData, error) {
		all := []*memory.Buffer{bits}
		for _, b := range buffers {
			all = append(all, memory.NewBufferBytes(b))
		}
		return array.NewData(v.typ, int(n), all, children, nulls, 0), nil
	}
	if v.places {
		b, err := v.checkedPlaces(from, n, valid)
		if err != nil {
			return nil, err
		}
		return array.NewDataWithDictionary(v.typ, int(n), []*memory.Buffer{bits, memory.NewBufferBytes(b)}, nulls, 0, v.dict.(*array.Data)), nil
	}
	switch v.field.typ.id {
	case tBool:
		b, err := v.buffers[1].bits(from, n)
		if err != nil {
			return nil, err
		}
		return build(nil, b)
	case tText, tBinary, tLargeText, tLargeBinary:
		off, err := v.offsets(from, n)
		if err != nil {
			return nil, err
		}
		lo, hi := off[0], off[n]
		b, err := v.buffers[2].bytes(lo, hi-lo)
		if err != nil {
			return nil, err
		}
		return build(nil, rebased(off), b)
	case tTextView, tBinaryView:
		off, b, err := v.gather(from, n, valid)
		if err != nil {
			return nil, err
		}
		return build(nil, off, b)
	case tList, tLargeList, tFixedList:
		off, err := v.offsets(from, n)
		if err != nil {
			return nil, err
		}
		child, err := v.children[0].data(off[0], off[n]-off[0], nil)
		if err != nil {
			return nil, err
		}
		return build([]arrow.ArrayData{child}, rebased(off))
	case tListView, tLargeListView:
		return v.listViews(from, n, valid, build)
	}
	width := v.field.typ.width()
	b, err := v.buffers[1].bytes(from*width, n*width)
	if err != nil {
		return nil, err
	}
	if v.field.typ.id == tDecimal && width < 16 {
		b = widened(b, int(width))
	}
	return build(nil, b)
}

// bits returns n bits from from on, the first of them in the lowest place.
func (b *buffer) bits(from, n int64) ([]byte, error) {
	shift := uint(from % 8)
	in, err := b.bytes(from/8, (int64(shift)+n+7)/8)
	if err != nil || shift == 0 {
		return in, err
	}
	out := make([]byte, (n+7)/8)
	for i := range out {
		out[i] = in[i] >> shift
		if i+1 < len(in) {
			out[i] |= in[i+1] << (8 - shift)
		}
	}
	return out, nil
}

// validity returns a bit for each value that is there, nil if all are.
func (v *vector) validity(from, n int64, mask []byte) ([]byte, error) {
	if v.nulls == 0 || v.buffers[0].size == 0 {
		return mask, nil
	}
	own, err := v.buffers[0].bits(from, n)
	if err != nil || mask == nil {
		return own, err
	}
	out := make([]byte, len(own))
	for i := range out {
		out[i] = own[i] & mask[i]
	}
	return out, nil
}

func isSet(bits []byte, i int64) bool { return bits == nil || bits[i/8]>>(i%8)&1 != 0 }

// offsets returns where n values begin and the last one ends.
func (v *vector) offsets(from, n int64) ([]int64, error) {
	out := make([]int64, n+1)
	if v.field.typ.id == tFixedList {
		for i := range out {
			out[i] = (from + int64(i)) * int64(v.field.typ.size)
		}
		return out, nil
	}
	if n == 0 {
		return out, nil
	}
	width, most := int64(4), int64(0)
	switch id := v.field.typ.id; {
	case id == tLargeText || id == tLargeBinary || id == tLargeList:
		width = 8
	}
	b, err := v.buffers[1].bytes(from*width, (n+1)*width)
	if err != nil {
		return nil, err
	}
	if len(v.children) > 0 {
		most = v.children[0].length
	} else {
		most = v.buffers[2].size
	}
	last := int64(0)
	for i := range out {
		if width == 4 {
			out[i] = int64(int32(le.Uint32(b[4*i:])))
		} else {
			out[i] = int64(le.Uint64(b[8*i:]))
		}
		if out[i] < last || out[i] > most {
			return nil, fmt.Errorf("%w: a value of %s that ends at %d, after %d of %d", fault.ErrCorrupt, v.field, out[i], last, most)
		}
		last = out[i]
	}
	return out, nil
}

// rebased makes 32-bit offsets that begin at 0.
func rebased(off []int64) []byte {
	out := make([]byte, 4*len(off))
	for i, o := range off {
		le.PutUint32(out[4*i:], uint32(o-off[0]))
	}
	return out
}

// widened makes 128-bit integers.
func widened(b []byte, width int) []byte {
	out := make([]byte, len(b)/width*16)
	for i := 0; i*width < len(b); i++ {
		v := int64(0)
		if width == 4 {
			v = int64(int32(le.Uint32(b[4*i:])))
		} else {
			v = int64(le.Uint64(b[8*i:]))
		}
		le.PutUint64(out[16*i:], uint64(v))
		le.PutUint64(out[16*i+8:], uint64(v>>63))
	}
	return out
}

// view returns the bytes that the i-th of some views stands for.
func (v *vector) view(views []byte, i int64) ([]byte, error) {
	w := views[16*i : 16*i+16]
	n := int64(int32(le.Uint32(w)))
	switch {
	case n < 0:
		return nil, fmt.Errorf("%w: a text of %d bytes", fault.ErrCorrupt, n)
	case n <= 12:
		return w[4 : 4+n], nil
	}
	which, at := int64(le.Uint32(w[8:])), int64(le.Uint32(w[12:]))
	if which >= int64(len(v.buffers)-2) {
		return nil, fmt.Errorf("%w: a text in buffer %d of %d", fault.ErrCorrupt, which, len(v.buffers)-2)
	}
	b, err := v.buffers[2+which].bytes(at, n)
	if err == nil && string(b[:4]) != string(w[4:8]) {
		err = fmt.Errorf("%w: a text that begins with %q, but %q is expected", fault.ErrCorrupt, b[:4], w[4:8])
	}
	return b, err
}

// gather brings what views stand for together.
func (v *vector) gather(from, n int64, valid []byte) (offsets, text []byte, err error) {
	views, err := v.buffers[1].bytes(16*from, 16*n)
	if err != nil {
		return nil, nil, err
	}
	offsets = make([]byte, 4*(n+1))
	for i := range n {
		if isSet(valid, i) {
			b, err := v.view(views, i)
			if err != nil {
				return nil, nil, err
			}
			text = append(text, b...)
		}
		le.PutUint32(offsets[4*(i+1):], uint32(len(text)))
	}
	return offsets, text, nil
}

// listSpans returns where lists begin and how long they are; those that are null are empty.
func (v *vector) listSpans(from, n int64, valid []byte) (at, size []int64, err error) {
	width := int64(4)
	if v.field.typ.id == tLargeListView {
		width = 8
	}
	read := func(b *buffer) []int64 {
		var raw []byte
		if raw, err = b.bytes(from*width, n*width); err != nil {
			return nil
		}
		out := make([]int64, n)
		for i := range out {
			if width == 4 {
				out[i] = int64(int32(le.Uint32(raw[4*i:])))
			} else {
				out[i] = int64(le.Uint64(raw[8*i:]))
			}
		}
		return out
	}
	if at = read(v.buffers[1]); err != nil {
		return nil, nil, err
	}
	if size = read(v.buffers[2]); err != nil {
		return nil, nil, err
	}
	most := v.children[0].length
	for i := range at {
		if !isSet(valid, int64(i)) {
			at[i], size[i] = -1, 0
		} else if at[i] < 0 || size[i] < 0 || at[i] > most || size[i] > most-at[i] {
			return nil, nil, fmt.Errorf("%w: a list of %d values from %d on of %d", fault.ErrCorrupt, size[i], at[i], most)
		}
	}
	return at, size, nil
}

// reach is the part of the child that lists lie in.
type reach struct{ lo, hi int64 }

func (r *reach) add(at, size int64) {
	if size > 0 {
		if r.hi == 0 || at < r.lo {
			r.lo = at
		}
		r.hi = max(r.hi, at+size)
	}
}

func (v *vector) listViews(from, n int64, valid []byte, build builder) (arrow.ArrayData, error) {
	at, size, err := v.listSpans(from, n, valid)
	if err != nil {
		return nil, err
	}
	var r reach
	for i := range at {
		r.add(at[i], size[i])
	}
	child, err := v.children[0].data(r.lo, r.hi-r.lo, nil)
	if err != nil {
		return nil, err
	}
	starts, sizes := make([]byte, 4*n), make([]byte, 4*n)
	for i := range at {
		if size[i] > 0 {
			le.PutUint32(starts[4*i:], uint32(at[i]-r.lo))
			le.PutUint32(sizes[4*i:], uint32(size[i]))
		}
	}
	return build([]arrow.ArrayData{child}, starts, sizes)
}

// checkedPlaces returns places in a dictionary, which have to be in it.
func (v *vector) checkedPlaces(from, n int64, valid []byte) ([]byte, error) {
	width := int64(v.field.dict.bits / 8)
	b, err := v.buffers[1].bytes(from*width, n*width)
	if err != nil {
		return nil, err
	}
	most := uint64(v.dict.Len())
	for i := range n {
		var p uint64
		switch width {
		case 1:
			p = uint64(b[i])
		case 2:
			p = uint64(le.Uint16(b[2*i:]))
		case 4:
			p = uint64(le.Uint32(b[4*i:]))
		case 8:
			p = le.Uint64(b[8*i:])
		}
		// A negative place is a large one here, since a dictionary is never that long.
		if p >= most && isSet(valid, i) || p >= 1<<(8*width-1) && v.field.dict.signed && isSet(valid, i) {
			return nil, fmt.Errorf("%w: entry %d of a dictionary of %d", fault.ErrCorrupt, p, most)
		}
	}
	return b, nil
}

// fit returns how many of n values from from on take at most room bytes together, at least one if n is, and how many bytes they
// take. Values of a fixed length count nothing: they are reckoned before.
func (v *vector) fit(from, n, room int64) (rows, bytes int64, err error) {
	if v.places || n == 0 {
		return n, 0, nil
	}
	width := int64(1)
	if len(v.children) == 1 {
		width = max(1, v.children[0].field.typ.width())
	}
	var size func(i int64) int64
	switch v.field.typ.id {
	case tText, tBinary, tLargeText, tLargeBinary, tList, tLargeList, tFixedList:
		off, err := v.offsets(from, n)
		if err != nil {
			return 0, 0, err
		}
		size = func(i int64) int64 { return (off[i+1] - off[0]) * width }
	case tTextView, tBinaryView:
		views, err := v.buffers[1].bytes(16*from, 16*n)
		if err != nil {
			return 0, 0, err
		}
		sum, valid := int64(0), []byte(nil)
		if valid, err = v.validity(from, n, nil); err != nil {
			return 0, 0, err
		}
		size = func(i int64) int64 {
			if isSet(valid, i) {
				sum += max(0, int64(int32(le.Uint32(views[16*i:]))))
			}
			return sum
		}
	case tListView, tLargeListView:
		valid, err := v.validity(from, n, nil)
		if err != nil {
			return 0, 0, err
		}
		at, sizes, err := v.listSpans(from, n, valid)
		if err != nil {
			return 0, 0, err
		}
		var r reach
		sum := int64(0)
		size = func(i int64) int64 {
			sum += sizes[i]
			r.add(at[i], sizes[i])
			return max(sum, r.hi-r.lo) * width
		}
	default:
		return n, 0, nil
	}
	for i := range n {
		next := size(i)
		if next > room && i > 0 {
			return i, bytes, nil
		}
		bytes = next
	}
	return n, bytes, nil
}
