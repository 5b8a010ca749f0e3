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
	"sync/atomic"
	"time"

	"github.com/wavekin/wavekin/datasets/internal/dialect"
	"github.com/wavekin/wavekin/datasets/internal/spool"
	"github.com/wavekin/wavekin/internal/reread"
	"github.com/wavekin/wavekin/series"
)

// DefaultChunkRows is how many time stamps a reader hands out at once unless told otherwise.
const DefaultChunkRows = 65536

// Options say how files are read; the zero value guesses, and [Readings] says what was guessed.
type Options struct {
	// Time names the time column of a long table. Empty: a column with a customary name (time, timestamp, datetime, date, _time,
	// ds, ...) in any case, or else the first one that holds dates.
	Time string
	// Series names the column that tells series apart. Empty: a column with a customary name (series, series_id, host, sensor,
	// ...), if there is one.
	Series string
	// Label names the label column: numbers, and text of which one value is known to be normal, become point labels; other text
	// is the class of the series. Empty: a column with a customary name (label, anomaly, is_anomaly, ...), if there is one.
	Label string
	// NormalLabel is the label of rows without an anomaly; all others are read as 1, it as 0. Empty: 0, normal, false, ok and the like.
	NormalLabel string
	// Channels names the columns to read as channels, in this order. Empty: every
	// numeric column that is nothing else.
	Channels []string
	// LabelsOnly: a table without a channel is read for its labels, if they are numbers, which are then also its channel.
	LabelsOnly bool
	// NoHeader: the first row of a text table is data; columns are then called 0, 1, 2. False: that is found out.
	NoHeader bool
	// Encoding is that of text without a mark (BOM), such as latin1 or utf-16le. Empty: UTF-8.
	Encoding string
	// Decimal is "," or "." for the decimal sign of numbers in a text table. Empty: each column shows it.
	Decimal string
	// Missing lists further words for nothing measured, such as -9999. The empty cell, NaN, NA, n/a, null, None, - and ? are known.
	Missing []string
	// BadCells says what becomes of a cell that is no number in a column of numbers: FailCells or GapCells.
	BadCells BadCells
	// TimeFormat says how time stamps are written: day-first or month-first for dates such as 03/04/2020, s, ms, us or ns for
	// numbers since 1970, dotnet or filetime for ticks of Windows, excel or matlab for days as these count them, or a pattern of strptime such as %d/%m/%Y %H:%M. Empty: that is found out, and refused where it cannot be.
	TimeFormat string
	// TimeZone is the zone of time stamps without an offset, by its IANA name, such as Europe/Berlin. Empty: UTC.
	TimeZone string
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
	// Retries is how many times what may pass, such as an I/O error of a network file system, is tried again for each call.
	Retries int
	// BadRow, unless nil, is told of each row that cannot be used, which is left out: a cell that is no number, a time stamp that is missing,
	// wrong or earlier than the one before, too many or too few cells. Without it such a row fails the file. A file fails all the same
	// where it is damaged, has other columns than are needed, or has no row that can be used.
	BadRow func(*Error)
	// BytesRead, unless nil, counts what is read of files, before decompression.
	BytesRead *atomic.Int64

	name string         // of the file's series; empty: its stem
	zone *time.Location // of TimeZone
	keep bool           // columns that are no channels go along, see series.Series.Kept
}

// BadCells says what becomes of a cell that is no number in a column of numbers.
type BadCells string

// The ways: an error with row and column, or a gap, which is counted and said.
const (
	FailCells BadCells = ""
	GapCells  BadCells = "gap"
)

// OptionError says that an option has a value that is not understood.
type OptionError struct {
	// Option is the field of [Options].
	Option string
	// Err says what was found and what was expected.
	Err error
}

// Error is one line.
func (e *OptionError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *OptionError) Unwrap() error { return e.Err }

// prepare checks the options and fills in defaults.
func (o *Options) prepare() error {
	if o.ChunkRows < 1 {
		o.ChunkRows = DefaultChunkRows
	}
	if o.Decimal != "" && o.Decimal != "," && o.Decimal != "." {
		return &OptionError{"Decimal", fmt.Errorf("decimal sign is %q, want a comma or a point", o.Decimal)}
	}
	if o.BadCells != FailCells && o.BadCells != GapCells {
		return &OptionError{"BadCells", fmt.Errorf("bad cells are to become %q, want gap or nothing", o.BadCells)}
	}
	if err := dialect.CheckEncoding(o.Encoding); err != nil {
		return &OptionError{"Encoding", err}
	}
	if err := dialect.CheckFormat(o.TimeFormat); err != nil {
		return &OptionError{"TimeFormat", fmt.Errorf("time format is %q: %w", o.TimeFormat, err)}
	}
	if o.TimeZone != "" {
		zone, err := time.LoadLocation(o.TimeZone)
		if err != nil {
			return &OptionError{"TimeZone", fmt.Errorf("time zone %q is not known here, want a name such as Europe/Berlin", o.TimeZone)}
		}
		o.zone = zone
	}
	return nil
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
	if err := o.prepare(); err != nil {
		return nil, err
	}
	paths, err := expand(path)
	if err != nil {
		return nil, err
	}
	if len(paths) == 1 {
		return openFile(paths[0], &o)
	}
	return newInputs(paths, o).All(), nil
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
	name  string // see stem
	// reading is filled by the format's reader with what it finds.
	reading *Reading
}

// stem names the file's series: by its name without folder and endings, unless another name was given.
func (s *source) stem() string {
	if s.name != "" {
		return s.name
	}
	return strings.ToValidUTF8(Stem(s.path), "\ufffd")
}

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
		return openContent(path, onlyReader{os.Stdin, o.BytesRead}, -1, func() {}, o)
	}
	reading := &Reading{File: path}
	f, err := reread.Open(path, reread.Options{Retries: o.Retries, Count: o.BytesRead,
		Note: func(err error) { reading.warn("tried again after: %v", plainPathError(err)) }})
	if err != nil {
		return nil, fileError(path, "%w", plainPathError(err))
	}
	size := int64(-1)
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	return openReading(reading, f, size, func() { _ = f.Close() }, o)
}

// OpenStream reads the content of something that is no file, such as a connection, from its beginning to its end; name is for messages, and
// names its series where nothing else does, [Stdin] as it does those of a file. Closing the reader leaves r open.
func OpenStream(name string, r io.Reader, o Options) (Reader, error) {
	if err := o.prepare(); err != nil {
		return nil, err
	}
	if name != Stdin {
		o.name = name
	}
	return openContent(name, onlyReader{r, o.BytesRead}, -1, func() {}, &o)
}

// onlyReader is a content that is read in its order alone.
type onlyReader struct {
	io.Reader
	n *atomic.Int64
}

func (r onlyReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if r.n != nil {
		r.n.Add(int64(n))
	}
	return n, err
}

// ReadAt is never called: the size is not known.
func (onlyReader) ReadAt([]byte, int64) (int, error) { return 0, errors.ErrUnsupported }

// content is what a file provides.
type content interface {
	io.Reader
	io.ReaderAt
}

// openContent undoes compression, recognises the format and starts its reader; done is
// called at the end in every case.
func openContent(path string, from content, size int64, done func(), o *Options) (Reader, error) {
	return openReading(&Reading{File: path}, from, size, done, o)
}

func openReading(reading *Reading, from content, size int64, done func(), o *Options) (Reader, error) {
	path := reading.File
	src := &source{path: path, plain: from, size: size, done: []func(){done}, r: bufio.NewReaderSize(from, headBytes),
		reading: reading, name: o.name}
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
		s.r = bufio.NewReaderSize(unbroken{z}, headBytes)
	}
	enough := headBytes
	if head, err := s.r.Peek(len(streamMark)); err == nil && isArrowStream(head) {
		enough = s.r.Buffered() // more of a stream may be long in coming
	}
	head, err := s.r.Peek(enough)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(head) == 0 {
		return nil, ErrEmpty
	}
	if head, err = s.decode(head, o); err != nil {
		return nil, err
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
	out := &observed{Reader: r, reading: s.reading}
	if !o.LabelsOnly {
		out.want = o.Channels
	}
	return out, nil
}

// decode makes UTF-8 of text in another encoding and returns the new beginning.
func (s *source) decode(head []byte, o *Options) ([]byte, error) {
	if f, err := formatOf(s.path, head, o.Format); err == nil && f.sniff != nil && bytes.IndexByte(head, 0) >= 0 {
		return head, nil // a binary format
	}
	r, encoding, err := dialect.Decode(s.r, o.Encoding)
	if err != nil {
		return nil, err
	}
	if encoding != "" {
		s.reading.note("%s", encoding)
		s.r, s.plain, s.size = bufio.NewReaderSize(r, headBytes), nil, -1
	}
	head, err = s.r.Peek(headBytes)
	if len(head) == 0 && errors.Is(err, io.EOF) {
		return nil, ErrEmpty
	}
	return head, nil
}
