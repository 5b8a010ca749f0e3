package output

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// ErrUnread says that the run was ended while nobody read what it wrote; it is a cancelled context's error too.
var ErrUnread = fmt.Errorf("nobody reads it: %w", context.Canceled)

const (
	// unread is how long, after the end of a run, a write waits for its reader.
	unread = 2 * time.Second
	// pieceBytes is written at once: what a pipe holds on most systems, so that a slow reader is told from none.
	pieceBytes = 64 << 10
)

// standard is what [Create] takes for standard output.
var standard atomic.Pointer[guard]

// Standard is standard output for a run that ends with a context: where it is a pipe that nobody reads, a write fails with [ErrUnread]
// some time after end is done, where it would wait for ever. From then on [Create] uses it as well.
func Standard(end context.Context) io.Writer {
	g := &guard{w: os.Stdout, end: end, wait: unread}
	standard.Store(g)
	return g
}

// Guard is the same for another file; one that is no pipe is returned as it is.
func Guard(end context.Context, f *os.File) io.Writer {
	if st, err := f.Stat(); err != nil || st.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 {
		return f
	}
	return &guard{w: f, end: end, wait: unread}
}

// guard is a writer that does not outwait the end of a run.
type guard struct {
	w    io.Writer
	end  context.Context
	wait time.Duration

	mu    sync.Mutex
	piece []byte // which a write that was given up still holds
	lost  bool
}

// Write writes piece by piece.
func (g *guard) Write(p []byte) (n int, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for err == nil && n < len(p) {
		var k int
		k, err = g.write(p[n:min(len(p), n+pieceBytes)])
		n += k
	}
	return n, err
}

func (g *guard) write(p []byte) (int, error) {
	if g.lost {
		return 0, ErrUnread
	}
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	g.piece = append(g.piece[:0], p...)
	go func(piece []byte) {
		n, err := g.w.Write(piece)
		done <- result{n, err}
	}(g.piece)
	select {
	case r := <-done:
		return r.n, r.err
	case <-g.end.Done():
	}
	late := time.NewTimer(g.wait)
	defer late.Stop()
	select {
	case r := <-done:
		return r.n, r.err
	case <-late.C:
		g.lost = true
		return 0, ErrUnread
	}
}
