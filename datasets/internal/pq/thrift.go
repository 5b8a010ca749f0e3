package pq

import (
	"fmt"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/wavekin/wavekin/datasets/internal/fault"
)

// maxDepth bounds how deep structures lie in each other.
const maxDepth = 32

// measure walks a structure of the compact protocol before the library decodes it, which makes room for as many elements as a
// list says that it has. It returns the length of the structure, with an error where it does not end, or has more than most
// elements in its lists.
func measure(b []byte, most int) (n int, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: a description of %d bytes that ends too early", fault.ErrCorrupt, len(b))
			if e, ok := p.(error); ok && e == fault.ErrLimit {
				err = fmt.Errorf("%w: a description with more than %d elements", fault.ErrLimit, most)
			}
		}
	}()
	w := &walk{b: b, left: most}
	w.structure(0)
	return w.at, nil
}

type walk struct {
	b    []byte
	at   int
	left int
}

func (w *walk) next() byte {
	c := w.b[w.at]
	w.at++
	return c
}

func (w *walk) varint() uint64 {
	var v uint64
	for shift := uint(0); shift < 64; shift += 7 {
		c := w.next()
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
	panic(fault.ErrCorrupt)
}

func (w *walk) skip(n uint64) {
	if n > uint64(len(w.b)-w.at) {
		panic(fault.ErrCorrupt)
	}
	w.at += int(n)
}

func (w *walk) structure(depth int) {
	if depth > maxDepth {
		panic(fault.ErrLimit)
	}
	for {
		head := w.next()
		if head == 0 {
			return
		}
		if head>>4 == 0 {
			w.varint()
		}
		w.value(head&15, depth, false)
	}
}

// Types of the compact protocol.
const (
	typeTrue = iota + 1
	typeFalse
	typeByte
	typeShort
	typeInt
	typeLong
	typeDouble
	typeBinary
	typeList
	typeSet
	typeMap
	typeStruct
)

func (w *walk) value(kind byte, depth int, element bool) {
	switch kind {
	case typeTrue, typeFalse:
		if element {
			w.next()
		}
	case typeByte:
		w.next()
	case typeShort, typeInt, typeLong:
		w.varint()
	case typeDouble:
		w.skip(8)
	case typeBinary:
		w.skip(w.varint())
	case typeList, typeSet:
		head := w.next()
		n := uint64(head >> 4)
		if n == 15 {
			n = w.varint()
		}
		if n > uint64(len(w.b)-w.at) {
			panic(fault.ErrCorrupt) // an element takes at least a byte
		}
		if n > uint64(w.left) {
			panic(fault.ErrLimit)
		}
		w.left -= int(n)
		for range n {
			w.value(head&15, depth+1, true)
		}
	case typeStruct:
		w.structure(depth + 1)
	default:
		panic(fault.ErrCorrupt) // Parquet has no maps
	}
}

// decode decodes a structure that measure has passed.
func decode(b []byte, into any) (err error) {
	defer fault.Catch(&err)
	if err := thrift.Unmarshal(&thrift.CompactProtocol{}, b, into); err != nil {
		return fmt.Errorf("%w: %w", fault.ErrCorrupt, err)
	}
	return nil
}
