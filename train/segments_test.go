package train

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
)

// tensorsOf trains and returns the tensors of the model, whose recipe names the setting under test.
func tensorsOf(t *testing.T, cfg Config) []tensorfile.Tensor {
	t.Helper()
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if _, err := bytesOf(cfg, labelled(3, 120), path); err != nil {
		t.Fatal(err)
	}
	_, ts, err := tensorfile.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return ts
}

// differs names the first tensor with other bits, or is empty.
func differs(a, b []tensorfile.Tensor) string {
	for i := range a {
		if a[i].Name != b[i].Name || !slices.EqualFunc(a[i].Data, b[i].Data, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) }) {
			return a[i].Name
		}
	}
	return ""
}

// TestEveryMethodLearnsTheSameWithRecomputation: bit for bit, with an encoder without and one with statistics of the batch.
func TestEveryMethodLearnsTheSameWithRecomputation(t *testing.T) {
	for _, name := range methods.Names() {
		for _, enc := range []encoders.Encoder{encoders.Conv{Width: 8, Depth: 1, Out: 8, Dropout: 0.1}, encoders.ResNet1D{Width: 8, Stages: 2}} {
			t.Run(name+" "+enc.Name(), func(t *testing.T) {
				cfg := everyConfig(t, name, enc)
				cfg.Steps = 4
				want := tensorsOf(t, cfg)
				cfg.Recompute = true
				if at := differs(want, tensorsOf(t, cfg)); at != "" {
					t.Errorf("%s has other bits", at)
				}
			})
		}
	}
}

// TestChunksLearnTheSame: with an encoder of convolutions over time, without statistics of the batch, 20 steps in chunks give the
// bits of 20 steps on whole batches, whatever the size of the chunks; the loss, with its negatives, is that of the batch.
func TestChunksLearnTheSame(t *testing.T) {
	for _, m := range []methods.Method{methods.SimCLR{Hidden: 16, Out: 8}, methods.MoCoV2{Hidden: 16, MoCo: methods.MoCo{Out: 8}},
		methods.BYOL{Hidden: 16, Out: 8, Norm: "layer"}, methods.VICReg{}, methods.TS2Vec{}} {
		for _, enc := range []encoders.Encoder{encoders.Conv{Width: 8, Depth: 2, Out: 12, Dropout: 0.1}, encoders.ResNet1D{Width: 8, Stages: 2, Norm: "group"}} {
			cfg := smallConfig()
			cfg.Method, cfg.Encoder, cfg.Steps = m, enc, 20
			want := tensorsOf(t, cfg)
			for _, chunk := range []int{2, 5} {
				cfg.Chunk = chunk
				if at := differs(want, tensorsOf(t, cfg)); at != "" {
					t.Errorf("%s with %s in chunks of %d: %s has other bits", m.Name(), enc.Name(), chunk, at)
				}
			}
		}
	}
}

// TestEveryMethodTakesChunks runs each method in chunks that do not divide the batch.
func TestEveryMethodTakesChunks(t *testing.T) {
	for _, name := range methods.Names() {
		for _, enc := range []encoders.Encoder{encoders.Transformer{Width: 16, Depth: 1, Heads: 2}, encoders.ResNet1D{Width: 8, Stages: 2}} {
			cfg := everyConfig(t, name, enc)
			cfg.Steps, cfg.Chunk = 2, 3
			tensorsOf(t, cfg)
		}
	}
}

// TestWhatChunksChangeIsTold once, with the first step.
func TestWhatChunksChangeIsTold(t *testing.T) {
	for _, c := range []struct {
		enc  encoders.Encoder
		want []string
	}{{encoders.ResNet1D{Width: 8, Stages: 2}, []string{"statistics from chunks of 5", "are summed in another order"}}, {encoders.Conv{Width: 8, Depth: 1}, nil}} {
		cfg := smallConfig()
		cfg.Encoder, cfg.Chunk, cfg.Steps = c.enc, 5, 3
		var got []string
		cfg.Hooks = []Hook{HookFunc(func(s Step) error {
			if got = append(got, s.Warnings...); len(s.Warnings) > 0 && s.Index > 1 {
				t.Errorf("step %d tells %q", s.Index, s.Warnings)
			}
			return nil
		})}
		tensorsOf(t, cfg)
		if !slices.EqualFunc(got, c.want, strings.Contains) {
			t.Errorf("%s: told %q, want %q", c.enc.Name(), got, c.want)
		}
	}
}

func TestSettingsWithoutEffectAreRefused(t *testing.T) {
	for _, set := range []func(c *Config){func(c *Config) { c.Recompute = true }, func(c *Config) { c.Chunk = 4 }} {
		cfg := smallConfig()
		cfg.Encoder = meanEncoder{}
		set(&cfg)
		_, err := bytesOf(cfg, waves(3, 120), "")
		if err == nil || !strings.Contains(err.Error(), "has no effect on the encoder") {
			t.Errorf("got %v, want that the setting has no effect", err)
		}
	}
	cfg := smallConfig()
	cfg.Chunk = 1
	if _, err := cfg.Resolved(); err == nil || !strings.Contains(err.Error(), "chunk is 1") {
		t.Errorf("chunk = 1: %v", err)
	}
}

// meanEncoder is a linear map of the mean, which is not built of segments.
type meanEncoder struct{}

func (meanEncoder) Name() string { return "mean" }

func (meanEncoder) New(w *nn.Weights, channels int) (encoders.Network, error) {
	return meanNet{nn.NewLinear(w, "map", channels, 4, true)}, nil
}

type meanNet struct{ *nn.LinearLayer }

func (meanNet) Dim() int { return 4 }

func (n meanNet) Apply(x *nn.Node) *nn.Node { return n.LinearLayer.Apply(nn.MeanLast(x)) }
