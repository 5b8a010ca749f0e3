// Package clitest lets a test binary stand in for the program that it tests, so that tests can start it as a process.
//
//	func TestMain(m *testing.M) { clitest.Main(m, main) }
//
//	func TestVersion(t *testing.T) {
//		out, err := clitest.Command(t, "--version").CombinedOutput()
//		// ...
//	}
package clitest

import (
	"os"
	"os/exec"
	"testing"
)

// asProgram is set in the environment of processes that [Command] makes.
const asProgram = "WAVEKIN_TEST_AS_PROGRAM"

// Main runs the tests, or in a process of [Command] the program. It does not return.
func Main(m *testing.M, program func()) {
	if os.Getenv(asProgram) != "" {
		program()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Command is the program with arguments, to be started. Its environment is that of the test.
func Command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe, args...)
	c.Env = append(os.Environ(), asProgram+"=1")
	return c
}
