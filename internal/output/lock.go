package output

import (
	"errors"
	"os"
)

// ErrHeld says that another process holds the lock of a file, ErrNoLocks that the system has no locks that end with their process.
var (
	ErrHeld    = errors.New("held by another process")
	ErrNoLocks = errors.New("the system has no locks of files")
)

// take locks the file of an output on its way, by a handle of its own that outlives the rename. It is false where another process
// removes the file; a file system without locks leaves it as it is.
func (f *File) take() bool {
	lock, err := os.OpenFile(f.temp, os.O_RDWR, 0)
	if err != nil {
		return !os.IsNotExist(err)
	}
	if err = Hold(lock, false); err != nil {
		_ = lock.Close() // nothing was written
		return !errors.Is(err, ErrHeld)
	}
	f.lock = lock
	mine, err := lock.Stat()
	there, lost := os.Stat(f.temp)
	if err == nil && lost == nil && os.SameFile(mine, there) {
		return true
	}
	f.letGo()
	return false
}

// letGo ends the lock.
func (f *File) letGo() {
	if f.lock != nil {
		_ = f.lock.Close() // nothing was written
		f.lock = nil
	}
}
