package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/series"
)

// labelled is waves with classes, for the methods that need them.
func labelled(n, l int) Series {
	all := waves(n, l)
	for i, s := range all {
		s.Label = fmt.Sprint("class", i%2)
	}
	return all
}

// everyConfig is the configuration of a method on a tiny scale: a last smaller batch, several epochs.
func everyConfig(t *testing.T, name string, enc encoders.Encoder) Config {
	t.Helper()
	m, err := methods.ByName(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	cfg := smallConfig()
	cfg.Method, cfg.Encoder, cfg.Batch, cfg.Steps, cfg.Stride = m, enc, 8, 7, 16
	return cfg
}

func bytesOf(cfg Config, all Series, path string) ([]byte, error) {
	m, _, err := Pretrain(context.Background(), all, cfg)
	if err != nil {
		return nil, err
	}
	if err := m.Save(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// TestEveryMethodResumesToTheSameBytes interrupts each method of the catalogue, and runs it on several threads.
func TestEveryMethodResumesToTheSameBytes(t *testing.T) {
	defer SetThreads(0)
	all := labelled(3, 120)
	cases := map[string]methods.Method{}
	for _, name := range methods.Names() {
		cases[name] = nil
	}
	bank := methods.BankLoss{Loss: "nce", Negatives: 6}
	cases["npid nce"], cases["cmc bank"] = methods.NPID{BankLoss: bank}, methods.CMC{Form: "bank", BankLoss: bank}
	for name, m := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "m.safetensors")
			cfg := everyConfig(t, strings.Fields(name)[0], encoders.Conv{Width: 8, Depth: 1, Out: 8})
			if m != nil {
				cfg.Method = m
			}
			SetThreads(1)
			want, err := bytesOf(cfg, all, path)
			if err != nil {
				t.Fatal(err)
			}
			SetThreads(2)
			cfg.Checkpoint = t.TempDir()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			cfg.Hooks = []Hook{HookFunc(func(s Step) error {
				if s.Index == 4 {
					cancel()
				}
				return nil
			})}
			if _, _, err := Pretrain(ctx, all, cfg); !errors.Is(err, context.Canceled) {
				t.Fatalf("interrupted run returned %v", err)
			}
			cfg.Hooks, cfg.Resume = nil, true
			got, err := bytesOf(cfg, all, path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Error("interrupted on two threads and resumed: another model file than straight on one")
			}
		})
	}
}

// TestEveryMethodTakesEveryEncoder runs two steps of each pair, on two channels, and on a set of two windows.
func TestEveryMethodTakesEveryEncoder(t *testing.T) {
	for _, name := range methods.Names() {
		for _, enc := range []encoders.Encoder{encoders.Conv{Width: 8, Depth: 1, Out: 8}, encoders.ResNet1D{Width: 8, Stages: 2}, encoders.Transformer{Width: 16, Depth: 1, Heads: 2}} {
			cfg := everyConfig(t, name, enc)
			cfg.Steps = 2
			m, _, err := Pretrain(context.Background(), labelled(2, 64), cfg)
			if err != nil {
				t.Errorf("%s with %s: %v", name, enc.Name(), err)
				continue
			}
			ws := series.Windows(labelled(1, 48)[0], 32, 16)
			if h, err := m.Encode(context.Background(), ws); err != nil || len(h) != len(ws)*m.Dim() {
				t.Errorf("%s with %s: %d numbers for %d windows of %d: %v", name, enc.Name(), len(h), len(ws), m.Dim(), err)
			}
		}
		cfg := everyConfig(t, name, encoders.Conv{Width: 8, Depth: 1, Out: 8})
		cfg.Window, cfg.Steps = 0, 2
		if _, _, err := Pretrain(context.Background(), labelled(2, 20), cfg); err != nil {
			t.Errorf("%s on two samples: %v", name, err)
		}
	}
}
