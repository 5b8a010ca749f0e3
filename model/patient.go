package model

import (
	"context"
	"errors"
	"time"

	"github.com/wavekin/wavekin/series"
)

// source hands out windows.
type source interface {
	Next() (*series.Window, error)
}

// errLate says that a window has waited long enough for others.
var errLate = errors.New("the next window is late")

// patient reads windows ahead, so that those that are there can be worked on while the source waits for more.
type patient struct {
	ctx   context.Context
	delay time.Duration
	ahead chan read
	held  bool // a window was handed out since the last errLate
	since time.Time
}

type read struct {
	w   *series.Window
	err error
}

// newPatient starts to read. Its goroutine ends with the source, or when the source hands out something after the context has ended.
func newPatient(ctx context.Context, s source, delay time.Duration) *patient {
	p := &patient{ctx: ctx, delay: delay, ahead: make(chan read, encodeBatch)}
	go func() {
		defer close(p.ahead)
		for {
			w, err := s.Next()
			select {
			case p.ahead <- read{w, err}:
			case <-ctx.Done():
				return
			}
			var short *series.ShortError
			if err != nil && !errors.As(err, &short) {
				return
			}
		}
	}()
	return p
}

// Next returns the next window, or errLate where the first one since the last errLate has waited for the delay.
func (p *patient) Next() (*series.Window, error) {
	var late <-chan time.Time
	if p.held {
		t := time.NewTimer(p.delay - time.Since(p.since))
		defer t.Stop()
		late = t.C
	}
	select {
	case r := <-p.ahead:
		if !p.held {
			p.held, p.since = true, time.Now()
		}
		return r.w, r.err
	case <-late:
		p.held = false
		return nil, errLate
	case <-p.ctx.Done():
		return nil, p.ctx.Err()
	}
}
