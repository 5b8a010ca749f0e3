package encoders

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/nn"
)

// small makes every architecture quick to run.
var small = map[string]string{
	"conv":        `{"width":4,"depth":3,"out":6}`,
	"builtin":     `{"features":2}`,
	"rocket":      `{"features":2}`,
	"resnet1d":    `{"width":4,"stages":3}`,
	"strided":     `{"width":16,"out":6}`,
	"towers":      `{"width":4,"stages":2}`,
	"transformer": `{"width":8,"depth":2,"heads":2,"patch":4}`,
}

// variants are further settings that TestEveryEncoder looks at.
var variants = map[string][]string{"rocket": {`{"features":3,"out":5}`, `{"features":1,"values_only":true}`},
	"towers": {`{"width":4,"stages":2,"length":32,"lengths":3}`}, "builtin": {`{"features":1,"blocks":"learnt","untrained":true}`, `{"features":1,"out":97}`, `{"features":1,"join":"scaled"}`, `{"features":1,"blocks":"learnt","lengths":2}`}, "resnet1d": {`{"width":4,"stages":3,"norm":"group"}`, `{"width":4,"stages":3,"norm":"group-ws"}`,
		`{"width":4,"stages":3,"norm":"actnorm"}`, `{"width":4,"stages":3,"norm":"none"}`}}

// ofSeries lists the encoders of series.
func ofSeries() []string {
	return slices.DeleteFunc(Names(), func(name string) bool {
		e, err := ByName(name, nil)
		return err != nil || Axes(e) != 1
	})
}

// TestEveryEncoder holds each entry to the same demands: any number of channels
// and any length, finite values, its Dim, a gradient for every weight, and the
// same encoding for a sample alone and in a batch.
func TestEveryEncoder(t *testing.T) {
	for _, name := range ofSeries() {
		for _, settings := range append([]string{small[name]}, variants[name]...) {
			for _, c := range []int{1, 3} {
				for _, l := range []int{1, 2, 7, 64} {
					t.Run(fmt.Sprintf("%s%s/%dx%d", name, settings, c, l), func(t *testing.T) { tryEncoder(t, name, settings, c, l) })
				}
			}
		}
	}
}

func tryEncoder(t *testing.T, name, settings string, c, l int) {
	t.Helper()
	enc, err := ByName(name, []byte(settings))
	if err != nil {
		t.Fatal(err)
	}
	w := nn.NewWeights(1)
	net, err := enc.New(w, c)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 4*c*l)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	train(t, w, net, x, c, l)
	all, one := encode(t, net, x, 4, c, l), encode(t, net, x[:c*l], 1, c, l)
	if len(one) != net.Dim() {
		t.Fatalf("encoding of %d numbers, Dim says %d", len(one), net.Dim())
	}
	for i, v := range one {
		if math.IsNaN(float64(v)) || math.Abs(float64(v-all[i])) > 1e-4 {
			t.Fatalf("alone %g, in a batch %g", v, all[i])
		}
	}
}

func train(t *testing.T, w *nn.Weights, net Network, x []float32, c, l int) {
	t.Helper()
	g := nn.NewGraph(true)
	h := net.Apply(g.Input("x", 4, c, l))
	p, err := g.Compile(nn.Mean(nn.Square(nn.AddScalar(h, 0.3))))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Set("x", x); err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	if l < 7 {
		return // most taps see only padding
	}
	for _, q := range w.Trainable() {
		var s float64
		for _, v := range q.Grad {
			s += math.Abs(float64(v))
		}
		if s == 0 || math.IsNaN(s) {
			t.Errorf("%s: gradient sums to %g", q.Name, s)
		}
	}
}

func encode(t *testing.T, net Network, x []float32, n, c, l int) []float32 {
	t.Helper()
	g := nn.NewGraph(false)
	h := net.Apply(g.Input("x", n, c, l))
	p, err := g.Compile(nil, h)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Set("x", x); err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	return append([]float32(nil), p.Data(h)...)
}

func TestCausalEncodersSeeNoFuture(t *testing.T) {
	for _, enc := range []Encoder{Conv{Width: 4, Depth: 3, Out: 5, Causal: true}, Transformer{Width: 8, Depth: 2, Heads: 2, Patch: 1, Causal: true},
		Strided{Width: 4}, Audio{Width: 4}} {
		w := nn.NewWeights(2)
		net, err := enc.New(w, 2)
		if err != nil {
			t.Fatal(err)
		}
		const l, seen = 16, 9
		x := w.Param("x", nn.Normal(1), 1, 2, l)
		g := nn.NewGraph(false)
		seq := net.(Sequencer)
		p, err := g.Compile(nn.Sum(nn.Square(nn.Slice(seq.Steps(g.Param(x)), 2, 0, (seen-1)/seq.Stride()+1))))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		for i, v := range x.Grad {
			if i%l >= seen && v != 0 {
				t.Errorf("%s: the first %d outputs depend on input %d (gradient %g)", enc.Name(), seen, i%l, v)
			}
		}
	}
}

func TestSettingsSurviveJSON(t *testing.T) {
	for _, enc := range []Encoder{Conv{Width: 5, Causal: true}, ResNet1D{Norm: "group"}, Transformer{Heads: 2}} {
		text, err := json.Marshal(enc)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ByName(enc.Name(), text)
		if err != nil || back != enc {
			t.Errorf("%+v came back as %+v (%v)", enc, back, err)
		}
	}
}

func TestBadSettingsAreRefused(t *testing.T) {
	for _, enc := range []Encoder{Builtin{Blocks: "some"}, Builtin{Join: "some"}, Builtin{Lengths: 6}, Builtin{Samples: 1}, Builtin{Out: 95}, Towers{Width: -1}, Towers{Lengths: 9}, Conv{Width: -1}, Conv{Depth: 99}, Conv{Dropout: 1}, Conv{Pool: "sum"},
		ResNet1D{Norm: "layer"}, ResNet1D{Stages: 9}, Transformer{Width: 10, Heads: 3}, Transformer{Dropout: -1}} {
		if _, err := enc.New(nn.NewWeights(0), 1); err == nil {
			t.Errorf("%+v was accepted", enc)
		}
	}
	if _, err := (Conv{}).New(nn.NewWeights(0), 0); err == nil {
		t.Error("no channels were accepted")
	}
	if _, err := ByName("conv", []byte("{")); err == nil {
		t.Error("broken settings were accepted")
	}
}

func ExampleConv() {
	w := nn.NewWeights(0)
	net, err := Conv{Depth: 4, Out: 64}.New(w, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	g := nn.NewGraph(false)
	fmt.Println(net.Apply(g.Input("x", 16, 3, 200)).Shape(), w.Count())
	// Output: [16 64] 123776
}

// TestStrideAndSpan: there are as many steps as Stride says, and a step depends on Span time stamps.
func TestStrideAndSpan(t *testing.T) {
	for _, name := range ofSeries() {
		enc, err := ByName(name, []byte(small[name]))
		if err != nil {
			t.Fatal(err)
		}
		w := nn.NewWeights(2)
		net, err := enc.New(w, 1)
		if err != nil {
			t.Fatal(err)
		}
		seq, ok := net.(Sequencer)
		if !ok && slices.Contains([]string{"rocket", "towers", "builtin"}, name) {
			continue
		}
		for _, l := range []int{1, 30, 64} {
			g := nn.NewGraph(false)
			if got, want := seq.Steps(g.Input("x", 2, 1, l)).Shape()[2], (l+seq.Stride()-1)/seq.Stride(); got != want {
				t.Errorf("%s: %d steps of %d time stamps, want %d", name, got, l, want)
			}
		}
		c, ok := net.(Causal)
		if !ok {
			continue
		}
		l := max(64, 2*c.Span())
		x := w.Param("x", nn.Normal(1), 1, 1, l)
		g := nn.NewGraph(false)
		at := l/c.Stride() - 1
		p, err := g.Compile(nn.Sum(nn.Square(nn.Slice(c.Steps(g.Param(x)), 2, at, at+1))))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		last := at * c.Stride()
		for i, v := range x.Grad {
			if inside := i > last-c.Span() && i <= last; !inside && v != 0 || (i == last || i == last-c.Span()+1) && v == 0 {
				t.Errorf("%s: the gradient of step %d at time stamp %d is %g; it should see %d to %d", name, at, i, v, last-c.Span()+1, last)
			}
		}
	}
}
