package kernel

import "os"

// isa is an instruction set that inner loops are written for.
type isa int32

const (
	isaGo isa = iota
	isaAVX2
	isaAVX512
)

var isaNames = [...]string{isaGo: "go", isaAVX2: "avx2", isaAVX512: "avx512"}

// active is the instruction set in use. Only tests change it after start-up.
var active = choose(os.Getenv("WAVEKIN_KERNEL"), bestISA())

// ISA names the instruction set that the inner loops use: "avx512", "avx2" or
// "go".
func ISA() string { return isaNames[active] }

// choose is the instruction set called name when the machine has it, and
// otherwise the best one. Every machine with one has those before it.
func choose(name string, best isa) isa {
	for i, s := range isaNames {
		if s == name && isa(i) <= best {
			return isa(i)
		}
	}
	return best
}

// panelWidth is the number of columns in a panel of the right operand.
func panelWidth() int {
	switch active {
	case isaAVX512:
		return 32
	case isaAVX2:
		return 16
	}
	return 4
}
