package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/jobs"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// followFlags are those of a command that goes on with what comes.
type followFlags struct {
	Follow bool          `help:"Go on with what comes until the run is ended by Ctrl-C or SIGTERM: new files of a folder (with a folder as --out; with --continuous they go on with those before them), or an Arrow stream on standard input (-) or from tcp://HOST:PORT or unix:PATH, where wavekin listens."`
	Settle time.Duration `help:"With --follow: how long a file must have been left alone before it is taken for complete." default:"5s" placeholder:"TIME"`
	Delay  time.Duration `help:"With --follow: how long results of a stream may be held back to be worked on or written together." default:"1s" placeholder:"TIME"`
}

// lookEvery is the time between two looks into a folder, and beatEvery that between two writings of metrics meanwhile.
const (
	lookEvery = time.Second
	beatEvery = 10 * time.Second
)

// rowsAtOnce is how many time stamps are scored at once in a stream that is compared without a model.
const rowsAtOnce = 128

// checkFollow refuses inputs and outputs that do not go with --follow.
func (f followFlags) checkFollow(inputs []string, out string) error {
	streams := 0
	for _, p := range inputs {
		if p == datasets.Stdin || isAddress(p) {
			streams++
		}
	}
	switch {
	case !f.Follow:
		for _, p := range append([]string{out}, inputs...) {
			if isAddress(p) {
				return usagef("%s is listened on with --follow", p)
			}
		}
		return nil
	case f.Delay <= 0 || f.Settle < 0:
		return usagef("--delay is %v and --settle is %v, want more than 0, and at least 0", f.Delay, f.Settle)
	case isFolder(out) && !isAddress(out) && streams == 0:
		return nil
	case streams != 1 || len(inputs) != 1:
		return usagef("--follow takes files and folders with a folder as --out, or one stream: -, tcp://HOST:PORT or unix:PATH")
	case out == "" || isFolder(out) && !isAddress(out):
		return usagef("--follow of a stream needs --out: a file, - for standard output, or the address that is listened on")
	case isAddress(out) && out != inputs[0]:
		return usagef("--out %s is not the address that is listened on, %s, whose connections are answered", out, inputs[0])
	}
	return nil
}

// isAddress tells an address to listen on from a path.
func isAddress(p string) bool { return strings.HasPrefix(p, "tcp://") || strings.HasPrefix(p, "unix:") }

// listen starts to listen on an address. The file of a socket that nobody listens on any more is removed.
func listen(address string) (net.Listener, error) {
	network, at := "tcp", strings.TrimPrefix(address, "tcp://")
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, at = "unix", strings.TrimPrefix(path, "//")
		if info, err := os.Stat(at); err == nil && info.Mode()&os.ModeSocket != 0 {
			if c, err := net.Dial(network, at); err == nil {
				_ = c.Close()
				return nil, usagef("%s: another process listens there", address)
			}
			_ = os.Remove(at)
		}
	}
	l, err := net.Listen(network, at)
	if err != nil {
		return nil, usageError{err}
	}
	return l, nil
}

// follower makes a run end well: what ends the run ends its input, and what was read is worked on.
func (e *env) follower() *env {
	out := e.with(context.WithoutCancel(e.ctx))
	out.end = e.ctx
	return out
}

// openAddress waits for a connection, which is read as an Arrow stream.
func openAddress(e *env, address string, o datasets.Options) (datasets.Reader, error) {
	l, err := listen(address)
	if err != nil {
		return nil, err
	}
	e.remark("listening on %s", address)
	defer context.AfterFunc(e.end, func() { _ = l.Close() })()
	c, err := l.Accept()
	_ = l.Close() // one connection
	if err != nil {
		return nil, err
	}
	return openConn(c, address, o)
}

// openConn reads a connection.
func openConn(c net.Conn, address string, o datasets.Options) (datasets.Reader, error) {
	r, err := datasets.OpenStream(nameOfAddress(address), c, o)
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	return connReader{r, c}, nil
}

// nameOfAddress names the series of a connection where nothing else does.
func nameOfAddress(address string) string {
	return strings.NewReplacer("tcp://", "", "unix:", "").Replace(filepath.ToSlash(address))
}

type connReader struct {
	datasets.Reader
	c net.Conn
}

func (r connReader) Unwrap() datasets.Reader { return r.Reader }

func (r connReader) Close() error { return errors.Join(r.c.Close(), r.Reader.Close()) }

// followed is a reader that waits for more, and ends when the run does.
type followed struct {
	end   <-chan struct{}
	ahead chan chunk
	mu    sync.Mutex
	r     datasets.Reader // once the other goroutine does not use it any more
	fail  error
}

type chunk struct {
	s   *series.Series
	err error
}

// follow reads what open opens in a goroutine of its own, which may wait in it for ever.
func follow(end context.Context, open func() (datasets.Reader, error)) *followed {
	f := &followed{end: end.Done(), ahead: make(chan chunk)}
	go func() {
		r, err := open()
		for {
			var s *series.Series
			if err == nil {
				if s, err = r.Next(); err != nil {
					f.mu.Lock()
					f.r = r
					f.mu.Unlock()
				}
			}
			select {
			case f.ahead <- chunk{s, err}:
			case <-f.end:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return f
}

// Next waits for the next chunk or the end of the run.
func (f *followed) Next() (*series.Series, error) {
	if f.fail != nil {
		return nil, f.fail
	}
	select {
	case c := <-f.ahead:
		f.fail = c.err
		return c.s, c.err
	case <-f.end:
		f.fail = io.EOF
		return nil, io.EOF
	}
}

// Readings are those of a reader that came to its end.
func (f *followed) Readings() []*datasets.Reading {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.r == nil {
		return nil
	}
	return datasets.Readings(f.r)
}

// Close closes a reader that came to its end; another one may still wait, and ends with the process.
func (f *followed) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.r == nil {
		return nil
	}
	return f.r.Close()
}

// mostConnections is how many connections are answered at once; further ones wait.
const mostConnections = 16

// serve answers connections until the run ends; one works on a connection's readings and writes to it.
func (f followFlags) serve(e *env, address string, st *stream, open func(e *env, c net.Conn) (*input, error), one func(e *env, r *input, to io.Writer) (rows, windows int, err error)) error {
	l, err := listen(address)
	if err != nil {
		return err
	}
	defer context.AfterFunc(e.end, func() { _ = l.Close() })()
	e.remark("listening on %s", address)
	slots := make(chan struct{}, mostConnections)
	var all sync.WaitGroup
	defer all.Wait()
	for {
		slots <- struct{}{}
		c, err := l.Accept()
		if err != nil {
			if e.end.Err() != nil {
				return nil
			}
			return err
		}
		all.Go(func() {
			defer func() { <-slots }()
			defer c.Close()
			var rows, windows int
			r, err := open(e, c)
			if err == nil {
				rows, windows, err = one(e, r, c)
				err = errors.Join(err, r.Close())
			}
			name := address + " from " + c.RemoteAddr().String()
			if err != nil {
				e.fail(&datasets.Error{File: name, Offset: -1, Err: err})
			} else {
				e.remark("%s: %s from %s", name, plural.Of(rows, "row"), plural.Of(windows, st.thing))
			}
			st.connection(name, rows, windows, err)
		})
	}
}

// connection counts one that has ended.
func (s *stream) connection(name string, rows, windows int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inputs++
	s.rows += rows
	s.windows += windows
	if err != nil {
		s.failed, s.errs = append(s.failed, name), append(s.errs, err)
	}
}

// beat writes the metrics of a run that goes on, now and then.
func (m *meter) beat(r streamResult) {
	m.mu.Lock()
	due := m.flags.Metrics != "" && time.Since(m.written) >= beatEvery
	if due {
		m.written = time.Now()
	}
	m.mu.Unlock()
	if due {
		if err := m.write(r, true, nil); err != nil {
			m.e.once("warning: %v", err)
		}
	}
}

// looking makes a job go on with inputs that come.
func (f followFlags) looking(m *meter, j job) *jobs.Follow {
	if !f.Follow {
		return nil
	}
	return &jobs.Follow{Every: lookEvery, Settle: f.Settle, Find: func() ([]jobs.Input, error) { return jobs.Find(j.inputs, j.out) },
		Looked: func(sum jobs.Summary) { m.beat(resultOf(m, &sum)) }}
}

// waiting is how long what a stream gives may be held back; 0 where nothing is followed.
func (f followFlags) waiting() time.Duration {
	if !f.Follow {
		return 0
	}
	return f.Delay / 2 // once until the windows are worked on, once until the rows are written
}

// pulse writes the metrics of a stream that goes on, now and then.
func (s *stream) pulse() {
	if s.flags.Follow {
		s.beat(streamResult{Inputs: s.inputs, Rows: s.rows, Windows: s.windows})
	}
}

// connection makes readings of what a connection sends.
func (f inputFlags) connection(address string, m *model.Model) func(e *env, c net.Conn) (*input, error) {
	return func(e *env, c net.Conn) (*input, error) {
		l, err := f.inputs(e, nil, m)
		if err != nil {
			return nil, err
		}
		o := f.options()
		o.BytesRead = &e.bytes
		l.AddReader(address, func() (datasets.Reader, error) { return openConn(c, address, o) })
		return l.open(0)
	}
}

// served prints what connections were answered.
func (s *stream) served(e *env, out string, err error) error {
	s.bar.Done()
	took := since(s.start)
	r := streamResult{Inputs: s.inputs, Windows: s.windows, Rows: s.rows, Seconds: took, WindowsPerSecond: float64(s.windows) / took, PeakRSS: peakRSS(),
		Failed: append([]string{}, s.failed...)}
	for i, p := range s.failed {
		r.Errors = append(r.Errors, failure{p, message(s.errs[i])})
	}
	if err == nil {
		err = e.result(r, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s: %s answered, %d of them failed; %s from %s\n", out, plural.Of(r.Inputs, "connection"), len(r.Failed), plural.Of(r.Rows, "row"), plural.Of(r.Windows, s.thing))
			return err
		})
	}
	return errors.Join(err, s.write(r, false, err))
}
