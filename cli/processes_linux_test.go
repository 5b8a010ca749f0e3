package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// children are the processes that a process has started.
func children(t *testing.T, pid int) []int {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	var out []int
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil {
			continue // the thread has ended
		}
		for _, f := range strings.Fields(string(text)) {
			n, err := strconv.Atoi(f)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, n)
		}
	}
	slices.Sort(out) // in the order in which they were started
	return out
}

// TestProcessesEndTogether: where one is killed the others end with one line, and nothing is written but the checkpoint; an interrupt
// keeps the step; and either run goes on to the bytes of one that nobody stopped, with another number of processes too.
func TestProcessesEndTogether(t *testing.T) {
	dir := t.TempDir()
	quiet := readings(t, dir, "quiet.csv", 200, 0)
	path := func(name string) string { return filepath.Join(dir, name) }
	more := []string{"--encoder", "conv(width=16,depth=3,out=16)", "--steps", "150", "--every", "2"}
	if p := start(t, shared(quiet, path("whole"), 1, more...)...); p.end(t) != 0 {
		t.Fatal(p.errs.String())
	}
	want := fileBytes(t, path("whole"))
	for name, stop := range map[string]func(p *process) error{
		"killed": func(p *process) error {
			all := children(t, p.Process.Pid)
			if len(all) != 2 {
				return fmt.Errorf("%d processes beside the first, want 2", len(all))
			}
			return syscall.Kill(all[0], syscall.SIGKILL)
		},
		"interrupted": func(p *process) error { return p.Process.Signal(os.Interrupt) },
	} {
		run := append(more, "--checkpoint", path(name+"-ck"))
		p := start(t, shared(quiet, path(name), 3, run...)...)
		appears(t, filepath.Join(path(name+"-ck"), "checkpoint.safetensors"))
		all := children(t, p.Process.Pid)
		if err := stop(p); err != nil {
			t.Fatal(err)
		}
		code, said := p.end(t), p.errs.String()
		if strings.Count(said, "\n") != 1 || p.out.Len() > 0 {
			t.Errorf("%s: says %q and %q, want one line on standard error", name, said, p.out.String())
		}
		if name == "killed" && (code != exitFailed || !strings.Contains(said, "process 2 of 3 has ended (signal: killed)")) {
			t.Errorf("killed: code %d, %q", code, said)
		}
		if name == "interrupted" && (code != exitInterrupted || !strings.Contains(said, "which is kept in")) {
			t.Errorf("interrupted: code %d, %q", code, said)
		}
		for _, pid := range all {
			for end := time.Now().Add(10 * time.Second); syscall.Kill(pid, 0) == nil; time.Sleep(10 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("%s: process %d is left over", name, pid)
				}
			}
		}
		if _, err := os.Stat(path(name)); err == nil {
			t.Errorf("%s: there is a model", name)
		}
		p = start(t, shared(quiet, path(name), 2, append(run, "--resume")...)...)
		if code := p.end(t); code != 0 {
			t.Fatalf("%s and resumed: code %d: %s", name, code, p.errs.String())
		}
		if !bytes.Equal(fileBytes(t, path(name)), want) {
			t.Errorf("%s and resumed: another model file", name)
		}
	}
}
