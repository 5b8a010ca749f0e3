package report

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/cheggaaa/pb/v3"
)

// lineEvery is how often a line is written where there is no terminal.
const lineEvery = 10 * time.Second

// Progress shows how far a long work is: a bar on a terminal, a line now and then
// elsewhere, nothing if quiet.
type Progress struct {
	w     io.Writer
	title string
	quiet bool
	bar   *pb.ProgressBar
	tty   bool
	last  time.Time
}

// NewProgress starts a progress display on w, usually standard error.
func NewProgress(w io.Writer, title string, quiet bool) *Progress {
	return &Progress{w: w, title: title, quiet: quiet, tty: terminal(w), last: time.Now()}
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}

// Set says that n of total are done, with a remark.
func (p *Progress) Set(n, total int, remark string) {
	switch {
	case p.quiet:
	case p.tty:
		if p.bar == nil {
			p.bar = pb.New(total).SetTemplateString(`{{string . "title"}} {{counters . }} {{bar . "[" "=" ">" " " "]"}} {{percent . }} {{rtime . "%s left"}} {{string . "remark"}}`).
				SetWriter(p.w).Set("title", p.title).Start()
		}
		p.bar.Set("remark", remark)
		p.bar.SetCurrent(int64(n))
	case time.Since(p.last) >= lineEvery:
		p.last = time.Now()
		fmt.Fprintf(p.w, "%s: %d of %d, %s\n", p.title, n, total, remark)
	}
}

// Done ends the display.
func (p *Progress) Done() {
	if p.bar != nil {
		p.bar.Finish()
	}
}
