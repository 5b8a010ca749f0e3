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

// BusyError says that another job works on the same folder.
type BusyError struct {
	// Folder is that of the outputs, Holder who holds it, as far as that is known.
	Folder, Holder string
}

// Error is one line.
func (e *BusyError) Error() string {
	return fmt.Sprintf("another job is writing to %s (%s); wait for its end, or give this one another folder", e.Folder, e.Holder)
}

// lock keeps a folder to one job, or to the shards of one.
type lock struct {
	f      *os.File
	shared bool
	dead   string // who held it last and did not let go
}

// locks are those of one job.
type locks []*lock

// lockFolder takes what keeps others from the outputs of a job: all of a folder, or one shard of it.
func lockFolder(out string, s Shard) (locks, error) {
	const ending = ".lock"
	whole, err := acquire(out, Shard{}.name(ending), s.Count > 0)
	if err != nil || s.Count == 0 {
		return locks{whole}, err
	}
	part, err := acquire(out, s.name(ending), false)
	if err != nil {
		whole.release()
	}
	return locks{part, whole}, err
}

func (l locks) release() {
	for _, one := range l {
		one.release()
	}
}

// acquire takes a lock in a folder, or returns a [*BusyError].
func acquire(out, name string, shared bool) (*lock, error) {
	path := filepath.Join(out, name)
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, output.Wrap(path, err)
		}
		l, err := holding(f, path, shared)
		if l == nil || err != nil {
			_ = f.Close() // nothing was written
		}
		if errors.Is(err, output.ErrHeld) {
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
func holding(f *os.File, path string, shared bool) (*lock, error) {
	if err := hold(f, shared); err != nil {
		return nil, err
	}
	mine, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if there, err := os.Stat(path); err != nil || !os.SameFile(mine, there) {
		return nil, nil
	}
	l := &lock{f: f, shared: shared}
	if mine.Size() > 0 && !shared {
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

// release removes the lock, while it is held and nobody shares it.
func (l *lock) release() {
	if !l.shared || hold(l.f, false) == nil {
		_ = os.Remove(l.f.Name()) // one that stays is free all the same
	}
	_ = l.f.Close()
}

// hold takes the lock of an open file. Where the system has none, a file that says a process holds it is believed, and is to be removed
// by hand after that process was killed; shards have locks of their own.
func hold(f *os.File, shared bool) error {
	err := output.Hold(f, shared)
	switch {
	case !errors.Is(err, output.ErrNoLocks):
		return err
	case shared:
		return nil
	}
	if info, err := f.Stat(); err != nil || info.Size() > 0 {
		return output.ErrHeld
	}
	return nil
}
