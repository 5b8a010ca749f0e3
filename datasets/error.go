package datasets

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wavekin/wavekin/datasets/internal/fault"
	"github.com/wavekin/wavekin/internal/output"
)

// Kinds of trouble with an input, to be asked for with errors.Is.
var (
	// ErrFormat: no format is known that the content would be.
	ErrFormat = fault.ErrFormat
	// ErrEmpty: there is nothing in the file.
	ErrEmpty = fault.ErrEmpty
	// ErrTruncated: the file ends in the middle of something.
	ErrTruncated = fault.ErrTruncated
	// ErrCorrupt: the file contradicts itself.
	ErrCorrupt = fault.ErrCorrupt
	// ErrLimit: the file claims a size beyond what is accepted.
	ErrLimit = fault.ErrLimit
	// ErrOutputFormat: the ending of an output's name is none that is written.
	ErrOutputFormat = errors.New("not a format that wavekin writes")
	// ErrOrder: time stamps go back, or the rows of a series are apart.
	ErrOrder = fault.ErrOrder
)

// Error says what is wrong with an input and where.
type Error struct {
	// File is the path as it was given.
	File string
	// Row counts from 1; in text files it is the line. Below 1: unknown.
	Row int
	// Column is the name of the column or channel, or empty.
	Column string
	// Offset is the byte in the (uncompressed) content. Below 0: unknown.
	Offset int64
	// Err says what was found and what was expected.
	Err error
}

// Error is one line, such as `line3.csv: row 17, column "pressure": "abc" is not a number`.
func (e *Error) Error() string {
	var where []string
	if e.Row > 0 {
		where = append(where, fmt.Sprintf("row %d", e.Row))
	}
	if e.Offset >= 0 {
		where = append(where, fmt.Sprintf("byte %d", e.Offset))
	}
	if e.Column != "" {
		where = append(where, fmt.Sprintf("column %q", e.Column))
	}
	text := e.File + ": "
	if len(where) > 0 {
		text += strings.Join(where, ", ") + ": "
	}
	return text + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// WriteError says that an output could not be written: File is its path as it was given, Err the cause.
type WriteError = output.Error

// fileError makes an error about a file as a whole.
func fileError(file, format string, args ...any) *Error {
	return &Error{File: file, Offset: -1, Err: fmt.Errorf(format, args...)}
}

// rowError makes an error about a row.
func rowError(file string, row int, column, format string, args ...any) *Error {
	return &Error{File: file, Row: row, Column: column, Offset: -1, Err: fmt.Errorf(format, args...)}
}

// byteError makes an error about a place in a binary file.
func byteError(file string, offset int64, format string, args ...any) *Error {
	return &Error{File: file, Offset: offset, Err: fmt.Errorf(format, args...)}
}

// located gives an error a file unless it has one.
func located(file string, err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var at *fault.At
	if errors.As(err, &at) {
		return &Error{File: file, Row: at.Row, Column: at.Column, Offset: at.Offset, Err: at.Err}
	}
	return &Error{File: file, Offset: -1, Err: err}
}

// quoted shortens a cell for a message.
func quoted(cell string) string {
	if len(cell) > 40 {
		cell = strings.ToValidUTF8(cell[:40], "") + "..."
	}
	return fmt.Sprintf("%q", cell)
}

// leaveOut hands on the row that an error is about, and is false where such rows are errors, or the error is about more than a row.
func (o *Options) leaveOut(file string, err error) bool {
	var e *Error
	if o.BadRow == nil || !errors.As(located(file, err), &e) || e.Row < 1 {
		return false
	}
	o.BadRow(e)
	return true
}
