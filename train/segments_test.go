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
