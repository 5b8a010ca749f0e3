package vision

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/raster"
)

// codec is one way to store an image.
type codec struct {
	name    string
	magic   []byte
	endings []string
	size    func(io.Reader) (image.Config, error)
	decode  func(io.Reader) (image.Image, error)
}

var codecs = []codec{
	{"JPEG", []byte{0xff, 0xd8, 0xff}, []string{".jpg", ".jpeg", ".jpe"}, jpeg.DecodeConfig, jpeg.Decode},
	{"PNG", []byte("\x89PNG\r\n\x1a\n"), []string{".png"}, png.DecodeConfig, png.Decode},
}

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
	head [headBytes]byte
	buf  *bufio.Reader
}

var readers = sync.Pool{New: func() any { return &reader{buf: bufio.NewReaderSize(nil, headBytes)} }}

// decode fills m from the content of a file named file. Errors of the content are of type *ImageError, others come from the disk.
// The codec is chosen by the content: there are PNG files in ImageNet that are named .JPEG.
func decode(m *raster.Image, c content, file string, maxPixels int64) error {
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
		if bytes.HasPrefix(head, codecs[i].magic) {
			with = &codecs[i]
		}
	}
	if with == nil {
		return &ImageError{Err: byteError(file, 0, "%w: it is neither JPEG nor PNG", datasets.ErrFormat)}
	}
	start := func() io.Reader {
		if int64(n) == c.Size() {
			return bytes.NewReader(head)
		}
		r.buf.Reset(io.NewSectionReader(c, 0, c.Size()))
		return r.buf
	}
	config, err := with.size(start())
	if err != nil {
		return contentError(file, with, err)
	}
	if config.Width < 1 || config.Height < 1 {
		return &ImageError{Err: fileError(file, "%w: an image of %d x %d pixels", datasets.ErrCorrupt, config.Width, config.Height)}
	}
	if int64(config.Width) > maxPixels/int64(config.Height) {
		return &ImageError{Err: fileError(file, "%w: it declares %d x %d pixels, and at most %d are decoded", datasets.ErrLimit, config.Width,
			config.Height, maxPixels)}
	}
	src, err := with.decode(start())
	if err != nil {
		return contentError(file, with, err)
	}
	raster.From(m, src)
	return nil
}

// contentError tells bad content from a bad disk.
func contentError(file string, c *codec, err error) error {
	var disk *fs.PathError
	if errors.As(err, &disk) {
		return readError(file, err)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &ImageError{Err: fileError(file, "%w, in the middle of the %s", datasets.ErrTruncated, c.name)}
	}
	reason := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "invalid JPEG format: "), "png: invalid format: ")
	return &ImageError{Err: fileError(file, "%w: %s", datasets.ErrCorrupt, fmt.Sprintf("%s: %s", c.name, reason))}
}
