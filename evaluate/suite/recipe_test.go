package suite

import (
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/train"
)

// plain is a protocol that adds nothing to a run.
type plain struct{ protocol }

func (plain) run(*Run) {}

// TestEverySettingIsInTheKey walks the settings of training: the key of a run, as the journal reads it back, changes with each.
func TestEverySettingIsInTheKey(t *testing.T) {
	values := map[string]string{"method": "byol", "encoder": "conv(width=3)", "augment": "flip", "image_augment": "flip", "space": "lab", "ground": "black", "normalize": "window",
		"optimizer": "sgd", "lr_schedule": "{from=0.1, to=0.2}", "decay_schedule": "{from=0.1, to=0.2}", "groups": `[{prefix="a"}]`, "warmup": "0.3", "beta2": "0.9", "precision": "bf16",
		"drop_last": "true", "recompute": "true", "lr_scaling": "linear", "momentum": "0.7", "trust": "0.01", "exempt": "none", "beta1": "0.8"}
	for _, f := range train.Fields() {
		text, ok := values[f.Name]
		if !ok {
			text = "3"
		}
		var s train.Settings
		if err := s.Set(f.Name, text); err != nil {
			t.Errorf("%s: say in this test what it may be set to: %v", f.Name, err)
			continue
		}
		cfg := train.Config{Method: methods.SimCLR{}, Encoder: encoders.Conv{}, Window: 16}
		if f.Name == "size" || f.Name == "space" || f.Name == "ground" || f.Name == "image_augment" {
			cfg.Encoder = imageenc.ResNet18{}
		}
		keys := make([]string, 2)
		for i := range keys {
			if i == 1 {
				if err := s.Apply(&cfg); err != nil {
					t.Fatal(f.Name, err)
				}
			}
			r, err := Training{}.runOf(plain{}, cfg, true)
			if err != nil {
				t.Fatal(f.Name, err)
			}
			if keys[i], err = r.key(); err != nil {
				t.Fatal(err)
			}
			j := NewJournal()
			if err := j.Add(Row{Run: r}); err != nil {
				t.Fatal(err)
			}
			if _, ok := j.Find(r); !ok {
				t.Errorf("%s: a run is not found again", f.Name)
			}
		}
		if keys[0] == keys[1] {
			t.Errorf("%s: the key stays %s", f.Name, keys[0])
		}
	}
}
