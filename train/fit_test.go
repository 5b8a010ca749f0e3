package train

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// An encoder that is nothing but fitted takes no step, whatever the method; cpc trains its context network, which it deploys
// too. Methods that want the steps of a sequence say so.
func TestEveryMethodTakesAFittedEncoder(t *testing.T) {
	steps := map[string]bool{"ts-tcc": true, "ts2vec": true}
	for _, name := range methods.Names() {
		cfg := everyConfig(t, name, encoders.Rocket{Features: 1, Out: 16})
		m, sum, err := Pretrain(context.Background(), labelled(3, 80), cfg)
		if steps[name] {
			if err == nil || !strings.Contains(err.Error(), "encoding for every step") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if trains := name == "cpc"; err != nil || trains != (sum.Steps > 0) || trains == (sum.Diagnosis[0] == fittedOnly) {
			t.Errorf("%s: %v, %d steps, %v", name, err, sum.Steps, sum.Diagnosis)
			continue
		}
		ws := series.Windows(labelled(1, 48)[0], 32, 16)
		if h, err := m.Encode(context.Background(), ws); err != nil || len(h) != len(ws)*m.Dim() {
			t.Errorf("%s: %d numbers for %d windows of %d: %v", name, len(h), len(ws), m.Dim(), err)
		}
	}
}

// The file of a fitted encoder has the same bytes for any number of threads, others for another seed, and gives the same
// encodings when it is read.
func TestFittedEncoderIsTheSame(t *testing.T) {
	defer SetThreads(0)
	cfg := smallConfig()
	cfg.Encoder = encoders.Rocket{Features: 3, Samples: 20}
	SetThreads(1)
	want := modelBytes(t, cfg)
	SetThreads(3)
	if !bytes.Equal(modelBytes(t, cfg), want) {
		t.Error("three threads give another file than one")
	}
	cfg.Seed++
	if bytes.Equal(modelBytes(t, cfg), want) {
		t.Error("another seed gives the same file")
	}
	m, err := Untrained(waves(3, 200), cfg)
	if err != nil {
		t.Fatal(err)
	}
	back := reloaded(t, m)
	ws := series.Windows(waves(1, 200)[0], 32, 8)
	a, err := m.Encode(context.Background(), ws)
	if err != nil {
		t.Fatal(err)
	}
	b, err := back.Encode(context.Background(), ws)
	if err != nil {
		t.Fatal(err)
	}
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("number %d is %g, and %g after reading the file", i, a[i], b[i])
		}
	}
}

// TestFittedAgainAfterTraining: the columns of towers that went on learning have mean 0 and deviation 1 over the samples, as those of
// towers that did not; kernels, which do not change, have the biases that they had.
func TestFittedAgainAfterTraining(t *testing.T) {
	cfg := smallConfig()
	cfg.Steps, cfg.LR, cfg.Encoder = 4, 0.01, encoders.Builtin{Lengths: 1, Features: 1, Blocks: "learnt"}
	m, _, err := Pretrain(context.Background(), waves(3, 200), cfg)
	if err != nil {
		t.Fatal(err)
	}
	var ws []*series.Window
	for _, s := range waves(3, 200) {
		ws = append(ws, series.Windows(s, cfg.Window, cfg.Stride)...)
	}
	h, err := m.Encode(context.Background(), ws)
	if err != nil {
		t.Fatal(err)
	}
	for c := range m.Dim() {
		var sum, square float64
		for i := c; i < len(h); i += m.Dim() {
			sum, square = sum+float64(h[i]), square+float64(h[i])*float64(h[i])
		}
		mean, n := sum/float64(len(ws)), float64(len(ws))
		if sd := math.Sqrt(square/n - mean*mean); math.Abs(mean) > 1e-3 || sd != 0 && math.Abs(sd-1) > 1e-3 {
			t.Fatalf("column %d has mean %g and deviation %g", c, mean, sd)
		}
	}

	cfg.Encoder = encoders.Builtin{Lengths: 1, Features: 1}
	begun, err := Untrained(waves(3, 200), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if m, _, err = Pretrain(context.Background(), waves(3, 200), cfg); err != nil {
		t.Fatal(err)
	}
	for _, same := range []string{"kernels.biases", "kernels.dilations", "kernels.sketch.mean", "short.sketch.inverse"} {
		if a, b := begun.Weights().Lookup("encoder."+same), m.Weights().Lookup("encoder."+same); !slices.Equal(a.Data, b.Data) {
			t.Errorf("%s has changed", same)
		}
	}
	if name := "encoder.towers.sketch.mean"; slices.Equal(begun.Weights().Lookup(name).Data, m.Weights().Lookup(name).Data) {
		t.Errorf("%s has not changed", name)
	}
}

// A slow copy begins fitted as the network itself.
func TestATeacherIsFitted(t *testing.T) {
	cfg := smallConfig()
	cfg.Method, cfg.Encoder = methods.BYOL{}, encoders.Rocket{Features: 2}
	run, err := newTrainer(waves(3, 200), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	fast, slow := run.weights.Lookup("encoder.kernels.biases"), run.weights.Lookup("method.teacher.encoder.kernels.biases")
	if fast == nil || slow == nil || fast.Data[3] == 0 {
		t.Fatalf("biases %v, %v", fast, slow)
	}
	for i, v := range fast.Data {
		if slow.Data[i] != v {
			t.Fatalf("bias %d is %g, the teacher's %g", i, v, slow.Data[i])
		}
	}
}

// quietAndLoud are two classes of noise that differ in a short burst's size.
func quietAndLoud(n int, seed uint64) Series {
	rng := rand.New(rand.NewPCG(seed, 3))
	var all Series
	for i := range n {
		s := &series.Series{ID: string(rune('A' + i)), Channels: []string{"x"}, Values: make([][]float64, 1), Label: []string{"quiet", "loud"}[i%2]}
		at := rng.IntN(40)
		for k := range 64 {
			v := rng.NormFloat64()
			if k >= at && k < at+20 {
				v *= 1 + 2*float64(i%2)
			}
			s.Values[0] = append(s.Values[0], v)
		}
		all = append(all, s)
	}
	return all
}

// Biases at quantiles tell sizes apart; biases of 0, as they are before fitting, cannot.
func TestABrokenFitTellsLess(t *testing.T) {
	learn, test := quietAndLoud(40, 1), quietAndLoud(60, 2)
	m, err := Untrained(learn, Config{Encoder: encoders.Rocket{}})
	if err != nil {
		t.Fatal(err)
	}
	fitted := oneNearest(t, m, learn, test)
	clear(m.Weights().Lookup("encoder.kernels.biases").Data)
	if broken := oneNearest(t, m, learn, test); fitted < 0.9 || broken > fitted-0.15 {
		t.Errorf("accuracy %.2f fitted, %.2f with biases of 0", fitted, broken)
	}
}

// oneNearest is the accuracy of the nearest neighbour.
func oneNearest(t *testing.T, m *model.Model, learn, test Series) float64 {
	t.Helper()
	x, err := m.Encode(context.Background(), whole(learn))
	if err != nil {
		t.Fatal(err)
	}
	y, err := m.Encode(context.Background(), whole(test))
	if err != nil {
		t.Fatal(err)
	}
	d, right := m.Dim(), 0.0
	for i, s := range test {
		best, label := math.Inf(1), ""
		for j, l := range learn {
			var sum float64
			for k := range d {
				e := float64(y[i*d+k] - x[j*d+k])
				sum += e * e
			}
			if sum < best {
				best, label = sum, l.Label
			}
		}
		if label == s.Label {
			right++
		}
	}
	return right / float64(len(test))
}

// A classifier is trained on top of what is only fitted, and a student of that kind is fitted too.
func TestFinetuneAFittedEncoder(t *testing.T) {
	base, _, err := Pretrain(context.Background(), withLabels(30, 1), Config{Encoder: encoders.Rocket{Features: 4}})
	if err != nil {
		t.Fatal(err)
	}
	tuned, sum, err := Finetune(context.Background(), base, withLabels(30, 1), Finetuning{Config: Config{Steps: 60, Batch: 10, LR: 1e-3}})
	if err != nil || sum.Steps != 60 {
		t.Fatal(sum.Steps, err)
	}
	if r := right(t, tuned, withLabels(60, 2)); r < 0.9 {
		t.Errorf("%.2f of the series in the right class", r)
	}
	student, _, err := Distill(context.Background(), tuned, withLabels(30, 1), Distillation{Config: Config{Steps: 60, Batch: 10, LR: 1e-3}})
	if err != nil {
		t.Fatal(err)
	}
	if r := right(t, student, withLabels(60, 2)); r < 0.9 {
		t.Errorf("%.2f of the series in the student's right class", r)
	}
}

// model.Fitted fits to the same windows as a run that takes no step.
func TestFittedWithoutARun(t *testing.T) {
	data := Series{waves(1, 900)[0]}
	enc := encoders.Rocket{Features: 3, Out: 16, Samples: 20}
	want, err := Untrained(data, Config{Encoder: enc, Window: 32, Stride: 8, Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	got, err := model.Fitted(t.Context(), enc, want.Settings.Normalizer, series.Windows(data[0], 32, 8), 4)
	if err != nil {
		t.Fatal(err)
	}
	ws := series.Windows(waves(2, 200)[1], 32, 8)
	a, err := want.Encode(t.Context(), ws)
	if err != nil {
		t.Fatal(err)
	}
	b, err := got.Encode(t.Context(), ws)
	if err != nil || !slices.Equal(a, b) {
		t.Errorf("other encodings than an untrained model of the same windows and seed (%v)", err)
	}
	over, end := context.WithCancel(t.Context())
	end()
	if _, err := model.Fitted(over, enc, want.Settings.Normalizer, series.Windows(data[0], 32, 8), 4); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of its context: %v", err)
	}
	if _, err := model.Fitted(t.Context(), enc, want.Settings.Normalizer, nil, 4); err == nil {
		t.Error("no windows are taken")
	}
}
