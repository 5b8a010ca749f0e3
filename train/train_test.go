package train

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/series"
)

// waves is a small data set: noisy sines of a few frequencies, two channels.
func waves(n, l int) Series {
	rng := rand.New(rand.NewPCG(5, 6))
	var all []*series.Series
	for i := range n {
		s := &series.Series{ID: string(rune('a' + i)), Channels: []string{"x", "y"}, Values: make([][]float64, 2)}
		for c := range s.Values {
			for t := range l {
				s.Values[c] = append(s.Values[c], float64(math.Sin(float64(t)*(0.2+0.1*float64(i))+float64(c))+0.1*rng.NormFloat64()))
			}
		}
		all = append(all, s)
	}
	return all
}

func smallConfig() Config {
	return Config{Views: augment.MustParse("jitter(0.1)|scale(0.2)"), Encoder: encoders.Conv{Width: 8, Depth: 2, Out: 12}, Method: methods.SimCLR{Temperature: 0.2, Hidden: 16, Out: 8},
		Window: 32, Stride: 8, Batch: 12, Steps: 25, Seed: 3}
}

func modelBytes(t *testing.T, cfg Config) []byte {
	t.Helper()
	m, _, err := Pretrain(context.Background(), waves(3, 200), cfg)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSameSeedSameBytesForAnyThreads(t *testing.T) {
	defer SetThreads(0)
	var want []byte
	for _, threads := range []int{1, 2, 5} {
		SetThreads(threads)
		got := modelBytes(t, smallConfig())
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("%d threads give another model file than one", threads)
		}
	}
	other := smallConfig()
	other.Seed++
	if bytes.Equal(modelBytes(t, other), want) {
		t.Error("another seed gave the same model file")
	}
}

func TestInterruptedAndResumedGivesTheSameBytes(t *testing.T) {
	for _, optimizer := range []string{"adamw", "sgd", "lars"} {
		cfg := smallConfig()
		cfg.Optimizer = optimizer
		want := modelBytes(t, cfg)
		for _, at := range []int{1, 7, 24} {
			cfg := cfg
			cfg.Checkpoint = t.TempDir()
			ctx, cancel := context.WithCancel(context.Background())
			cfg.Hooks = []Hook{HookFunc(func(s Step) error {
				if s.Index == at {
					cancel()
				}
				return nil
			})}
			if _, _, err := Pretrain(ctx, waves(3, 200), cfg); !errors.Is(err, context.Canceled) {
				t.Fatalf("interrupted run returned %v", err)
			}
			cfg.Hooks, cfg.Resume = nil, true
			if !bytes.Equal(modelBytes(t, cfg), want) {
				t.Errorf("%s: interrupted at step %d and resumed: another model file", optimizer, at)
			}
		}
	}
}

// TestKilledRunResumesFromItsLastCheckpoint stops without saving, as SIGKILL does.
func TestKilledRunResumesFromItsLastCheckpoint(t *testing.T) {
	want := modelBytes(t, smallConfig())
	cfg := smallConfig()
	cfg.Checkpoint, cfg.Every = t.TempDir(), 4
	killed := errors.New("killed")
	cfg.Hooks = []Hook{HookFunc(func(s Step) error {
		if s.Index == 14 {
			return killed
		}
		return nil
	})}
	if _, _, err := Pretrain(context.Background(), waves(3, 200), cfg); !errors.Is(err, killed) {
		t.Fatal(err)
	}
	cfg.Hooks, cfg.Resume = nil, true
	if !bytes.Equal(modelBytes(t, cfg), want) {
		t.Error("resumed from step 12: another model file")
	}
}

// TestCheckpointsByTime: a run has a checkpoint when the time for one is over, before the given number of steps, and goes on from it to
// the same bits.
func TestCheckpointsByTime(t *testing.T) {
	want := modelBytes(t, smallConfig())
	for within, kept := range map[time.Duration]bool{time.Nanosecond: true, time.Hour: false} {
		cfg := smallConfig()
		cfg.Checkpoint, cfg.Every, cfg.Within = t.TempDir(), 1000, within
		killed := errors.New("killed")
		cfg.Hooks = []Hook{HookFunc(func(s Step) error {
			if HasCheckpoint(cfg.Checkpoint) != (kept && s.Index > 1) {
				t.Errorf("within %v: a checkpoint in step %d: %v", within, s.Index, !kept)
			}
			if s.Index == 6 {
				return killed
			}
			return nil
		})}
		if _, _, err := Pretrain(context.Background(), waves(3, 200), cfg); !errors.Is(err, killed) {
			t.Fatal(err)
		}
		cfg.Hooks, cfg.Resume = nil, true
		if !bytes.Equal(modelBytes(t, cfg), want) {
			t.Errorf("within %v: resumed to another model file", within)
		}
	}
	slow := trainer{cfg: Config{Run: Run{Checkpoint: "x", Every: 1000, Within: 30 * time.Second}}, step: 1, total: 9, took: 10 * time.Second}
	for ago, want := range map[time.Duration]bool{100 * time.Second: false, 201 * time.Second: true} {
		if slow.saved = time.Now().Add(-ago); slow.due() != want {
			t.Errorf("a checkpoint that took 10 s: due after %v: %v", ago, !want)
		}
	}
}

func TestResumeRefusesOtherSettings(t *testing.T) {
	cfg := smallConfig()
	cfg.Checkpoint, cfg.Every = t.TempDir(), 5
	if _, _, err := Pretrain(context.Background(), waves(3, 200), cfg); err != nil {
		t.Fatal(err)
	}
	cfg.Resume, cfg.LR = true, 0.5
	var fe *model.FileError
	if _, _, err := Pretrain(context.Background(), waves(3, 200), cfg); !errors.As(err, &fe) {
		t.Errorf("a checkpoint of other settings gave %v", err)
	}
}

func TestLossFalls(t *testing.T) {
	cfg := smallConfig()
	cfg.Steps = 80
	_, sum, err := Pretrain(context.Background(), waves(4, 300), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Loss > 0.8*sum.FirstLoss || len(sum.Diagnosis) != 1 || sum.Diagnosis[0] != "healthy" {
		t.Errorf("loss from %.3f to %.3f, diagnosis %q", sum.FirstLoss, sum.Loss, sum.Diagnosis)
	}
}

// reloaded is a model as its file has it.
func reloaded(t *testing.T, m *model.Model) *model.Model {
	t.Helper()
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	back, err := model.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func TestModelSurvivesItsFile(t *testing.T) {
	all := waves(3, 200)
	m, _, err := Pretrain(context.Background(), all, smallConfig())
	if err != nil {
		t.Fatal(err)
	}
	back := reloaded(t, m)
	var ws []*series.Window
	for i := range 70 {
		ws = append(ws, &series.Window{Series: "a", Values: [][]float64{all[0].Values[0][i : i+32], all[0].Values[1][i : i+32]}})
	}
	a, err := m.Encode(context.Background(), ws)
	if err != nil {
		t.Fatal(err)
	}
	b, err := back.Encode(context.Background(), ws)
	if err != nil {
		t.Fatal(err)
	}
	one, err := back.Encode(context.Background(), ws[:1])
	if err != nil {
		t.Fatal(err)
	}
	if len(a) != 70*12 {
		t.Fatalf("%d numbers, want 70 encodings of 12", len(a))
	}
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("number %d: %g before saving, %g after loading", i, a[i], b[i])
		}
	}
	for i := range one {
		if math.Abs(float64(one[i]-a[i])) > 1e-5 {
			t.Fatalf("alone %g, in a batch %g", one[i], a[i])
		}
	}
	if _, err := m.Encode(context.Background(), []*series.Window{{Series: "q", Values: [][]float64{{1, 2}}}}); err == nil {
		t.Error("one channel for a model of two was accepted")
	}
}

func TestBadModelFiles(t *testing.T) {
	good := modelBytes(t, smallConfig())
	damaged := bytes.Clone(good)
	damaged[len(damaged)-3] ^= 1
	// As a file of format 2, without a checksum that would tell of every change.
	good = bytes.Replace(bytes.Replace(good, []byte(`"checksum"`), []byte(`"forgets!"`), 1), []byte(`"format":"3"`), []byte(`"format":"2"`), 1)
	path := filepath.Join(t.TempDir(), "m.safetensors")
	f := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		var fe *model.FileError
		if _, err := model.Load(path); !errors.As(err, &fe) {
			t.Errorf("%s: got %v, want a model.FileError", name, err)
		}
	}
	f("damaged", damaged)
	f("empty", nil)
	f("short", good[:5])
	f("header cut", good[:100])
	f("values cut", good[:len(good)-4])
	f("longer", append(append([]byte(nil), good...), 0))
	f("huge header", append([]byte{255, 255, 255, 255, 255, 255, 255, 127}, good[8:]...))
	f("other version", bytes.Replace(good, []byte(`"format":"2"`), []byte(`"format":"9"`), 1))
	f("shape", bytes.Replace(good, []byte(`"shape":[8]`), []byte(`"shape":[7]`), 1))
	f("other encoder", bytes.Replace(good, []byte(`\"encoder\":\"conv\"`), []byte(`\"encoder\":\"cone\"`), 1))
}

func FuzzDecodeTensors(f *testing.F) {
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00{}"))
	f.Add([]byte("\x48\x00\x00\x00\x00\x00\x00\x00" + `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}                  ` + "\x00\x00\x80\x3f"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, ts, err := tensorfile.Decode(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		total := 0
		for _, d := range ts {
			total += 4 * len(d.Data)
		}
		if total > len(b) {
			t.Errorf("%d bytes of tensors from a file of %d", total, len(b))
		}
	})
}

func TestBadSettingsAreRefused(t *testing.T) {
	all := waves(2, 64)
	for i, c := range []Config{{Batch: 1}, {Window: -1}, {Steps: -1}, {Optimizer: "rprop"}, {LR: -1}, {Warmup: 1}, {Window: 100}, {Normalize: "best"}} {
		if _, _, err := Pretrain(context.Background(), all, c); err == nil {
			t.Errorf("settings %d were accepted", i)
		}
	}
	if _, _, err := Pretrain(context.Background(), nil, Config{}); err == nil {
		t.Error("no series were accepted")
	}
	mixed := append(waves(1, 64), &series.Series{ID: "one", Values: [][]float64{make([]float64, 64)}})
	if _, _, err := Pretrain(context.Background(), mixed, smallConfig()); err == nil {
		t.Error("series of different channels were accepted")
	}
}

func TestDiagnosis(t *testing.T) {
	f := func(s Summary, uniform float64, want string) {
		t.Helper()
		got := diagnose(s, uniform, 128)
		if len(got) == 0 || !bytes.Contains([]byte(got[0]), []byte(want)) {
			t.Errorf("diagnosis %q, want %q in it", got, want)
		}
	}
	f(Summary{Steps: 100, Std: 1e-5, Loss: 1}, 4, "collapsed")
	f(Summary{Steps: 100, Std: 0.08, EffectiveRank: 1.2, Loss: 1}, 4, "few dimensions")
	f(Summary{Steps: 100, Std: 0.08, EffectiveRank: 20, Loss: 4.01}, 4, "stuck")
	f(Summary{Steps: 100, Std: 0.08, EffectiveRank: 20, Loss: 1}, 4, "healthy")
}

func TestOptimizersTakeTheTextbookStep(t *testing.T) {
	step := func(name string, shape ...int) float64 {
		w := nn.NewWeights(0)
		p := w.Param("p", nn.Ones, shape...)
		for i := range p.Grad {
			p.Grad[i] = 2
		}
		newOptimizer(Config{Optimizer: name}, w.Trainable()).Step(w.Trainable(), make([]methods.Group, len(w.Trainable())), Rates{LR: 0.5, Decay: 0.1})
		return float64(p.Data[0])
	}
	near := func(name string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-6 {
			t.Errorf("%s: %.7f, want %.7f", name, got, want)
		}
	}
	// The first Adam step is the sign of the gradient: 1 - 0.5·0.1·1 - 0.5.
	near("adamw", step("adamw", 1, 1), 0.45)
	near("adamw bias", step("adamw", 1), 0.5)
	// g = 2.1, v = 2.1, step 0.5·(2.1 + 0.9·2.1).
	near("sgd", step("sgd", 1, 1), 1-0.5*1.9*2.1)
	// |w| = 1, |g| = 2.1: 2.1·0.001/2.1 = 0.001, times 0.5.
	near("lars", step("lars", 1, 1), 1-0.0005)
	near("lars bias", step("lars", 1), 0)
}

func TestRateRisesAndFalls(t *testing.T) {
	if r := rate(0, 100, 1, 0.1); math.Abs(r-0.1) > 1e-9 {
		t.Errorf("first step of ten: %g, want 0.1", r)
	}
	if r := rate(10, 100, 1, 0.1); math.Abs(r-1) > 1e-9 {
		t.Errorf("after the warm-up: %g, want 1", r)
	}
	if r := rate(55, 100, 1, 0.1); math.Abs(r-0.5) > 1e-9 {
		t.Errorf("half way down: %g, want 0.5", r)
	}
}

func TestSeriesThatTeachNothingAreRefused(t *testing.T) {
	flat := func(values ...float64) *series.Series {
		s := &series.Series{ID: "s", Values: make([][]float64, len(values))}
		for c, v := range values {
			for range 64 {
				s.Values[c] = append(s.Values[c], v)
			}
		}
		return s
	}
	for _, c := range []struct {
		all  Series
		want string
	}{
		{[]*series.Series{flat(series.Gap, series.Gap)}, "gaps only, no value"},
		{[]*series.Series{flat(7, series.Gap), flat(7, series.Gap)}, "no channel ever changes"},
		{[]*series.Series{flat(7, 8), flat(7)}, "has 1 channel"},
		{[]*series.Series{}, "no series"},
		{[]*series.Series{{ID: "a", Values: [][]float64{{}}}}, "the longest series has 0 time stamps"},
		{[]*series.Series{{ID: "a", Values: [][]float64{{1, 2, 3}}}}, "0 windows of 32 time stamps"},
	} {
		_, _, err := Pretrain(context.Background(), c.all, smallConfig())
		var in *InputError
		if !errors.As(err, &in) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want an InputError that says %q", err, c.want)
		}
	}
	// One dead channel among live ones is no reason to refuse.
	all := waves(2, 64)
	for i := range all[0].Values[1] {
		all[0].Values[1][i], all[1].Values[1][i] = series.Gap, series.Gap
	}
	cfg := smallConfig()
	cfg.Steps = 3
	if _, sum, err := Pretrain(context.Background(), all, cfg); err != nil || math.IsNaN(sum.Loss) {
		t.Errorf("one channel without values: %v, loss %g", err, sum.Loss)
	}
}

// TestNeverHealthy: what makes a run worthless is said, whatever the instruments of collapse show.
func TestNeverHealthy(t *testing.T) {
	flat := waves(2, 64)
	for _, s := range flat {
		for c := range s.Values {
			for i := range s.Values[c] {
				s.Values[c][i] = float64(i % 8)
			}
		}
	}
	big, same := smallConfig(), smallConfig()
	big.LR = 30
	same.Window, same.Stride = 16, 8
	for _, c := range []struct {
		data Series
		cfg  Config
		want string
	}{{waves(2, 64), big, "blew up"}, {flat, same, "all samples are the same"}} {
		_, sum, err := Pretrain(context.Background(), c.data, c.cfg)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(sum.Diagnosis, "; "); !strings.Contains(got, c.want) || strings.HasPrefix(got, healthy) {
			t.Errorf("diagnosis %q, want %q", got, c.want)
		}
	}
	for want, losses := range map[string][]float64{"rose from 0.002 to 3": {0.002, 1, 3, 0.001}, "rose from 0.5 to 60": {0.5, 60}, "": {0.5, 5, 4}} {
		if got := rose(losses, losses[len(losses)-1], math.NaN(), 0.1); want == "" != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%v: %q", losses, got)
		}
	}
	for uniform, want := range map[float64]bool{4.2: true, 5: false} { // from a queue of random keys on, as in MoCo
		if got := rose([]float64{1e-5, 2, 4.5}, 4.5, uniform, 0.1); want != (got != "") {
			t.Errorf("with %g for a network that tells nothing apart: %q", uniform, got)
		}
	}
	one := waves(4, 64)
	for _, s := range one {
		s.Label = "a"
	}
	cfg := smallConfig()
	cfg.Method = methods.SupCon{}
	var input *model.InputError
	if _, _, err := Pretrain(context.Background(), one, cfg); !errors.As(err, &input) || !strings.Contains(err.Error(), "labels of 1 class, want at least 2") {
		t.Errorf("supcon of one class: %v", err)
	}
	cfg.Method = methods.SimCLR{Temperature: -1}
	var setting *SettingError
	if _, _, err := Pretrain(context.Background(), waves(2, 64), cfg); !errors.As(err, &setting) {
		t.Errorf("a temperature below 0: %v", err)
	}
}

// TestWindowOfRecordings: long recordings get a window by their period, others none.
func TestWindowOfRecordings(t *testing.T) {
	repeating := func(n, period int) *series.Series {
		s := &series.Series{ID: "s", Values: [][]float64{make([]float64, n)}}
		rng := rand.New(rand.NewPCG(uint64(n), uint64(period)))
		for i := range s.Values[0] {
			s.Values[0][i] = 0.1 * rng.NormFloat64()
			if period > 0 {
				s.Values[0][i] += math.Sin(2 * math.Pi * float64(i) / float64(period))
			}
		}
		return s
	}
	many := Series{}
	for range 8 {
		many = append(many, repeating(2000, 24))
	}
	for _, c := range []struct {
		data           Series
		length, period int
	}{
		{nil, 0, 0},
		{Series{repeating(2000, 24)}, 72, 24},
		{Series{repeating(2000, 100)}, 100, 100},
		{Series{repeating(9000, 300)}, 256, 300},
		{Series{repeating(2000, 0)}, 128, 0},
		{Series{repeating(240, 24)}, 30, 24}, // an eighth
		{Series{repeating(50, 10)}, 0, 0},
		{Series{repeating(300, 24), repeating(300, 24)}, 0, 0},
		{Series{repeating(300, 24), repeating(2000, 24)}, 72, 24},
		{many, 0, 0},
	} {
		if length, period := c.data.Window(); length != c.length || period != c.period {
			t.Errorf("%d series: a window of %d by the period %d, want %d, %d", len(c.data), length, period, c.length, c.period)
		}
	}
}
