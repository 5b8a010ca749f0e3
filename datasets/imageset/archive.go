package imageset

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/datasets"
)

// blockBytes is what everything in a tar archive is a multiple of.
const blockBytes = 512

// errNoArchive says that a file is no tar archive, compressed or not.
var errNoArchive = errors.New("not a tar archive")

// archive is a tree in a tar or zip file: an index of its members. Nothing is ever extracted, so a name that leads out of the
// archive leads nowhere.
type archive struct {
	path    string
	all     content
	members []member // sorted by name
	budget  *budget  // for large files of a zip archive
}

// member is a file in an archive.
type member struct {
	name         string
	offset, size int64
	zip          *zip.File // nil in a tar file
}

// openArchive indexes a tar or zip file. A tar file that is compressed is decompressed first, into memory or a temporary file.
func openArchive(file string, b *budget) (tree, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, readError(file, err)
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close() // the first error is the one to tell
		return nil, readError(file, err)
	}
	disk := &diskFile{File: f, size: info.Size()}
	if isZip(disk) {
		a, err := openZip(file, disk, b)
		if err != nil {
			_ = f.Close() // the first error is the one to tell
			return nil, err
		}
		return a, nil
	}
	all, err := unpacked(disk, b)
	if err != nil {
		return nil, readError(file, err)
	}
	a := &archive{path: file, all: all}
	if a.members, err = index(file, io.NewSectionReader(all, 0, all.Size())); err != nil {
		_ = all.Close() // the first error is the one to tell
		return nil, err
	}
	return a, nil
}

// packed tells whether content is compressed with gzip or zstd.
func packed(c content) bool {
	var head [4]byte
	_, _ = c.ReadAt(head[:], 0) // what is too short is not compressed
	return bytes.HasPrefix(head[:], []byte{0x1f, 0x8b}) || bytes.Equal(head[:], []byte{0x28, 0xb5, 0x2f, 0xfd})
}

// unpacked returns c itself if it is not compressed, else its decompressed content in c's place, which it closes.
func unpacked(c content, b *budget) (content, error) {
	if !packed(c) {
		return c, nil
	}
	out, err := unpack(io.NewSectionReader(c, 0, c.Size()), b)
	return out, errors.Join(err, c.Close())
}

// index lists the files of a tar archive, links to its own members too. Of two with one name the later one counts, as when it
// is extracted.
func index(file string, r *io.SectionReader) ([]member, error) {
	var out []member
	links := map[string]string{}
	if r.Size() == 0 {
		return nil, fileError(file, "%w", datasets.ErrEmpty)
	}
	t := tar.NewReader(r)
	var end int64 // of the last member
	for first := true; ; first = false {
		h, err := t.Next()
		at, _ := r.Seek(0, io.SeekCurrent) // a section reader can always tell
		if err == io.EOF {
			break
		}
		if err != nil {
			if first {
				return nil, errNoArchive
			}
			return nil, damaged(file, out, at, r.Size(), err)
		}
		end = at
		if h.Typeflag == tar.TypeReg {
			end += (h.Size + blockBytes - 1) / blockBytes * blockBytes
		}
		name := clean(h.Name)
		switch h.Typeflag {
		case tar.TypeReg:
			if h.Size > r.Size()-at {
				return nil, byteError(file, at, "%s claims %d bytes, but the archive has only %d more: %w", name, h.Size, r.Size()-at,
					datasets.ErrTruncated)
			}
			if sparse(h) {
				return nil, byteError(file, at, "%s is a sparse file, which is not read", name)
			}
			out = append(out, member{name: name, offset: at, size: h.Size})
		case tar.TypeLink:
			links[name] = clean(h.Linkname)
		case tar.TypeSymlink:
			links[name] = clean(path.Join(path.Dir(name), h.Linkname))
		}
	}
	if r.Size() < end+blockBytes {
		return nil, damaged(file, out, r.Size(), r.Size(), io.ErrUnexpectedEOF) // an empty block is its end
	}
	if len(out) == 0 {
		return nil, fileError(file, "the archive has no files")
	}
	out = sorted(out)
	for name, target := range links {
		if i, ok := find(out, target); ok {
			out = append(out, member{name: name, offset: out[i].offset, size: out[i].size})
		}
	}
	return sorted(out), nil
}

// damaged says where an archive stops making sense.
func damaged(file string, before []member, at, size int64, err error) error {
	after := "before the first file"
	if len(before) > 0 {
		after = "after " + before[len(before)-1].name
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || at >= size {
		return byteError(file, at, "%w, %s", datasets.ErrTruncated, after)
	}
	return byteError(file, at, "%w %s: %s", datasets.ErrCorrupt, after, strings.TrimPrefix(err.Error(), "archive/tar: "))
}

// clean makes a member's name one below the root, whatever it says.
func clean(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

// sparse tells a file with holes, whose bytes do not lie one after the other.
func sparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// sorted sorts members by name and keeps the last of each.
func sorted(m []member) []member {
	slices.SortStableFunc(m, func(a, b member) int { return cmp.Compare(a.name, b.name) })
	var out []member
	for i := range m {
		if i+1 == len(m) || m[i].name != m[i+1].name {
			out = append(out, m[i])
		}
	}
	return out
}

// find looks a name up in a sorted index; where it is missing, i is the place where it would be.
func find(m []member, name string) (i int, ok bool) {
	return slices.BinarySearchFunc(m, name, func(a member, name string) int { return cmp.Compare(a.name, name) })
}

func (a *archive) Close() error { return a.all.Close() }

func (a *archive) where(name string) string {
	if name == "" {
		return a.path
	}
	return fmt.Sprintf("%s: %s", a.path, name)
}

func (a *archive) open(name string) (content, error) {
	i, ok := find(a.members, name)
	if !ok {
		return nil, fs.ErrNotExist
	}
	if a.members[i].zip != nil {
		return a.unzip(&a.members[i])
	}
	return section{io.NewSectionReader(a.all, a.members[i].offset, a.members[i].size)}, nil
}

func (a *archive) list(dir string) (files, dirs []string, err error) {
	if dir != "" {
		dir += "/"
	}
	i, _ := find(a.members, dir)
	for i < len(a.members) && strings.HasPrefix(a.members[i].name, dir) {
		name, _, below := strings.Cut(a.members[i].name[len(dir):], "/")
		if !below {
			if i++; !hidden(name) {
				files = append(files, name)
			}
			continue
		}
		if !hidden(name) {
			dirs = append(dirs, name)
		}
		i, _ = find(a.members, dir+name+"0") // the character after the slash: after all that lies in the folder
	}
	return files, dirs, nil
}

// section is a part of an archive. The archive closes.
type section struct{ *io.SectionReader }

func (section) Close() error { return nil }
