//go:build !noasm && amd64

package kernel

import (
	"testing"

	"golang.org/x/sys/cpu"
)

// eachISA runs a test with the plain Go loops and, where the machine has it, with the assembly.
func eachISA(t *testing.T, test func(t *testing.T)) {
	before := vecAVX2
	defer func() { vecAVX2 = before }()
	vecAVX2 = false
	t.Run("go", test)
	if !cpu.X86.HasAVX2 || !cpu.X86.HasFMA {
		t.Log("this machine has no AVX2 with FMA: the assembly was not run")
		return
	}
	vecAVX2 = true
	t.Run("avx2", test)
}
