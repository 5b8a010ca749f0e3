package report

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/cheggaaa/pb/v3"

	"github.com/wavekin/wavekin/internal/plural"
)

// barTemplate shows title, count, bar, rate, time left and remark.
const barTemplate = `{{string . "title"}} {{counters . }} {{bar . "[" "=" ">" " " "]"}} {{percent . }} {{speed . "%s/s" "..."}} {{rtime . "%s left"}} {{string . "remark"}}`

// Progress shows the progress of long work: a bar on a terminal, a line now and then
// elsewhere, nothing if quiet. It is not safe for concurrent use.
type Progress struct {
	w     io.Writer
	title string
	quiet bool
	bar   *pb.ProgressBar
	tty   bool
	// every is the time between two lines, where there is no terminal.
	every time.Duration
	// first and begin are the count and time of the first report, which a resumed
	// work does not begin at 0; the rate is counted from there.
	first       int
	begin, last time.Time
	// rows are those read so far, and share which part of all bytes; 0: not known.
	rows  int64
	share float64
	log   *slog.Logger
}

// NewProgress starts a progress display on w, usually standard error. The title
// says what is being done.
func NewProgress(w io.Writer, title string, quiet bool) *Progress {
	return &Progress{w: w, title: title, quiet: quiet, tty: terminal(w), every: 10 * time.Second}
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}

// Log makes records of the lines: no bar is shown then.
func (p *Progress) Log(l *slog.Logger) { p.log, p.tty = l, false }

// Read says how many rows were read so far and, between 0 and 1, which share of all there is to read, 0 where that is not known. What
// is shown next tells the rate of the rows, and the time left by that share.
func (p *Progress) Read(rows int64, share float64) { p.rows, p.share = rows, share }

// Set says that n of total are done, with a remark such as the loss.
func (p *Progress) Set(n, total int, remark string) {
	now := time.Now()
	if p.begin.IsZero() {
		p.first, p.begin, p.last = n, now, now
	}
	if took := now.Sub(p.begin).Seconds(); p.rows > 0 && took > 0 && p.log == nil {
		remark += fmt.Sprintf(", %s (%.3g/s)", plural.Of(int(p.rows), "row"), float64(p.rows)/took)
	}
	switch {
	case p.quiet:
	case p.tty:
		if p.bar == nil {
			p.bar = pb.New(total).SetTemplateString(barTemplate).SetWriter(p.w).Set("title", p.title).SetCurrent(int64(n)).Start()
		}
		p.bar.Set("remark", remark)
		p.bar.SetCurrent(int64(n))
	case now.Sub(p.last) >= p.every && (n > p.first || p.rows > 0):
		p.last = now
		took := now.Sub(p.begin)
		rate, left := float64(n-p.first)/took.Seconds(), p.left(n, total, took)
		if p.log != nil {
			p.log.Info(p.title, "done", n, "total", total, "per_second", rate, "rows", p.rows, "rows_per_second", float64(p.rows)/took.Seconds(),
				"seconds_left", left.Seconds(), "note", remark)
			return
		}
		text := p.title
		if total > 0 { // of a single input only its rows are known
			text += fmt.Sprintf(": %d of %d, %s, %.3g/s", n, total, remark, rate)
		} else {
			text += ": " + strings.TrimLeft(remark, ", ")
		}
		if left > 0 || n == total {
			text += fmt.Sprintf(", %s left", left)
		}
		fmt.Fprintln(p.w, text)
	}
}

// left is the time left, 0 where it cannot be told.
func (p *Progress) left(n, total int, took time.Duration) time.Duration {
	seconds := 0.0
	switch {
	case p.share > 0:
		seconds = took.Seconds() * (1 - min(1, p.share)) / p.share
	case n > p.first:
		seconds = took.Seconds() * float64(total-n) / float64(n-p.first)
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Second)
}

// Say writes a separate line; on a terminal the bar continues below it.
func (p *Progress) Say(line string) {
	switch {
	case p.quiet:
	case p.log != nil:
		p.log.Warn(line)
	case p.bar != nil:
		fmt.Fprintf(p.w, "\r\x1b[K%s\n", line)
	default:
		fmt.Fprintln(p.w, line)
	}
}

// Done ends the display.
func (p *Progress) Done() {
	if p.bar != nil {
		p.bar.Finish()
	}
}
