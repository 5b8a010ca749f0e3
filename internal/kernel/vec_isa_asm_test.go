//go:build !noasm && (amd64 || arm64)

package kernel

import "testing"

// eachISA runs a test with the plain Go loops and with each assembly that the machine has.
func eachISA(t *testing.T, test func(t *testing.T)) {
	defer func(was isa, vec bool) { active, vecAsm = was, vec }(active, vecAsm)
	has := machineISAs()
	if len(has) == 1 {
		t.Log("this machine has no AVX2 with FMA: the assembly was not run")
	}
	for _, i := range has {
		active, vecAsm = i, i != isaGo
		t.Run(isaNames[i], test)
	}
}
