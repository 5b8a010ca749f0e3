package datasets

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/wavekin/wavekin/internal/output"
)

// Type is what a column of an output holds.
type Type uint8

// The types, with the Go value that Append takes; nil is a null in any of them, and so is NaN in Float32 and Float64.
const (
	Int64     Type = iota // int64 or int
	Float32               // float32
	Float64               // float64
	String                // string
	Timestamp             // int64 nanoseconds since 1970
	Vector                // []float32 of Column.Dim values
	List                  // []float64 of any length; not in CSV
	List32                // []float64 of any length, written as float32; not in CSV
)

// Column describes a column of an output.
type Column struct {
	// Name is unique within the table.
	Name string
	// Type is what it holds.
	Type Type
	// Dim is the length of the vectors of a Vector column.
	Dim int
	// Zone is the time zone of a Timestamp column, as an IANA name or an offset such as +01:00; empty is UTC. Arrow and Parquet keep it.
	Zone string
}

// Values are those of one column for some rows, in the slice that the column's type takes: Int64 for Int64 and Timestamp,
// Float32 for Float32 and, Dim for each row, for Vector, List for List and List32.
type Values struct {
	Int64   []int64
	Float32 []float32
	Float64 []float64
	String  []string
	List    [][]float64
	// Null marks rows without a value, whose entry does not count. nil: none.
	Null []bool
}

func (v *Values) isNull(row int) bool { return v.Null != nil && v.Null[row] }

// WriterOptions say how a table is written; the zero value is plain.
type WriterOptions struct {
	// Metadata is kept with the schema in Arrow and Parquet; CSV has no place for it.
	Metadata map[string]string
	// Constants are columns of text after the others that have one value in every row.
	Constants []Constant
	// To, unless nil, gets an Arrow stream, and the path is for messages alone.
	To io.Writer
	// Delay, unless 0, is how long rows may wait to be written: for streams that somebody reads while they go on.
	Delay time.Duration
}

// Constant is a column with one value in every row.
type Constant struct {
	Name, Value string
	// Null: the column holds nulls.
	Null bool
}

const (
	// writeRows is how many rows are kept before they are written as one record batch.
	writeRows = 65536
	// maxPending bounds the list values kept before they are written.
	maxPending = 1 << 20
)

// tableSink is a format on its way out.
type tableSink interface {
	write(cols []Values, rows int) error
	close() error // writes what ends the table; frees memory also when that fails
}

// Writer writes a table, row by row or some rows of all columns at a time. Nothing is in the output's place before Close;
// what was there stays until then.
type Writer struct {
	path    string
	f       *output.File
	cols    []Column
	sink    tableSink
	pending []Values
	waiting int // rows in pending
	lists   int // list values in pending
	rows    int
	err     error
	closed  bool
	// constants are the last columns, which the caller does not give.
	constants []Constant

	mu    sync.Mutex // of all above, where rows are written by the timer too
	delay time.Duration
	timer *time.Timer
}

// NewWriter is [Create] without options.
func NewWriter(path string, cols []Column) (*Writer, error) {
	return Create(path, cols, WriterOptions{})
}

// Create starts a table; the ending of the name says the format: .arrow, .arrows (stream), .parquet or .csv, where a vector
// takes a column per value. The path "-" is standard output, which gets an Arrow stream.
func Create(path string, cols []Column, o WriterOptions) (*Writer, error) {
	return newWriter(path, cols, o, memory.DefaultAllocator)
}

func newWriter(path string, cols []Column, o WriterOptions, mem memory.Allocator) (*Writer, error) {
	if len(cols) == 0 {
		return nil, output.Wrap(path, errors.New("a table without columns"))
	}
	cols = slices.Clip(cols)
	for _, c := range o.Constants {
		cols = append(cols, Column{Name: c.Name, Type: String})
	}
	names := map[string]bool{}
	for _, c := range cols {
		if c.Name == "" || names[c.Name] {
			return nil, output.Wrap(path, fmt.Errorf("column name %q is empty or there twice", c.Name))
		}
		if c.Type > List32 || c.Type == Vector && c.Dim < 1 {
			return nil, output.Wrap(path, fmt.Errorf("column %q has no valid type", c.Name))
		}
		names[c.Name] = true
	}
	w := &Writer{path: path, cols: cols, pending: make([]Values, len(cols)), constants: o.Constants, delay: o.Delay}
	if o.To != nil {
		w.sink = newArrowStreamTo(o.To, cols, o, mem)
		return w, nil
	}
	start, err := sinkFor(path)
	if err != nil {
		return nil, output.Wrap(path, err)
	}
	if w.f, err = output.Create(path); err != nil {
		return nil, err
	}
	if w.sink, err = start(w.f, cols, o, mem); err != nil {
		return nil, w.fail(err)
	}
	return w, nil
}

// AppendColumns adds rows, the values of every column in their order; which are copied.
func (w *Writer) AppendColumns(cols ...Values) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.ready(); err != nil {
		return err
	}
	rows, err := w.checkColumns(cols)
	if err != nil {
		return w.fail(err)
	}
	cols = slices.Concat(cols, w.constantValues(rows))
	for from := 0; from < rows; {
		to := min(rows, from+writeRows-w.waiting)
		for i := range cols {
			to = min(to, w.room(i, &cols[i], from, to))
		}
		for i := range cols {
			w.take(i, &cols[i], from, to)
		}
		w.rows += to - from
		if err := w.count(to - from); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// constantValues are the columns that the caller does not give.
func (w *Writer) constantValues(rows int) []Values {
	out := make([]Values, len(w.constants))
	for i, c := range w.constants {
		out[i] = Values{String: slices.Repeat([]string{c.Value}, rows)}
		if c.Null {
			out[i].Null = slices.Repeat([]bool{true}, rows)
		}
	}
	return out
}

// room is how far rows of a column may go so that its lists stay within bounds; at least one goes.
func (w *Writer) room(at int, v *Values, from, to int) int {
	left := maxPending - w.lists
	for row := from; row < to; row++ {
		switch w.cols[at].Type {
		case Vector:
			left -= w.cols[at].Dim
		case List, List32:
			left -= len(v.List[row])
		default:
			return to
		}
		if left <= 0 {
			return row + 1
		}
	}
	return to
}

// checkColumns wants every column in its slice and equally long.
func (w *Writer) checkColumns(cols []Values) (rows int, err error) {
	if given := len(w.cols) - len(w.constants); len(cols) != given {
		return 0, fmt.Errorf("%d columns for a table of %d", len(cols), given)
	}
	for i := range cols {
		n, c := 0, w.cols[i]
		switch c.Type {
		case Int64, Timestamp:
			n = len(cols[i].Int64)
		case Float32:
			n = len(cols[i].Float32)
		case Float64:
			n = len(cols[i].Float64)
		case String:
			n = len(cols[i].String)
		case Vector:
			if n = len(cols[i].Float32) / c.Dim; n*c.Dim != len(cols[i].Float32) {
				return 0, fmt.Errorf("column %q has %d values, which are no vectors of %d", c.Name, len(cols[i].Float32), c.Dim)
			}
		default:
			n = len(cols[i].List)
		}
		if i == 0 {
			rows = n
		}
		if n != rows || cols[i].Null != nil && len(cols[i].Null) != rows {
			return 0, fmt.Errorf("column %q has %d rows, column %q has %d", c.Name, n, w.cols[0].Name, rows)
		}
	}
	return rows, nil
}

// take copies rows of a column after those that wait.
func (w *Writer) take(at int, v *Values, from, to int) {
	p, c := &w.pending[at], w.cols[at]
	missing := func(row int) bool { return v.isNull(row) }
	switch c.Type {
	case Int64, Timestamp:
		p.Int64 = append(p.Int64, v.Int64[from:to]...)
	case Float32:
		p.Float32 = append(p.Float32, v.Float32[from:to]...)
		missing = func(row int) bool { return v.Float32[row] != v.Float32[row] || v.isNull(row) }
	case Float64:
		p.Float64 = append(p.Float64, v.Float64[from:to]...)
		missing = func(row int) bool { return v.Float64[row] != v.Float64[row] || v.isNull(row) }
	case String:
		p.String = append(p.String, v.String[from:to]...)
	case Vector:
		p.Float32 = append(p.Float32, v.Float32[from*c.Dim:to*c.Dim]...)
		w.lists += (to - from) * c.Dim
	default:
		for _, l := range v.List[from:to] {
			p.List = append(p.List, append([]float64(nil), l...))
			w.lists += len(l)
		}
	}
	for row := from; row < to; row++ {
		if missing(row) && p.Null == nil {
			p.Null = make([]bool, w.waiting+row-from, writeRows)
		}
		if p.Null != nil {
			p.Null = append(p.Null, missing(row))
		}
	}
}

// count counts rows that were taken, and writes when there are enough.
func (w *Writer) count(rows int) error {
	if w.waiting += rows; w.waiting >= writeRows || w.lists >= maxPending {
		if err := w.flush(); err != nil {
			return w.fail(err)
		}
	}
	if w.delay > 0 && w.waiting > 0 && w.timer == nil {
		w.timer = time.AfterFunc(w.delay, w.late)
	}
	return nil
}

// late writes the rows that have waited for the delay; what fails is told by the next call.
func (w *Writer) late() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer = nil; w.err != nil || w.closed {
		return
	}
	if err := w.flush(); err != nil {
		_ = w.fail(err) // kept
	}
}

// flush writes the rows that wait.
func (w *Writer) flush() error {
	if w.waiting == 0 {
		return nil
	}
	if err := w.sink.write(w.pending, w.waiting); err != nil {
		return err
	}
	for i := range w.pending {
		p := &w.pending[i]
		clear(p.List)
		*p = Values{Int64: p.Int64[:0], Float32: p.Float32[:0], Float64: p.Float64[:0], String: p.String[:0], List: p.List[:0]}
	}
	w.waiting, w.lists = 0, 0
	return nil
}

func (w *Writer) ready() error {
	if w.err != nil {
		return w.err
	}
	if w.closed {
		return output.Wrap(w.path, os.ErrClosed)
	}
	return nil
}

// Append adds a row, one value per column. For many rows AppendColumns takes less time.
func (w *Writer) Append(row ...any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.ready(); err != nil {
		return err
	}
	if given := len(w.cols) - len(w.constants); len(row) != given {
		return w.fail(fmt.Errorf("a row of %d values in a table of %d columns", len(row), given))
	}
	for i, v := range row {
		if !w.takes(i, v) {
			return w.fail(fmt.Errorf("column %q does not take a %T", w.cols[i].Name, v))
		}
	}
	for i, v := range row {
		one := w.single(i, v)
		w.take(i, &one, 0, 1)
	}
	for i, one := range w.constantValues(1) {
		w.take(len(row)+i, &one, 0, 1)
	}
	w.rows++
	return w.count(1)
}

// single is a value as a column of one row.
func (w *Writer) single(at int, v any) Values {
	c := w.cols[at]
	switch v := v.(type) {
	case int:
		return Values{Int64: []int64{int64(v)}}
	case int64:
		return Values{Int64: []int64{v}}
	case float32:
		return Values{Float32: []float32{v}}
	case float64:
		return Values{Float64: []float64{v}}
	case string:
		return Values{String: []string{v}}
	case []float32:
		return Values{Float32: v}
	case []float64:
		return Values{List: [][]float64{v}}
	}
	return Values{Int64: []int64{0}, Float32: make([]float32, max(1, c.Dim)), Float64: []float64{0}, String: []string{""}, List: [][]float64{nil}, Null: []bool{true}}
}

// Rows is how many rows have been appended.
func (w *Writer) Rows() int { return w.rows }

// takes holds a value against a column.
func (w *Writer) takes(at int, v any) bool {
	t := w.cols[at].Type
	switch v := v.(type) {
	case nil:
		return true
	case int, int64:
		return t == Int64 || t == Timestamp
	case float32:
		return t == Float32
	case float64:
		return t == Float64
	case string:
		return t == String
	case []float32:
		return t == Vector && len(v) == w.cols[at].Dim
	case []float64:
		return t == List || t == List32
	}
	return false
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
	if w.f != nil {
		w.f.Abort()
	}
}

// Close writes the rest, makes sure that it is on the disk, and moves it into place.
// After an error nothing is left behind. Closing twice does nothing more.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil || w.closed {
		return w.err
	}
	w.closed = true
	err := w.flush()
	if err == nil {
		err = w.sink.close()
		w.sink = nil
	}
	if err != nil {
		return w.fail(err)
	}
	if w.f != nil {
		w.err = w.f.Commit()
	}
	return w.err
}

// Abort gives the output up: nothing is left of it, and what was in its place stays.
// After Close it does nothing.
func (w *Writer) Abort() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	w.closed = true
	w.discard()
	return nil
}

var _ io.Closer = (*Writer)(nil)
