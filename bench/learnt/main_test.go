package main

import (
	"path/filepath"
	"testing"

	"github.com/wavekin/wavekin/datasets/synthetic"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/train"
)

// TestHalved: the weights of an encoder come out under their own names, and those of the head do not.
func TestHalved(t *testing.T) {
	set, err := synthetic.New(synthetic.Config{Series: 4, Length: 16})
	if err != nil {
		t.Fatal(err)
	}
	m, err := train.Untrained(train.Drawn(set), train.Config{Encoder: encoders.Towers{Width: 8, Stages: 2}})
	if err != nil {
		t.Fatal(err)
	}
	from, to := filepath.Join(t.TempDir(), "m"), filepath.Join(t.TempDir(), "h")
	if err := m.Save(from); err != nil {
		t.Fatal(err)
	}
	worst, err := halved(from, to)
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
	if _, err := halved("nowhere", to); err == nil {
		t.Error("a missing model was accepted")
	}
}
