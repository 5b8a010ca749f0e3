package model_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// wave is a series of two channels, x and y.
func wave(id string, n int) *series.Series {
	s := &series.Series{ID: id, Channels: []string{"x", "y"}, Values: [][]float64{make([]float64, n), make([]float64, n)}}
	for i := range n {
		s.Values[0][i], s.Values[1][i] = math.Sin(float64(i)*0.3), 5+3*math.Cos(float64(i)*0.17)
	}
	return s
}

// untrained is a small model of x and y with windows of 16 every 8.
func untrained(t *testing.T) *model.Model {
	t.Helper()
	m, err := train.Untrained(train.Series{wave("w", 400)}, train.Config{Encoder: encoders.Conv{Width: 8, Depth: 2, Out: 12}, Window: 16, Stride: 8})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// chunked cuts series into chunks of n time stamps.
func chunked(n int, all ...*series.Series) series.Reader {
	var parts []*series.Series
	for _, s := range all {
		for at := 0; at < s.Len(); at += n {
			parts = append(parts, s.Slice(at, at+n))
		}
	}
	return series.FromSlice(parts)
}

func TestStreamIsEncode(t *testing.T) {
	m, ctx := untrained(t), context.Background()
	var all []*series.Series
	var want []float32
	var ws []*series.Window
	for i := range 40 {
		s := wave(fmt.Sprint("s", i), 40+i)
		all = append(all, s)
		r := series.NewWindower(series.FromSlice([]*series.Series{s}), series.Cut{Length: 16, Stride: 8})
		for {
			w, err := r.Next()
			if err != nil {
				break
			}
			ws = append(ws, w)
		}
	}
	want, err := m.Encode(ctx, ws)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []model.StreamOptions{{}, {InFlight: 1}, {InFlight: 100, Workers: 3}, {Workers: 2}, {InFlight: 7, Workers: 2}} {
		var got []float32
		var sizes []int
		n := 0
		for b, err := range m.Stream(ctx, chunked(11, all...), o) {
			if err != nil {
				t.Fatal(err)
			}
			sizes = append(sizes, len(b.Windows))
			for i, w := range b.Windows {
				if w.Series != ws[n].Series || w.Start != ws[n].Start {
					t.Fatalf("%+v: window %d is %s at %d, want %s at %d", o, n, w.Series, w.Start, ws[n].Series, ws[n].Start)
				}
				got = append(got, b.Rows[i]...)
				n++
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v: the stream's encodings differ from those of one call", o)
		}
		for _, s := range sizes[:len(sizes)-1] {
			if s != sizes[0] {
				t.Errorf("%+v: batches of %v windows", o, sizes)
			}
		}
	}
}

// slow is an encoder that takes its time, and counts.
type slow struct {
	calls atomic.Int32
	fail  int32
}

func (s *slow) Match(x *series.Series) (*series.Series, error) { return x, nil }

func (s *slow) Encode(_ context.Context, ws []*series.Window) ([]float32, error) {
	if n := s.calls.Add(1); n == s.fail {
		return nil, errors.New("the encoder broke")
	}
	time.Sleep(time.Millisecond)
	out := make([]float32, len(ws))
	for i, w := range ws {
		out[i] = float32(w.Start)
	}
	return out, nil
}

// counting hands out chunks of a window each and counts them; it fails at one of them.
type counting struct {
	read   atomic.Int32
	end    int32
	fail   int32
	closed atomic.Bool
	t      *testing.T
}

func (c *counting) Next() (*series.Series, error) {
	if c.closed.Load() {
		c.t.Error("read on after the loop had ended")
	}
	n := c.read.Add(1)
	switch {
	case n == c.fail:
		return nil, errors.New("line 7 is torn")
	case n > c.end:
		return nil, io.EOF
	}
	return &series.Series{ID: "long", Start: 4 * int(n-1), Values: [][]float64{make([]float64, 4)}}, nil
}

func TestStreamHoldsNoMoreThanItMay(t *testing.T) {
	for _, inFlight := range []int{1, 5, 64, 200} {
		r := &counting{end: 3000, t: t}
		consumed, most := 0, 0
		for b, err := range model.Stream(context.Background(), &slow{}, r, model.StreamOptions{Window: 4, Stride: 4, InFlight: inFlight}) {
			if err != nil {
				t.Fatal(err)
			}
			if consumed == 0 {
				time.Sleep(20 * time.Millisecond) // the reader gets as far ahead as it can
			}
			most = max(most, int(r.read.Load())-consumed)
			consumed += len(b.Windows)
		}
		// One chunk more may be at hand in the windower.
		if consumed != 3000 || most > inFlight+1 {
			t.Errorf("in flight %d: %d windows, up to %d at once", inFlight, consumed, most)
		}
		if inFlight > 5 && most < inFlight/2 {
			t.Errorf("in flight %d: never more than %d at once; reading does not overlap", inFlight, most)
		}
	}
}

func TestStreamEnds(t *testing.T) {
	run := func(e *slow, r *counting, stop int) (windows int, errs []string) {
		for b, err := range model.Stream(context.Background(), e, r, model.StreamOptions{Window: 4, Stride: 4, InFlight: 128}) {
			if err != nil {
				errs = append(errs, err.Error())
				continue
			}
			if windows += len(b.Windows); stop > 0 && windows >= stop {
				break
			}
		}
		r.closed.Store(true)
		return windows, errs
	}
	if n, errs := run(&slow{}, &counting{end: 1000, fail: 201, t: t}, 0); n != 200 || !slices.Equal(errs, []string{"line 7 is torn"}) {
		t.Errorf("a torn input gives %d windows and %q", n, errs)
	}
	if n, errs := run(&slow{fail: 3}, &counting{end: 1000, t: t}, 0); n != 128 || !slices.Equal(errs, []string{"the encoder broke"}) {
		t.Errorf("a failing encoder gives %d windows and %q", n, errs)
	}
	if n, errs := run(&slow{}, &counting{end: 1000, t: t}, 100); n != 128 || errs != nil {
		t.Errorf("a loop that ends early has %d windows and %q", n, errs)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	var last error
	for b, err := range model.Stream(ctx, &slow{}, &counting{end: 1 << 30, t: t}, model.StreamOptions{Window: 4, Stride: 4}) {
		if last = err; err == nil {
			n += len(b.Windows)
			cancel()
		}
	}
	if !errors.Is(last, context.Canceled) || n == 0 {
		t.Errorf("a cancelled stream ends with %v after %d windows", last, n)
	}
}

func TestShortSeriesAndEmptyWindows(t *testing.T) {
	m := untrained(t)
	gap := wave("gap", 64)
	for c := range gap.Values {
		for i := 16; i < 48; i++ {
			gap.Values[c][i] = series.Gap
		}
	}
	all := []*series.Series{wave("short", 15), gap, wave("tiny", 1)}
	for _, keep := range []bool{false, true} {
		var short []string
		var starts []int
		for b, err := range m.Stream(context.Background(), series.FromSlice(all), model.StreamOptions{KeepEmpty: keep}) {
			var se *series.ShortError
			if errors.As(err, &se) {
				short = append(short, se.Series)
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			for i, w := range b.Windows {
				starts = append(starts, w.Start)
				if empty := w.Start >= 16 && w.End <= 48; empty != (b.Rows[i] == nil) {
					t.Errorf("keep %v: the window at %d has %d numbers", keep, w.Start, len(b.Rows[i]))
				}
			}
		}
		want := []int{0, 8, 40, 48}
		if keep {
			want = []int{0, 8, 16, 24, 32, 40, 48}
		}
		if !slices.Equal(starts, want) || !slices.Equal(short, []string{"short", "tiny"}) {
			t.Errorf("keep %v: windows at %v, want %v; short %v", keep, starts, want, short)
		}
	}
}

// TestChannelsAreFoundByName: columns in another order give the same encodings, other columns an error, by every way in.
func TestChannelsAreFoundByName(t *testing.T) {
	m, ctx := untrained(t), context.Background()
	right := wave("s", 64)
	encode := func(s *series.Series) ([]float32, error) { return m.Encode(ctx, series.Windows(s, 16, 8)) }
	want, err := encode(right)
	if err != nil {
		t.Fatal(err)
	}
	turned := *right
	turned.Channels, turned.Values = []string{"y", "other", "x"}, [][]float64{right.Values[1], right.Values[1], right.Values[0]}
	got, err := encode(&turned)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("y, other, x: other encodings than x, y (%v)", err)
	}
	got = nil
	for b, err := range m.Stream(ctx, series.FromSlice([]*series.Series{&turned}), model.StreamOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, slices.Concat(b.Rows...)...)
	}
	if !slices.Equal(got, want) {
		t.Error("a stream of y, other, x: other encodings than x, y")
	}
	unnamed := *right
	unnamed.Channels = nil
	if got, err = encode(&unnamed); err != nil || !slices.Equal(got, want) {
		t.Errorf("two channels without names are not taken as they are (%v)", err)
	}
	for text, names := range map[string][]string{
		`series "s" has no channel y among x, z; the model was trained on x, y`:                 {"x", "z"},
		`series "s" has no channel x, y among a, b; the model was trained on x, y`:              {"a", "b"},
		`series "s" has 3 channels, want 2 channels (x, y); the model was trained on x, y`:      nil,
		`series "s" has no channel x among x, x, y; the model was trained on x, y`:              {"x", "x", "y"},
		`series "s" has no channel y among x, p, q, r, s, t, u, ... (9); the model was trained`: {"x", "p", "q", "r", "s", "t", "u", "v", "w"},
	} {
		bad := *right
		bad.Channels = names
		bad.Values = nil
		for range max(len(names), 3-min(len(names), 3)) {
			bad.Values = append(bad.Values, right.Values[0])
		}
		_, err := encode(&bad)
		var ie *model.InputError
		if !errors.As(err, &ie) || !strings.HasPrefix(err.Error(), text) {
			t.Errorf("%v: %v, want %s", names, err, text)
		}
		for _, err := range m.Stream(ctx, series.FromSlice([]*series.Series{&bad}), model.StreamOptions{}) {
			if err == nil || !strings.HasPrefix(err.Error(), text) {
				t.Errorf("%v in a stream: %v, want %s", names, err, text)
			}
		}
	}
}

func TestEncodeFromManyGoroutines(t *testing.T) {
	m, ctx := untrained(t), context.Background()
	ws := series.Windows(wave("s", 900), 16, 4)
	want, err := m.Encode(ctx, ws)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for k := range 6 {
		group.Go(func() {
			for range 5 {
				from := k * 3
				got, err := m.Encode(ctx, ws[from:])
				if err != nil || !slices.Equal(got, want[from*m.Dim():]) {
					t.Errorf("goroutine %d: other encodings (%v)", k, err)
				}
			}
		})
	}
	group.Wait()
}

func TestEncodingsAreFinite(t *testing.T) {
	m := untrained(t)
	s := wave("hot", 16)
	s.Values[0][3] = math.MaxFloat64
	_, err := m.Encode(context.Background(), series.Windows(s, 16, 1))
	if err == nil || !strings.HasPrefix(err.Error(), `series "hot", time stamps 0 to 16: the encoding is not finite`) {
		t.Errorf("a value beyond float32: %v", err)
	}
}
