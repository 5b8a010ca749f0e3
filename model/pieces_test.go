package model

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/series"
)

// predictingModel is an untrained model of two channels and windows of 40 time stamps that keeps its predictors.
func predictingModel(t *testing.T, enc encoders.Encoder, each bool) *Model {
	t.Helper()
	s := Settings{Window: 40, Stride: 40, Channels: 2, ChannelNames: []string{"a", "b"}, Predictors: true}
	if s.Normalizer = (&series.Normalizer{Mode: series.ModeNone}); each {
		s.Normalizer.Mode = series.ModeWindow
	}
	w := nn.NewWeights(3)
	method := methods.CPC{}
	net, err := methods.NetworkOf(method, w, enc, 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := method.Predictor(methods.Setup{Weights: w.Scope("method"), Net: net, Channels: 2, Length: 40}); err != nil {
		t.Fatal(err)
	}
	m, err := New(s, "", Summary{}, enc, method, w)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestPiecesAreEncodedOnce: predictions by remembered pieces are, bit for bit, those of whole windows, with gaps and over calls, and each
// piece of a series is encoded once, unless windows are normalised each by itself.
func TestPiecesAreEncodedOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := &series.Series{ID: "s", Channels: []string{"a", "b"}, Values: [][]float64{make([]float64, 300), make([]float64, 300)}}
	for _, v := range s.Values {
		for i := range v {
			if v[i] = rng.NormFloat64(); i > 200 && i < 212 {
				v[i] = math.NaN()
			}
		}
	}
	ws := series.Windows(s, 40, 1)
	for _, each := range []bool{false, true} {
		m := predictingModel(t, encoders.Conv{Width: 4, Depth: 2, Out: 6}, each)
		f, err := m.Predictor()
		if err != nil {
			t.Fatal(err)
		}
		want, err := m.windows(t.Context(), ws, predictions)
		if err != nil {
			t.Fatal(err)
		}
		var got []float32
		for from := 0; from < len(ws); from += 50 {
			rows, err := f.Encode(t.Context(), ws[from:min(from+50, len(ws))])
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, rows...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("each %v: other bits than of whole windows", each)
		}
		// Pieces are 5 long: 296 begin somewhere in the series, some of them in the gap, where they are filled by what the window holds around it.
		n := len(f.seen.late) + len(f.seen.early)
		if most := 296 + 20*17; !each && n > most || each && n < len(ws) {
			t.Errorf("each %v: %d pieces are encoded of %d windows", each, n, len(ws))
		}
	}
	m := predictingModel(t, encoders.Strided{Width: 4, Depth: 2}, false)
	if f, err := m.Predictor(); err != nil || f.seen != nil {
		t.Errorf("an encoder that runs over the window has pieces (%v)", err)
	}
}

// TestMemoryIsBounded: what was not met for long is forgotten, what is met again stays.
func TestMemoryIsBounded(t *testing.T) {
	m := newMemory(10)
	key := func(i int) []byte { return []byte{byte(i), byte(i >> 8)} }
	for i := range 1000 {
		m.put(string(key(i)), []float32{float32(i)})
		if z := m.get(key(0)); len(z) != 1 || z[0] != 0 {
			t.Fatalf("after %d: %v", i, z)
		}
		if n := len(m.late) + len(m.early); n > 20 {
			t.Fatalf("%d are remembered", n)
		}
	}
	if m.get(key(500)) != nil || m.get(key(999)) == nil {
		t.Error("an old one is remembered, or the latest is not")
	}
}
