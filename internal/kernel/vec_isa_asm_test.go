//go:build !noasm && (amd64 || arm64)

package kernel

import "testing"

// eachISA runs a test with the plain Go loops and, where the machine has it, with the assembly.
func eachISA(t *testing.T, test func(t *testing.T)) {
	before := vecAsm
	defer func() { vecAsm = before }()
	vecAsm = false
	t.Run("go", test)
	has := machineISAs()
	if len(has) == 1 {
		t.Log("this machine has no AVX2 with FMA: the assembly was not run")
		return
	}
	vecAsm = true
	t.Run(isaNames[has[1]], test) // AVX-512 runs the loops of AVX2
}
