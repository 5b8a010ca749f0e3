package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/alecthomas/kong"
	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/internal/output"
	"github.com/wavekin/wavekin/internal/report"
)

// logHandler writes the records of a run to standard error: lines for people, or with --log json a JSON object each.
type logHandler struct {
	cli  *cli
	json slog.Handler
	mu   *sync.Mutex
	w    io.Writer
}

func newLogger(w io.Writer, c *cli) *slog.Logger {
	return slog.New(&logHandler{cli: c, json: slog.NewJSONHandler(w, nil), mu: new(sync.Mutex), w: w})
}

// Enabled leaves out what --quiet does.
func (h *logHandler) Enabled(_ context.Context, l slog.Level) bool {
	return l >= slog.LevelError || !h.cli.Quiet
}

// Handle writes a record. A line is the message alone: attributes repeat what it says, for programs.
func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	if h.cli.asJSON() {
		return h.json.Handle(ctx, r)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	text := strings.Map(printable, r.Message) + "\n"
	if r.Level >= slog.LevelError {
		text = "wavekin: " + text
	}
	_, err := io.WriteString(h.w, text)
	return err
}

// printable replaces what would move the cursor of a terminal or change its colours: names in files may hold it.
func printable(r rune) rune {
	if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
		return '\ufffd'
	}
	return r
}

// WithAttrs adds attributes to every record.
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{h.cli, h.json.WithAttrs(attrs), h.mu, h.w}
}

// WithGroup puts the attributes that follow into a group.
func (h *logHandler) WithGroup(name string) slog.Handler {
	return &logHandler{h.cli, h.json.WithGroup(name), h.mu, h.w}
}

// asJSON tells whether records are JSON.
func (c *cli) asJSON() bool { return c.Log == "json" }

// fail writes an error, with what it knows of the place.
func (e *env) fail(err error) {
	text := message(err)
	var stopped interruption
	var failed allFailed
	if errors.As(err, &failed) || errors.Is(err, context.Canceled) && !errors.Is(err, output.ErrUnread) && !errors.As(err, &stopped) {
		text += "; " + e.left()
	}
	e.log.LogAttrs(e.ctx, slog.LevelError, text, placeOf(err)...)
}

// left says what there is of the output of a command that was ended.
func (e *env) left() string {
	if output.Passed() > e.passed {
		return "the output is incomplete"
	}
	return "no output was written"
}

// placeOf is the file, row, column and byte of an error, as far as it has them.
func placeOf(err error) (attrs []slog.Attr) {
	var in *datasets.Error
	var out *datasets.WriteError
	switch {
	case errors.As(err, &in):
		attrs = append(attrs, slog.String("file", in.File))
		if in.Row > 0 {
			attrs = append(attrs, slog.Int("row", in.Row))
		}
		if in.Column != "" {
			attrs = append(attrs, slog.String("column", in.Column))
		}
		if in.Offset >= 0 {
			attrs = append(attrs, slog.Int64("byte", in.Offset))
		}
		return append(attrs, slog.String("reason", strings.ReplaceAll(in.Err.Error(), "\n", "; ")))
	case errors.As(err, &out):
		return append(attrs, slog.String("output", out.File))
	}
	return nil
}

// progress shows how far work is: a bar or lines, or records.
func (e *env) progress(title string) *report.Progress {
	bar := report.NewProgress(e.stderr, title, e.cli.Quiet)
	if e.cli.asJSON() {
		bar.Log(e.log)
	}
	return bar
}

// wantsJSONLog tells from a command line that could not be understood how its error is to be written.
func wantsJSONLog(args []string) bool {
	for i, a := range args {
		if a == "--log=json" || a == "--log" && i+1 < len(args) && args[i+1] == "json" {
			return true
		}
	}
	return false
}

// refused writes an error about the command line itself.
func refused(stderr io.Writer, args []string, err error) {
	c := cli{}
	if wantsJSONLog(args) {
		c.Log = "json"
	}
	newLogger(stderr, &c).Error(fmt.Sprintf("%s (see %s --help)", refusal(args, err), commandOf(err)))
}

var (
	// suggestion is what the parser adds to a name that it does not know.
	suggestion = regexp.MustCompile(`^unknown flag --(.)[^,]*(, did you mean "--(.)[^"]*"\?)$`)
	// wanted are the parser's names of numbers.
	wanted = strings.NewReplacer("expected a valid 64 bit int but got", "want a whole number, not", "expected a valid 64 bit uint but got", "want a whole number from 0 on, not",
		"expected a float but got", "want a number, not", " (string)", "", "expected duration but got", "want a time such as 30s or 5m, not")
)

// refusal says in words what is wrong with a command line.
func refusal(args []string, err error) string {
	text := err.Error()
	var p *kong.ParseError
	if errors.As(err, &p) && p.Context != nil && p.Context.Selected() != nil {
		for _, arg := range p.Context.Selected().Positional {
			if !strings.HasPrefix(text, `expected "`+arg.Summary()) {
				continue
			}
			if i := slices.Index(args, "--normal"); i >= 0 && i+2 < len(args) && !strings.HasPrefix(args[i+2], "-") {
				return fmt.Sprintf("<%s> is missing: --normal takes all files up to the next flag, %s among them; put the files to score at the end of the line", arg.Name, args[i+2])
			}
			return fmt.Sprintf("<%s> is missing: %s", arg.Name, strings.TrimSuffix(arg.Help, "."))
		}
	}
	// A name of three letters is near to many: a slip of the fingers leaves the first letter.
	if m := suggestion.FindStringSubmatch(text); m != nil && m[1] != m[3] {
		text = strings.TrimSuffix(text, m[2])
	}
	return wanted.Replace(text)
}
