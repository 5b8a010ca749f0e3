package model

import (
	"context"
	"sync"
	"time"

	"github.com/wavekin/wavekin/series"
)

// Batcher encodes the windows of several streams together, so that batches are full where each stream has only a few windows. It
// is a model that streams share; the rows are those of the model. It is safe for concurrent use.
//
//	b := model.NewBatcher(m)
//	// in each of several goroutines
//	leave := b.Join()
//	defer leave()
//	for batch, err := range model.Stream(ctx, b, readings, o) { ... }
type Batcher struct {
	*Model

	busy chan struct{} // one for each batch under way, which takes memory for a network's intermediate results

	mu      sync.Mutex
	streams int // that have joined
	waiting []*request
	windows int // in waiting
	timer   *time.Timer
}

// request is the windows of one call.
type request struct {
	ctx  context.Context
	ws   []*series.Window
	rows []float32
	err  error
	done chan struct{}
}

// batcherWait is how long windows wait for those of other streams, which may be slow. It is much longer than a batch takes.
const batcherWait = 100 * time.Millisecond

// NewBatcher lets streams share a model.
func NewBatcher(m *Model) *Batcher { return &Batcher{Model: m, busy: make(chan struct{}, batcherBusy)} }

// batcherBusy is how many batches are encoded at once: one keeps all threads busy, except at its beginning and end.
const batcherBusy = 2

func (b *Batcher) encode(ctx context.Context, windows []*series.Window) ([]float32, error) {
	b.busy <- struct{}{}
	defer func() { <-b.busy }()
	return b.Model.Encode(ctx, windows)
}

// Join says that a stream begins, which others wait for; the function returned says that it has ended.
func (b *Batcher) Join() (leave func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.streams++
	return func() {
		b.mu.Lock()
		b.streams--
		all := b.ready()
		b.mu.Unlock()
		b.run(all)
	}
}

// Encode is [Model.Encode]. Windows that fill no batch wait until others fill it, or all streams that have joined wait.
func (b *Batcher) Encode(ctx context.Context, windows []*series.Window) ([]float32, error) {
	if len(windows) == 0 || len(windows)%encodeBatch == 0 {
		return b.encode(ctx, windows)
	}
	r := &request{ctx: ctx, ws: windows, done: make(chan struct{})}
	b.mu.Lock()
	b.waiting = append(b.waiting, r)
	b.windows += len(windows)
	all := b.ready()
	if all == nil && b.timer == nil {
		b.timer = time.AfterFunc(batcherWait, func() {
			b.mu.Lock()
			late := b.take()
			b.mu.Unlock()
			b.run(late)
		})
	}
	b.mu.Unlock()
	b.run(all)
	select {
	case <-r.done:
		return r.rows, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ready takes the requests that are to be encoded now.
func (b *Batcher) ready() []*request {
	if b.windows < encodeBatch && len(b.waiting) < b.streams {
		return nil
	}
	return b.take()
}

func (b *Batcher) take() []*request {
	all := b.waiting
	b.waiting, b.windows = nil, 0
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
	return all
}

// run encodes requests together. Where that fails each is encoded alone, so that one stream's windows are not another's failure.
func (b *Batcher) run(all []*request) {
	if len(all) == 0 {
		return
	}
	var ws []*series.Window
	for _, r := range all {
		ws = append(ws, r.ws...)
	}
	rows, err := b.encode(all[0].ctx, ws)
	dim := len(rows) / len(ws)
	for _, r := range all {
		switch {
		case err == nil:
			n := len(r.ws) * dim
			r.rows, rows = rows[:n:n], rows[n:]
		case len(all) == 1:
			r.err = err
		default:
			r.rows, r.err = b.encode(r.ctx, r.ws)
		}
		close(r.done)
	}
}
