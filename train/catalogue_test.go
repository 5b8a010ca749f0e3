package train

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/series"
)

// brief is a run of a few epochs whose last batch is smaller, on an encoder with batch statistics.
func brief(t *testing.T, name string) Config {
	t.Helper()
	m, err := methods.ByName(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	return Config{Method: m, Encoder: encoders.ResNet1D{Width: 4, Stages: 2}, Views: augment.MustParse("jitter(0.1)|scale(0.2)"),
		Window: 24, Stride: 20, Batch: 8, Steps: 10, Seed: 5}
}

// everything is a run's last state: all weights and buffers, those of the deployed network after deployment.
func everything(t *testing.T, cfg Config) []float32 {
	t.Helper()
	all := waves(3, 144)
	for _, s := range all {
		s.Label = s.ID
	}
	tr, err := newTrainer(all, cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.restore(); err != nil {
		t.Fatal(err)
	}
	if err := tr.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if d, ok := tr.obj.(methods.Deployer); ok {
		d.Deploy()
	}
	var out []float32
	for _, p := range tr.weights.All() {
		out = append(out, p.Data...)
	}
	return out
}

// TestEveryMethodGivesTheSameBits walks the catalogue: another number of threads, or a run that was interrupted in the
// middle of an epoch and at its end, changes no bit of the weights or of what else a method keeps. An epoch has 3 steps.
func TestEveryMethodGivesTheSameBits(t *testing.T) {
	for _, name := range methods.Names() {
		t.Run(name, func(t *testing.T) {
			defer SetThreads(0)
			SetThreads(1)
			want := everything(t, brief(t, name))
			for i, v := range want {
				if math.IsNaN(float64(v)) {
					t.Fatalf("value %d is NaN", i)
				}
			}
			SetThreads(2)
			if !slices.Equal(everything(t, brief(t, name)), want) {
				t.Error("2 threads give other weights than 1")
			}
			for _, at := range []int{4, 6} {
				cfg := brief(t, name)
				cfg.Checkpoint = t.TempDir()
				ctx, cancel := context.WithCancel(context.Background())
				cfg.Hooks = []Hook{HookFunc(func(s Step) error {
					if s.Index == at {
						cancel()
					}
					return nil
				})}
				all := waves(3, 144)
				for _, s := range all {
					s.Label = s.ID
				}
				if _, _, err := Pretrain(ctx, all, cfg); !errors.Is(err, context.Canceled) {
					t.Fatalf("the interrupted run returned %v", err)
				}
				cfg.Hooks, cfg.Resume = nil, true
				if !slices.Equal(everything(t, cfg), want) {
					t.Errorf("interrupted at step %d and resumed: other weights", at)
				}
			}
		})
	}
}

// TestPrototypesAndLastLayersStayAsTheyWereDrawn counts on every bit, with momentum and weight decay in force.
func TestPrototypesAndLastLayersStayAsTheyWereDrawn(t *testing.T) {
	for name, m := range map[string]methods.Method{"method.prototypes": methods.SwAV{Freeze: 4, Out: 16}, "method.head.last": methods.DINO{FreezeLast: 4, Outputs: 16}} {
		cfg := brief(t, m.Name())
		cfg.Method, cfg.Decay = m, 0.1
		tr, err := newTrainer(waves(3, 144), cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		p := tr.weights.Lookup(name)
		before := slices.Clone(p.Data)
		same := func() bool {
			for i, v := range p.Data {
				// Prototypes are brought to unit length in each step, to within rounding.
				if math.Abs(float64(v-before[i])) > 1e-6 {
					return false
				}
			}
			return true
		}
		tr.cfg.Hooks = []Hook{HookFunc(func(s Step) error {
			if frozen := s.Index <= 4; frozen != same() {
				t.Errorf("%s, after step %d: unchanged is %v", name, s.Index, same())
			}
			return nil
		})}
		if err := tr.run(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEachGradientIsClippedByItself(t *testing.T) {
	w := nn.NewWeights(0)
	a, b := w.Param("a", nn.Zeros, 2), w.Param("b", nn.Zeros, 2)
	copy(a.Grad, []float32{30, 40})
	copy(b.Grad, []float32{0.3, 0.4})
	if norm := clip(w.Trainable(), 0, 3); math.Abs(norm-math.Hypot(3, 0.5)) > 1e-5 {
		t.Errorf("joint norm %g", norm)
	}
	for i, want := range []float32{1.8, 2.4} {
		if d := a.Grad[i] - want; d > 1e-5 || d < -1e-5 {
			t.Errorf("clipped gradient %v", a.Grad)
		}
	}
	if b.Grad[0] != 0.3 || b.Grad[1] != 0.4 {
		t.Errorf("a gradient within the bound became %v", b.Grad)
	}
	// The method asks for it, unless the user bounds the joint norm.
	for _, c := range []struct {
		in, joint, each float64
	}{{0, none, 3}, {2, 2, 0}} {
		cfg, err := Config{Method: methods.DINO{}, Clip: c.in}.Resolved()
		if err != nil || cfg.Clip != c.joint || cfg.ClipEach != c.each {
			t.Errorf("clip %g: joint %g, each %g, %v", c.in, cfg.Clip, cfg.ClipEach, err)
		}
	}
	if cfg, _ := (Config{Method: methods.DINO{}}).Resolved(); cfg.rates(0, 100).Decay >= cfg.rates(99, 100).Decay {
		t.Error("the weight decay does not rise")
	}
	if cfg, _ := (Config{Method: methods.DINO{}, Decay: 0.2}).Resolved(); cfg.rates(0, 100).Decay != 0.2 {
		t.Error("the user's weight decay does not count")
	}
}

// TestSurveySeesTheWindows compares what a method is shown at the start of an epoch with what the deployed model encodes.
func TestSurveySeesTheWindows(t *testing.T) {
	cfg := brief(t, "deepcluster")
	all := waves(3, 1500) // more windows than are encoded at once
	all[1].Values[0][3] = math.NaN()
	tr, err := newTrainer(all, cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	h, err := tr.survey.look()
	if err != nil {
		t.Fatal(err)
	}
	m, err := Untrained(all, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(h) != len(tr.data.at)*m.Dim() || len(tr.data.at) <= encodeBatch {
		t.Fatalf("%d numbers for %d windows", len(h), len(tr.data.at))
	}
	var ws []*series.Window
	for _, at := range tr.data.at {
		v := all[at.Series].Values
		ws = append(ws, &series.Window{Values: [][]float64{v[0][at.Start : at.Start+24], v[1][at.Start : at.Start+24]}})
	}
	want, err := m.Encode(context.Background(), ws)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if math.Abs(float64(h[i]-want[i])) > 1e-5 {
			t.Fatalf("number %d is %g, the model's %g", i, h[i], want[i])
		}
	}
}
