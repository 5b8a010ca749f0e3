//go:build linux || darwin || freebsd || netbsd || openbsd

package jobs

import (
	"errors"
	"os"
	"syscall"
)

// hold takes the lock of an open file without waiting; it ends with the process, however that ends.
func hold(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errHeld
	}
	return err
}
