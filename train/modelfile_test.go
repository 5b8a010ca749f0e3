package train

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/series"
)

// TestEveryMethodGivesTheSameModelFile: with one thread or two, straight through or interrupted and resumed.
func TestEveryMethodGivesTheSameModelFile(t *testing.T) {
	defer SetThreads(0)
	all := waves(3, 120)
	for i, s := range all {
		s.Label = string(rune('a' + i%2))
	}
	for _, name := range methods.Names() {
		t.Run(name, func(t *testing.T) {
			m, err := methods.ByName(name, nil)
			if err != nil {
				t.Fatal(err)
			}
			cfg := Config{Method: m, Encoder: encoders.Conv{Width: 8, Depth: 2, Out: 12, Dropout: 0.1}, Window: 32, Stride: 8, Batch: 10, Steps: 8, Seed: 3}
			SetThreads(1)
			want := fileOf(t, all, cfg)
			SetThreads(2)
			if !bytes.Equal(fileOf(t, all, cfg), want) {
				t.Error("two threads give another model file than one")
			}
			cfg.Checkpoint = t.TempDir()
			ctx, cancel := context.WithCancel(context.Background())
			cfg.Hooks = []Hook{HookFunc(func(s Step) error {
				if s.Index == 5 {
					cancel()
				}
				return nil
			})}
			if _, _, err := Pretrain(ctx, all, cfg); !errors.Is(err, context.Canceled) {
				t.Fatalf("the interrupted run returned %v", err)
			}
			cfg.Hooks, cfg.Resume = nil, true
			if !bytes.Equal(fileOf(t, all, cfg), want) {
				t.Error("interrupted and resumed: another model file")
			}
		})
	}
}

func fileOf(t *testing.T, all []*series.Series, cfg Config) []byte {
	t.Helper()
	m, _, err := Pretrain(context.Background(), all, cfg)
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
	if _, err := Load(path); err != nil {
		t.Fatal(err)
	}
	return b
}
