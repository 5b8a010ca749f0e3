package report

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/cheggaaa/pb/v3"
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

// Set says that n of total are done, with a remark such as the loss.
func (p *Progress) Set(n, total int, remark string) {
	now := time.Now()
	if p.begin.IsZero() {
		p.first, p.begin, p.last = n, now, now
	}
	switch {
	case p.quiet:
	case p.tty:
		if p.bar == nil {
			p.bar = pb.New(total).SetTemplateString(barTemplate).SetWriter(p.w).Set("title", p.title).SetCurrent(int64(n)).Start()
		}
		p.bar.Set("remark", remark)
		p.bar.SetCurrent(int64(n))
	case now.Sub(p.last) >= p.every && n > p.first:
		p.last = now
		rate := float64(n-p.first) / now.Sub(p.begin).Seconds()
		left := time.Duration(float64(total-n) / rate * float64(time.Second)).Round(time.Second)
		fmt.Fprintf(p.w, "%s: %d of %d, %s, %.3g/s, %s left\n", p.title, n, total, remark, rate, left)
	}
}

// Say writes a separate line; on a terminal the bar continues below it.
func (p *Progress) Say(line string) {
	switch {
	case p.quiet:
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
