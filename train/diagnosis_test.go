package train

import (
	"context"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
)

// TestWhatGoesWrongIsSaidWhileItDoes trains a method whose protection is left out, and a loss that cannot fall.
func TestWhatGoesWrongIsSaidWhileItDoes(t *testing.T) {
	for _, c := range []struct {
		name, want string
		cfg        Config
	}{
		{"collapse", "have collapsed", Config{Method: methods.SimSiam{NoStopGradient: true, NoPredictor: true, Norm: "group", Out: 16, Hidden: 16}, LR: 0.01}},
		{"stuck", "the loss is stuck", Config{Method: methods.SimCLR{}, LR: 1e-9}},
		{"queue", "a tenth of the", Config{Method: methods.MoCoV2{MoCo: methods.MoCo{Queue: 64}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := c.cfg
			cfg.Encoder, cfg.Window, cfg.Stride, cfg.Batch, cfg.Steps = encoders.Conv{Width: 8, Depth: 2, Out: 12}, 32, 8, 12, 150
			said := map[int][]string{}
			cfg.Hooks = []Hook{HookFunc(func(s Step) error {
				if len(s.Warnings) > 0 {
					said[s.Index] = s.Warnings
				}
				return nil
			})}
			_, sum, err := Pretrain(context.Background(), waves(3, 200), cfg)
			if err != nil {
				t.Fatal(err)
			}
			times := 0
			for step, lines := range said {
				for _, l := range lines {
					if strings.Contains(l, c.want) {
						times++
						if step >= cfg.Steps {
							t.Errorf("said at step %d of %d only", step, cfg.Steps)
						}
					}
				}
			}
			if times != 1 {
				t.Errorf("%q was said %d times, want once: %v", c.want, times, said)
			}
			if !strings.Contains(strings.Join(sum.Diagnosis, "\n"), c.want) {
				t.Errorf("the summary says %q", sum.Diagnosis)
			}
		})
	}
}

func TestHealthyRunsAreSilent(t *testing.T) {
	cfg := smallConfig()
	cfg.Steps = 120
	cfg.Hooks = []Hook{HookFunc(func(s Step) error {
		if len(s.Warnings) > 0 {
			t.Errorf("step %d: %q", s.Index, s.Warnings)
		}
		return nil
	})}
	if _, _, err := Pretrain(context.Background(), waves(3, 200), cfg); err != nil {
		t.Fatal(err)
	}
}
