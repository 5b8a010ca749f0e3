package imageset

import (
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// content is a file that can be read anywhere. Whoever opens one closes it.
type content interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// tree is a folder or an archive. Names have slashes and begin below its root, which is "".
type tree interface {
	io.Closer
	// open opens a file; where there is none, the error is fs.ErrNotExist.
	open(name string) (content, error)
	// list names what lies directly in a folder, without hidden things; sorted.
	list(dir string) (files, dirs []string, err error)
	// where names a file for a message.
	where(name string) string
}

// hidden tells what no listing shows: what begins with a dot, and the folder that macOS adds to archives.
func hidden(name string) bool { return strings.HasPrefix(name, ".") || name == "__MACOSX" }

// folder is a tree on disk.
type folder struct{ root string }

func (f *folder) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(f.root, filepath.FromSlash(name))
}

func (f *folder) where(name string) string { return f.path(name) }

func (f *folder) Close() error { return nil }

func (f *folder) open(name string) (content, error) {
	file, err := os.Open(f.path(name))
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fileError(f.path(name), "it is not a file")
	}
	if err != nil {
		_ = file.Close() // nobody will read it
		return nil, err
	}
	return &diskFile{File: file, size: info.Size()}, nil
}

func (f *folder) list(dir string) (files, dirs []string, err error) {
	entries, err := os.ReadDir(f.path(dir))
	if err != nil {
		return nil, nil, readError(f.path(dir), err)
	}
	for _, e := range entries {
		kind := e.Type()
		if hidden(e.Name()) {
			continue
		}
		if kind&fs.ModeSymlink != 0 {
			// Subsets are often made of links, to images and to whole classes. One that leads nowhere is passed over.
			info, err := os.Stat(f.path(path.Join(dir, e.Name())))
			if err != nil {
				continue
			}
			kind = info.Mode().Type()
		}
		switch {
		case kind.IsDir():
			dirs = append(dirs, e.Name())
		case kind.IsRegular():
			files = append(files, e.Name())
		}
	}
	return files, dirs, nil
}
