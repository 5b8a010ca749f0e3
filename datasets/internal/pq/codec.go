package pq

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
	"github.com/wavekin/wavekin/datasets/internal/fault"
)

// hadoopLZ4 is the codec LZ4 of before 2021: blocks with two lengths before each, or one bare block.
const hadoopLZ4 = format.CompressionCodec(5)

// expander undoes the compression of pages. It never makes more than the size that is asked for.
type expander struct{ zstd *zstd.Decoder }

func (x *expander) close() {
	if x.zstd != nil {
		x.zstd.Close()
		x.zstd = nil
	}
}

// expand returns size bytes; what expands to another size is damaged. dst may be used.
func (x *expander) expand(dst, src []byte, size int, codec format.CompressionCodec) (out []byte, err error) {
	defer fault.Catch(&err)
	if codec == format.Uncompressed {
		if len(src) != size {
			return nil, fmt.Errorf("%w: a page of %d bytes that claims to have %d", fault.ErrCorrupt, len(src), size)
		}
		return src, nil
	}
	if cap(dst) < size {
		dst = make([]byte, size)
	}
	dst = dst[:size]
	n := 0
	switch codec {
	case format.Snappy:
		if n, err = snappy.DecodedLen(src); err == nil && n == size {
			_, err = snappy.Decode(dst, src)
		}
	case format.Lz4Raw:
		n, err = lz4.UncompressBlock(src, dst)
	case hadoopLZ4:
		if n, err = hadoopBlocks(dst, src); err != nil {
			n, err = lz4.UncompressBlock(src, dst)
		}
	case format.Gzip:
		var r io.Reader
		if r, err = gzip.NewReader(bytes.NewReader(src)); err == nil {
			n, err = fill(dst, r)
		}
	case format.Brotli:
		n, err = fill(dst, brotli.NewReader(bytes.NewReader(src)))
	case format.Zstd:
		if x.zstd == nil {
			if x.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecodeBuffersBelow(0)); err != nil {
				return nil, err
			}
		}
		if err = x.zstd.Reset(bytes.NewReader(src)); err == nil {
			n, err = fill(dst, x.zstd)
		}
	default:
		return nil, fmt.Errorf("%w: Parquet compressed by codec %d", fault.ErrFormat, codec)
	}
	switch {
	case errors.Is(err, errMore):
		return nil, fmt.Errorf("%w: a page that expands to more than the %d bytes that it claims", fault.ErrCorrupt, size)
	case err != nil:
		return nil, fmt.Errorf("%w: a page that cannot be expanded: %w", fault.ErrCorrupt, err)
	case n != size:
		return nil, fmt.Errorf("%w: a page that expands to %d bytes and claims %d", fault.ErrCorrupt, n, size)
	}
	return dst, nil
}

var errMore = errors.New("more than is claimed")

// fill reads all of r, which has to fit.
func fill(dst []byte, r io.Reader) (int, error) {
	n, err := io.ReadFull(r, dst)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return n, nil
	}
	if err != nil {
		return n, err
	}
	// The end has the checksum before it.
	switch more, err := io.ReadFull(r, make([]byte, 1)); {
	case more > 0:
		return n, errMore
	case errors.Is(err, io.EOF):
		return n, nil
	default:
		return n, err
	}
}

func hadoopBlocks(dst, src []byte) (n int, err error) {
	for len(src) > 0 {
		if len(src) < 8 {
			return 0, io.ErrUnexpectedEOF
		}
		size, packed := int64(binary.BigEndian.Uint32(src)), int64(binary.BigEndian.Uint32(src[4:]))
		if src = src[8:]; packed > int64(len(src)) || size > int64(len(dst)-n) {
			return 0, io.ErrUnexpectedEOF
		}
		got, err := lz4.UncompressBlock(src[:packed], dst[n:n+int(size)])
		if err != nil || int64(got) != size {
			return 0, errors.Join(err, io.ErrUnexpectedEOF)
		}
		n, src = n+got, src[packed:]
	}
	return n, nil
}
