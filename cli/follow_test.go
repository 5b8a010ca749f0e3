package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wavekin/wavekin/cli/clitest"
	"github.com/wavekin/wavekin/datasets"
)

// TestFollowedFolder kills a job that follows its folder and starts it again: every file is scored once, as by a job over all of them.
func TestFollowedFolder(t *testing.T) {
	signals(t)
	b := newWorkshop(t)
	in, prom := b.path("in"), b.path("job.prom")
	if err := os.Mkdir(in, 0o755); err != nil {
		t.Fatal(err)
	}
	args := []string{"score", "-q", "--model", b.model, "--normal", b.quiet, "--out", b.out, in}
	followed := append([]string{"--follow", "--settle", "100ms", "--metrics", prom}, args[1:]...)
	readings(t, in, "a.csv", 150, 0)
	p := start(t, append(args[:1:1], followed...)...)
	appears(t, filepath.Join(b.out, "a.arrow"))
	readings(t, in, "b.csv", 200, 0)
	appears(t, filepath.Join(b.out, "b.arrow"))
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.end(t)
	first, err := os.Stat(filepath.Join(b.out, "a.arrow"))
	if err != nil {
		t.Fatal(err)
	}
	p = start(t, append(args[:1:1], followed...)...)
	readings(t, in, "c.csv", 170, 0)
	appears(t, filepath.Join(b.out, "c.arrow"))
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := p.end(t); code != 0 {
		t.Errorf("code %d, %s", code, p.errs.String())
	}
	if again, err := os.Stat(filepath.Join(b.out, "a.arrow")); err != nil || !os.SameFile(first, again) {
		t.Errorf("a.csv was scored again after the restart (%v)", err)
	}
	if text := string(fileBytes(t, prom)); !strings.Contains(text, `state="failed"} 0`) || !strings.Contains(text, "wavekin_job_running") {
		t.Errorf("metrics: %s", text)
	}
	whole := b.path("whole")
	args[len(args)-2] = whole
	must(t, args...)
	same(t, whole, b.out, "_wavekin.json a.arrow b.arrow c.arrow")
}

// sender writes readings as an Arrow stream, some at a time.
type sender struct {
	t *testing.T
	w *datasets.Writer
	n int
}

func newSender(t *testing.T, to io.Writer) *sender {
	t.Helper()
	w, err := datasets.Create("sent", []datasets.Column{{Name: "time", Type: datasets.Int64}, {Name: "pressure", Type: datasets.Float64}, {Name: "flow", Type: datasets.Float64}},
		datasets.WriterOptions{To: to, Delay: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return &sender{t: t, w: w}
}

func (s *sender) send(rows int) {
	s.t.Helper()
	for range rows {
		if err := s.w.Append(s.n, math.Sin(float64(s.n)*0.4), math.Cos(float64(s.n)*0.3)); err != nil {
			s.t.Fatal(err)
		}
		s.n++
	}
	time.Sleep(20 * time.Millisecond)
}

// rowsFrom reads scores until there are some rows, or the end.
func rowsFrom(t *testing.T, r datasets.Reader, rows int) (n int) {
	t.Helper()
	for n < rows {
		s, err := r.Next()
		if err == io.EOF {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		if n++; s.Channels[0] == "score" { // else a series is a row
			n += s.Len() - 1
		}
	}
	return n
}

// TestFollowedStream: scores come while the input goes on, and an interrupted run ends its output well.
func TestFollowedStream(t *testing.T) {
	signals(t)
	b := newWorkshop(t)
	for _, c := range [][]string{
		{"--model", b.model, "--per-point"},
		{"--window", "20"},
	} {
		p := clitest.Command(t, append(append([]string{"score", "-q", "--follow", "--delay", "50ms", "--normal", b.quiet, "--out", "-"}, c...), "-")...)
		in, err := p.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := p.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		s := newSender(t, in)
		for range 20 {
			s.send(30)
		}
		r, err := datasets.OpenStream("scores", out, datasets.Options{Channels: []string{"score"}})
		if err != nil {
			t.Fatal(err)
		}
		early := rowsFrom(t, r, 100)
		if early < 100 {
			t.Errorf("%v: %d scores while the input goes on", c, early)
		}
		if err := p.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if all := early + rowsFrom(t, r, math.MaxInt); all > 600 {
			t.Errorf("%v: %d scores in all", c, all)
		}
		if err := p.Wait(); err != nil {
			t.Errorf("%v: %v", c, err)
		}
	}
}

// TestFollowedFile: the table of an interrupted stream is complete.
func TestFollowedFile(t *testing.T) {
	signals(t)
	b := newWorkshop(t)
	out := b.path("codes.csv")
	p := clitest.Command(t, "embed", "-q", "--follow", "--model", b.model, "--stride", "1", "--out", out, "-")
	in, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	s := newSender(t, in)
	for range 10 {
		s.send(20)
	}
	appears(t, b.path(".codes.csv.*.tmp"))
	time.Sleep(100 * time.Millisecond)
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Error(err)
	}
	if lines := bytes.Count(fileBytes(t, out), []byte("\n")); lines < 100 {
		t.Errorf("%d lines", lines)
	}
}

// TestConnections answers connections at once, one of which sends what is no stream.
func TestConnections(t *testing.T) {
	b := newWorkshop(t)
	for _, command := range [][]string{{"embed", "--model", b.model, "--stride", "1"}, {"score", "--model", b.model, "--normal", b.quiet}, {"score", "--window", "20", "--normal", b.quiet}} {
		at := filepath.Join(b.dir, "s") // short, as the paths of sockets must be
		ctx, stop := context.WithCancel(context.Background())
		var out, errs bytes.Buffer
		ended := make(chan int)
		go func() {
			ended <- Run(ctx, append(command, "-q", "--json", "--follow", "--delay", "20ms", "--out", "unix:"+at, "unix:"+at), nil, &out, &errs)
		}()
		appears(t, at)
		talk := func() net.Conn {
			for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
				c, err := net.Dial("unix", at) // the file may be there before anybody listens
				if err == nil {
					return c
				}
				if time.Now().After(deadline) {
					t.Fatal(err)
				}
			}
		}
		bad := talk()
		fmt.Fprint(bad, strings.Repeat("what is this?\x00", 10000))
		bad.Close()
		var rows []int
		for range 2 {
			c := talk()
			s := newSender(t, c)
			for range 5 {
				s.send(40)
			}
			if err := s.w.Close(); err != nil {
				t.Fatal(err)
			}
			if err := c.(*net.UnixConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(c)
			if err != nil {
				t.Fatal(err)
			}
			r, err := datasets.OpenStream("scores", bytes.NewReader(got), datasets.Options{Channels: []string{map[bool]string{true: "embedding", false: "score"}[command[0] == "embed"]}})
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, rowsFrom(t, r, math.MaxInt))
		}
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("%v: code %d, %s", command, code, errs.String())
		}
		if rows[0] < 40 || rows[1] != rows[0] || !strings.Contains(out.String(), `"inputs": 3`) || !strings.Contains(errs.String(), "unix:"+at) {
			t.Errorf("%v: %v rows; %s%s", command, rows, out.String(), errs.String())
		}
	}
	b.refuse(exitUsage, "unix:x is listened on with --follow", "embed", "--model", b.model, "--out", b.path("c.csv"), "unix:x")
	b.refuse(exitUsage, "--follow takes files and folders with a folder as --out, or one stream: -, tcp://HOST:PORT or unix:PATH", "embed", "--follow", "--model", b.model, "--out", b.path("c.csv"), b.quiet)
	b.refuse(exitUsage, "--follow takes files and folders with a folder as --out, or one stream: -, tcp://HOST:PORT or unix:PATH", "embed", "--follow", "--model", b.model, "--out", "unix:y", b.quiet)
	b.refuse(exitUsage, "--out unix:y is not the address that is listened on, unix:x, whose connections are answered", "embed", "--follow", "--model", b.model, "--out", "unix:y", "unix:x")
}
