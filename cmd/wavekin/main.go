// Command wavekin learns encoders of time series without labels, and lets
// nearest neighbours work on the encodings: classify, retrieve, find what is
// unlike anything normal.
//
//	wavekin demo                                         # see it work on embedded ECG
//	wavekin pretrain --data line3.csv --out line3.safetensors --window 256
//	wavekin score --model line3.safetensors --normal quiet.csv --out scores.arrow today.csv
//
// A result goes to standard output, everything else to standard error.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/train"
)

// Exit codes, as users' scripts rely on them.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitInput       = 3
	exitPartly      = 4
	exitInterrupted = 130
)

// cli is the whole command line.
type cli struct {
	Seed    uint64 `help:"What all randomness is derived from." default:"0"`
	Threads int    `help:"Threads of the arithmetic; 0 means the machine's. The result does not depend on it." default:"0"`
	JSON    bool   `name:"json" help:"Print one JSON document on standard output and nothing else."`
	Quiet   bool   `short:"q" help:"No progress and no remarks."`
	Verbose bool   `short:"v" help:"More remarks."`

	Demo     demoCmd     `cmd:"" help:"Learn from embedded ECG, find injected faults, draw a picture. Example: wavekin demo --out ecg-demo"`
	Pretrain pretrainCmd `cmd:"" help:"Learn an encoder from unlabelled series. Example: wavekin pretrain --data quiet.csv --window 256 --out model.safetensors"`
	Embed    embedCmd    `cmd:"" help:"Write the encoding of every window. Example: wavekin embed --model model.safetensors --out codes.arrow today.csv"`
	Score    scoreCmd    `cmd:"" help:"Score windows by how unlike normal ones they are. Example: wavekin score --model model.safetensors --normal quiet.csv --out scores.csv today.csv"`
	Evaluate evaluateCmd `cmd:"" help:"Measure an encoder, or anomaly scores. Example: wavekin evaluate --task classify --model model.safetensors --train A_TRAIN.tsv --test A_TEST.tsv"`
	Finetune finetuneCmd `cmd:"" help:"Train a model further on labels. Example: wavekin finetune --model m.safetensors --train A_TRAIN.tsv --labels 0.1 --out tuned.safetensors --test A_TEST.tsv"`
	Distill  distillCmd  `cmd:"" help:"Teach a fine-tuned model's classes to another encoder, without labels. Example: wavekin distill --teacher tuned.safetensors --data A_TRAIN.tsv --encoder conv --out small.safetensors"`
	Convert  convertCmd  `cmd:"" help:"Convert between formats. Example: wavekin convert readings.csv.zst readings.arrow"`
	List     listCmd     `cmd:"" help:"List methods, encoders, augmentations or formats. Example: wavekin list augmentations"`
	Info     infoCmd     `cmd:"" help:"Say what is in a model or data file. Example: wavekin info model.safetensors"`
}

// env is what a command works with.
type env struct {
	ctx    context.Context
	stdout io.Writer
	stderr io.Writer
	cli    *cli
}

// result prints v as JSON if asked, and by text otherwise.
func (e *env) result(v any, text func(w io.Writer) error) error {
	if e.cli.JSON {
		enc := json.NewEncoder(e.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	return text(e.stdout)
}

// remark writes a line for people to standard error.
func (e *env) remark(format string, args ...any) {
	if !e.cli.Quiet {
		fmt.Fprintf(e.stderr, format+"\n", args...)
	}
}

// usageError marks wrong settings, exit code 2.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// partlyError says that some inputs failed and the others are done, exit code 4.
type partlyError struct{ error }

func main() {
	// A flood of small encodings costs less with a lazier collector; memory stays bounded by the batches.
	debug.SetGCPercent(200)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes one command line and returns its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (code int) {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("wavekin"), kong.Writers(stdout, stderr),
		kong.Description("Learns encoders of time series without labels, and lets nearest neighbours work on the encodings."),
		kong.Exit(func(code int) { exited = code }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(stderr, "wavekin:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintf(stderr, "wavekin: %v (see wavekin --help)\n", err)
		return exitUsage
	}
	train.SetThreads(c.Threads)
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(stderr, "wavekin: internal error: %v; please report it with the command that caused it\n", r)
			code = exitFailed
		}
	}()
	err = k.Run(&env{ctx: ctx, stdout: stdout, stderr: stderr, cli: &c})
	if err != nil {
		fmt.Fprintln(stderr, "wavekin:", err)
	}
	return codeOf(err)
}

// codeOf maps an error to the exit code of cli.md.
func codeOf(err error) int {
	var input *datasets.Error
	var file *train.FileError
	var usage usageError
	var partly partlyError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &partly):
		return exitPartly
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &input), errors.As(err, &file), errors.Is(err, os.ErrNotExist):
		return exitInput
	}
	return exitFailed
}

// since is the time from start in seconds, rounded for people.
func since(start time.Time) float64 { return time.Since(start).Seconds() }
