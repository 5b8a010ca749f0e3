package datasets

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// maxWindow is the memory that a zstd frame may ask the reader to keep: the most
// that the command line tool writes without being asked for more.
const maxWindow = 128 << 20

// maxLayers is how many compressions around each other are undone.
const maxLayers = 2

var (
	gzipMagic = []byte{0x1f, 0x8b, 8}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// decompress undoes one layer of compression, judged by the head; ok tells whether
// there was one. Nothing is expanded ahead of what is read.
func decompress(head []byte, r io.Reader) (out io.Reader, done func(), ok bool, err error) {
	switch {
	case bytes.HasPrefix(head, gzipMagic):
		z, err := gzip.NewReader(r)
		return z, func() {}, true, err
	case bytes.HasPrefix(head, zstdMagic):
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, nil, true, err
		}
		return z, z.Close, true, nil
	}
	return nil, nil, false, nil
}

// unbroken is what was compressed; it says so where that is cut off.
type unbroken struct{ io.Reader }

func (r unbroken) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("%w, within its compression: it is still being written, or was cut off", ErrTruncated)
	}
	return n, err
}

// Decompress undoes the compression of r, gzip or zstd around each other at most twice, judged by the content; what is not
// compressed comes back as it is. Nothing is expanded ahead of what is read. done frees the decompressors.
func Decompress(r io.Reader) (out io.Reader, done func(), err error) {
	var all []func()
	done = func() {
		for _, f := range all {
			f()
		}
	}
	for range maxLayers {
		b := bufio.NewReader(r)
		r = b
		head, _ := b.Peek(4)
		z, free, ok, err := decompress(head, b)
		if err != nil {
			done()
			return nil, nil, err
		}
		if !ok {
			break
		}
		all = append(all, free)
		r = z
	}
	return r, done, nil
}

// cutCompression removes the endings of compressed files from a name.
func cutCompression(name string) string {
	for range maxLayers {
		lower := strings.ToLower(name)
		for _, ending := range []string{".gz", ".zst"} {
			if strings.HasSuffix(lower, ending) {
				name = name[:len(name)-len(ending)]
				break
			}
		}
	}
	return name
}
