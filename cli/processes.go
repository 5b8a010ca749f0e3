package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/wavekin/wavekin/internal/ring"
	"github.com/wavekin/wavekin/train"
)

// invitation is the variable of the environment that makes a pretrain one of several processes: its index from 0, and the invitation
// to the ring.
const invitation = "WAVEKIN_RING"

// crew is the processes of a training, of which this is the first or was started by it.
type crew struct {
	of     int
	place  string // what a process was started with; empty in the first
	door   *ring.Door
	ring   *ring.Ring
	others []*worker
}

// worker is a process that was started.
type worker struct {
	*exec.Cmd
	said lastWords
	done chan struct{} // closed when it has ended
	err  error
}

// crew starts the other processes of a training, or says that this is one of them; nil where there are none.
func (c *pretrainCmd) crew(e *env, cfg train.Config) (*crew, error) {
	switch n := c.Processes; {
	case n == 0:
		return nil, nil
	case n < 0 || n > 64:
		return nil, usagef("--processes is %d, want 1 to 64", n)
	case cfg.Chunk == 0:
		return nil, usagef("--processes shares out the chunks of a batch; --chunk says how many samples these have, such as --chunk %d for batches of %d", max(2, (cfg.Batch+n-1)/n), cfg.Batch)
	case slices.Contains(c.Data, "-"):
		return nil, usagef("standard input can be read by one process only; --processes wants files")
	}
	w := &crew{of: c.Processes, place: os.Getenv(invitation)}
	if e.cli.Threads < 1 {
		train.SetThreads(max(1, runtime.GOMAXPROCS(0)/w.of))
	}
	if w.place != "" || w.of == 1 {
		return w, nil
	}
	var err error
	if w.door, err = ring.Open(); err != nil {
		return nil, err
	}
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	for i := 1; i < w.of; i++ {
		p := &worker{Cmd: exec.Command(exe, e.args...), done: make(chan struct{})}
		p.Env = append(os.Environ(), fmt.Sprintf("%s=%d %s", invitation, i, w.door.Invitation()))
		p.Stderr = &p.said
		if err := p.Start(); err != nil {
			w.end()
			return nil, err
		}
		w.others = append(w.others, p)
		go func() {
			p.err = p.Wait()
			_ = w.door.Close() // without it the others would wait for it
			close(p.done)
		}()
	}
	return w, nil
}

// follows tells whether this process leaves all that is printed and written to the first.
func (w *crew) follows() bool { return w != nil && w.place != "" }

// meet connects the processes.
func (w *crew) meet(ctx context.Context) (*ring.Ring, error) {
	var err error
	switch {
	case w.place != "":
		index := 0
		place, text, _ := strings.Cut(w.place, " ")
		if _, err := fmt.Sscan(place, &index); err != nil {
			return nil, fmt.Errorf("%s is %q: it is set by wavekin itself", invitation, w.place)
		}
		w.ring, err = ring.Join(text, index, w.of, ring.Usual)
	case w.of == 1:
		w.ring = ring.Alone()
	default:
		stop := context.AfterFunc(ctx, func() { _ = w.door.Close() })
		defer stop()
		w.ring, err = w.door.Meet(w.of, ring.Usual)
		switch {
		case ctx.Err() != nil:
			err = ctx.Err()
		case err != nil:
			err = w.why(err)
		}
	}
	return w.ring, err
}

// end waits for the processes that were started, which end when this one leaves the ring.
func (w *crew) end() {
	if w == nil {
		return
	}
	if w.ring != nil {
		_ = w.ring.Close()
	}
	if w.door != nil {
		_ = w.door.Close()
	}
	for _, p := range w.others {
		<-p.done
	}
}

// because is an error, or where that is that another process has ended, why it did.
func (w *crew) because(err error) error {
	if lost := (*ring.LostError)(nil); w == nil || !errors.As(err, &lost) {
		return err
	}
	return w.why(err)
}

// why is what a process said that ended before the others, or err.
func (w *crew) why(err error) error {
	w.end()
	for i, p := range w.others {
		if p.err != nil && !strings.Contains(p.said.last(), "before the others") {
			return fmt.Errorf("process %d of %d has ended (%w): %s", i+2, w.of, p.err, orText(p.said.last(), "it said nothing"))
		}
	}
	return err
}

// lastWords keeps the end of what is written to it.
type lastWords struct {
	mu   sync.Mutex
	text []byte
}

// Write keeps the last 4096 bytes.
func (t *lastWords) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if over := len(t.text) - 4096; over > 0 {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(b), nil
}

// last is the last line.
func (t *lastWords) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := bytes.Split(bytes.TrimSpace(t.text), []byte("\n"))
	return string(lines[len(lines)-1])
}
