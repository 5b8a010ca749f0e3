package train

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/model"
)

// TestPrecision: training in bf16 has the same bits for any number of threads, others than float32, and writes a model like
// any other.
func TestPrecision(t *testing.T) {
	defer SetThreads(0)
	all, path := labelled(3, 120), filepath.Join(t.TempDir(), "m.safetensors")
	for _, enc := range []encoders.Encoder{encoders.Conv{Width: 16, Depth: 2, Out: 32}, encoders.Transformer{Width: 16, Depth: 1, Heads: 2}, encoders.ResNet1D{Width: 8, Stages: 2}} {
		cfg := everyConfig(t, "simclr", enc)
		files := map[string][]byte{}
		for _, c := range []struct {
			name, precision string
			threads         int
		}{{"float32", "float32", 1}, {"one thread", "bf16", 1}, {"two threads", "bf16", 2}} {
			SetThreads(c.threads)
			cfg.Precision = c.precision
			file, err := bytesOf(cfg, all, path)
			if err != nil {
				t.Fatal(err)
			}
			files[c.name] = file
		}
		if !bytes.Equal(files["one thread"], files["two threads"]) {
			t.Errorf("%s: the number of threads changes the model", enc.Name())
		}
		if bytes.Equal(files["one thread"], files["float32"]) {
			t.Errorf("%s: bf16 changes nothing", enc.Name())
		}
		m, err := model.Load(path)
		if err != nil || !strings.Contains(m.Recipe, `precision = "bf16"`) {
			t.Errorf("%s: %v, recipe %s", enc.Name(), err, m.Recipe)
		}
	}
	cfg := everyConfig(t, "simclr", encoders.Conv{Width: 8})
	cfg.Precision = "half"
	if _, err := cfg.Resolved(); err == nil || !strings.Contains(err.Error(), "want float32, bf16 or winograd") {
		t.Errorf("precision half: %v", err)
	}
}
