//go:build linux || darwin || freebsd || netbsd || openbsd

package output

import (
	"errors"
	"os"
	"syscall"
)

// Hold takes the lock of an open file without waiting, for itself or with others; it ends with the process, however that ends. The
// error is [ErrHeld] where another has it.
func Hold(f *os.File, shared bool) error {
	how := syscall.LOCK_EX
	if shared {
		how = syscall.LOCK_SH
	}
	err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrHeld
	}
	return err
}
