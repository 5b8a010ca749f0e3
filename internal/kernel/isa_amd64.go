//go:build !noasm

package kernel

import "golang.org/x/sys/cpu"

// machineISAs asks the processor; the best instruction set is the last. The cpu package also checks that the operating
// system saves the wide registers.
func machineISAs() []isa {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA:
		return []isa{isaGo}
	case x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL:
		return []isa{isaGo, isaAVX2, isaAVX512}
	}
	return []isa{isaGo, isaAVX2}
}

// bestISA is the last of those, whether it is in use or not.
func bestISA() isa {
	has := machineISAs()
	return has[len(has)-1]
}
