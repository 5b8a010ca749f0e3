package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// checkpointOf puts a fixture into a folder, as a checkpoint.
func checkpointOf(t *testing.T, fixture string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", fixture))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, checkpointName), text, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestCheckpointsOfEarlierFormats goes on with runs that the programs of formats 1 and 2 left, and refuses those of other settings.
func TestCheckpointsOfEarlierFormats(t *testing.T) {
	round := func(v float64, p float64) float64 { return math.Round(v*p) / p }
	s := &series.Series{ID: "s", Channels: []string{"x", "y"}, Values: make([][]float64, 2)}
	for i := range 160 {
		at := float64(i)
		s.Values[0] = append(s.Values[0], round(math.Sin(at*.3)+.2*math.Sin(at*1.7), 1e4))
		s.Values[1] = append(s.Values[1], round(3+math.Cos(at*.2), 1e4))
	}
	cfg := Config{Method: methods.SimCLR{Hidden: 4, Out: 4, Shift: true, Temperature: 0.2}, Encoder: encoders.Conv{Width: 4, Depth: 2, Out: 8}, Window: 16, Batch: 4, Steps: 5, Seed: 3, Decay: -1,
		LRSchedule: methods.Schedule{From: 0.01, To: 0.001}, Groups: []methods.Group{{Prefix: "encoder.input.", Rate: 0.5}},
		Run: Run{Checkpoint: checkpointOf(t, "checkpoint-1.safetensors"), Resume: true}}
	var steps []int
	cfg.Hooks = []Hook{HookFunc(func(s Step) error { steps = append(steps, s.Index); return nil })}
	_, sum, err := Pretrain(context.Background(), Series{s}, cfg)
	if err != nil || fmt.Sprint(steps) != "[4 5]" || sum.FirstLoss != 0.4624079763889313 {
		t.Errorf("steps %v, the first loss %v, %v", steps, sum.FirstLoss, err)
	}
	second := cfg
	second.Checkpoint, steps = checkpointOf(t, "checkpoint-2.safetensors"), nil
	if _, sum, err := Pretrain(context.Background(), Series{s}, second); err != nil || fmt.Sprint(steps) != "[5]" || sum.FirstLoss != 0.4624079763889313 {
		t.Errorf("format 2: steps %v, the first loss %v, %v", steps, sum.FirstLoss, err)
	}
	for want, change := range map[string]func(c *Config){
		"warmup was 0.05 and is 0.5": func(c *Config) { c.Warmup = 0.5 },
		"decay was -1 and is 0.0001": func(c *Config) { c.Decay = 0 },
		"method.out was 4 and is 8":  func(c *Config) { c.Method = methods.SimCLR{Hidden: 4, Out: 8, Shift: true, Temperature: 0.2} },
		"method.shift was true and is not set, method.temperature was 0.2 and is not set": func(c *Config) { c.Method = methods.SimCLR{Hidden: 4, Out: 4} },
		"window was 16 and is 20":              func(c *Config) { c.Window, c.Stride = 20, 4 },
		"the number of steps was 5 and is 6":   func(c *Config) { c.Steps = 6 },
		"of the data, stride was 4 and is 8":   func(c *Config) { c.Stride = 8 },
		"groups was [{prefix = \"encoder.inpu": func(c *Config) { c.Groups = nil },
	} {
		other := cfg
		other.Hooks = nil
		change(&other)
		var file *model.FileError
		if _, _, err := Pretrain(context.Background(), Series{s}, other); !errors.As(err, &file) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}

	base, err := model.Load("testdata/base-1.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	// Its projector of three layers ends with a shift, which nothing says but its tensors.
	if m, err := methods.ByName(base.Settings.Method, base.Settings.MethodSettings); err != nil || m != (methods.SimCLRv2{Temperature: 0.2, Hidden: 8, Out: 4, Shift: true}) || base.Layers() != 3 {
		t.Errorf("%+v with %d layers, %v", m, base.Layers(), err)
	}
	var labelled Series
	for k := range 12 {
		one := &series.Series{ID: fmt.Sprint(k), Label: fmt.Sprint(k%2 + 1), Channels: []string{"value"}, Values: make([][]float64, 1)}
		for i := range 24 {
			one.Values[0] = append(one.Values[0], round(math.Sin(float64(i)*(.3+.4*float64(k%2))+float64(k)), 1e3))
		}
		labelled = append(labelled, one)
	}
	further := Finetuning{FromLayer: 1, Config: Config{Steps: 105, Batch: 4, Run: Run{Checkpoint: checkpointOf(t, "checkpoint-finetune-1.safetensors"), Resume: true}}}
	steps = nil
	further.Hooks = cfg.Hooks
	tuned, _, err := Finetune(context.Background(), base, labelled, further)
	if err != nil || fmt.Sprint(steps) != "[101 102 103 104 105]" {
		t.Fatalf("steps %v, %v", steps, err)
	}
	if r := right(t, tuned, labelled); r < 0.9 {
		t.Errorf("accuracy %g after going on", r)
	}
	further.FromLayer = -1
	if _, _, err := Finetune(context.Background(), base, labelled, further); err == nil || !strings.Contains(err.Error(), "method.from_layer was 1 and is not set") {
		t.Error(err)
	}
}

// TestCheckpointsThatDisagree: the numbers of a checkpoint are held against each other before any is used.
func TestCheckpointsThatDisagree(t *testing.T) {
	cfg := smallConfig()
	cfg.Checkpoint, cfg.Every, cfg.Steps = t.TempDir(), 2, 4
	if _, _, err := Pretrain(t.Context(), waves(3, 200), cfg); err != nil {
		t.Fatal(err)
	}
	cfg.Resume = true
	if _, _, err := Pretrain(t.Context(), waves(3, 200), cfg); err != nil {
		t.Fatal(err)
	}
	meta, ts, err := tensorfile.Read(CheckpointFile(cfg.Checkpoint))
	if err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(s map[string]any){
		"a step below 0":     func(s map[string]any) { s["step"], s["losses"] = -1, []float64{} },
		"a step beyond all":  func(s map[string]any) { s["step"], s["optimizer_steps"], s["losses"] = 5, 5, []float64{1, 1, 1, 1, 1} },
		"too few losses":     func(s map[string]any) { s["losses"] = []float64{1} },
		"other steps":        func(s map[string]any) { s["optimizer_steps"] = -3 },
		"measures by number": func(s map[string]any) { s["measured"] = map[string]any{"names": []string{"x"}} },
		"measures of none": func(s map[string]any) {
			s["measured"] = map[string]any{"names": []string{"x"}, "sums": []int{1}, "counts": []int{0}}
		},
	} {
		var state map[string]any
		if err := json.Unmarshal([]byte(meta["state"]), &state); err != nil {
			t.Fatal(err)
		}
		change(state)
		text, err := json.Marshal(state)
		if err != nil {
			t.Fatal(err)
		}
		other := cfg
		other.Checkpoint = t.TempDir()
		if err := tensorfile.Write(CheckpointFile(other.Checkpoint), map[string]string{"format": meta["format"], "state": string(text)}, ts); err != nil {
			t.Fatal(err)
		}
		var file *model.FileError
		if _, _, err := Pretrain(t.Context(), waves(3, 200), other); !errors.As(err, &file) || !strings.Contains(err.Error(), "disagree") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
