package kernel

import (
	"os"
	"slices"
)

// isa is an instruction set that inner loops are written for.
type isa int32

const (
	isaGo isa = iota
	isaAVX2
	isaAVX512
	isaNEON
)

var isaNames = [...]string{isaGo: "go", isaAVX2: "avx2", isaAVX512: "avx512", isaNEON: "neon"}

// active is the instruction set in use. Only tests change it after start-up.
var active = choose(os.Getenv("WAVEKIN_KERNEL"), machineISAs())

// ISA names the instruction set that the inner loops use: "avx512", "avx2", "neon" or "go".
func ISA() string { return isaNames[active] }

// choose is the instruction set called name when the machine has it, and otherwise the best one, the last of those it has.
func choose(name string, has []isa) isa {
	if i := slices.Index(isaNames[:], name); i >= 0 && slices.Contains(has, isa(i)) {
		return isa(i)
	}
	return has[len(has)-1]
}

// panelWidth is the number of columns in a panel of the right operand.
func panelWidth() int {
	switch active {
	case isaAVX512:
		return 32
	case isaAVX2, isaNEON:
		return 16
	}
	return 4
}
