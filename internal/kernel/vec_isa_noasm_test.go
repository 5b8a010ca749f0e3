//go:build noasm || !(amd64 || arm64)

package kernel

import "testing"

// eachISA runs a test with the plain Go loops: this build has no others.
func eachISA(t *testing.T, test func(t *testing.T)) { t.Run("go", test) }
