package learnt_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/learnt"
	"github.com/wavekin/wavekin/internal/random"
	"github.com/wavekin/wavekin/nn"
)

// base is the file of the larger size, and mostBytes what it may take.
const (
	base      = "base.safetensors"
	mostBytes = 8e6
)

// TestBase: the file of the larger size is small enough, its first network is the built-in one, the others differ from it,
// and the encoder that begins with it encodes as each network does by itself, side by side.
func TestBase(t *testing.T) {
	st, err := os.Stat(base)
	if err != nil || st.Size() > mostBytes {
		t.Fatalf("%v, %v", st, err)
	}
	all, err := learnt.Open(base)
	if err != nil || len(all) < 2 {
		t.Fatalf("%d networks, %v", len(all), err)
	}
	first, err := learnt.Towers()
	if err != nil {
		t.Fatal(err)
	}
	const weight = "change.stem.conv.weight"
	for i, one := range all {
		if got := slices.Equal(one(weight), first(weight)); got != (i == 0) {
			t.Errorf("network %d is the built-in one: %v", i, got)
		}
	}
	var want [][]float32 // by network
	for _, one := range all {
		w := nn.NewWeights(9)
		net, err := encoders.Towers{Length: 256, Lengths: 3}.New(w.Learnt(one), 1)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, encode(t, net))
	}
	net, err := encoders.Builtin{Blocks: "learnt", Towers: filepath.Join(".", base)}.New(nn.NewWeights(9), 1)
	if err != nil {
		t.Fatal(err)
	}
	got, dim := encode(t, net), len(want[0])/samples
	for s := range samples {
		for i := range all {
			if !slices.Equal(got[:dim], want[i][s*dim:(s+1)*dim]) {
				t.Fatalf("sample %d is encoded by network %d otherwise than by that alone", s, i)
			}
			got = got[dim:]
		}
	}
}

// samples is how many windows are encoded.
const samples = 3

// encode are the encodings of a few windows, not fitted to anything.
func encode(t *testing.T, net encoders.Network) []float32 {
	t.Helper()
	g := nn.NewGraph(false)
	x := g.Input("x", samples, 1, 50)
	h := net.Apply(x)
	p, err := g.Compile(nil, h)
	if err != nil {
		t.Fatal(err)
	}
	rng := random.New(1, random.Fit)
	for i, v := 0, p.Data(x); i < len(v); i++ {
		v[i] = float32(rng.NormFloat64())
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(p.Data(h))
}
