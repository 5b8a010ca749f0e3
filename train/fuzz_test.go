package train

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// tiny returns the bytes of an untrained model file that is as small as one can be.
func tiny(tb testing.TB, enc encoders.Encoder) []byte {
	tb.Helper()
	m, err := Untrained(waves(2, 40), Config{Encoder: enc, Method: methods.SimCLR{Hidden: 2, Out: 2}, Window: 8})
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "m.safetensors")
	if err := m.Save(path); err != nil {
		tb.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// FuzzModel holds whatever a model file contains to an error or to a model that encodes.
func FuzzModel(f *testing.F) {
	f.Add(tiny(f, encoders.Conv{Width: 1, Depth: 1, Out: 1}))
	f.Add(tiny(f, encoders.ResNet1D{Width: 1, Stages: 1}))
	f.Add(tiny(f, encoders.Transformer{Width: 1, Depth: 1, Heads: 1, Patch: 1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		meta, ts, err := tensorfile.Decode(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		m, err := model.FromTensors(meta, ts)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("more than a line: %q", err)
			}
			return
		}
		w := &series.Window{Values: make([][]float64, m.Settings.Channels)}
		for c := range w.Values {
			w.Values[c] = make([]float64, 8)
		}
		h, err := m.Encode(context.Background(), []*series.Window{w})
		if err == nil && len(h) != m.Dim() {
			t.Errorf("%d numbers, Dim says %d", len(h), m.Dim())
		}
	})
}

// TestSettingsBeyondTheFile changes one setting of a good file; nothing of that size may be allocated.
func TestSettingsBeyondTheFile(t *testing.T) {
	good := tiny(t, encoders.Conv{Width: 1, Depth: 1, Out: 1})
	for _, c := range []struct{ from, to, want string }{
		{`"width":1`, `"width":16000`, `weights than there are: "encoder.input.weight" of shape [16000 2 1] goes beyond the limit of 20 values`},
		{`"out":1`, `"out":60000`, "weights than there are"},
		{`"width":1`, `"width":4,"kernel":129`, "weights than there are"},
		{`"method":"simclr","method_settings":{"hidden":2,"out":2}`, `"method":"cpc","method_settings":{"context":{"width":8192,"depth":24}}`, "weights than there are"},
		{`"method":"simclr","method_settings":{"hidden":2,"out":2}`, `"method":"simclr-v2","method_settings":{"hidden":1000000000}`, "weights than there are"},
		{`"channels":2`, `"channels":1e9`, "number 1e9"},
		{`"channels":2`, `"channels":65536`, "want 65536"},
		{`"channels":2`, `"channels":0`, "without channels"},
		{`"channels":2`, `"channels":-1`, "without channels"},
		{`"window":8`, `"window":-8`, "window of -8"},
		{`"window":8`, `"window":1000000000`, "window of 1000000000"},
		{`"stride":2`, `"stride":0`, "stride of 0"},
		{`"encoder":"conv"`, `"encoder":"cone"`, "no encoder"},
		{`"method":"simclr"`, `"method":"magic"`, "no method"},
		{`"normalizer":{`, `"normalised":{`, "normaliser"},
		{`"mode":"train"`, `"mode":"best"`, "want train, window, series or none"},
		{`"mean":[`, `"mean":[1,`, "statistics"},
	} {
		meta, ts, err := tensorfile.Decode(bytes.NewReader(good), int64(len(good)))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(meta["settings"], c.from) || !json.Valid([]byte(meta["settings"])) {
			t.Fatalf("no %s in %s", c.from, meta["settings"])
		}
		meta["settings"] = strings.Replace(meta["settings"], c.from, c.to, 1)
		// Only a file that has a projector has one to be built.
		ts = append(ts, tensorfile.Tensor{Name: "method.projector.linear0.weight", Shape: []int{1}, Data: []float32{1}})
		if _, err := model.FromTensors(meta, ts); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.to, err, c.want)
		}
	}
}
