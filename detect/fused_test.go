package detect

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/series"
)

func fitFused(t *testing.T, c FusedConfig, normal ...*series.Series) *Fused {
	t.Helper()
	f, err := FitFused(t.Context(), normal, c)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func fusedPoints(t *testing.T, f *Fused, r series.Reader) *FusedPoints {
	t.Helper()
	out := &FusedPoints{}
	for p, err := range f.Points(t.Context(), r) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Start != out.Start+len(out.Score) {
			t.Fatalf("time stamps from %d on after %d", p.Start, out.Start+len(out.Score))
		}
		out.Score, out.P = append(out.Score, p.Score...), append(out.P, p.P...)
		out.Part, out.Channel = append(out.Part, p.Part...), append(out.Channel, p.Channel...)
	}
	return out
}

// TestFusedSegments: a series longer than a segment, in chunks, has the scores that it has as a whole.
func TestFusedSegments(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 1))
	normal, today := noise(r, "normal", 1500), noise(r, "today", 2*segment+777)
	parts := []Part{{Name: "level", Look: Level, Window: 24, Weight: 1}, {Name: "shape", Look: Shape, Window: 40, Weight: 1}, {Name: "amplitude", Look: Amplitude, Window: 9, Each: true, Weight: 0.5}}
	f := fitFused(t, FusedConfig{Parts: parts, Most: 60}, normal)
	whole, err := f.score(t.Context(), today)
	if err != nil {
		t.Fatal(err)
	}
	for _, chunk := range []int{1000, 3 * segment} {
		got := fusedPoints(t, f, &chunked{today, chunk, 0})
		if !slices.EqualFunc(got.Score, whole.Score, same) || !slices.EqualFunc(got.P, whole.P, same) || !slices.Equal(got.Part, whole.Part) || !slices.Equal(got.Channel, whole.Channel) {
			t.Errorf("chunks of %d give other scores than the whole series", chunk)
		}
	}
}

// TestFusedPValues: the share of p-values up to a is a on fresh normal data.
func TestFusedPValues(t *testing.T) {
	const trials = 10
	levels := []float64{0.01, 0.05, 0.1}
	shares := make([][]float64, len(levels))
	for trial := range trials {
		r := rand.New(rand.NewPCG(uint64(trial), 22))
		f := fitFused(t, FusedConfig{Window: 32}, noise(r, "normal", 3000))
		p := fusedPoints(t, f, series.FromSlice([]*series.Series{noise(r, "fresh", 3000)}))
		for i, a := range levels {
			shares[i] = append(shares[i], shareUpTo(p.P, a))
		}
	}
	for i, a := range levels {
		mean, std, n := series.Stats(shares[i])
		if se := std / math.Sqrt(float64(n)); math.Abs(mean-a) > 3*se+0.001 {
			t.Errorf("p <= %g: %.4f of them, standard error %.4f", a, mean, se)
		}
	}
}

// TestFusedFinds: faults of several kinds are found, in the channel where they are, by the part that looks for them.
func TestFusedFinds(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 1))
	wave := func(id string) *series.Series {
		s := noise(r, id, 2000)
		for c, v := range s.Values {
			for i := range v {
				v[i] = 0.02*v[i] + math.Sin(float64(i)*0.3+float64(c))
			}
		}
		return s
	}
	normal := wave("normal")
	f := fitFused(t, FusedConfig{Window: 64}, normal)
	for name, fault := range map[string]func(v []float64){
		"spike": func(v []float64) { v[1010] += 8 },
		"stuck": func(v []float64) { copy(v[1000:1040], slices.Repeat([]float64{v[1000]}, 40)) },
		"offset": func(v []float64) {
			for i := 1000; i < 1040; i++ {
				v[i] += 2
			}
		},
	} {
		bad := wave("bad")
		fault(bad.Values[1])
		p := fusedPoints(t, f, series.FromSlice([]*series.Series{bad}))
		worst := 0
		for i, s := range p.Score {
			if s > p.Score[worst] {
				worst = i
			}
		}
		if worst < 990 || worst > 1050 || p.P[worst] > 0.01 {
			t.Errorf("%s: the highest score is at %d, p %g", name, worst, p.P[worst])
		}
		if c := p.Channel[worst]; c != 1 {
			t.Errorf("%s: said of channel %d by %s", name, c, f.parts[p.Part[worst]].Name)
		}
	}
	calm := fusedPoints(t, f, series.FromSlice([]*series.Series{wave("calm")}))
	named := 0
	for i, c := range calm.Channel {
		if c >= 0 && slices.Contains([]Look{Change, Kernels, Learnt}, f.parts[calm.Part[i]].Look) {
			named++
		}
	}
	if named > len(calm.Channel)/10 {
		t.Errorf("of %d calm time stamps %d name a channel that is as usual", len(calm.Channel), named)
	}
}

// TestAmplitudes: means over windows, by hand.
func TestAmplitudes(t *testing.T) {
	x := []float64{1, series.Gap, 5, 5, 9, series.Gap, series.Gap, series.Gap}
	// The gap between values is bridged, at 3; those at the end are not.
	if got, want := amplitudes(x, 5, 2, 1), []float64{2, 1, 0, 0, 2, math.NaN(), math.NaN(), math.NaN()}; !slices.EqualFunc(got, want, same) {
		t.Errorf("got %v, want %v", got, want)
	}
	long := append(append([]float64{1}, slices.Repeat([]float64{series.Gap}, shortGap+1)...), 1)
	if got := bridged(long); !slices.EqualFunc(got, long, same) {
		t.Errorf("a long gap is bridged: %v", got)
	}
	if got, want := amplitudes(x, 5, 2, 3), []float64{1.5, 1, 1. / 3, 2. / 3, 1, 2, math.NaN(), math.NaN()}; !slices.EqualFunc(got, want, same) {
		t.Errorf("windows of 3: got %v, want %v", got, want)
	}
}

// TestFusedBad: short and empty data, other channels, and settings out of range.
func TestFusedBad(t *testing.T) {
	r := rand.New(rand.NewPCG(24, 1))
	normal := noise(r, "normal", 300)
	for _, c := range []FusedConfig{{Window: -1}, {Most: -1}, {Parts: []Part{{Name: "x", Look: "taste", Window: 8, Weight: 1}}}, {Parts: []Part{{Name: "x", Look: Level, Weight: 1}}}, {Parts: []Part{{Name: "x", Look: Level, Window: 8}}}} {
		if _, err := FitFused(t.Context(), []*series.Series{normal}, c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
	var short *series.ShortError
	if _, err := FitFused(t.Context(), []*series.Series{noise(r, "tiny", 10)}, FusedConfig{}); !errors.As(err, &short) {
		t.Errorf("a short normal series: %v", err)
	}
	if _, err := FitFused(t.Context(), nil, FusedConfig{}); !errors.Is(err, ErrTooFew) {
		t.Errorf("no normal series: %v", err)
	}
	gaps := &series.Series{ID: "gaps", Values: [][]float64{slices.Repeat([]float64{series.Gap}, 100)}}
	if _, err := FitFused(t.Context(), []*series.Series{gaps}, FusedConfig{}); !errors.Is(err, ErrTooFew) {
		t.Errorf("gaps alone: %v", err)
	}
	f := fitFused(t, FusedConfig{}, normal, noise(r, "tiny", 10))
	if len(f.Short()) != 1 || f.Parts()[1].Window != 96 {
		t.Errorf("short %v, window %d", f.Short(), f.Parts()[0].Window)
	}
	var channels *series.ChannelError
	for _, err := range f.Points(t.Context(), series.FromSlice([]*series.Series{levels("one", make([]float64, 200)...)})) {
		if !errors.As(err, &channels) {
			t.Errorf("another number of channels: %v", err)
		}
	}
	scored := 0
	for p, err := range f.Points(t.Context(), series.FromSlice([]*series.Series{noise(r, "a", 200), noise(r, "b", 20), noise(r, "c", 96)})) {
		switch {
		case err == nil:
			scored += len(p.Score)
		case !errors.As(err, &short) || short.Series != "b":
			t.Fatal(err)
		}
	}
	if scored != 296 {
		t.Errorf("%d time stamps are scored, want 296", scored)
	}
}

// TestFusedThreads: the number of threads decides no bit.
func TestFusedThreads(t *testing.T) {
	defer kernel.SetThreads(kernel.Threads())
	r := rand.New(rand.NewPCG(25, 1))
	normal, today := noise(r, "normal", 2000), noise(r, "today", 1000)
	var want *FusedPoints
	for _, threads := range []int{1, 3} {
		kernel.SetThreads(threads)
		got := fusedPoints(t, fitFused(t, FusedConfig{Window: 48}, normal), series.FromSlice([]*series.Series{today}))
		if want == nil {
			want = got
		}
		if !slices.Equal(got.Score, want.Score) || !slices.Equal(got.P, want.P) {
			t.Errorf("%d threads give other scores", threads)
		}
	}
}

// TestFusedEncoding: a part by an encoder scores as a detector of its own does, calibrated; joint and by channel.
func TestFusedEncoding(t *testing.T) {
	r := rand.New(rand.NewPCG(26, 1))
	normal, today := noise(r, "normal", 1500), noise(r, "today", 700)
	level := func(each bool) []float64 {
		f := fitFused(t, FusedConfig{Parts: []Part{{Name: "level", Look: Level, Window: 32, Each: each, Weight: 1}}}, normal)
		return fusedPoints(t, f, series.FromSlice([]*series.Series{today})).Score
	}
	// Of values with one mean and one deviation, windows as they are differ from standardised ones by a factor alone, which the
	// calibration takes out.
	for _, s := range []*series.Series{normal, today} {
		for c, v := range s.Values {
			for i := range v {
				v[i] = 100 + 3*v[i] + float64(c)
			}
		}
	}
	norm, err := series.FitNormalizer([]*series.Series{normal}, series.ModeTrain)
	if err != nil {
		t.Fatal(err)
	}
	joint := fitFused(t, FusedConfig{Parts: []Part{EncodingPart("own", Raw{Normalizer: norm}, 32)}}, normal)
	if got, want := fusedPoints(t, joint, series.FromSlice([]*series.Series{today})).Score, level(false); !slices.EqualFunc(got, want, same) {
		t.Error("raw windows as an encoder have other scores than the look level")
	}
	own := EncodingPart("own", Raw{Normalizer: &series.Normalizer{Mode: series.ModeNone}}, 32)
	own.Each = true
	each := fusedPoints(t, fitFused(t, FusedConfig{Parts: []Part{own}}, normal), series.FromSlice([]*series.Series{today})).Score
	for i, want := range level(true) {
		if math.Abs(each[i]-want) > 1e-3 {
			t.Fatalf("time stamp %d by channel: %g, want %g", i, each[i], want)
		}
	}
	for _, p := range []Part{{Name: "x", Look: Encoding, Window: 8, Weight: 1}, {Name: "x", Look: Level, Window: 8, Weight: 1, Encoder: own.Encoder}, EncodingPart("x", own.Encoder, 0)} {
		if _, err := FitFused(t.Context(), []*series.Series{normal}, FusedConfig{Parts: []Part{p}}); err == nil {
			t.Errorf("%+v is taken", p)
		}
	}
}

// TestFusedShortNormal: a normal series that is shorter than the windows leaves the scores of the others as they are.
func TestFusedShortNormal(t *testing.T) {
	r := rand.New(rand.NewPCG(29, 1))
	tiny, normal, today := noise(r, "tiny", 30), noise(r, "normal", 900), noise(r, "today", 200)
	var want []float64
	for _, all := range [][]*series.Series{{normal}, {tiny, normal}, {normal, tiny}} {
		f := fitFused(t, FusedConfig{Parts: []Part{EncodingPart("own", Raw{Normalizer: &series.Normalizer{Mode: series.ModeNone}}, 64)}}, all...)
		got := fusedPoints(t, f, series.FromSlice([]*series.Series{today})).Score
		if want == nil {
			want = got
		}
		if !slices.EqualFunc(got, want, same) {
			t.Errorf("%d normal series: other scores than with one", len(all))
		}
	}
}

// TestVaried: channels of few values are left out of what they say little about, and of nothing else.
func TestVaried(t *testing.T) {
	r := rand.New(rand.NewPCG(30, 1))
	with := func(s *series.Series) *series.Series {
		s = noise(r, s.ID, s.Len())
		for c := range s.Values {
			for i := range s.Values[c] {
				s.Values[c][i] += math.Sin(float64(i) * 0.2)
			}
		}
		command := make([]float64, s.Len())
		for i := range command {
			command[i] = float64(r.IntN(fewValues))
		}
		s.Values, s.Channels = append([][]float64{command}, s.Values...), nil
		return s
	}
	normal, today := with(noise(r, "normal", 900)), with(noise(r, "today", 200))
	parts := func(varied bool) []Part {
		var out []Part
		for _, look := range []Look{Change, Kernels, Learnt} {
			out = append(out, Part{Name: string(look), Look: look, Window: 32, Varied: varied, Weight: 1})
		}
		return append(out, Part{Name: "each", Look: Level, Window: 32, Each: true, Varied: varied, Weight: 1})
	}
	scores := func(normal, today *series.Series, varied bool) []float64 {
		return fusedPoints(t, fitFused(t, FusedConfig{Parts: parts(varied)}, normal), series.FromSlice([]*series.Series{today})).Score
	}
	alone := func(s *series.Series) *series.Series {
		out := *s
		out.Values = s.Values[1:]
		return &out
	}
	got := scores(normal, today, true)
	if want := scores(alone(normal), alone(today), false); !slices.EqualFunc(got, want, same) {
		t.Error("a channel of few values counts")
	}
	if slices.EqualFunc(got, scores(normal, today, false), same) {
		t.Error("a channel of few values never counts")
	}
	normal.Values, today.Values = normal.Values[:1], today.Values[:1]
	if _, err := FitFused(t.Context(), []*series.Series{normal}, FusedConfig{Parts: parts(true)}); !errors.Is(err, ErrTooFew) {
		t.Errorf("channels of few values alone: %v", err)
	}
}
