package datasets

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/wavekin/wavekin/internal/output"
)

// Type is what a column of an output holds.
type Type uint8

// The types, with the Go value that Append takes; nil is a null in any of them, as is NaN in a float column of a CSV file.
const (
	Int64     Type = iota // int64 or int
	Float32               // float32
	Float64               // float64
	String                // string
	Timestamp             // int64 nanoseconds since 1970, UTC
	Vector                // []float32 of Column.Dim values
	List                  // []float64 of any length; not in CSV
)

// Column describes a column of an output.
type Column struct {
	// Name is unique within the table.
	Name string
	// Type is what it holds.
	Type Type
	// Dim is the length of the vectors of a Vector column.
	Dim int
}

// writeRows is how many rows are kept before they are written as one record batch.
const writeRows = 65536

// tableSink is a format on its way out.
type tableSink interface {
	append(row []any) error
	flush() error
	close() error // writes what ends the table; frees memory also when that fails
}

// Writer writes a table row by row. Nothing is in the output's place before Close;
// what was there stays until then.
type Writer struct {
	path   string
	f      *output.File
	cols   []Column
	sink   tableSink
	rows   int
	err    error
	closed bool
}

// NewWriter starts a table; the ending of the name says the format: .arrow, .arrows
// (stream) or .csv, where a vector takes a column per value.
func NewWriter(path string, cols []Column) (*Writer, error) {
	return newWriter(path, cols, memory.DefaultAllocator)
}

func newWriter(path string, cols []Column, mem memory.Allocator) (*Writer, error) {
	names := map[string]bool{}
	for _, c := range cols {
		if c.Name == "" || names[c.Name] {
			return nil, output.Wrap(path, fmt.Errorf("column name %q is empty or there twice", c.Name))
		}
		if c.Type > List || c.Type == Vector && c.Dim < 1 {
			return nil, output.Wrap(path, fmt.Errorf("column %q has no valid type", c.Name))
		}
		names[c.Name] = true
	}
	if len(cols) == 0 {
		return nil, output.Wrap(path, errors.New("a table without columns"))
	}
	start, err := sinkFor(path)
	if err != nil {
		return nil, output.Wrap(path, err)
	}
	f, err := output.Create(path)
	if err != nil {
		return nil, err
	}
	w := &Writer{path: path, f: f, cols: cols}
	if w.sink, err = start(f.File, cols, mem); err != nil {
		w.fail(err)
		return nil, w.err
	}
	return w, nil
}

// sinkFor chooses by the name's ending.
func sinkFor(path string) (func(f *os.File, cols []Column, mem memory.Allocator) (tableSink, error), error) {
	switch ending := strings.ToLower(filepath.Ext(path)); ending {
	case ".arrow", ".feather", ".ipc":
		return newArrowFileSink, nil
	case ".arrows":
		return newArrowStreamSink, nil
	case ".csv":
		return newCSVSink, nil
	default:
		return nil, fmt.Errorf("%w: an output ends in .arrow, .arrows or .csv, this one in %q", ErrOutputFormat, ending)
	}
}

// Append adds a row, one value per column.
func (w *Writer) Append(row ...any) error {
	if w.err != nil {
		return w.err
	}
	if w.closed {
		return output.Wrap(w.path, os.ErrClosed)
	}
	err := w.check(row)
	if err == nil {
		err = w.sink.append(row)
	}
	if err == nil {
		if w.rows++; w.rows%writeRows == 0 {
			err = w.sink.flush()
		}
	}
	if err != nil {
		return w.fail(err)
	}
	return nil
}

// Rows is how many rows have been appended.
func (w *Writer) Rows() int { return w.rows }

// check holds a row against the columns.
func (w *Writer) check(row []any) error {
	if len(row) != len(w.cols) {
		return fmt.Errorf("a row of %d values in a table of %d columns", len(row), len(w.cols))
	}
	for i, v := range row {
		ok := v == nil
		switch v := v.(type) {
		case int:
			row[i] = int64(v)
			ok = w.cols[i].Type == Int64 || w.cols[i].Type == Timestamp
		case int64:
			ok = w.cols[i].Type == Int64 || w.cols[i].Type == Timestamp
		case float32:
			ok = w.cols[i].Type == Float32
		case float64:
			ok = w.cols[i].Type == Float64
		case string:
			ok = w.cols[i].Type == String
		case []float32:
			ok = w.cols[i].Type == Vector && len(v) == w.cols[i].Dim
		case []float64:
			ok = w.cols[i].Type == List
		}
		if !ok {
			return fmt.Errorf("column %q does not take a %T", w.cols[i].Name, v)
		}
	}
	return nil
}

// fail removes the temporary file and remembers why.
func (w *Writer) fail(err error) error {
	if w.err == nil {
		w.err = output.Wrap(w.path, err)
	}
	w.discard()
	return w.err
}

func (w *Writer) discard() {
	if w.sink != nil {
		_ = w.sink.close()
		w.sink = nil
	}
	w.f.Abort()
}

// Close writes the rest, makes sure that it is on the disk, and moves it into place.
// After an error nothing is left behind. Closing twice does nothing more.
func (w *Writer) Close() error {
	if w.err != nil || w.closed {
		return w.err
	}
	w.closed = true
	err := w.sink.flush()
	if err == nil {
		err = w.sink.close()
		w.sink = nil
	}
	if err != nil {
		return w.fail(err)
	}
	w.err = w.f.Commit()
	return w.err
}

// Abort gives the output up: nothing is left of it, and what was in its place stays.
// After Close it does nothing.
func (w *Writer) Abort() error {
	if w.closed {
		return nil
	}
	w.closed = true
	w.discard()
	return nil
}

var _ io.Closer = (*Writer)(nil)
