package ipc

import (
	"encoding/binary"
	"fmt"

	"github.com/wavekin/wavekin/datasets/internal/fault"
)

// flat reads a flatbuffer. A position outside, or an element that is not all there, makes it panic, which [parsing] turns
// into an error.
type flat []byte

// parsing runs f, which reads a flatbuffer.
func parsing(what string, f func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if e, ok := p.(error); ok && e == fault.ErrLimit {
				err = fmt.Errorf("%w: %s names too many fields, or too deep ones", fault.ErrLimit, what)
				return
			}
			err = fmt.Errorf("%w: %s contradicts itself", fault.ErrCorrupt, what)
		}
	}()
	f()
	return nil
}

func (b flat) u16(at int) int { return int(binary.LittleEndian.Uint16(b[at:])) }

func (b flat) u32(at int) int { return int(binary.LittleEndian.Uint32(b[at:])) }

func (b flat) i32(at int) int { return int(int32(binary.LittleEndian.Uint32(b[at:]))) }

func (b flat) i64(at int) int64 { return int64(binary.LittleEndian.Uint64(b[at:])) }

// follow returns the place that an offset points to.
func (b flat) follow(at int) int { return at + b.u32(at) }

// field returns where a field of a table is, 0 if it is left out.
func (b flat) field(table, slot int) int {
	vtable, entry := table-b.i32(table), 4+2*slot
	if entry+2 > b.u16(vtable) {
		return 0
	}
	if off := b.u16(vtable + entry); off > 0 {
		return table + off
	}
	return 0
}

// The next four return a field's value, or the default if it is left out.

func (b flat) byteField(table, slot int, def byte) byte {
	if at := b.field(table, slot); at > 0 {
		return b[at]
	}
	return def
}

func (b flat) shortField(table, slot, def int) int {
	if at := b.field(table, slot); at > 0 {
		return int(int16(b.u16(at)))
	}
	return def
}

func (b flat) intField(table, slot, def int) int {
	if at := b.field(table, slot); at > 0 {
		return b.i32(at)
	}
	return def
}

func (b flat) longField(table, slot int, def int64) int64 {
	if at := b.field(table, slot); at > 0 {
		return b.i64(at)
	}
	return def
}

// vector returns the first element and the number of elements of a field that is a vector, all of which have to be there.
func (b flat) vector(table, slot, size int) (start, n int) {
	at := b.field(table, slot)
	if at == 0 {
		return 0, 0
	}
	v := b.follow(at)
	if n = b.u32(v); n > (len(b)-v-4)/size {
		panic(fault.ErrCorrupt)
	}
	return v + 4, n
}

// text returns a field that is a string.
func (b flat) text(table, slot int) string {
	start, n := b.vector(table, slot, 1)
	return string(b[start : start+n])
}
