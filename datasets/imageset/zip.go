package imageset

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"

	"github.com/wavekin/wavekin/datasets"
)

const (
	// maxDeflate is how many times smaller than its content deflate makes a file at most (https://zlib.net/zlib_tech.html).
	maxDeflate = 1032
	// maxAtOnce is the size up to which a file of a zip archive is taken into memory without counting it.
	maxAtOnce = 16 << 20
)

// isZip tells a zip archive by its first file, or by its end where it has none.
func isZip(c content) bool {
	var head [4]byte
	_, _ = c.ReadAt(head[:], 0) // what is too short is none
	return bytes.Equal(head[:], []byte("PK\x03\x04")) || bytes.Equal(head[:], []byte("PK\x05\x06"))
}

// openZip reads the directory at the end of a zip archive.
func openZip(file string, c content, b *budget) (*archive, error) {
	r, err := zip.NewReader(io.NewSectionReader(c, 0, c.Size()), c.Size())
	if errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return nil, byteError(file, c.Size(), "%w: a zip archive without the directory at its end", datasets.ErrTruncated)
	}
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // no name leads out, see clean
		return nil, readError(file, err)
	}
	a := &archive{path: file, all: c, budget: b}
	for _, f := range r.File {
		name := f.Name
		if !strings.Contains(name, "/") {
			name = strings.ReplaceAll(name, `\`, "/") // as some programs for Windows write them
		}
		if !f.Mode().IsRegular() || strings.HasSuffix(name, "/") {
			continue
		}
		if f.CompressedSize64 > uint64(c.Size()) || f.UncompressedSize64 > maxDeflate*f.CompressedSize64+maxDeflate {
			return nil, fileError(file, "%w: %s claims %d bytes, compressed to %d, in an archive of %d", datasets.ErrCorrupt, clean(name), f.UncompressedSize64,
				f.CompressedSize64, c.Size())
		}
		a.members = append(a.members, member{name: clean(name), size: int64(f.UncompressedSize64), zip: f})
	}
	if len(a.members) == 0 {
		return nil, fileError(file, "the archive has no files")
	}
	a.members = sorted(a.members)
	return a, nil
}

// unzip takes a file out of a zip archive: a small one into memory, a large one as [spool] does. Its size and its checksum are those
// of the directory.
func (a *archive) unzip(m *member) (content, error) {
	where, f := a.where(m.name), m.zip
	if f.Flags&1 != 0 {
		return nil, &ImageError{Err: fileError(where, "%w: it is encrypted", datasets.ErrFormat)}
	}
	if m.size > freeBytes && m.size > maxExpansion*int64(f.CompressedSize64) {
		return nil, &ImageError{Err: fileError(where, "it grows more than %d-fold when decompressed: %w", maxExpansion, datasets.ErrLimit)}
	}
	r, err := f.Open()
	if err != nil {
		return nil, zipError(where, err)
	}
	defer r.Close()
	if m.size > maxAtOnce {
		c, err := unpack(io.LimitReader(r, m.size+1), a.budget)
		if err != nil {
			return nil, zipError(where, err)
		}
		return c, nil
	}
	b := make([]byte, m.size)
	if _, err = io.ReadFull(r, b); err == nil {
		// The end has the checksum before it.
		if n, end := r.Read(make([]byte, 1)); n > 0 {
			err = zip.ErrFormat
		} else if end != io.EOF {
			err = end
		}
	}
	if err != nil {
		return nil, zipError(where, err)
	}
	return section{io.NewSectionReader(bytes.NewReader(b), 0, m.size)}, nil
}

// zipError tells what is wrong with a file of an archive from a bad disk.
func zipError(where string, err error) error {
	kind, why := datasets.ErrCorrupt, "what is compressed cannot be read"
	var disk *fs.PathError
	switch {
	case errors.As(err, &disk):
		return readError(where, err)
	case errors.Is(err, zip.ErrAlgorithm):
		kind, why = datasets.ErrFormat, "compressed in another way than deflate"
	case errors.Is(err, zip.ErrChecksum):
		why = "its checksum is another one"
	case errors.Is(err, zip.ErrFormat), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		why = "it is not of the size that the archive says"
	case errors.Is(err, datasets.ErrLimit):
		kind, why = datasets.ErrLimit, "it grows too much when decompressed"
	}
	return &ImageError{Err: fileError(where, "%w: %s", kind, why)}
}
