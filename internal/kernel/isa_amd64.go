//go:build !noasm

package kernel

import "golang.org/x/sys/cpu"

// bestISA asks the processor. The cpu package also checks that the operating
// system saves the wide registers.
func bestISA() isa {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA:
		return isaGo
	case x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL:
		return isaAVX512
	}
	return isaAVX2
}
