package main

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/datasets/synthetic"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/learnt"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/train"
)

// saved is the file of a model of towers as they begin by a seed.
func saved(t *testing.T, seed uint64) (string, *model.Model) {
	t.Helper()
	set, err := synthetic.New(synthetic.Config{Series: 4, Length: 16})
	if err != nil {
		t.Fatal(err)
	}
	m, err := train.Untrained(train.Drawn(set), train.Config{Encoder: encoders.Towers{Width: 8, Stages: 2}, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "m")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	return path, m
}

// TestHalved: the weights of an encoder come out under their own names, and those of the head do not.
func TestHalved(t *testing.T) {
	from, m := saved(t, 0)
	to := filepath.Join(t.TempDir(), "h")
	worst, err := halved([]string{from}, to)
	if err != nil || worst > 0x1p-11 || worst == 0 { // half the last of eleven bits
		t.Fatal(worst, err)
	}
	meta, ts, err := tensorfile.Read(to)
	if err != nil || meta["recipe"] != m.Recipe {
		t.Fatal(meta, err)
	}
	for _, s := range ts {
		if p := m.Weights().Lookup("encoder." + s.Name); p == nil || len(p.Data) != len(s.Data) {
			t.Errorf("%s is no weight of the encoder", s.Name)
		}
	}
	if _, err := halved([]string{"nowhere"}, to); err == nil {
		t.Error("a missing model was accepted")
	}
}

// TestSeveral: each network of a file has the weights of its model, whether that was in 16 bits before or not; a file of several is
// no network.
func TestSeveral(t *testing.T) {
	dir := t.TempDir()
	first, one := saved(t, 1)
	second, two := saved(t, 2)
	half, to := filepath.Join(dir, "half"), filepath.Join(dir, "several")
	if _, err := halved([]string{second}, half); err != nil {
		t.Fatal(err)
	}
	if _, err := halved([]string{first, half}, to); err != nil {
		t.Fatal(err)
	}
	if learnt.Is(first) || !learnt.Is(half) || !learnt.Is(to) || learnt.Is(dir) {
		t.Error("a model was taken for weights, or weights for a model")
	}
	all, err := learnt.Open(to)
	if err != nil || len(all) != 2 {
		t.Fatal(len(all), err)
	}
	for i, m := range []*model.Model{one, two} {
		for _, p := range m.Weights().All() {
			name, ok := strings.CutPrefix(p.Name, "encoder.")
			if !ok {
				continue
			}
			got := all[i](name)
			if len(got) != len(p.Data) {
				t.Fatalf("network %d: %s has %d values", i, name, len(got))
			}
			for k, v := range p.Data {
				if math.Abs(float64(v-got[k])) > 1e-3 { // weights are below 2
					t.Fatalf("network %d: %s[%d] is %g, want %g", i, name, k, got[k], v)
				}
			}
		}
	}
	for _, from := range [][]string{{to, first}, {dir}} {
		if _, err := halved(from, filepath.Join(dir, "no")); err == nil {
			t.Errorf("%v was accepted", from)
		}
	}
	if _, err := learnt.Open(first); err == nil || !strings.Contains(err.Error(), first+": want a file of learnt towers") {
		t.Error(err)
	}
}
