package imageset

import (
	"encoding/binary"
	"fmt"
	"image"
	"io"

	"github.com/wavekin/wavekin/datasets"
	"golang.org/x/image/tiff"
)

// Tags and sizes of TIFF 6.0, section 2.
const (
	tiffRows       = 278 // of a strip
	tiffTileWidth  = 322
	tiffTileLength = 323

	tiffEntry   = 12 // bytes
	tiffEntries = 512
)

// directory is the first one of a TIFF file.
type directory struct {
	order   binary.ByteOrder
	at      int64 // of its first entry
	entries []byte
}

// readDirectory finds the first directory, of which it takes tiffEntries at most.
func readDirectory(r io.ReaderAt) (d directory, ok bool) {
	var head [8]byte
	if _, err := r.ReadAt(head[:], 0); err != nil {
		return d, false
	}
	d.order = binary.LittleEndian
	if head[0] == 'M' {
		d.order = binary.BigEndian
	}
	var count [2]byte
	at := int64(d.order.Uint32(head[4:]))
	if _, err := r.ReadAt(count[:], at); err != nil {
		return d, false
	}
	d.at = at + 2
	d.entries = make([]byte, tiffEntry*min(tiffEntries, int(d.order.Uint16(count[:]))))
	n, _ := r.ReadAt(d.entries, d.at) // what is cut off is told by the decoder
	d.entries = d.entries[:n/tiffEntry*tiffEntry]
	return d, true
}

// find returns where an entry is among the entries and its number, or -1.
func (d *directory) find(tag uint16) (at int, value uint32) {
	for at := 0; at < len(d.entries); at += tiffEntry {
		e := d.entries[at:]
		if d.order.Uint16(e) == tag {
			if d.order.Uint16(e[2:]) == 3 { // 16 bits
				return at, uint32(d.order.Uint16(e[8:]))
			}
			return at, d.order.Uint32(e[8:])
		}
	}
	return -1, 0
}

// decodeTIFF returns the first picture of a file. The decoder bounds what it expands by the size of a strip or of a tile, which a
// file may claim as it likes, and often does: all rows in one strip are written as 2^32 - 1 of them. So tiles may not be much
// larger than the picture, and a strip not higher.
func decodeTIFF(r io.Reader) (image.Image, error) {
	at, ok := r.(io.ReaderAt)
	if !ok {
		return nil, fmt.Errorf("%w: a TIFF file cannot be read in order", datasets.ErrFormat)
	}
	all := io.NewSectionReader(at, 0, 1<<62)
	config, err := tiff.DecodeConfig(all)
	if err != nil {
		return nil, err
	}
	d, ok := readDirectory(at)
	if !ok {
		return nil, io.ErrUnexpectedEOF
	}
	_, width := d.find(tiffTileWidth)
	_, length := d.find(tiffTileLength)
	if int64(width) > 2*int64(config.Width)+1024 || int64(length) > 2*int64(config.Height)+1024 {
		return nil, tiff.FormatError(fmt.Sprintf("tiles of %d x %d pixels in a picture of %d x %d", width, length, config.Width, config.Height))
	}
	if i, rows := d.find(tiffRows); i >= 0 && int64(rows) > int64(config.Height) {
		entry := append([]byte(nil), d.entries[i:i+tiffEntry]...)
		d.order.PutUint16(entry[2:], 4) // 32 bits
		d.order.PutUint32(entry[4:], 1)
		d.order.PutUint32(entry[8:], uint32(config.Height))
		all = io.NewSectionReader(&patched{at, d.at + int64(i), entry}, 0, 1<<62)
	}
	return tiff.Decode(all)
}

// patched reads other bytes at one place.
type patched struct {
	io.ReaderAt
	at   int64
	with []byte
}

// ReadAt reads as [io.ReaderAt] does.
func (p *patched) ReadAt(b []byte, off int64) (int, error) {
	n, err := p.ReaderAt.ReadAt(b, off)
	for i, x := range p.with {
		if k := p.at + int64(i) - off; k >= 0 && k < int64(n) {
			b[k] = x
		}
	}
	return n, err
}

// turnedTIFF finds the orientation among the entries of the first directory.
func turnedTIFF(c content, _ []byte) int {
	d, ok := readDirectory(c)
	if !ok {
		return 0
	}
	const tag = 0x0112
	if _, v := d.find(tag); v >= 1 && v <= 8 {
		return int(v)
	}
	return 0
}
