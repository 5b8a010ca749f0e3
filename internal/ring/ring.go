// Package ring lets several processes of one machine compute together: each is connected to the next by TCP over the loopback
// interface, the last to the first. [Ring.Gather] brings what each has computed to all, and [Ring.Sum] adds up in one fixed order.
//
// The first process opens a [Door] and tells its address and token to those that it starts; they [Join]. A connection that does not
// know the token is closed, and of a message nothing is read before its length is the one that is expected.
package ring

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
	"unsafe"
)

// Token is what the processes of a ring know each other by.
type Token [32]byte

// Usual is how long a process waits for another before it gives up.
const Usual = 10 * time.Minute

// loopback is the only interface that is listened on.
const loopback = "127.0.0.1:0"

// Ring is one process's place. It is not safe for concurrent use, and all processes must make the same calls in the same order.
type Ring struct {
	index, of  int
	prev, next net.Conn
	wait       time.Duration
	header     [8]byte
}

// Alone is the ring of a single process.
func Alone() *Ring { return &Ring{of: 1} }

// Share is which of how many processes this is, from 0.
func (r *Ring) Share() (index, of int) { return r.index, r.of }

// Close ends the connections, and with them the calls of the processes beside this one.
func (r *Ring) Close() error {
	var errs []error
	for _, c := range []net.Conn{r.prev, r.next} {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// Gather completes all in every process, of which process i has written all[bounds[i]:bounds[i+1]]. bounds are the same everywhere.
func (r *Ring) Gather(all []float32, bounds []int) error {
	if r.of == 1 {
		return nil
	}
	own := bounds[r.index]
	if r.index > 0 {
		if err := r.receive(all[bounds[0]:own]); err != nil {
			return err
		}
	}
	own = bounds[r.index+1]
	if r.index < r.of-1 {
		if err := r.send(all[bounds[0]:own]); err != nil {
			return err
		}
		if err := r.receive(all[own:bounds[r.of]]); err != nil {
			return err
		}
	}
	// The next process has all up to its own.
	switch {
	case r.index == r.of-1:
		return r.send(all[bounds[1]:bounds[r.of]])
	case r.index < r.of-2:
		return r.send(all[bounds[r.index+2]:bounds[r.of]])
	}
	return nil
}

// Sum writes the sum of all summands to sum in every process: those of process 0 one after the other, then those of process 1, and so
// on, so that how they are shared out changes no bit. All are as long as sum. A process may have none, but not the first.
func (r *Ring) Sum(sum []float32, summands [][]float32) error {
	if r.index == 0 {
		if len(summands) == 0 {
			return errors.New("the first process has nothing to add")
		}
		copy(sum, summands[0])
		summands = summands[1:]
	} else if err := r.receive(sum); err != nil {
		return err
	}
	for _, s := range summands {
		for i, v := range s[:len(sum)] {
			sum[i] += v
		}
	}
	if r.of == 1 {
		return nil
	}
	if err := r.send(sum); err != nil || r.index == r.of-1 {
		return err
	}
	// The result comes round from the last.
	if err := r.receive(sum); err != nil || r.index == r.of-2 {
		return err
	}
	return r.send(sum)
}

// send passes numbers to the next process.
func (r *Ring) send(x []float32) error {
	to := (r.index + 1) % r.of
	binary.LittleEndian.PutUint64(r.header[:], uint64(len(x)))
	if err := r.next.SetDeadline(time.Now().Add(r.wait)); err != nil {
		return r.lost(to, err)
	}
	if _, err := r.next.Write(r.header[:]); err != nil {
		return r.lost(to, err)
	}
	if _, err := r.next.Write(bytesOf(x)); err != nil {
		return r.lost(to, err)
	}
	return nil
}

// receive takes numbers from the process before.
func (r *Ring) receive(x []float32) error {
	from := (r.index + r.of - 1) % r.of
	if err := r.prev.SetDeadline(time.Now().Add(r.wait)); err != nil {
		return r.lost(from, err)
	}
	if _, err := io.ReadFull(r.prev, r.header[:]); err != nil {
		return r.lost(from, err)
	}
	if n := binary.LittleEndian.Uint64(r.header[:]); n != uint64(len(x)) {
		return fmt.Errorf("process %d of %d sent %d numbers where %d were expected", from+1, r.of, n, len(x))
	}
	if _, err := io.ReadFull(r.prev, bytesOf(x)); err != nil {
		return r.lost(from, err)
	}
	return nil
}

// LostError says that the process beside this one is gone, or has not answered for a time.
type LostError struct {
	// Index is its place, from 0, among Of.
	Index, Of int
	// Waited is how long, or 0 where it has ended.
	Waited time.Duration
}

// Error names the process, counted from 1.
func (e *LostError) Error() string {
	if e.Waited > 0 {
		return fmt.Sprintf("process %d of %d has not answered for %v", e.Index+1, e.Of, e.Waited)
	}
	return fmt.Sprintf("process %d of %d has ended before the others", e.Index+1, e.Of)
}

func (r *Ring) lost(index int, err error) error {
	if e := net.Error(nil); errors.As(err, &e) && e.Timeout() {
		return &LostError{index, r.of, r.wait}
	}
	return &LostError{Index: index, Of: r.of}
}

// bytesOf are the bytes of x, in the order of this machine, which is that of all processes.
func bytesOf(x []float32) []byte {
	if len(x) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 4*len(x))
}

// Door is where the first process waits for the others.
type Door struct {
	listener *net.TCPListener
	token    Token
}

// Open opens a door on a free port of the loopback interface, with a token that nobody else knows.
func Open() (*Door, error) {
	l, err := listen()
	if err != nil {
		return nil, err
	}
	d := &Door{listener: l}
	_, err = rand.Read(d.token[:])
	return d, err
}

// Invitation is what [Join] takes: the address of the door and its token.
func (d *Door) Invitation() string {
	return d.listener.Addr().String() + " " + hex.EncodeToString(d.token[:])
}

// Close closes the door; what waits at it returns with an error.
func (d *Door) Close() error { return d.listener.Close() }

func listen() (*net.TCPListener, error) {
	l, err := net.Listen("tcp4", loopback)
	if err != nil {
		return nil, err
	}
	return l.(*net.TCPListener), nil
}

// hello is what a process says when it connects: who it is, and where it listens.
type hello struct {
	Token     Token
	Index, Of uint16
	Port      uint16
}

// Meet waits until all other processes have joined, at most so long, and returns the ring of so many. It closes the door.
func (d *Door) Meet(of int, wait time.Duration) (*Ring, error) {
	defer d.Close()
	if of < 2 || of > 1<<10 {
		return nil, fmt.Errorf("a ring of %d processes, want 2 to %d", of, 1<<10)
	}
	end := time.Now().Add(wait)
	waiting := make([]net.Conn, of)
	ports := make([]uint16, of)
	defer func() {
		for _, c := range waiting {
			if c != nil {
				_ = c.Close()
			}
		}
	}()
	ports[0] = uint16(d.listener.Addr().(*net.TCPAddr).Port)
	for missing := of - 1; missing > 0; {
		c, h, err := accept(d.listener, d.token, of, end)
		if err != nil {
			return nil, fmt.Errorf("%d of %d processes did not start: %w", missing, of, err)
		}
		if h.Index == 0 || waiting[h.Index] != nil {
			_ = c.Close()
			continue
		}
		waiting[h.Index], ports[h.Index] = c, h.Port
		missing--
	}
	for i, c := range waiting[1:] {
		if err := binary.Write(c, binary.LittleEndian, ports[(i+2)%of]); err != nil {
			return nil, &LostError{Index: i + 1, Of: of}
		}
	}
	return link(d.listener, d.token, 0, of, ports[1], wait, end)
}

// Join connects process index of so many to the ring that the invitation is for.
func Join(invitation string, index, of int, wait time.Duration) (*Ring, error) {
	var addr, text string
	var token Token
	if n, err := fmt.Sscan(invitation, &addr, &text); n != 2 || err != nil || len(text) != 2*len(token) {
		return nil, errors.New("not an invitation to a ring")
	}
	if _, err := hex.Decode(token[:], []byte(text)); err != nil {
		return nil, errors.New("not an invitation to a ring")
	}
	if index < 1 || index >= of || of > 1<<10 {
		return nil, fmt.Errorf("process %d of %d cannot join a ring", index+1, of)
	}
	l, err := listen()
	if err != nil {
		return nil, err
	}
	defer l.Close()
	end := time.Now().Add(wait)
	c, err := greet(addr, hello{token, uint16(index), uint16(of), uint16(l.Addr().(*net.TCPAddr).Port)}, end)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var next uint16
	if err := binary.Read(c, binary.LittleEndian, &next); err != nil {
		return nil, errors.New("the first process has ended before the others joined")
	}
	return link(l, token, index, of, next, wait, end)
}

// link connects to the next process and takes the connection of the one before.
func link(l *net.TCPListener, token Token, index, of int, port uint16, wait time.Duration, end time.Time) (*Ring, error) {
	r := &Ring{index: index, of: of, wait: wait}
	var err error
	if r.next, err = greet(net.JoinHostPort("127.0.0.1", fmt.Sprint(port)), hello{token, uint16(index), uint16(of), 0}, end); err != nil {
		return nil, err
	}
	for {
		c, h, err := accept(l, token, of, end)
		if err != nil {
			_ = r.Close()
			return nil, fmt.Errorf("process %d of %d did not connect: %w", (index+of-1)%of+1, of, err)
		}
		if int(h.Index) == (index+of-1)%of && h.Port == 0 {
			r.prev = c
			return r, nil
		}
		_ = c.Close()
	}
}

// greet connects and says hello.
func greet(addr string, h hello, end time.Time) (net.Conn, error) {
	c, err := net.DialTimeout("tcp4", addr, time.Until(end))
	if err != nil {
		return nil, err
	}
	if err := errors.Join(c.SetDeadline(end), binary.Write(c, binary.LittleEndian, h)); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// accept takes the next connection that knows the token.
func accept(l *net.TCPListener, token Token, of int, end time.Time) (net.Conn, hello, error) {
	for {
		if err := l.SetDeadline(end); err != nil {
			return nil, hello{}, err
		}
		c, err := l.Accept()
		if err != nil {
			return nil, hello{}, err
		}
		var h hello
		// A stranger that says nothing holds the others up for a moment only.
		if err := errors.Join(c.SetDeadline(time.Now().Add(5*time.Second)), binary.Read(c, binary.LittleEndian, &h)); err == nil &&
			subtle.ConstantTimeCompare(h.Token[:], token[:]) == 1 && int(h.Of) == of && int(h.Index) < of {
			return c, h, c.SetDeadline(end)
		}
		_ = c.Close()
	}
}
