// Package output writes files so that nobody ever sees half of one: the content is
// written beside its place and moved there when it is complete. What stood there
// before stays until then, and after a failure nothing is left behind.
//
//	f, err := output.Create("scores.csv")
//	...
//	defer f.Abort() // does nothing after Commit
//	fmt.Fprintln(f, "series,score")
//	return f.Commit()
package output

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
)

// Error says that an output could not be written.
type Error struct {
	// File is the output's path as it was given.
	File string
	// Err is the cause.
	Err error
}

// Error names the file and the cause.
func (e *Error) Error() string { return fmt.Sprintf("cannot write %s: %v", e.File, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Wrap makes an [Error] about path of any failure; nil stays nil, and an Error stays as it is. The path of the file
// beside the place, which means nothing to a reader, is dropped from the message.
func Wrap(path string, err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var p *os.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		err = p.Err
	case errors.As(err, &l):
		err = l.Err
	}
	return &Error{path, err}
}

// File is an output on its way. It writes where [os.File] does.
type File struct {
	*os.File
	path  string   // as it was given
	place string   // where it goes, links followed
	temp  string   // where it is until then; empty for a device or a pipe, which is written as it is
	lock  *os.File // tells others that a process writes temp; nil where the file system has no locks
	ended bool
	to    io.Writer // in place of File; nil for none
}

// Write writes as [os.File] does.
func (f *File) Write(p []byte) (n int, err error) {
	if f.to != nil {
		n, err = f.to.Write(p)
	} else {
		n, err = f.File.Write(p)
	}
	if f.temp == "" {
		passed.Add(int64(n))
	}
	return n, err
}

// passed counts what was written as it is.
var passed atomic.Int64

// Passed is how many bytes this process has written that no [File.Abort] takes back: to standard output, devices and pipes.
func Passed() int64 { return passed.Load() }

// WriteString writes a text.
func (f *File) WriteString(s string) (int, error) { return f.Write([]byte(s)) }

// Stdout is the path that stands for standard output.
const Stdout = "-"

// Create starts an output; [Stdout] is written as it is and stays open. A path that is a link is followed; one that is a device or a
// pipe is written as it is, since nothing may take its place. Errors are of type [*Error].
func Create(path string) (*File, error) {
	if path == Stdout {
		f := &File{File: os.Stdout, path: path}
		if g := standard.Load(); g != nil {
			f.to = g
		}
		return f, nil
	}
	f := &File{path: path, place: path}
	if p, err := filepath.EvalSymlinks(path); err == nil {
		f.place = p
	}
	st, err := os.Stat(f.place)
	switch {
	case err == nil && st.IsDir():
		return nil, &Error{path, errors.New("it is a folder")}
	case err == nil && !st.Mode().IsRegular():
		if f.File, err = os.OpenFile(f.place, os.O_WRONLY, 0); err != nil {
			return nil, Wrap(path, err)
		}
		return f, nil
	}
	dir, base := filepath.Split(f.place)
	for i := 0; ; i++ {
		f.temp = filepath.Join(dir, fmt.Sprintf(".%s.%d-%d.tmp", base, os.Getpid(), i))
		if f.File, err = os.OpenFile(f.temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666); err == nil {
			if !f.take() { // another process took it for what a killed one has left
				_, _ = f.Close(), os.Remove(f.temp)
				continue
			}
			if st != nil { // what is written over keeps its mode, where that can be
				_ = f.Chmod(st.Mode().Perm())
			}
			return f, nil
		}
		if !os.IsExist(err) || i > 1000 {
			return nil, Wrap(path, err)
		}
	}
}

// Check tells ahead of long work whether an output could be started at path, and removes what killed processes have left beside it.
// A device or a pipe is left alone: opening one may be more than a question.
func Check(path string) error {
	if path == Stdout {
		return nil
	}
	if st, err := os.Stat(path); err == nil && !st.IsDir() && !st.Mode().IsRegular() {
		return nil
	}
	f, err := Create(path)
	if err != nil {
		return err
	}
	f.Abort()
	sweep(filepath.Dir(f.place), func(base string) bool { return base == filepath.Base(f.place) }, true)
	return nil
}

// Commit makes sure that the content is on the disk and moves it into place. After an error nothing is left behind.
func (f *File) Commit() error {
	if f.ended {
		return &Error{f.path, os.ErrClosed}
	}
	f.ended = true
	if f.path == Stdout {
		return nil
	}
	if f.temp == "" {
		return Wrap(f.path, f.Close())
	}
	err := f.Sync()
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.temp, f.place)
	}
	f.letGo()
	if err != nil {
		_ = os.Remove(f.temp) // the first error is the one to tell
		return Wrap(f.path, err)
	}
	// The new name should survive a power cut as well; not every file system can do that.
	if dir, err := os.Open(filepath.Dir(f.place)); err == nil {
		_ = dir.Sync()
		_ = dir.Close()
	}
	return nil
}

// Abort gives the output up: nothing is left of it. After Commit it does nothing.
func (f *File) Abort() {
	if f.ended {
		return
	}
	f.ended = true
	if f.path == Stdout {
		return
	}
	_ = f.Close() // nobody will read it
	if f.temp != "" {
		_ = os.Remove(f.temp)
	}
	f.letGo()
}
