package encoders_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/nn"
)

// TestOneLookup: series and images are found by one name, with their settings and a line for each.
func TestOneLookup(t *testing.T) {
	axes := map[string]int{"audio": 1, "conv": 1, "resnet1d": 1, "rocket": 1, "strided": 1, "towers": 1, "builtin": 1, "transformer": 1, "resnet18": 2, "resnet34": 2, "resnet50": 2,
		"vit-tiny": 2, "vit-small": 2, "vit-base": 2}
	if got := len(encoders.Names()); got != len(axes) {
		t.Errorf("%d names, want %d: %v", got, len(axes), encoders.Names())
	}
	for name, want := range axes {
		e, err := encoders.ByName(name, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		if encoders.Axes(e) != want || encoders.Doc(name) == "" || encoders.MinLength(e) != 1 {
			t.Errorf("%s has %d axes, doc %q, least length %d", name, encoders.Axes(e), encoders.Doc(name), encoders.MinLength(e))
		}
		fields := encoders.Settings(e)
		if n := reflect.TypeOf(e).NumField(); len(fields) != n {
			t.Errorf("%s: %d settings of %d fields", name, len(fields), n)
		}
		for _, f := range fields {
			if f.Doc == "" {
				t.Errorf("%s: %s has no comment", name, f.Name)
			}
		}
	}
	want := imageenc.ViTSmall{Heads: 12, FrozenPatch: true}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := encoders.ByName("vit-small", text); err != nil || got != want {
		t.Errorf("%s came back as %+v, %v", text, got, err)
	}
}

// A settings file cannot ask for more weights than the limit.
func TestLimitedWeights(t *testing.T) {
	for _, e := range []encoders.Encoder{encoders.Conv{}, encoders.ResNet1D{}, encoders.Strided{}, encoders.Audio{Width: 64}, encoders.Transformer{}, encoders.Rocket{}, encoders.Rocket{Out: 9}, encoders.Towers{}, encoders.Builtin{},
		imageenc.ResNet18{Width: 8}, imageenc.ViTTiny{Depth: 2}} {
		free := nn.NewWeights(0)
		if _, err := e.New(free, 3); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, p := range free.All() {
			n += len(p.Data)
		}
		for limit, want := range map[int]bool{n: true, n - 1: false, 1: false} {
			w := nn.NewWeights(0).Limit(limit)
			_, err := e.New(w, 3)
			if err != nil || (w.Err() == nil) != want {
				t.Errorf("%s of %d values with a limit of %d: %v, %v", e.Name(), n, limit, err, w.Err())
			}
		}
	}
	w := nn.NewWeights(0).Limit(1 << 20)
	if _, err := (encoders.Transformer{Width: 1 << 13, Depth: 64, Hidden: 1 << 15}).New(w, 1<<16); err != nil || w.Err() == nil {
		t.Errorf("3 TB of weights: %v, %v", err, w.Err())
	}
}
