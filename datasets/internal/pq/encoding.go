package pq

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/wavekin/wavekin/datasets/internal/fault"
)

var le = binary.LittleEndian

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", fault.ErrCorrupt, fmt.Sprintf(format, args...))
}

// hybrid returns the part of src that holds n values of the run-length and bit-packing hybrid. The library expands whatever runs
// there are, so none may be longer than what is wanted.
func hybrid(src []byte, width uint, n int) ([]byte, error) {
	at := 0
	for left := n; left > 0; {
		h, used := binary.Uvarint(src[at:])
		if used <= 0 {
			return nil, corrupt("%d values are announced, %d fewer are there", n, left)
		}
		at += used
		if h&1 == 0 {
			if h>>1 > uint64(left) || h == 0 {
				return nil, corrupt("a run of %d values where %d are left", h>>1, left)
			}
			at += int(width+7) / 8
			left -= int(h >> 1)
		} else {
			if h == 1 {
				return nil, corrupt("a run of no values where %d are left", left)
			}
			if need := uint64(left+7) / 8; h>>1 > need {
				// Some writers, DuckDB among them, fill the last run up; what nobody wants is not expanded.
				rest := src[min(len(src), at):min(len(src), at+int(need)*int(width))]
				src = append(binary.AppendUvarint(append([]byte(nil), src[:at-used]...), need<<1|1), rest...)
				at, h = at-used, need<<1|1
				at += len(binary.AppendUvarint(nil, h))
			}
			at += int(h>>1) * int(width)
			left -= int(h >> 1 * 8)
		}
		if at > len(src) {
			if left > 0 || h&1 == 0 {
				return nil, corrupt("%d values are announced, not all are there", n)
			}
			// Some writers leave out the end of the last group.
			return append(src[:len(src):len(src)], make([]byte, at-len(src))...), nil
		}
	}
	return src[:at], nil
}

// levels decodes n levels of a width of at most 8 bits.
func levels(dst, src []byte, width uint, n int) ([]byte, error) {
	if width == 0 {
		return make([]byte, n), nil
	}
	src, err := hybrid(src, width, n)
	if err != nil {
		return nil, err
	}
	dst, err = (&rle.Encoding{BitWidth: int(width)}).DecodeLevels(dst[:0], src)
	if err != nil || len(dst) < n {
		return nil, corrupt("levels that cannot be read: %v", err)
	}
	return dst[:n], nil
}

// places decodes n places in a dictionary of size values.
func places(dst []int32, src []byte, n, size int) ([]int32, error) {
	if n == 0 {
		return dst[:0], nil
	}
	if len(src) < 1 || src[0] > 32 {
		return nil, corrupt("places in a dictionary without a width")
	}
	width := uint(src[0])
	if width == 0 {
		dst = make([]int32, n)
	} else {
		src, err := hybrid(src[1:], width, n)
		if err != nil {
			return nil, err
		}
		dst, err = (&rle.Encoding{BitWidth: int(width)}).DecodeInt32(dst[:0], src)
		if err != nil || len(dst) < n {
			return nil, corrupt("places in a dictionary that cannot be read: %v", err)
		}
		dst = dst[:n]
	}
	for _, p := range dst {
		if uint32(p) >= uint32(size) {
			return nil, corrupt("entry %d of a dictionary of %d", uint32(p), size)
		}
	}
	return dst, nil
}

// deltas decodes n integers of the encoding DELTA_BINARY_PACKED and returns what comes after them.
func deltas(src []byte, n int) (out []int64, rest []byte, err error) {
	next := func() uint64 {
		v, used := binary.Uvarint(src)
		if used <= 0 {
			if err == nil {
				err = corrupt("differences that end too early")
			}
			return 0
		}
		src = src[used:]
		return v
	}
	zigzag := func() int64 { u := next(); return int64(u>>1) ^ -int64(u&1) }
	block, minis, total, value := next(), next(), next(), zigzag()
	switch {
	case err != nil:
		return nil, nil, err
	case block == 0 || block > 1<<16 || minis == 0 || minis > block || block%minis != 0 || block/minis%8 != 0:
		return nil, nil, corrupt("differences in blocks of %d in %d parts", block, minis)
	case total != uint64(n):
		return nil, nil, corrupt("%d differences where %d values are announced", total, n)
	}
	per := int(block / minis)
	out = make([]int64, 0, n)
	if n > 0 {
		out = append(out, value)
	}
	for len(out) < n {
		least := zigzag()
		if err != nil || len(src) < int(minis) {
			return nil, nil, corrupt("differences that end too early")
		}
		widths := src[:minis]
		src = src[minis:]
		for _, w := range widths {
			if len(out) == n {
				break
			}
			size := per * int(w) / 8
			if w > 64 || size > len(src) {
				return nil, nil, corrupt("differences of %d bits that end too early", w)
			}
			for i := 0; i < per && len(out) < n; i++ {
				value += least + int64(unpack(src[:size], i*int(w), uint(w)))
				out = append(out, value)
			}
			src = src[size:]
		}
	}
	return out, src, nil
}

// unpack returns the width bits at bit at.
func unpack(b []byte, at int, width uint) uint64 {
	if width == 0 {
		return 0
	}
	i, shift := at/8, uint(at%8)
	var word [16]byte
	copy(word[:], b[i:min(len(b), i+9)])
	v := le.Uint64(word[:]) >> shift
	if shift > 0 {
		v |= uint64(word[8]) << (64 - shift)
	}
	return v & (1<<(width&63) - 1 | -(uint64(width) >> 6))
}

// lengths decodes n lengths, none of them negative and together at most most.
func lengths(src []byte, n int, most int64) (out []int64, rest []byte, err error) {
	if out, rest, err = deltas(src, n); err != nil {
		return nil, nil, err
	}
	var sum int64
	for _, l := range out {
		if sum += l; l < 0 || l > most || sum > most {
			return nil, nil, fmt.Errorf("%w: texts of more than %d bytes together", fault.ErrLimit, most)
		}
	}
	return out, rest, nil
}

// deltaTexts decodes texts of DELTA_LENGTH_BYTE_ARRAY, or of DELTA_BYTE_ARRAY where they begin as the one before does.
func deltaTexts(src []byte, n int, front bool, most int64) ([][]byte, error) {
	var same []int64
	var err error
	if front {
		if same, src, err = lengths(src, n, most); err != nil {
			return nil, err
		}
	}
	own, src, err := lengths(src, n, most)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, n)
	var last []byte
	for i := range out {
		if own[i] > int64(len(src)) {
			return nil, corrupt("a text of %d bytes where %d are left", own[i], len(src))
		}
		out[i], src = src[:own[i]:own[i]], src[own[i]:]
		if front && same[i] > 0 {
			if same[i] > int64(len(last)) {
				return nil, corrupt("a text that begins as %d bytes of one of %d", same[i], len(last))
			}
			out[i] = append(last[:same[i]:same[i]], out[i]...)
		}
		last = out[i]
	}
	return out, nil
}

// plainTexts decodes n texts, each after its length.
func plainTexts(src []byte, n int) ([][]byte, error) {
	if n > len(src)/4 {
		return nil, corrupt("%d texts in %d bytes", n, len(src))
	}
	out := make([][]byte, n)
	for i := range out {
		if len(src) < 4 {
			return nil, corrupt("texts that end too early")
		}
		size := int64(le.Uint32(src))
		if src = src[4:]; size > int64(len(src)) {
			return nil, corrupt("a text of %d bytes where %d are left", size, len(src))
		}
		out[i], src = src[:size:size], src[size:]
	}
	return out, nil
}

// split undoes BYTE_STREAM_SPLIT, which keeps all first bytes together, then all second ones, and so on.
func split(src []byte, width int) []byte {
	n := len(src) / width
	out := make([]byte, n*width)
	for k := range width {
		for i, b := range src[k*n : (k+1)*n] {
			out[i*width+k] = b
		}
	}
	return out
}

// widthOf is the number of bits that levels up to most take.
func widthOf(most int) uint { return uint(bits.Len(uint(most))) }
