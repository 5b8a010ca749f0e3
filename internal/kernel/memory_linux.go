package kernel

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is the size of a huge page of x86-64 and of most others.
const hugePage = 1 << 21

// preferHuge asks for huge pages for all of x that they can hold; without them nothing but the speed differs.
func preferHuge(x []float32) {
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*4)
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(x))) & (hugePage - 1))
	if end := skip + (len(b)-skip)/hugePage*hugePage; end > skip {
		_ = unix.Madvise(b[skip:end], unix.MADV_HUGEPAGE)
	}
}
