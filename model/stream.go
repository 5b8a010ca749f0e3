package model

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync"
	"time"

	"github.com/wavekin/wavekin/series"
)

// StreamOptions says how a stream is cut into windows and worked on; the zero value suits most.
type StreamOptions struct {
	// Window is the length of the windows and Stride the distance of their starts, in time stamps; 0 means those of the
	// training.
	Window, Stride int
	// InFlight is how many windows are in memory at once, waiting ones included; 0 means 256.
	InFlight int
	// Workers is how many goroutines encode. 0 means 1, which suits networks that keep all threads busy by themselves; each
	// further one takes memory for a network's intermediate results. The rows do not depend on it.
	Workers int
	// Reach makes the last window of a series end at its last value, as in [series.Cut].
	Reach bool
	// KeepEmpty keeps windows without any value, which have no row; otherwise they are left out.
	KeepEmpty bool
	// LongestGap, unless 0, is how many time stamps in a row may lack a value in every channel; with more a window counts as one
	// without any value.
	LongestGap int
	// Delay, unless 0, is how long a window may wait for others to fill a batch: for readers that wait for new readings.
	Delay time.Duration
}

// defaultInFlight is how many windows a stream holds.
const defaultInFlight = 256

// usable tells a window that has a row.
func (o *StreamOptions) usable(w *series.Window) bool {
	n, total := w.Measured(), 0
	for _, v := range w.Values {
		total += len(v)
	}
	// A time stamp without any value lacks one in every channel.
	return n > 0 && (o.LongestGap == 0 || total-n <= o.LongestGap*len(w.Values) || w.LongestGap() <= o.LongestGap)
}

// Batch is some windows of a stream with their encodings. It stays valid.
type Batch struct {
	// Windows are in the order in which they were read.
	Windows []*series.Window
	// Rows holds the encoding of each window, [Dim]; nil for one without any value.
	Rows [][]float32
}

// Encoder turns windows into rows of numbers; a [Model] is one. It must be safe for concurrent use where a stream has
// several workers.
type Encoder interface {
	// Encode returns a row for each window, [N, Dim], one after the other.
	Encode(ctx context.Context, windows []*series.Window) ([]float32, error)
	// Match returns a series with the channels that are encoded, in their order.
	Match(s *series.Series) (*series.Series, error)
}

// Stream cuts what a reader hands out into windows and encodes them. Reading and arithmetic overlap, and memory is bounded by
// [StreamOptions].InFlight, whatever the length of the input; batches are filled across short series.
//
//	for batch, err := range m.Stream(ctx, readings, model.StreamOptions{}) {
//		if err != nil {
//			return err
//		}
//		for i, w := range batch.Windows {
//			use(w.Series, w.Start, batch.Rows[i])
//		}
//	}
//
// A series that is shorter than a window gives a [*series.ShortError], after which the loop may go on with the next one. Every
// other error ends the stream; what was read before it comes first.
func (m *Model) Stream(ctx context.Context, r series.Reader, o StreamOptions) iter.Seq2[*Batch, error] {
	if m.Settings.Image != nil {
		return failed(inputError("series for a model of images"))
	}
	if o.Window == 0 {
		o.Window = m.Settings.Window
	}
	if o.Stride == 0 {
		o.Stride = m.Settings.Stride
	}
	return Stream(ctx, m, r, o)
}

func failed(err error) iter.Seq2[*Batch, error] {
	return func(yield func(*Batch, error) bool) { yield(nil, err) }
}

// Stream is [Model.Stream] for any encoder; it needs a window and a stride.
func Stream(ctx context.Context, e Encoder, r series.Reader, o StreamOptions) iter.Seq2[*Batch, error] {
	switch {
	case o.Window < 1 || o.Stride < 1:
		return failed(inputError("window of %d and stride of %d time stamps, want at least 1", o.Window, o.Stride))
	case o.InFlight < 0 || o.Workers < 0:
		return failed(inputError("%d windows in flight and %d workers must not be negative", o.InFlight, o.Workers))
	}
	if o.InFlight == 0 {
		o.InFlight = defaultInFlight
	}
	o.Workers = max(1, o.Workers)
	return func(yield func(*Batch, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		p := newPipeline(ctx, e, r, o)
		defer p.wait.Wait()
		defer cancel()
		p.start()
		for {
			t, ok := p.next()
			if !ok {
				if err := ctx.Err(); err != nil {
					yield(nil, err)
				}
				return
			}
			for _, err := range t.short {
				if !yield(nil, err) {
					return
				}
			}
			if t.err == nil && len(t.Windows) > 0 && !yield(&t.Batch, nil) {
				return
			}
			if err := firstOf([]error{t.err, t.end}); err != nil {
				yield(nil, err)
				return
			}
			p.slots <- struct{}{}
		}
	}
}

// part is what passes through a pipeline: windows on their way to their rows, and what else was met on the way.
type part struct {
	Batch
	short []error       // series that are too short
	err   error         // the encoder failed
	end   error         // reading failed after the windows
	done  chan struct{} // closed when the rows are there
}

// pipeline reads and encodes ahead of a loop.
type pipeline struct {
	ctx   context.Context
	e     Encoder
	o     StreamOptions
	r     *matched
	batch int           // windows in a part
	slots chan struct{} // one for each part that may be under way
	work  chan *part    // to be encoded
	order chan *part    // the same and errors, in order
	wait  sync.WaitGroup
}

func newPipeline(ctx context.Context, e Encoder, r series.Reader, o StreamOptions) *pipeline {
	p := &pipeline{ctx: ctx, e: e, o: o, r: &matched{r, e}, batch: min(o.InFlight, encodeBatch)}
	n := o.InFlight / p.batch
	p.slots, p.work, p.order = make(chan struct{}, n), make(chan *part, n), make(chan *part, n)
	for range n {
		p.slots <- struct{}{}
	}
	return p
}

func (p *pipeline) start() {
	p.wait.Add(1 + p.o.Workers)
	go func() {
		defer p.wait.Done()
		defer close(p.work)
		defer close(p.order)
		p.read()
	}()
	for range p.o.Workers {
		go func() {
			defer p.wait.Done()
			for t := range p.work {
				t.err = p.encode(&t.Batch)
				close(t.done)
			}
		}()
	}
}

// next waits for the part whose turn it is.
func (p *pipeline) next() (*part, bool) {
	select {
	case t, ok := <-p.order:
		if !ok {
			return nil, false
		}
		select {
		case <-t.done:
			return t, true
		case <-p.ctx.Done():
		}
	case <-p.ctx.Done():
	}
	return nil, false
}

// read cuts windows and hands them on, until the input ends or the loop does.
func (p *pipeline) read() {
	var win source = series.NewWindower(p.r, series.Cut{Length: p.o.Window, Stride: p.o.Stride, Reach: p.o.Reach})
	if p.o.Delay > 0 {
		win = newPatient(p.ctx, win, p.o.Delay)
	}
	for {
		select {
		case <-p.slots:
		case <-p.ctx.Done():
			return
		}
		t := &part{done: make(chan struct{})}
		err := p.fill(t, win)
		if err != io.EOF {
			t.end = err
		}
		// Each part has a slot, so that there is room for it.
		p.work <- t
		p.order <- t
		if err != nil {
			return
		}
	}
}

// fill reads windows until the part is full.
func (p *pipeline) fill(t *part, win source) error {
	for len(t.Windows) < p.batch && len(t.short) < p.batch {
		if err := p.ctx.Err(); err != nil {
			return err
		}
		w, err := win.Next()
		var short *series.ShortError
		switch {
		case errors.As(err, &short):
			t.short = append(t.short, err)
		case err == errLate:
			return nil
		case err != nil:
			return err
		case p.o.KeepEmpty || p.o.usable(w):
			t.Windows = append(t.Windows, w)
		}
	}
	return nil
}

// encode fills in the rows.
func (p *pipeline) encode(b *Batch) error {
	b.Rows = make([][]float32, len(b.Windows))
	ws := b.Windows
	if p.o.KeepEmpty {
		ws = nil
		for _, w := range b.Windows {
			if p.o.usable(w) {
				ws = append(ws, w)
			}
		}
	}
	if len(ws) == 0 {
		return nil
	}
	rows, err := p.e.Encode(p.ctx, ws)
	if err != nil {
		return err
	}
	dim, at := len(rows)/len(ws), 0
	for i, w := range b.Windows {
		if at < len(ws) && ws[at] == w {
			b.Rows[i] = rows[at*dim : (at+1)*dim : (at+1)*dim]
			at++
		}
	}
	return nil
}

// matched reads series with the channels of an encoder, and holds their steps to that of the training.
type matched struct {
	series.Reader
	e Encoder
}

// Next returns the next chunk.
func (m *matched) Next() (*series.Series, error) {
	s, err := m.Reader.Next()
	if err != nil {
		return nil, err
	}
	if t, ok := m.e.(interface{ Step() time.Duration }); ok && s.Step == 0 && s.Start == 0 {
		if err := series.CheckStep(s, t.Step()); err != nil {
			return nil, inputError("%w, as in training (series.OnGrid resamples)", err)
		}
	}
	return m.e.Match(s)
}
