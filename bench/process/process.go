// Package process keeps the other side of a measurement running: a program that answers what is written to it, so that its start
// counts for nothing.
//
//	p, err := process.Start(exec.Command(python, "peer.py"))
//	...
//	defer p.Close()
//	fmt.Fprintln(p.In, "go")
//	line, err := p.Out.ReadString('\n')
package process

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
)

// Process is a running program.
type Process struct {
	// In is its standard input.
	In io.Writer
	// Out is its standard output.
	Out *bufio.Reader

	cmd *exec.Cmd
	in  io.Closer
}

// Start starts a command. Its standard error goes to that of this program, unless the command has one already.
func Start(cmd *exec.Cmd) (*Process, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if cmd.Stderr == nil {
		cmd.Stderr = os.Stderr
	}
	return &Process{In: in, Out: bufio.NewReader(out), cmd: cmd, in: in}, cmd.Start()
}

// Close ends its input, by which the program ends, and waits for that. The error is the program's.
func (p *Process) Close() error {
	err := p.in.Close()
	if errors.Is(err, os.ErrClosed) { // by the program's end
		err = nil
	}
	return errors.Join(err, p.cmd.Wait())
}
