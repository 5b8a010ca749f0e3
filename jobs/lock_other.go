//go:build !(linux || darwin || freebsd || netbsd || openbsd)

package jobs

import "os"

// hold takes the lock of an open file, where the system has none that ends with the process: a file that says a process holds it is
// believed, and is to be removed by hand after that process was killed.
func hold(f *os.File, shared bool) error {
	if shared {
		return nil // the shards have locks of their own
	}
	if info, err := f.Stat(); err != nil || info.Size() > 0 {
		return errHeld
	}
	return nil
}
