// Package fault holds the kinds of trouble with an input that package datasets and the packages below it share, and where in a
// binary file it was found. datasets adds the file's name.
package fault

import (
	"errors"
	"fmt"
)

// Kinds of trouble, which datasets exports under the same names.
var (
	ErrFormat    = errors.New("not a format that wavekin reads")
	ErrEmpty     = errors.New("the file is empty")
	ErrTruncated = errors.New("the file ends too early")
	ErrCorrupt   = errors.New("the file is damaged")
	ErrLimit     = errors.New("beyond the accepted size")
	ErrOrder     = errors.New("out of order")
)

// At says where something is wrong.
type At struct {
	// Row counts from 1; below 1 it is unknown.
	Row int
	// Column is a column's name, or empty.
	Column string
	// Offset is the byte in the uncompressed content; below 0 it is unknown.
	Offset int64
	// Err says what was found and what was expected.
	Err error
}

// Error is the cause's text.
func (a *At) Error() string { return a.Err.Error() }

// Unwrap returns the cause.
func (a *At) Unwrap() error { return a.Err }

// Byte makes an error about a byte.
func Byte(offset int64, format string, args ...any) *At {
	return &At{Offset: offset, Err: fmt.Errorf(format, args...)}
}

// Row makes an error about a row of a column.
func Row(row int, column, format string, args ...any) *At {
	return &At{Row: row, Column: column, Offset: -1, Err: fmt.Errorf(format, args...)}
}

// Catch turns a panic into an error that says the file is damaged. It is for foreign decoders, which report data that contradicts
// itself by a panic: defer fault.Catch(&err).
func Catch(err *error) {
	if p := recover(); p != nil {
		if e, ok := p.(error); ok && (errors.Is(e, ErrCorrupt) || errors.Is(e, ErrLimit)) {
			*err = e
			return
		}
		*err = fmt.Errorf("%w: %v", ErrCorrupt, p)
	}
}
