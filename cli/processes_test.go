package cli

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"
)

// shared is a run in chunks that several processes compute; its last batch of an epoch is smaller.
func shared(data, out string, processes int, more ...string) []string {
	return append([]string{"pretrain", "-q", "--data", data, "--label", "label", "--window", "16", "--batch", "9", "--chunk", "2", "--seed", "7",
		"--threads", "1", "--processes", strconv.Itoa(processes), "--out", out}, more...)
}

// TestProcessesGiveTheSameModelFile: one, two and three, with statistics of chunks and without, with a teacher and a queue.
func TestProcessesGiveTheSameModelFile(t *testing.T) {
	dir := t.TempDir()
	quiet := readings(t, dir, "quiet.csv", 200, 0)
	for _, how := range [][]string{
		{"--method", "simclr", "--encoder", "conv(width=8,depth=2,out=12,dropout=0.1)"},
		{"--method", "moco-v2", "--encoder", "resnet1d(width=8,stages=2)"},
		{"--method", "ts2vec", "--encoder", "transformer(width=16,depth=1,heads=2)"},
	} {
		var want []byte
		for _, n := range []int{1, 2, 3} {
			out := filepath.Join(dir, fmt.Sprintf("%d.safetensors", n))
			p := start(t, shared(quiet, out, n, append(how, "--steps", "12")...)...)
			if code := p.end(t); code != 0 {
				t.Fatalf("%s with %d processes: code %d: %s", how, n, code, p.errs.String())
			}
			got := fileBytes(t, out)
			if want == nil {
				want = got
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s: %d processes give another model file than one", how, n)
			}
		}
	}
}

// TestProcessesAreRefused where they could not share anything, and where another has an error it is told.
func TestProcessesAreRefused(t *testing.T) {
	b := newWorkshop(t)
	out := filepath.Join(b.out, "m.safetensors")
	run := func(more ...string) []string {
		return append([]string{"pretrain", "-q", "--data", b.quiet, "--steps", "2", "--out", out}, more...)
	}
	b.refuse(exitUsage, "--processes is 65, want 1 to 64", run("--processes", "65", "--chunk", "2")...)
	b.refuse(exitUsage, "--processes shares out the chunks of a batch; --chunk says how many samples these have, such as --chunk 16 for batches of 32",
		run("--processes", "2")...)
	b.refuse(exitUsage, "standard input can be read by one process only; --processes wants files",
		"pretrain", "-q", "--data", "-", "--out", out, "--processes", "2", "--chunk", "2")
}
