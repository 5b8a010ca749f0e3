package series

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// awkward returns series that every function must take calmly.
func awkward() map[string][]float64 {
	inf := float64(math.Inf(1))
	long := make([]float64, 300)
	for i := range long {
		long[i] = 1e6 + 0.1
	}
	return map[string][]float64{
		"nil": nil, "empty": {}, "one": {5}, "one gap": {Gap}, "two": {1, 2},
		"all gaps": {Gap, Gap, Gap, Gap, Gap, Gap, Gap, Gap}, "constant": {3, 3, 3, 3, 3, 3, 3, 3, 3},
		"constant with gaps": {3, Gap, 3, 3, Gap, 3, 3, 3, 3}, "long constant": long,
		"infinite": {1, inf, 2, -inf, 3, 1, 2, 3}, "huge": {3e38, -3e38, 3e38, -3e38, 3e38, -3e38, 3e38, -3e38},
	}
}

// noise returns n normal values around level, with the given share of gaps.
func noise(rng *rand.Rand, n int, level, gaps float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(level + rng.NormFloat64())
		if rng.Float64() < gaps {
			x[i] = Gap
		}
	}
	return x
}

// same compares bit for bit, any gap with any gap.
func same[F Float](a, b []F) bool { return near(a, b, 0) }

// near compares within tol, gaps and infinities with their like.
func near[F Float](a, b []F, tol float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] == b[i] || IsGap(a[i]) && IsGap(b[i]) {
			continue
		}
		if !(math.Abs(float64(a[i])-float64(b[i])) <= tol) {
			return false
		}
	}
	return true
}

func TestFillGaps(t *testing.T) {
	for _, c := range []struct {
		in, want []float64
		filled   int
	}{
		{[]float64{Gap, 1, Gap, Gap, 4, Gap}, []float64{1, 1, 2, 3, 4, 4}, 4},
		{[]float64{Gap, Gap}, []float64{0, 0}, 2},
		{[]float64{7}, []float64{7}, 0},
		{nil, nil, 0},
	} {
		got := append([]float64(nil), c.in...)
		if n := FillGaps(got); n != c.filled || !same(got, c.want) {
			t.Errorf("FillGaps(%v) = %v, %d; want %v, %d", c.in, got, n, c.want, c.filled)
		}
	}
}

func ramp(id string, n int) *Series {
	s := &Series{ID: id, Label: "a", Values: make([][]float64, 2)}
	for i := range n {
		s.Values[0] = append(s.Values[0], float64(i))
		s.Values[1] = append(s.Values[1], float64(-i))
		s.Times = append(s.Times, int64(i)*10)
		s.PointLabels = append(s.PointLabels, float64(i%2))
	}
	return s
}

// chunks cuts series into pieces of random length.
func chunks(rng *rand.Rand, all ...*Series) []*Series {
	var out []*Series
	for _, s := range all {
		for at := 0; at < s.Len(); {
			to := at + 1 + rng.IntN(7)
			out = append(out, s.Slice(at, to))
			at = to
		}
	}
	return out
}

func TestReadAllJoinsChunks(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	a, b := ramp("a", 23), ramp("b", 9)
	got, err := ReadAll(FromSlice(chunks(rng, a, b)))
	if err != nil || len(got) != 2 {
		t.Fatalf("%d series, %v", len(got), err)
	}
	for i, want := range []*Series{a, b} {
		if g := got[i]; g.ID != want.ID || !same(g.Values[1], want.Values[1]) || len(g.Times) != want.Len() || !same(g.PointLabels, want.PointLabels) {
			t.Errorf("series %d is %+v", i, g)
		}
	}
	if a.Len() != 23 || a.Values[0][22] != 22 {
		t.Error("joining wrote to the series it read")
	}
}

// One cut gives the same windows of series in memory and of chunks of any length.
func TestWindowsDoNotDependOnChunks(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, length := range []int{0, 1, 4, 10} {
		for _, stride := range []int{0, 1, 3, 13} {
			for _, reach := range []bool{false, true} {
				all := []*Series{ramp("a", 31), ramp("b", 10), ramp("c", 30)}
				cut := Cut{Length: length, Stride: stride, Reach: reach}
				var want []string
				for _, s := range all {
					for _, win := range cut.Windows(s) {
						want = append(want, fmt.Sprint(*win))
					}
				}
				for _, in := range [][]*Series{all, chunks(rng, all...), chunks(rng, all...)} {
					w := NewWindower(FromSlice(in), cut)
					var got []string
					for {
						win, err := w.Next()
						if err == io.EOF {
							break
						}
						if err != nil {
							t.Fatal(err)
						}
						if win.Values[0][0] != float64(win.Start) || win.EndTime != int64(win.End-1)*10 {
							t.Fatalf("window %+v is not where it says", win)
						}
						got = append(got, fmt.Sprint(*win))
					}
					if fmt.Sprint(got) != fmt.Sprint(want) {
						t.Fatalf("%+v: windows of chunks\n%v\nwindows in memory\n%v", cut, got, want)
					}
				}
			}
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		cut  Cut
		n    int
		want string
	}{
		{Cut{Length: 4, Stride: 3}, 11, "[0 3 6]"},
		{Cut{Length: 4, Stride: 3, Reach: true}, 11, "[0 3 6 7]"},
		{Cut{Length: 4, Stride: 3, Reach: true}, 10, "[0 3 6]"},
		{Cut{Length: 4, Stride: 3, Reach: true}, 4, "[0]"},
		{Cut{Length: 4, Stride: 9, Reach: true}, 9, "[0 5]"},
		{Cut{Length: 4, Reach: true}, 6, "[0 1 2]"},
		{Cut{Length: 4, Reach: true}, 3, "[]"},
		{Cut{Length: 4, Reach: true, PadShort: true}, 3, "[0]"},
		{Cut{Length: 4, PadShort: true}, 0, "[]"},
		{Cut{Reach: true}, 5, "[0]"},
		{Cut{}, 0, "[]"},
	} {
		got := []int{}
		for at := range c.cut.Starts(c.n) {
			got = append(got, at)
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%+v of %d time stamps starts at %v, want %s", c.cut, c.n, got, c.want)
		}
		windows := c.cut.Windows(ramp("r", c.n))
		if len(windows) != len(got) {
			t.Errorf("%+v of %d time stamps: %d windows, want %d", c.cut, c.n, len(windows), len(got))
		}
		for i, w := range windows {
			if length := len(w.Values[0]); w.Start != got[i] || c.cut.Length > 0 && length != c.cut.Length || w.End > c.n {
				t.Errorf("%+v of %d time stamps: window %d is %d to %d with %d values", c.cut, c.n, i, w.Start, w.End, length)
			}
		}
	}
}

func TestMeasured(t *testing.T) {
	s := &Series{Values: [][]float64{{1, Gap, 3, Gap}, {Gap, Gap, 5, Gap}}}
	for _, c := range []struct {
		from, to, want int
		share          float64
	}{{0, 4, 3, 3. / 8}, {0, 2, 1, 0.25}, {3, 4, 0, 0}, {2, 3, 2, 1}} {
		w := s.window(c.from, c.to-c.from)
		if n := s.Measured(c.from, c.to); n != c.want || w.Measured() != c.want || w.Share() != c.share {
			t.Errorf("%d to %d: %d measured, window %d, share %g; want %d, %g", c.from, c.to, n, w.Measured(), w.Share(), c.want, c.share)
		}
	}
	if n := s.Measured(-5, 50); n != 3 {
		t.Errorf("beyond the series: %d", n)
	}
	if share := s.Whole(6).Share(); share != 0.25 {
		t.Errorf("padded: %g, want 0.25", share)
	}
}

func TestShortSeries(t *testing.T) {
	w := NewWindower(FromSlice([]*Series{ramp("short", 3), ramp("long", 5)}), Cut{Length: 5, Stride: 5})
	var short *ShortError
	if _, err := w.Next(); !errors.As(err, &short) || short.Series != "short" || short.Len != 3 {
		t.Fatalf("error is %v", err)
	}
	if win, err := w.Next(); err != nil || win.Series != "long" {
		t.Fatalf("after the short one: %v, %v", win, err)
	}
	w = NewWindower(FromSlice([]*Series{ramp("short", 3)}), Cut{Length: 5, Stride: 5, PadShort: true})
	win, err := w.Next()
	if err != nil || !same(win.Values[0], []float64{0, 1, 2, Gap, Gap}) || win.End != 3 {
		t.Fatalf("padded: %+v, %v", win, err)
	}
}

// Chunks that do not fit together must give an error or lose their stamps, never a panic.
func TestUnevenChunks(t *testing.T) {
	second := ramp("a", 8).Slice(4, 8)
	second.Times, second.PointLabels = nil, nil
	in := []*Series{ramp("a", 4), second}
	got, err := ReadAll(FromSlice(in))
	if err != nil || len(got) != 1 || got[0].Times != nil || got[0].Check() != nil {
		t.Errorf("%+v, %v", got, err)
	}
	w := NewWindower(FromSlice(in), Cut{Length: 6, Stride: 1})
	if win, err := w.Next(); err != nil || win.HasTimes {
		t.Errorf("%+v, %v", win, err)
	}
	bad := &Series{ID: "bad", Values: [][]float64{{1, 2, 3}, {1}}}
	if _, err := ReadAll(FromSlice([]*Series{bad})); err == nil {
		t.Error("channels of unequal length were read")
	}
	if _, err := NewWindower(FromSlice([]*Series{bad}), Cut{Length: 2, Stride: 1}).Next(); err == nil {
		t.Error("channels of unequal length were cut")
	}
}

func TestNormalizer(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	a := &Series{ID: "a", Values: [][]float64{noise(rng, 500, 1e4, 0.1), {}}}
	b := &Series{ID: "b", Values: [][]float64{noise(rng, 300, 1e4+5, 0), {}}}
	for _, s := range []*Series{a, b} {
		s.Values[1] = make([]float64, s.Len())
		for i := range s.Values[1] {
			s.Values[1][i] = 0.1
		}
	}
	n, err := FitNormalizer([]*Series{a, b}, ModeTrain)
	if err != nil {
		t.Fatal(err)
	}
	both := append(append([]float64{}, a.Values[0]...), b.Values[0]...)
	mean, std, _ := Stats(both)
	if math.Abs(n.Mean[0]-mean) > 1e-8 || math.Abs(n.Std[0]-std) > 1e-8 {
		t.Errorf("statistics %v %v, want %v %v", n.Mean[0], n.Std[0], mean, std)
	}
	text, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	var back Normalizer
	if err := json.Unmarshal(text, &back); err != nil || fmt.Sprint(back) != fmt.Sprint(*n) {
		t.Errorf("JSON gives %v, %v", back, err)
	}
	out := [][]float32{make([]float32, a.Len()), make([]float32, a.Len())}
	n.Apply(out, a.Values, 0)
	for i, v := range out[0] {
		if IsGap(v) != IsGap(a.Values[0][i]) {
			t.Fatal("gaps moved")
		}
		if out[1][i] != 0 {
			t.Fatal("a constant channel is not 0")
		}
	}
	if _, err := FitNormalizer([]*Series{a, {ID: "three", Values: make([][]float64, 3)}}, ModeTrain); err == nil {
		t.Error("unequal channels were fitted")
	}
	for name, x := range awkward() {
		for _, mode := range []Mode{ModeNone, ModeWindow, ModeSeries} {
			got := append([]float64{}, x...)
			out := make([]float32, len(got))
			(&Normalizer{Mode: mode}).Apply([][]float32{out}, [][]float64{got}, 0)
			if mode == ModeWindow && name == "long constant" && out[0] != 0 {
				t.Errorf("%s: %v", name, out[0])
			}
		}
	}
}

// A channel that was constant in training shows that it moves, and not that a reader rounds to float32.
func TestConstantChannelMoves(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct{ was, is, want, tolerance float64 }{
		{14.62, 14.62, 0, 0},
		{14.62, 99, 10, 0},
		{14.62, -3, -10, 0},
		{14.62, float64(float32(14.62)), 0, 0.02},
		{14.62, 14.62 * (1 + 5e-6), 5.24, 0.01},
		{-2e9, -2e9 + 1, 5e-10 * (1 << 20), 1e-9},
		{1e-30, 2e-30, 10, 0},
		{0, 0, 0, 0},
		{0, 1e-300, 10, 0},
		{0, -5, -10, 0},
		{3, inf, 10, 0},
		{0, -inf, -10, 0},
		{7, Gap, Gap, 0},
		{0, Gap, Gap, 0},
	} {
		n, err := FitNormalizer([]*Series{{Values: [][]float64{{c.was, Gap, c.was, c.was}}}}, ModeTrain)
		if err != nil {
			t.Fatal(err)
		}
		out := []float32{9, 9}
		n.Apply([][]float32{out}, [][]float64{{c.was, c.is}}, 0)
		if out[0] != 0 || !near(out[1:], []float32{float32(c.want)}, c.tolerance) {
			t.Errorf("%g, then %g: %v, want 0, %g", c.was, c.is, out, c.want)
		}
	}
	// Where each window is scaled by itself, a constant one has nothing to say.
	out := []float32{9, 9}
	(&Normalizer{Mode: ModeWindow}).Apply([][]float32{out}, [][]float64{{5, 5}}, 0)
	if out[0] != 0 || out[1] != 0 {
		t.Errorf("a constant window becomes %v", out)
	}
}

// Squares that overflow or underflow make no constant of what varies.
func TestStatsOfAnySize(t *testing.T) {
	for _, size := range []float64{5e-324, 1e-320, 1e-200, 1, 1e200, 1.7e308} {
		x := []float64{0, size, Gap, 0, size}
		mean, std, n := Stats(x)
		fitted, err := FitNormalizer([]*Series{{Values: [][]float64{x[:3]}}, {Values: [][]float64{x[3:]}}}, ModeTrain)
		if err != nil {
			t.Fatal(err)
		}
		// The smallest numbers have no halves.
		tolerance := max(size*1e-12, 5e-324)
		for what, got := range map[string]float64{"mean": mean, "deviation": std, "fitted mean": fitted.Mean[0], "fitted deviation": fitted.Std[0]} {
			if !(math.Abs(got-size/2) <= tolerance) || n != 4 {
				t.Errorf("0 and %g: %s %g of %d values", size, what, got, n)
			}
		}
		if !(std > 0) || fitted.Check(1) != nil {
			t.Errorf("0 and %g: deviation %g, %v", size, std, fitted.Check(1))
		}
		out := make([]float32, 2)
		fitted.Apply([][]float32{out}, [][]float64{x[:2]}, 0)
		if math.IsNaN(float64(out[0])) || math.IsInf(float64(out[1]), 0) || out[0] > out[1] {
			t.Errorf("0 and %g become %v", size, out)
		}
	}
}

func TestLost(t *testing.T) {
	counter, outlier, fine := make([]float64, 1000), make([]float64, 1000), make([]float64, 1000)
	for i := range counter {
		counter[i], outlier[i], fine[i] = 1.7e9+float64(i), float64(i%2), math.Sin(float64(i))
	}
	fine[7], outlier[500] = Gap, 1e12
	all := []*Series{{ID: "a", Values: [][]float64{counter, outlier, fine}}, {ID: "b", Values: [][]float64{{1, 1}, {0, Gap}, {2, 3}}}}
	train, err := FitNormalizer(all[:1], ModeTrain)
	if err != nil {
		t.Fatal(err)
	}
	// In its own spread a counter's steps are large; beside an outlier of 1e12 no alternation of 0 and 1 is left.
	if got := fmt.Sprint(train.Lost(all)); got != "[{1 999 997}]" {
		t.Errorf("standardised: %s", got)
	}
	// As it is, every 128th number of the counter can be held.
	got := (&Normalizer{Mode: ModeNone}).Lost(all)
	if len(got) != 1 || got[0].Channel != 0 || got[0].Changes != 999 || got[0].Lost < 985 || got[0].Lost > 995 {
		t.Errorf("not scaled: %v", got)
	}
	if got := (&Normalizer{Mode: ModeWindow}).Lost(all); got != nil {
		t.Errorf("by window: %v", got)
	}
}

func TestWhole(t *testing.T) {
	s := &Series{ID: "a", Label: "x", Values: [][]float64{{1, 2, 3}, {4, 5, 6}}}
	for length, want := range map[int]string{0: "[[1 2 3] [4 5 6]]", 3: "[[1 2 3] [4 5 6]]", 2: "[[1 2] [4 5]]", 5: "[[1 2 3 NaN NaN] [4 5 6 NaN NaN]]"} {
		w := s.Whole(length)
		if got := fmt.Sprint(w.Values); got != want || w.Label != "x" || w.Series != "a" {
			t.Errorf("length %d: %s of %q, want %s", length, got, w.Series, want)
		}
		w.Values[0][0] = 9
	}
	if s.Values[0][0] != 1 {
		t.Error("the window shares the series' memory")
	}
}

func TestNormalizerCheck(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		n    Normalizer
		want string
	}{
		{Normalizer{Mode: ModeTrain, Mean: []float64{1, 2}, Std: []float64{0, 1}}, ""},
		{Normalizer{Mode: ModeWindow, Mean: []float64{1}}, ""},
		{Normalizer{Mode: "best"}, "want train, window, series or none"},
		{Normalizer{Mode: ModeTrain, Mean: []float64{1, 2}, Std: []float64{1}}, "statistics of 2 and 1 channels, want 2"},
		{Normalizer{Mode: ModeTrain, Mean: []float64{1, inf}, Std: []float64{1, 1}}, "mean +Inf"},
		{Normalizer{Mode: ModeTrain, Mean: []float64{1, 2}, Std: []float64{1, -1}}, "deviation -1 in channel 1"},
	} {
		err := c.n.Check(2)
		if got := fmt.Sprint(err); err == nil != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%+v: %v, want %q", c.n, err, c.want)
		}
	}
}

func TestExtent(t *testing.T) {
	all := []*Series{{Values: [][]float64{{Gap, 3, -1}, {Gap, Gap, Gap}}}, {Values: [][]float64{{7, Gap}}}, {}}
	if lo, hi, n := Extent(all, 0); lo != -1 || hi != 7 || n != 3 {
		t.Errorf("%g to %g, %d values; want -1 to 7, 3 values", lo, hi, n)
	}
	if lo, hi, n := Extent(all, 1); lo != 0 || hi != 0 || n != 0 {
		t.Errorf("%g to %g, %d values of nothing", lo, hi, n)
	}
}
