package jobs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/wavekin/wavekin/internal/output"
)

// lockName is the lock's name in the folder of the outputs.
const lockName = "_wavekin.lock"

var errHeld = errors.New("held by another process")

// BusyError says that another job works on the same folder.
type BusyError struct {
	// Folder is that of the outputs, Holder who holds it, as far as that is known.
	Folder, Holder string
}

// Error is one line.
func (e *BusyError) Error() string {
	return fmt.Sprintf("another job is writing to %s (%s); wait for its end, or give this one another folder", e.Folder, e.Holder)
}

// lock keeps a folder to one job.
type lock struct {
	f    *os.File
	dead string // who held it last and did not let go
}

// acquire takes the lock of a folder, or returns a [*BusyError].
func acquire(out string) (*lock, error) {
	path := filepath.Join(out, lockName)
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, output.Wrap(path, err)
		}
		l, err := holding(f, path)
		if l == nil || err != nil {
			_ = f.Close() // nothing was written
		}
		if err == errHeld {
			return nil, &BusyError{out, holder(path)}
		}
		if err != nil {
			return nil, output.Wrap(path, err)
		}
		if l != nil {
			return l, nil
		}
	}
}

// holding takes the lock of an open file and writes down who has it; nil where the file was removed meanwhile by its last holder.
func holding(f *os.File, path string) (*lock, error) {
	if err := hold(f); err != nil {
		return nil, err
	}
	mine, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if there, err := os.Stat(path); err != nil || !os.SameFile(mine, there) {
		return nil, nil
	}
	l := &lock{f: f}
	if mine.Size() > 0 {
		l.dead = holder(path)
	}
	host, _ := os.Hostname() // an empty one says as little
	if err := f.Truncate(0); err != nil {
		return nil, err
	}
	_, err = f.WriteAt(fmt.Appendf(nil, "process %d on %s since %s\n", os.Getpid(), host, time.Now().UTC().Format(time.RFC3339)), 0)
	return l, err
}

// holder is what the lock says of its holder.
func holder(path string) string {
	text, err := os.ReadFile(path)
	if line := strings.TrimSpace(string(text)); err == nil && line != "" && len(line) < 200 {
		return line
	}
	return "process unknown"
}

// release removes the lock, while it is held.
func (l *lock) release() {
	_ = os.Remove(l.f.Name()) // one that stays is free all the same
	_ = l.f.Close()
}
