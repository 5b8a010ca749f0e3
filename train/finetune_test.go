package train

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// labelled is a small set of three classes: noisy sines of three frequencies.
func withLabels(n int, seed uint64) Series {
	rng := rand.New(rand.NewPCG(seed, 7))
	var all []*series.Series
	for i := range n {
		s := &series.Series{ID: string(rune('A' + i)), Channels: []string{"x"}, Values: make([][]float64, 1), Label: []string{"slow", "mid", "fast"}[i%3]}
		from := rng.Float64() * 6
		for t := range 32 {
			s.Values[0] = append(s.Values[0], float64(math.Sin(from+float64(t)*(0.2+0.4*float64(i%3)))+0.1*rng.NormFloat64()))
		}
		all = append(all, s)
	}
	return all
}

func whole(all []*series.Series) []*series.Window {
	var ws []*series.Window
	for _, s := range all {
		ws = append(ws, &series.Window{Series: s.ID, Values: s.Values})
	}
	return ws
}

func right(t *testing.T, m *model.Model, all []*series.Series) float64 {
	t.Helper()
	got, err := m.Classify(context.Background(), whole(all))
	if err != nil {
		t.Fatal(err)
	}
	n := 0.0
	for i, s := range all {
		if got[i] == s.Label {
			n++
		}
	}
	return n / float64(len(all))
}

func kept(t *testing.T) *model.Model {
	t.Helper()
	m, _, err := Pretrain(context.Background(), withLabels(30, 1), Config{Method: methods.SimCLRv2{Out: 8}, Steps: 10, Batch: 10,
		Encoder: encoders.ResNet1D{Width: 8, Stages: 2}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func savedBytes(t *testing.T, m *model.Model) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "m")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func reload(t *testing.T, m *model.Model) *model.Model {
	t.Helper()
	path := filepath.Join(t.TempDir(), "m")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	back, err := model.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// TestFinetuneFromEveryLayerThenDistill goes the whole way through files, as the commands do.
func TestFinetuneFromEveryLayerThenDistill(t *testing.T) {
	ctx := context.Background()
	base := reload(t, kept(t))
	before := savedBytes(t, base)
	if base.Layers() != 3 {
		t.Fatalf("the model keeps %d layers of its projector, want 3", base.Layers())
	}
	learn, test := withLabels(30, 1), withLabels(45, 2)
	var tuned *model.Model
	// 0 is the published choice, the first layer, and a negative number none.
	for _, from := range []int{-1, 0, 1, 3} {
		m, sum, err := Finetune(ctx, base, learn, Finetuning{FromLayer: from, Config: Config{Steps: 60, Batch: 10}})
		if err != nil {
			t.Fatal(err)
		}
		m = reload(t, m)
		want := map[int]int{-1: 0, 0: 1, 1: 1, 3: 3}[from]
		if m.Layers() != want || m.Settings.Stage != "finetune" || len(m.Settings.Classes) != 3 {
			t.Errorf("from layer %d: %d layers, stage %q, classes %q", from, m.Layers(), m.Settings.Stage, m.Settings.Classes)
		}
		if a := right(t, m, test); a < 0.9 || sum.Diagnosis[0] != healthy {
			t.Errorf("from layer %d: accuracy %.2f, want 0.9; diagnosis %q", from, a, sum.Diagnosis)
		}
		tuned = m
	}
	if !bytes.Equal(savedBytes(t, base), before) {
		t.Error("fine-tuning changed the model it started from")
	}
	unlabelled := withLabels(30, 3)
	for _, s := range unlabelled[6:] {
		s.Label = ""
	}
	for alpha, temperature := range map[float64]float64{1: 0.1, 0.5: 1} {
		small, sum, err := Distill(ctx, tuned, unlabelled, Distillation{Alpha: alpha, Temperature: temperature,
			Config: Config{Encoder: encoders.Conv{Width: 8, Depth: 2, Out: 12}, Steps: 150, Batch: 10}})
		if err != nil {
			t.Fatal(err)
		}
		small = reload(t, small)
		if a := right(t, small, test); a < 0.85 || small.Parameters() >= tuned.Parameters() {
			t.Errorf("alpha %g: a student of %d parameters has accuracy %.2f (%+v)", alpha, small.Parameters(), a, sum.Measures)
		}
	}
}

// TestZeroClassifierBeginsAtTheUniformLoss: of zeros all classes have the same probability, whatever the encoder says; no gradient passes
// such a classifier, so that the first step leaves all but it as it was. A drawn one does neither.
func TestZeroClassifierBeginsAtTheUniformLoss(t *testing.T) {
	base, learn := kept(t), withLabels(30, 1)
	for _, zero := range []bool{true, false} {
		m, sum, err := Finetune(t.Context(), base, learn, Finetuning{ZeroClassifier: zero, Config: Config{Steps: 1, Decay: -1}})
		if err != nil {
			t.Fatal(err)
		}
		if uniform := math.Abs(sum.FirstLoss-math.Log(3)) < 1e-6; uniform != zero {
			t.Errorf("zero classifier %v: the first loss is %g, log 3 is %g", zero, sum.FirstLoss, math.Log(3))
		}
		still := true
		for _, p := range m.Weights().All() {
			if b := base.Weights().Lookup(p.Name); b != nil && !strings.Contains(p.Name, ".running_") {
				still = still && slices.Equal(p.Data, b.Data)
			}
		}
		if still != zero || m.Weights().Lookup("method.classifier.weight").Data[0] == 0 {
			t.Errorf("zero classifier %v: the encoder stayed %v, and a weight of the classifier is %g", zero, still, m.Weights().Lookup("method.classifier.weight").Data[0])
		}
	}
}

// TestDistillationTimesSquareOfTemperature: at a high temperature all probabilities are 1/3, so that the loss is T² log 3.
func TestDistillationTimesSquareOfTemperature(t *testing.T) {
	learn := withLabels(30, 1)
	tuned, _, err := Finetune(context.Background(), kept(t), learn, Finetuning{Config: Config{Steps: 1}})
	if err != nil {
		t.Fatal(err)
	}
	_, sum, err := Distill(context.Background(), tuned, learn, Distillation{Temperature: 500, Config: Config{Steps: 1}})
	if want := 500 * 500 * math.Log(3); err != nil || math.Abs(sum.FirstLoss/want-1) > 1e-4 {
		t.Errorf("loss %g, want %g; %v", sum.FirstLoss, want, err)
	}
}

func TestFinetuningResumesToTheSameBytes(t *testing.T) {
	base, learn := kept(t), withLabels(30, 1)
	cfg := Finetuning{FromLayer: 1, Config: Config{Steps: 12, Batch: 7}}
	straight, _, err := Finetune(context.Background(), base, learn, cfg)
	if err != nil {
		t.Fatal(err)
	}
	want := savedBytes(t, straight)
	cfg.Checkpoint = t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	cfg.Hooks = []Hook{HookFunc(func(s Step) error {
		if s.Index == 5 {
			cancel()
		}
		return nil
	})}
	if _, _, err := Finetune(ctx, base, learn, cfg); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted run returned %v", err)
	}
	cfg.Hooks, cfg.Resume = nil, true
	m, _, err := Finetune(context.Background(), base, learn, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(savedBytes(t, m), want) {
		t.Error("interrupted and resumed: another model file")
	}
}

func TestHardTargetsWeighTheLabelledOnly(t *testing.T) {
	o := &distilled{labels: []int{1, -1, 0, -1}}
	y := make([]float32, 6)
	o.hardTargets(y, 2, []int{0, 1, 3})
	// One of three rows has a label, so that it weighs 3 in the mean over rows.
	if want := []float32{0, 3, 0, 0, 0, 0}; !equal(y, want) {
		t.Errorf("targets %v, want %v", y, want)
	}
	o.hardTargets(y, 2, []int{1, 3, 1})
	if !equal(y, make([]float32, 6)) {
		t.Errorf("targets %v without any label, want none", y)
	}
}

func equal(a, b []float32) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

func TestFewTakesAShareOfEachClass(t *testing.T) {
	all := withLabels(30, 1)
	for share, want := range map[float64]int{0.01: 3, 0.1: 3, 0.5: 15, 1: 30} {
		few, err := Few(all, share, 1)
		if err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		for i := range few.Len() {
			count[few.Label(i)]++
		}
		if few.Len() != want || len(count) != 3 || count["slow"] != want/3 {
			t.Errorf("a share of %g is %v, want %d in equal parts", share, count, want)
		}
	}
	if _, err := Few(all, 0, 1); err == nil {
		t.Error("no labels at all were accepted")
	}
}

func TestFurtherTrainingRefuses(t *testing.T) {
	ctx := context.Background()
	base := kept(t)
	one := withLabels(4, 1)
	for _, s := range one {
		s.Label = "same"
	}
	two := waves(3, 64) // of two channels
	for _, s := range two {
		s.Label, s.Channels = s.ID, []string{"p", "q"}
	}
	for name, c := range map[string]struct {
		all   Series
		layer int
	}{"one class": {one, 0}, "other channels": {two, 0}, "no such layer": {withLabels(6, 1), 4}, "no labels": {waves(3, 64), 0}, "nothing": {nil, 0}} {
		if _, _, err := Finetune(ctx, base, c.all, Finetuning{FromLayer: c.layer, Config: Config{Steps: 1}}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, _, err := Distill(ctx, base, withLabels(6, 1), Distillation{}); err == nil {
		t.Error("a teacher without a classifier was accepted")
	}
	if _, err := base.Classify(ctx, whole(one)); err == nil {
		t.Error("a model without a classifier classified")
	}
}

// TestFinetuningDropsPredictors: they predict encodings that fine-tuning changes. Learning goes by the encoder alone, and the predictors of
// a trained model are those that the last step left.
func TestFinetuningDropsPredictors(t *testing.T) {
	cfg := Config{Method: methods.CPC{}, Steps: 4, Batch: 10, Encoder: encoders.Conv{Width: 8, Depth: 2, Out: 12}}
	m, _, err := Pretrain(t.Context(), withLabels(30, 1), cfg)
	if err != nil {
		t.Fatal(err)
	}
	base := reload(t, m)
	if horizons, _ := base.Predicts(); len(horizons) != 5 || !base.Settings.Predictors { // a third of 15 steps
		t.Errorf("horizons %v", horizons)
	}
	start, err := Untrained(withLabels(30, 1), cfg)
	if err != nil {
		t.Fatal(err)
	}
	const name = "method.predictors.horizon0.weight"
	if bytes.Equal(savedBytes(t, start), savedBytes(t, base)) || start.Weights().Lookup(name).Data[0] == base.Weights().Lookup(name).Data[0] {
		t.Error("the predictors are those that training began with")
	}
	tuned, _, err := Finetune(t.Context(), base, withLabels(30, 1), Finetuning{Config: Config{Steps: 4, Batch: 10}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reload(t, tuned).Predictor(); !errors.Is(err, model.ErrNoPredictors) || tuned.Settings.Predictors || tuned.Weights().Lookup(name) != nil {
		t.Errorf("after fine-tuning: %v", err)
	}
}

// TestFinetuningHoldsTheStep: labelled series with time stamps of another step than those of the model are refused, as they are where it
// encodes.
func TestFinetuningHoldsTheStep(t *testing.T) {
	stamped := func(step time.Duration) Series {
		all := waves(4, 64)
		for i, s := range all {
			s.Label = []string{"a", "b"}[i%2]
			for k := range s.Len() {
				s.Times = append(s.Times, int64(time.Duration(k)*step))
			}
		}
		return all
	}
	cfg := smallConfig()
	cfg.Steps = 1
	base, _, err := Pretrain(t.Context(), stamped(time.Minute), cfg)
	if err != nil || base.Step() != time.Minute {
		t.Fatalf("a step of %v, %v", base.Step(), err)
	}
	tuning := Finetuning{Config: Config{Steps: 1, Batch: 2}}
	if _, _, err := Finetune(t.Context(), base, stamped(time.Minute), tuning); err != nil {
		t.Error(err)
	}
	var input *InputError
	if _, _, err := Finetune(t.Context(), base, stamped(time.Hour), tuning); !errors.As(err, &input) || !strings.Contains(err.Error(), "every 1h, want every 1m") {
		t.Errorf("%v", err)
	}
}
