package imageset

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/raster"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// codec is one way to store an image.
type codec struct {
	name    string
	magic   []byte
	endings []string
	// glance finds the size at the begin of a file without decoding anything, ok if it is where it usually is.
	glance func(head []byte) (width, height int, ok bool)
	size   func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	// orientation finds how the camera was held, 1 to 8 as in EXIF, or another number; nil where the format does not say.
	orientation func(c content, head []byte) int
}

var codecs = []codec{
	{"JPEG", []byte{0xff, 0xd8, 0xff}, []string{".jpg", ".jpeg", ".jpe", ".jfif"}, glanceJPEG, jpeg.DecodeConfig, jpeg.Decode, turnedJPEG},
	{"PNG", []byte("\x89PNG\r\n\x1a\n"), []string{".png"}, glancePNG, png.DecodeConfig, png.Decode, turnedPNG},
	{"WebP", []byte("RIFF"), []string{".webp"}, glanceNothing, sizeWebP, decodeWebP, turnedWebP},
	{"GIF", []byte("GIF8"), []string{".gif"}, glanceGIF, gif.DecodeConfig, decodeGIF, nil},
	{"BMP", []byte("BM"), []string{".bmp"}, glanceNothing, bmp.DecodeConfig, bmp.Decode, nil},
	{"TIFF", []byte("II*\x00"), []string{".tif", ".tiff"}, glanceNothing, tiff.DecodeConfig, decodeTIFF, turnedTIFF},
	{"TIFF", []byte("MM\x00*"), nil, glanceNothing, tiff.DecodeConfig, decodeTIFF, turnedTIFF},
}

// codecNames is for messages.
const codecNames = "JPEG, PNG, WebP, GIF, BMP, TIFF"

// isImage tells by a file's name whether it should be an image.
func isImage(name string) bool {
	ending := strings.ToLower(path.Ext(name))
	for _, c := range codecs {
		for _, e := range c.endings {
			if e == ending {
				return true
			}
		}
	}
	return false
}

// headBytes is how much of a file is read at once; many images are not larger.
const headBytes = 64 << 10

// reader reads files into memory that is used again.
type reader struct {
	head  [headBytes]byte
	buf   *bufio.Reader
	spare raster.Image // to turn images in
}

var readers = sync.Pool{New: func() any { return &reader{buf: bufio.NewReaderSize(nil, headBytes)} }}

// decode fills m from the content of a file named file. Errors of the content are of type *ImageError, others come from the disk.
// The codec is chosen by the content: there are PNG files in ImageNet that are named .JPEG.
func decode(m *raster.Image, c content, file string, maxPixels int64, ground raster.Ground) error {
	r := readers.Get().(*reader)
	defer readers.Put(r)
	n, err := c.ReadAt(r.head[:min(headBytes, c.Size())], 0)
	if err != nil && err != io.EOF {
		return readError(file, err)
	}
	if n == 0 {
		return &ImageError{Err: fileError(file, "%w", datasets.ErrEmpty)}
	}
	head := r.head[:n]
	var with *codec
	for i := range codecs {
		if with == nil && bytes.HasPrefix(head, codecs[i].magic) {
			with = &codecs[i]
		}
	}
	if with == nil {
		return &ImageError{Err: byteError(file, 0, "%w: its content is none of %s", datasets.ErrFormat, codecNames)}
	}
	start := func() io.Reader {
		if int64(n) == c.Size() {
			return bytes.NewReader(head)
		}
		if with.name == "TIFF" { // which lies in any order, and may say that it is anywhere
			return io.NewSectionReader(c, 0, c.Size())
		}
		r.buf.Reset(io.NewSectionReader(c, 0, c.Size()))
		return r.buf
	}
	width, height, ok := with.glance(head)
	if !ok {
		config, err := with.size(start())
		if err != nil {
			return contentError(file, with, err)
		}
		width, height = config.Width, config.Height
	}
	if width < 1 || height < 1 {
		return &ImageError{Err: fileError(file, "%w: an image of %d x %d pixels", datasets.ErrCorrupt, width, height)}
	}
	if int64(width) > maxPixels/int64(height) {
		return &ImageError{Err: fileError(file, "%w: it declares %d x %d pixels, and at most %d are decoded", datasets.ErrLimit,
			width, height, maxPixels)}
	}
	src, err := with.decode(start())
	if err != nil {
		return contentError(file, with, err)
	}
	raster.FromOn(m, src, ground)
	if with.orientation != nil {
		raster.Turn(m, with.orientation(c, head), &r.spare)
	}
	return nil
}

// glanceNothing leaves it to the decoder.
func glanceNothing([]byte) (width, height int, ok bool) { return 0, 0, false }

// glanceJPEG walks the segments up to the frame header. jpeg.DecodeConfig would do it, but takes a third of the time that
// decoding a 32 x 32 image takes.
func glanceJPEG(head []byte) (width, height int, ok bool) {
	for at := 2; at+9 <= len(head) && head[at] == 0xff; {
		marker, length := head[at+1], int(head[at+2])<<8|int(head[at+3])
		switch {
		case marker == 0xff: // a fill byte
			at++
			continue
		case marker >= 0xc0 && marker <= 0xc2:
			return int(head[at+7])<<8 | int(head[at+8]), int(head[at+5])<<8 | int(head[at+6]), true
		case marker < 0xc4 || marker >= 0xd0 && marker < 0xdb:
			return 0, 0, false // nothing that comes before a frame header
		}
		at += 2 + length
	}
	return 0, 0, false
}

// glancePNG reads the header, which comes first.
func glancePNG(head []byte) (width, height int, ok bool) {
	if len(head) < 24 || string(head[12:16]) != "IHDR" {
		return 0, 0, false
	}
	return int(binary.BigEndian.Uint32(head[16:])), int(binary.BigEndian.Uint32(head[20:])), true
}

// said drops from a decoder's message what is said already.
var said = strings.NewReplacer("invalid JPEG format: ", "", "unsupported JPEG feature: ", "unsupported ", "png: invalid format: ", "",
	"png: unsupported feature: ", "unsupported ", "gif: ", "", "bmp: ", "", "webp: ", "", "riff: ", "", "vp8: ", "", "vp8l: ", "", "tiff: invalid format: ", "",
	"tiff: unsupported feature: ", "unsupported ")

// contentError tells bad content from a bad disk.
func contentError(file string, c *codec, err error) error {
	var disk *fs.PathError
	if errors.As(err, &disk) {
		return readError(file, err)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &ImageError{Err: fileError(file, "%w, in the middle of the %s", datasets.ErrTruncated, c.name)}
	}
	kind := datasets.ErrCorrupt
	switch err.(type) {
	case jpeg.UnsupportedError, png.UnsupportedError, tiff.UnsupportedError:
		kind = datasets.ErrFormat // such as arithmetic coding or 12 bits a colour
	}
	reason := said.Replace(err.Error())
	return &ImageError{Err: fileError(file, "%w: %s: %s", kind, c.name, reason)}
}
