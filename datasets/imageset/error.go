package imageset

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/wavekin/wavekin/datasets"
)

// ErrNoParts: a part was asked of a folder or archive that has none; all of it is what "train" means there.
var ErrNoParts = errors.New("it has no folders train, test or val")

// ImageError says that the content of one image is bad: cut off, damaged, too large, or no image at all. The others of the set
// may be fine, so a caller may go on without it; any other error of [Set.Read] is about the set or the disk.
type ImageError struct {
	// Index is the image's number in the set.
	Index int
	// Err names the image and says what is wrong; it is a [*datasets.Error].
	Err error
}

// Error is one line that names the image.
func (e *ImageError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ImageError) Unwrap() error { return e.Err }

// fileError makes an error about a file as a whole.
func fileError(file, format string, args ...any) error {
	return &datasets.Error{File: file, Offset: -1, Err: fmt.Errorf(format, args...)}
}

// byteError makes an error about a place in a binary file.
func byteError(file string, offset int64, format string, args ...any) error {
	return &datasets.Error{File: file, Offset: offset, Err: fmt.Errorf(format, args...)}
}

// readError makes an error about a file that could not be opened or read; an error that names its file stays as it is.
func readError(file string, err error) error {
	var known *datasets.Error
	if errors.As(err, &known) {
		return err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = datasets.ErrTruncated
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fileError(file, "%w", err)
}
