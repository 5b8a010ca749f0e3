//go:build amd64 && !noasm

package kernel

import "syscall"

// permitTiles asks Linux for the tile registers, once for the process; without its leave the first use would be a fault
// (Documentation/arch/x86/xstate.rst).
func permitTiles() bool {
	const requestPermission, tileData = 0x1023, 18 // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
	_, _, errno := syscall.RawSyscall(syscall.SYS_ARCH_PRCTL, requestPermission, tileData, 0)
	return errno == 0
}
