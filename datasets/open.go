package datasets

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/wavekin/wavekin/datasets/internal/spool"
	"github.com/wavekin/wavekin/series"
)

// DefaultChunkRows is how many time stamps a reader hands out at once unless told otherwise.
const DefaultChunkRows = 65536

// Options say how files are read; the zero value guesses.
type Options struct {
	// Time names the time column of a long table. Empty: the first column of a
	// time type, or one named time, timestamp, date or datetime.
	Time string
	// Series names the column that tells series apart. Empty: a column of text or
	// whole numbers named series, if there is one.
	Series string
	// Label names the label column: numbers become point labels, text the class of
	// the series. Empty: a column named label, if there is one.
	Label string
	// Channels names the columns to read as channels, in this order. Empty: every
	// numeric column that is nothing else.
	Channels []string
	// Sort brings the rows of each series together and sorts them by time, which
	// needs the file in memory. Without it rows out of order are an error.
	Sort bool
	// ChunkRows bounds the time stamps per chunk; below 1 it is DefaultChunkRows.
	ChunkRows int
	// Format names the format to read files as (see [Formats]). Empty: it is recognised.
	Format string
	// Memory bounds the bytes of an Arrow or Parquet file that are held at once, however large its batches are; below 1 it is
	// DefaultMemory.
	Memory int64
}

// DefaultMemory is how much of a file of columns is held at once unless told otherwise.
const DefaultMemory = 64 << 20

func (o *Options) memory() int64 {
	if o.Memory < 1 {
		return DefaultMemory
	}
	return o.Memory
}

// Reader hands out the series of one or more files in chunks. Next returns io.EOF at
// the end, and an *Error where the input is bad; what it returned stays valid.
type Reader interface {
	series.Reader
	io.Closer
}

// Open reads a file, every file of a folder, or every file that a glob matches, in
// the order of their names; [Stdin] is standard input. Errors about the input are of type *Error.
func Open(path string, o Options) (Reader, error) {
	if o.ChunkRows < 1 {
		o.ChunkRows = DefaultChunkRows
	}
	paths, err := expand(path)
	if err != nil {
		return nil, err
	}
	if len(paths) == 1 {
		return openFile(paths[0], &o)
	}
	return &several{paths: paths, o: o}, nil
}

// OpenAll reads several paths, each as Open does, one after the other.
func OpenAll(paths []string, o Options) (Reader, error) {
	if o.ChunkRows < 1 {
		o.ChunkRows = DefaultChunkRows
	}
	var all []string
	for _, p := range paths {
		found, err := expand(p)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return &several{paths: all, o: o}, nil
}

// Files lists what Open would read of a path, in order: the file itself, every file of a folder, or every file that a
// glob matches.
func Files(path string) ([]string, error) { return expand(path) }

// expand makes a list of files of a path.
func expand(path string) ([]string, error) {
	if path == Stdin {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.IsDir():
		return []string{path}, nil
	case err != nil && !strings.ContainsAny(path, "*?["):
		return nil, fileError(path, "%w", plainPathError(err))
	}
	var found []string
	if err != nil {
		if found, err = filepath.Glob(path); err != nil {
			return nil, fileError(path, "%w", err)
		}
	} else {
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, fileError(path, "%w", plainPathError(err))
		}
		for _, e := range entries {
			if byName(e.Name()) != nil && !strings.HasPrefix(e.Name(), ".") {
				found = append(found, filepath.Join(path, e.Name()))
			}
		}
	}
	var files []string
	for _, p := range found {
		if info, err := os.Stat(p); err == nil && !info.IsDir() {
			files = append(files, p)
		}
	}
	if len(files) == 0 {
		return nil, fileError(path, "no files of a known format there: %w", os.ErrNotExist)
	}
	sort.Strings(files)
	return files, nil
}

// plainPathError drops the path, which the message names already.
func plainPathError(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// source is a file on its way into a format's reader.
type source struct {
	path  string
	r     *bufio.Reader // the uncompressed content
	plain io.ReaderAt   // the same for reading anywhere, nil if compressed or a pipe
	size  int64         // of the content, -1 if unknown
	done  []func()
	// reading is filled by the format's reader with what it finds.
	reading *Reading
}

// stem is the file's name without folder and endings, which names its series.
func (s *source) stem() string { return Stem(s.path) }

// anywhere returns the content for reading it in any order; what is compressed or a pipe is read to its end first, into a
// temporary file beyond the given memory.
func (s *source) anywhere(memory int64) (io.ReaderAt, int64, error) {
	if s.plain != nil {
		return s.plain, s.size, nil
	}
	c, err := spool.Read(s.r, -1, memory)
	if err != nil {
		return nil, 0, err
	}
	s.done = append(s.done, func() { _ = c.Close() })
	return c, c.Size(), nil
}

// Close frees the decompressors and the file.
func (s *source) Close() error {
	for i := len(s.done) - 1; i >= 0; i-- {
		s.done[i]()
	}
	s.done = nil
	return nil
}

// headBytes is how much of a file is looked at to recognise it: comments may come first.
const headBytes = 64 << 10

// Stdin is the path that stands for standard input.
const Stdin = "-"

// openFile reads one file.
func openFile(path string, o *Options) (Reader, error) {
	if path == Stdin {
		return openContent(path, os.Stdin, -1, func() {}, o)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fileError(path, "%w", plainPathError(err))
	}
	size := int64(-1)
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	return openContent(path, f, size, func() { _ = f.Close() }, o)
}

// content is what a file provides.
type content interface {
	io.Reader
	io.ReaderAt
}

// openContent undoes compression, recognises the format and starts its reader; done is
// called at the end in every case.
func openContent(path string, from content, size int64, done func(), o *Options) (Reader, error) {
	src := &source{path: path, plain: from, size: size, done: []func(){done}, r: bufio.NewReaderSize(from, headBytes),
		reading: &Reading{File: path}}
	if size < 0 {
		src.plain = nil
	}
	r, err := src.start(o)
	if err != nil {
		_ = src.Close()
		return nil, located(path, err)
	}
	return r, nil
}

func (s *source) start(o *Options) (Reader, error) {
	for range maxLayers {
		head, _ := s.r.Peek(4)
		z, done, ok, err := decompress(head, s.r)
		if err != nil {
			return nil, fileError(s.path, "cannot be decompressed: %w", err)
		}
		if !ok {
			break
		}
		s.done = append(s.done, done)
		s.plain, s.size = nil, -1
		s.r = bufio.NewReaderSize(z, headBytes)
	}
	head, err := s.r.Peek(headBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(head) == 0 {
		return nil, ErrEmpty
	}
	f, err := formatOf(s.path, head, o.Format)
	if err != nil {
		return nil, err
	}
	s.reading.Format = f.Name
	r, err := f.open(s, o)
	if err != nil {
		return nil, err
	}
	return &observed{Reader: r, reading: s.reading}, nil
}

// several reads files one after the other.
type several struct {
	paths []string
	o     Options
	now   Reader
	read  []*Reading
}

func (r *several) readings() []*Reading { return r.read }

func (r *several) Next() (*series.Series, error) {
	for {
		if r.now == nil {
			if len(r.paths) == 0 {
				return nil, io.EOF
			}
			now, err := openFile(r.paths[0], &r.o)
			if err != nil {
				return nil, err
			}
			r.now, r.paths, r.read = now, r.paths[1:], append(r.read, Readings(now)...)
		}
		s, err := r.now.Next()
		if !errors.Is(err, io.EOF) {
			return s, err
		}
		err = r.now.Close()
		r.now = nil
		if err != nil {
			return nil, err
		}
	}
}

func (r *several) Close() error {
	r.paths = nil
	if r.now == nil {
		return nil
	}
	now := r.now
	r.now = nil
	return now.Close()
}

var errParquet = fmt.Errorf("%w: Parquet; write it as Arrow first (pyarrow: feather.write_feather)", ErrFormat)

func isParquet(head []byte) bool { return bytes.HasPrefix(head, []byte("PAR1")) }

func openParquet(*source, *Options) (Reader, error) { return nil, errParquet }
