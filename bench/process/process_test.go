package process

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestMain is also the other side: it answers each line by the same in capitals, and fails with "fail".
func TestMain(m *testing.M) {
	if os.Getenv("WAVEKIN_PROCESS_CHILD") == "" {
		os.Exit(m.Run())
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		if in.Text() == "fail" {
			fmt.Fprintln(os.Stderr, "it failed")
			os.Exit(3)
		}
		fmt.Println(strings.ToUpper(in.Text()))
	}
}

func child() *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "WAVEKIN_PROCESS_CHILD=1")
	return cmd
}

// TestProcess: lines are answered while it runs, and it ends with its input.
func TestProcess(t *testing.T) {
	p, err := Start(child())
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"one", "two"} {
		if _, err := fmt.Fprintln(p.In, line); err != nil {
			t.Fatal(err)
		}
		if got, err := p.Out.ReadString('\n'); err != nil || got != strings.ToUpper(line)+"\n" {
			t.Errorf("%q, %v", got, err)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// TestFailure: the exit code is told, and what it complained of is where the command says.
func TestFailure(t *testing.T) {
	cmd := child()
	var wrong bytes.Buffer
	cmd.Stderr = &wrong
	p, err := Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(p.In, "fail")
	if _, err := p.Out.ReadString('\n'); err == nil {
		t.Error("an answer of a program that failed")
	}
	var exit *exec.ExitError
	if err := p.Close(); !errors.As(err, &exit) || exit.ExitCode() != 3 || wrong.String() != "it failed\n" {
		t.Errorf("%v, %q", err, wrong.String())
	}
	if _, err := Start(exec.Command("no-such-program")); err == nil {
		t.Error("a program that is not there was started")
	}
}
