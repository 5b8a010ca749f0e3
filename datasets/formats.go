package datasets

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"

	"github.com/wavekin/wavekin/datasets/internal/foreign"
	"github.com/wavekin/wavekin/series"
)

// Format is one way to keep series in a file. [Register] adds one.
type Format struct {
	// Name is short and unique.
	Name string
	// Endings are what file names end with, with the dot and in lower case. None: only the content or [Options].Format tells.
	Endings []string
	// Doc says in a line how files of the format are read.
	Doc string
	// Sniff tells whether content is of the format by its first bytes, at most 64 KiB of them, after decompression. nil: only
	// the name tells. It is nil for the formats that come with the package.
	Sniff func(head []byte) bool
	// Open starts to read a file. Its errors, and those of the reader, get the file's name unless they are of type [*Error].
	// It is nil for the formats that come with the package.
	Open func(src *Source, o Options) (Reader, error)

	sniff func(head []byte) bool
	open  func(src *source, o *Options) (Reader, error)
}

// formats are those of this package, in the order in which content is tried.
var formats = []Format{
	{Name: "arrow", Endings: []string{".arrow", ".feather", ".ipc"}, sniff: isArrowFile, open: openArrow,
		Doc: "Arrow IPC file: a long table, or a series per row with list columns"},
	{Name: "arrows", Endings: []string{".arrows"}, sniff: isArrowStream, open: openArrowStream,
		Doc: "Arrow IPC stream: as arrow"},
	{Name: "npy", Endings: []string{".npy"}, sniff: isNPY, open: openNPY,
		Doc: "NumPy array: [time], [time, channel] or [series, channel, time]"},
	{Name: "parquet", Endings: []string{".parquet"}, sniff: isParquet, open: openParquet,
		Doc: "Parquet: as arrow"},
	{Name: "arff", Endings: []string{".arff"}, sniff: isARFF, open: openARFF,
		Doc: "labelled series of the UCR and UEA archives (Weka)"},
	{Name: "ts", Endings: []string{".ts"}, sniff: isTS, open: openTS,
		Doc: "labelled series of the UCR and UEA archives (sktime)"},
	{Name: "tsv", Endings: []string{".tsv", ".txt"}, open: openTSV,
		Doc: "labelled series of the UCR archive: the label, then the values; a .txt may be a matrix instead"},
	{Name: "matrix", open: openMatrix,
		Doc: "numbers without a header: a time stamp per line and a channel per column, or all values of one channel in one line"},
	{Name: "csv", Endings: []string{".csv"}, open: openCSV,
		Doc: "a long table, with a header or without; cells between commas, semicolons, tabs or bars"},
}

// fallback is the format of text that nothing else tells.
const fallback = "csv"

// registered are the formats of other modules, the last one first.
var registered struct {
	sync.RWMutex
	all []Format
}

// Register adds a format: [Open], [Formats] and with them every command then read files of it. The content of a file is
// shown to registered formats before the others, the latest first, and an ending that two formats have is that of the registered one. It fails,
// and changes nothing, where the name is taken or empty, or where there is nothing to open or recognise files by. It may be
// called at any time and from any goroutine.
func Register(f Format) error {
	f.Endings = append([]string(nil), f.Endings...)
	for _, e := range f.Endings {
		if !strings.HasPrefix(e, ".") || e != strings.ToLower(e) || filepath.Ext("x"+e) != e || cutCompression("x"+e) != "x"+e {
			return fmt.Errorf("format %q: ending %q; want one such as .dat, in lower case, with one dot and none of .gz and .zst", f.Name, e)
		}
	}
	switch {
	case f.Name == "" || strings.ContainsAny(f.Name, " \t\n,;"):
		return fmt.Errorf("format %q: want a name without blanks and commas", f.Name)
	case f.Open == nil:
		return fmt.Errorf("format %q has no function Open", f.Name)
	}
	f.sniff, f.open = f.Sniff, f.openForeign
	registered.Lock()
	defer registered.Unlock()
	for _, known := range append(registered.all, formats...) {
		if known.Name == f.Name {
			return fmt.Errorf("there is a format %q already", f.Name)
		}
	}
	registered.all = append([]Format{f}, registered.all...)
	return nil
}

// allFormats are the registered formats and then those of this package.
func allFormats() []Format {
	registered.RLock()
	defer registered.RUnlock()
	return append(append([]Format(nil), registered.all...), formats...)
}

// Formats lists what [Open] reads, for people.
func Formats() []Format { return allFormats() }

// byName finds the format of a file by its name's ending.
func byName(name string) *Format {
	ending := strings.ToLower(filepath.Ext(cutCompression(name)))
	for _, f := range allFormats() {
		for _, e := range f.Endings {
			if e == ending {
				return &f
			}
		}
	}
	return nil
}

// FormatOf returns the format that a file has by the ending of its name, compressed or not.
func FormatOf(name string) (Format, bool) {
	if f := byName(name); f != nil {
		return *f, true
	}
	return Format{}, false
}

// Stem is a file's name without folder, compression and ending, which names its series: line3 for data/line3.csv.gz.
func Stem(path string) string {
	if path == Stdin {
		return "stdin"
	}
	name := filepath.Base(cutCompression(path))
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// formatOf returns the format of a file: the one that is asked for, or else by content, then by name; text without a known
// name is CSV.
func formatOf(path string, head []byte, asked string) (*Format, error) {
	all := allFormats()
	if asked != "" {
		for i := range all {
			if all[i].Name == asked {
				return &all[i], nil
			}
		}
		return nil, fmt.Errorf("there is no format %q; wavekin list formats shows those", asked)
	}
	for i := range all {
		if f := &all[i]; f.sniff != nil && f.sniff(head) {
			return f, nil
		}
	}
	f := byName(path)
	binary := bytes.IndexByte(head, 0) >= 0 && (f == nil || !isText(head))
	if err := foreign.Check(head); err != nil && (f == nil || f.Open == nil) {
		return nil, err
	}
	switch {
	case f != nil && f.sniff != nil:
		return nil, byteError(path, 0, "%w: by its name it would be %s, but it does not begin like that", ErrFormat, f.Name)
	case f != nil && f.Open != nil:
		return f, nil
	case binary:
		return nil, fileError(path, "%w; wavekin list formats shows those", ErrFormat)
	case f != nil:
		return f, nil
	}
	return formatOf(path, head, fallback)
}

// isText tells whether content is text by its first line: what follows may have zero bytes where a logger lost its power.
func isText(head []byte) bool {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	return len(line) > 0 && bytes.IndexByte(line, 0) < 0
}

// firstLine returns the first line of a text that is not a comment or empty.
func firstLine(head []byte, comments string) string {
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	for line := range strings.Lines(string(head)) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.ContainsRune(comments, rune(line[0])) {
			return line
		}
	}
	return ""
}

// Source is the content of a file, after decompression, for the reader of a registered format. It is closed with the reader.
type Source struct{ src *source }

// Path is the file's path as it was given.
func (s *Source) Path() string { return s.src.path }

// Stem is the file's name without folder and endings, after which its series are to be named.
func (s *Source) Stem() string { return s.src.stem() }

// Read reads on.
func (s *Source) Read(p []byte) (int, error) { return s.src.r.Read(p) }

// ReaderAt returns the content for reading it in any order, and its size in bytes; ok is false where that is not possible,
// because the file is compressed or a stream.
func (s *Source) ReaderAt() (r io.ReaderAt, size int64, ok bool) {
	return s.src.plain, s.src.size, s.src.plain != nil && s.src.size >= 0
}

// openForeign opens a file by a registered format.
func (f Format) openForeign(src *source, o *Options) (Reader, error) {
	r, err := f.Open(&Source{src}, *o)
	if err != nil {
		return nil, err
	}
	return &foreignReader{r, src}, nil
}

// foreignReader holds the reader of a registered format to what the others keep to.
type foreignReader struct {
	r   Reader
	src *source
}

// Next checks that the series is consistent, and names the file in errors.
func (r *foreignReader) Next() (*series.Series, error) {
	s, err := r.r.Next()
	if err == nil && s == nil {
		err = errors.New("the format's reader returned neither a series nor an error")
	}
	if err == nil {
		err = s.Check()
	}
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	if err != nil {
		return nil, located(r.src.path, err)
	}
	return s, nil
}

func (r *foreignReader) Close() error {
	return errors.Join(located(r.src.path, r.r.Close()), r.src.Close())
}
