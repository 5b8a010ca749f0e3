// Package cli is the command wavekin: its flags, what it prints, and its exit codes. What it does is done by the library.
//
// A program of its own that has further encoders, augmentations, methods or file formats registers them and calls [Main]; it then
// is the whole command, with these among its choices:
//
//	func main() {
//		if err := encoders.Register("mine", encoders.EntryOf[Mine]("an encoder of ours")); err != nil {
//			log.Fatal(err)
//		}
//		cli.Main()
//	}
//
// [Run] does the same for given arguments and streams, and returns the exit code: 0 done, 1 failed, 2 wrong usage or settings,
// 3 bad input, 4 some inputs failed and the others are done, 130 interrupted. A result goes to standard output, everything else to
// standard error; an error is one line.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"reflect"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/internal/output"
	"github.com/wavekin/wavekin/jobs"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
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
	Seed    uint64           `help:"Seed of all random numbers." default:"0"`
	Threads int              `help:"Threads for computation; 0 means all of the machine. The result does not depend on it." default:"0"`
	JSON    bool             `name:"json" help:"Print one JSON document on standard output and nothing else."`
	Quiet   bool             `short:"q" help:"No progress and no notes."`
	Verbose bool             `short:"v" help:"More notes."`
	Log     string           `help:"How notes, progress and failures are written to standard error: text, or json with an object a line." enum:"text,json" default:"text" placeholder:"HOW"`
	Version kong.VersionFlag `help:"Print the version."`

	Demo      demoCmd      `cmd:"" help:"Run a demo on embedded data: an ECG with injected faults, or handwritten digits."`
	Draw      drawCmd      `cmd:"" help:"Draw a map of encodings, images beside their neighbours, or attention."`
	Pretrain  pretrainCmd  `cmd:"" help:"Learn an encoder from unlabelled series."`
	Embed     embedCmd     `cmd:"" help:"Write the encoding of every window."`
	Score     scoreCmd     `cmd:"" help:"Score windows by their distance from normal ones."`
	Reference referenceCmd `cmd:"" help:"Save the normal reference to a file, for score."`
	Evaluate  evaluateCmd  `cmd:"" help:"Measure an encoder, or anomaly scores."`
	Finetune  finetuneCmd  `cmd:"" help:"Train a model further on labels."`
	Distill   distillCmd   `cmd:"" help:"Distil a fine-tuned model into another encoder, without labels."`
	Bench     benchCmd     `cmd:"" help:"Compare methods and encoders over many labelled sets, or measure speed."`
	Convert   convertCmd   `cmd:"" help:"Convert between formats."`
	Export    exportCmd    `cmd:"" help:"Write a model as ONNX, for runtimes in other languages."`
	List      listCmd      `cmd:"" help:"List methods, encoders, augmentations or formats."`
	Info      infoCmd      `cmd:"" help:"Describe a model or data file."`
}

// newCLI is the command line with the flags that are made from the settings of training.
func newCLI() cli {
	return cli{Pretrain: newPretrainCmd(), Finetune: newFinetuneCmd(), Distill: newDistillCmd(), Bench: newBenchCmd()}
}

// env is what a command works with.
type env struct {
	ctx context.Context
	*surroundings
}

// surroundings are what all parts of a run share.
type surroundings struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	// log writes to standard error.
	log *slog.Logger
	cli *cli
	// args is the command line without the name of the program.
	args []string
	// flags are those of the command and of all commands; given holds the names of those that are on the command line.
	flags []*kong.Flag
	given map[string]bool
	// app are all commands, and command is the name of the one that runs.
	app     *kong.Application
	command string
	// read holds what the inputs were read as, one for each kind.
	read []*inputReading
	// said are remarks that are made once.
	said []string
	mu   sync.Mutex // of read, said and standard error, where inputs are worked on at once
	// tableOut: a table goes to standard output.
	tableOut bool
	// end, where a stream is followed, is what ends it.
	end context.Context
	// rows and bytes count what was read of inputs; bad are the rows that could not be used, nil where these are errors.
	rows, bytes atomic.Int64
	passed      int64 // bytes of the process on standard output and pipes before the command
	bad         *badRows
}

// with is the same for a part of the run with a context of its own.
func (e *env) with(ctx context.Context) *env { return &env{ctx, e.surroundings} }

// of returns the flags of a command and those of all commands.
func (e *env) of(command string) []*kong.Flag {
	for _, n := range e.app.Children {
		if n.Name == command {
			return append(slices.Clone(n.Flags), e.app.Flags...)
		}
	}
	return nil
}

// result prints v as JSON if asked, and by text otherwise.
func (e *env) result(v any, text func(w io.Writer) error) error {
	if e.tableOut {
		if e.cli.Quiet {
			return nil
		}
		if e.cli.asJSON() {
			e.log.Info("summary", "result", v)
			return nil
		}
		return text(e.stderr)
	}
	if e.cli.JSON {
		enc := json.NewEncoder(e.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	return text(e.stdout)
}

// outputs says where a command writes tables, whose names must say a format: standard output then holds nothing else.
func (e *env) outputs(paths ...string) error {
	for _, p := range paths {
		if p == "" {
			continue
		}
		if err := datasets.CheckName(p); err != nil {
			return err
		}
		e.tableOut = e.tableOut || p == output.Stdout
	}
	if e.tableOut && e.cli.JSON {
		return usagef("with --json standard output is one JSON document; write the table to a file")
	}
	return nil
}

// remark writes a line for people to standard error.
func (e *env) remark(format string, args ...any) {
	level := slog.LevelInfo
	if strings.Contains(format, "warning: ") {
		level = slog.LevelWarn
	}
	e.log.Log(e.ctx, level, fmt.Sprintf(format, args...))
}

// once is remark, for what may come up again.
func (e *env) once(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	e.mu.Lock()
	known := slices.Contains(e.said, line)
	if !known {
		e.said = append(e.said, line)
	}
	e.mu.Unlock()
	if !known {
		e.remark("%s", line)
	}
}

// detail writes a remark that only -v shows.
func (e *env) detail(format string, args ...any) {
	if e.cli.Verbose {
		e.remark(format, args...)
	}
}

// usageError marks wrong settings, exit code 2.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// partlyError says that some inputs failed and the others are done, exit code 4.
type partlyError struct{ error }

// interruption says what is left of an interrupted run, exit code 130.
type interruption string

// Error is one line for people.
func (i interruption) Error() string { return string(i) }

// Unwrap makes it a cancelled context's error.
func (interruption) Unwrap() error { return context.Canceled }

// Main runs the command line of the process and does not return. Ctrl-C, a closed terminal (SIGHUP) and SIGTERM end the run well,
// with what can be kept, also where nobody reads what is written; a second one ends the process at once.
func Main() {
	// A flood of small encodings costs less with a lazier collector; memory stays bounded by the batches.
	debug.SetGCPercent(200)
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // under nohup the run outlives its terminal
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	context.AfterFunc(ctx, stop)
	ctx = underParent(ctx)
	code := Run(ctx, os.Args[1:], os.Stdin, output.Standard(ctx), output.Guard(ctx, os.Stderr))
	stop()
	os.Exit(code)
}

// version is what --version prints: the module's version, or the commit that the binary was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "wavekin, version unknown"
	}
	text := "wavekin " + info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && !strings.Contains(text, s.Value[:min(12, len(s.Value))]) {
			text += " (" + s.Value + ")"
		}
	}
	return text + ", " + info.GoVersion
}

// Run executes one command line, without the name of the program, and returns its exit code. It ends early, with what can be
// kept, when ctx is cancelled.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	c := newCLI()
	exited := -1
	parser, err := kong.New(&c, kong.Name("wavekin"), kong.Writers(stdout, stderr),
		kong.Description("Learns encoders of time series without labels, and lets nearest neighbours work on the encodings."),
		kong.Exit(func(code int) { exited = code }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Vars{"version": version()},
		kong.KindMapper(reflect.String, kong.MapperFunc(asGiven)))
	if err != nil {
		fmt.Fprintln(stderr, "wavekin:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(spread(args))
	if exited >= 0 {
		return exited
	}
	if err == nil && c.Threads < 0 {
		err = fmt.Errorf("--threads is %d, want at least 1, or 0 for all of the machine", c.Threads)
	}
	if err != nil {
		refused(stderr, args, err)
		return exitUsage
	}
	train.SetThreads(c.Threads)
	log := newLogger(stderr, &c)
	defer func() {
		if r := recover(); r != nil {
			log.Error(fmt.Sprintf("internal error: %v; please report it with the command that caused it", r))
			code = exitFailed
		}
	}()
	given := map[string]bool{}
	for _, p := range k.Path {
		if p.Flag != nil {
			given[p.Flag.Name] = true
		}
	}
	e := &env{ctx, &surroundings{stdin: stdin, stdout: stdout, stderr: stderr, log: log, cli: &c, args: args, flags: k.Flags(), given: given, app: k.Model, command: k.Selected().Name, passed: output.Passed()}}
	if err = k.Run(e); err != nil {
		e.fail(err)
	}
	return codeOf(err)
}

// asGiven takes a text byte by byte: the parser's own way replaces what is not UTF-8, which a file's name may hold.
func asGiven(ctx *kong.DecodeContext, target reflect.Value) error {
	t, err := ctx.Scan.PopValue("string")
	if err != nil {
		return err
	}
	target.SetString(fmt.Sprint(t.Value))
	return nil
}

// commandOf is the command that a wrong line was meant for, as far as the parser got.
func commandOf(err error) string {
	var p *kong.ParseError
	if errors.As(err, &p) && p.Context != nil && p.Context.Selected() != nil {
		return "wavekin " + p.Context.Selected().Name
	}
	return "wavekin"
}

// negative is a value, where it could be a short flag.
var negative = regexp.MustCompile(`^-\.?[0-9]`)

// spread makes "--data a b --out c" what the parser understands, "--data a --data b --out c", so that a shell's glob
// can be given: --data, and --normal where another flag follows, takes every file up to the next flag. "--window -3" becomes
// "--window=-3", whose range the command knows.
func spread(args []string) []string {
	var out []string
	for i := 0; i < len(args); i++ {
		name := args[i]
		if strings.HasPrefix(name, "--") && name != "--" && !strings.Contains(name, "=") && i+1 < len(args) && negative.MatchString(args[i+1]) {
			i++
			name += "=" + args[i]
		}
		out = append(out, name)
		data := name == "--data" && slices.Contains(args[:i], "pretrain")
		if name == "--" {
			return append(out, args[i+1:]...)
		}
		if !data && name != "--normal" {
			continue
		}
		end := i + 1
		for end < len(args) && !strings.HasPrefix(args[end], "-") {
			end++
		}
		if !data && end == len(args) {
			end = min(i+2, end) // the rest of the line are the inputs
		}
		for j, file := range args[i+1 : end] {
			if j > 0 {
				out = append(out, name)
			}
			out = append(out, file)
		}
		i = end - 1
	}
	return out
}

// message is an error's text for people, in one line.
func message(err error) string {
	var stopped interruption
	if errors.Is(err, output.ErrUnread) {
		return "interrupted while nobody read the output; it is incomplete"
	}
	if errors.Is(err, context.Canceled) && !errors.As(err, &stopped) {
		return "interrupted"
	}
	text := err.Error()
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		text = strings.Replace(text, p.Op+" "+p.Path+":", p.Path+":", 1) // of which system call it was tells nobody anything
	}
	return strings.ReplaceAll(text, "\n", "; ")
}

// codeOf maps an error to the exit code of cli.md.
func codeOf(err error) int {
	var input *datasets.Error
	var file *model.FileError
	var data *model.InputError
	var short *series.ShortError
	var out *datasets.WriteError
	var usage usageError
	var setting *train.SettingError
	var option *datasets.OptionError
	var partly partlyError
	var conflict *jobs.ConflictError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &partly):
		return exitPartly
	case errors.As(err, &usage), errors.As(err, &setting), errors.As(err, &option), errors.As(err, &conflict), errors.Is(err, datasets.ErrOutputFormat):
		return exitUsage
	case errors.As(err, &out):
		return exitFailed
	case errors.As(err, &input), errors.As(err, &file), errors.As(err, &data), errors.As(err, &short), errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrPermission):
		return exitInput
	}
	return exitFailed
}

// since is the time from start in seconds.
func since(start time.Time) float64 { return time.Since(start).Seconds() }
