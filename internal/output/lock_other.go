//go:build !(linux || darwin || freebsd || netbsd || openbsd)

package output

import "os"

// Hold is where the system has no lock that ends with the process.
func Hold(*os.File, bool) error { return ErrNoLocks }
