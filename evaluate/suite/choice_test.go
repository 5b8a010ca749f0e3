package suite

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/train"
)

// TestChoice: what is given counts before a file, and a file before what is usual for the suite.
func TestChoice(t *testing.T) {
	var own, file train.Settings
	for name, v := range map[string]string{"batch": "16", "augment": "flip"} {
		if err := own.Set(name, v); err != nil {
			t.Fatal(err)
		}
	}
	for name, v := range map[string]string{"method": "byol", "batch": "8", "lr": "0.5"} {
		if err := file.Set(name, v); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Choice{Suite: "anomaly", Settings: own, Methods: "simclr(temperature=0.5),byol"}.Training()
	if err != nil || len(got.Methods) != 2 || got.Methods[0] != (methods.SimCLR{Temperature: 0.5}) || got.Encoders[0] != (encoders.Conv{Width: 16, Depth: 4, Out: 64}) ||
		got.Config.Batch != 16 || got.Config.Views.String() != "flip(0.5)" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = (Choice{Suite: "anomaly"}).WithFile(file); err != nil || got.Config.Batch != 8 || got.Config.Views.String() != "jitter(0.2)|mask(0.3)" {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = Choice{Suite: "classify", Settings: own}.WithFile(file)
	if err != nil || got.Config.Batch != 16 || got.Config.LR != 0.5 || got.Methods[0].Name() != "byol" || got.Encoders[0] != (encoders.Conv{}) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := (Choice{Suite: "classify", Methods: "byl"}).Training(); err == nil {
		t.Error("an unknown method was accepted")
	}
}

// TestAllMethods are those of the catalogue less those that lack labels of the parts to learn from, or the order of time stamps.
func TestAllMethods(t *testing.T) {
	for name, without := range map[string][]string{"classify": nil, "anomaly": {"supcon"}, "images": {"t-loss", "tnc", "ts-tcc", "ts2vec"}} {
		got, err := Choice{Suite: name, Methods: "simclr(temperature=0.5),all"}.Training()
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, m := range got.Methods {
			names = append(names, m.Name())
		}
		want := slices.DeleteFunc(methods.Names(), func(n string) bool { return slices.Contains(without, n) })
		if !slices.Equal(names, append([]string{"simclr"}, want...)) {
			t.Errorf("%s: %v", name, names)
		}
	}
}

func TestSettingsFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.toml", "a.toml", "c.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := SettingsFiles([]string{"x.conf", dir})
	if want := []string{"x.conf", filepath.Join(dir, "a.toml"), filepath.Join(dir, "b.toml")}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := SettingsFiles([]string{t.TempDir()}); err == nil {
		t.Error("a folder without settings files was accepted")
	}
}
