package output

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Sweep removes what killed processes have left beside path. Nobody else may be writing it, since some file systems have no locks.
func Sweep(path string) {
	dir, base := filepath.Split(path)
	sweep(filepath.Clean(dir), func(name string) bool { return name == base }, false)
}

// SweepFolder removes what killed processes have left in a folder of the outputs that mine is true for. Nobody else may be
// writing these.
func SweepFolder(dir string, mine func(base string) bool) { sweep(dir, mine, false) }

// sweep removes the files of outputs on their way that no process writes; doubt keeps those of which the file system cannot tell.
func sweep(dir string, mine func(base string) bool, doubt bool) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if base, ok := baseOf(e.Name()); !ok || !mine(base) || !e.Type().IsRegular() {
			continue
		}
		temp := filepath.Join(dir, e.Name())
		if free := vacant(temp); free == nil || !doubt && !errors.Is(free, ErrHeld) {
			_ = os.Remove(temp) // it does no harm where it stays
		}
	}
}

// vacant is nil where no process holds the lock of a file.
func vacant(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(Hold(f, false), f.Close())
}

// baseOf is the name of the output that a file of [Create] is for until it is complete.
func baseOf(temp string) (base string, ok bool) {
	name, hidden := strings.CutPrefix(temp, ".")
	name, ending := strings.CutSuffix(name, ".tmp")
	at := strings.LastIndexByte(name, '.')
	if !hidden || !ending || at < 1 {
		return "", false
	}
	pid, n, ok := strings.Cut(name[at+1:], "-")
	for _, text := range []string{pid, n} {
		if _, err := strconv.ParseUint(text, 10, 64); err != nil {
			return "", false
		}
	}
	return name[:at], ok
}
