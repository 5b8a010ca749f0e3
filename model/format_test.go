package model_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/raster"
	"github.com/wavekin/wavekin/series"
)

// rounded is a value as it stood in the file that the fixtures were made from.
func rounded(v float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(v*p) / p
}

// fixtureWindows are those whose encodings testdata/encodings-1.json holds.
func fixtureWindows(name string) []*series.Window {
	var out []*series.Window
	if strings.HasPrefix(name, "series") {
		s := &series.Series{ID: "s", Channels: []string{"x", "y"}, Values: make([][]float64, 2)}
		for i := range 160 {
			t := float64(i)
			s.Values[0] = append(s.Values[0], rounded(math.Sin(t*.3)+.2*math.Sin(t*1.7), 4))
			s.Values[1] = append(s.Values[1], rounded(3+math.Cos(t*.2), 4))
		}
		return series.Windows(s, 16, 16)
	}
	for k := range 12 {
		s := &series.Series{Channels: []string{"value"}, Values: make([][]float64, 1)}
		for i := range 24 {
			s.Values[0] = append(s.Values[0], rounded(math.Sin(float64(i)*(.3+.4*float64(k%2))+float64(k)), 3))
		}
		out = append(out, s.Whole(24))
	}
	return out
}

// fixtureImages are eight images of 8 by 8 pixels: a diagonal or a column.
func fixtureImages() []*raster.Image {
	var out []*raster.Image
	for i := range 8 {
		m := &raster.Image{}
		m.Reset(1, 8, 8)
		clear(m.Pix)
		for d := range 8 {
			x := i % 8
			if i%2 == 1 {
				x = (i + d) % 8
			}
			m.Pix[d*8+x] = uint8(200 + i)
		}
		out = append(out, m)
	}
	return out
}

// TestFilesOfEarlierFormats loads files that the program wrote in formats 1 and 2, and compares their encodings with those of
// that program. They are saved in today's format and loaded again.
func TestFilesOfEarlierFormats(t *testing.T) {
	text, err := os.ReadFile("testdata/encodings-1.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string][][]float64
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	want["series-2"] = want["series-1"]
	recipes := map[string][]string{
		"series-1": {`method = "simclr"`, `encoder = "conv"`, `augment = "crop(0.6,1)|scale(0.2)|shift(0.2)|jitter(0.05)"`, "batch = 4", "steps = 5", "lr = 0.001",
			"lr_schedule = {from = 0.01, to = 0.001}", "warmup = 0.05", `optimizer = "adamw"`, "decay = -1", "clip = 1",
			`groups = [{prefix = "encoder.input.", rate = 0.5}]`, "seed = 3", "[set.method]\ntemperature = 0.3", "[set.encoder]\ndepth = 2\nout = 8\nwidth = 4"},
		"image-1":     {`method = "byol"`, `image_augment = "crop(0.08,1,0.75,0)|flip(0.5)|`, "decay = 0.0001", "[set.encoder]\nwidth = 1"},
		"tuned-1":     {`method = "finetune"`, "decay = -1", "warmup = -1", "[set.method]\nfrom_layer = 1"},
		"distilled-1": {`method = "distill"`, "steps = 5"},
	}
	recipes["series-2"] = recipes["series-1"]
	for name, rows := range want {
		m, err := model.Load(filepath.Join("testdata", name+".safetensors"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, line := range recipes[name] {
			if !strings.Contains(m.Recipe, line) {
				t.Errorf("%s: no %q in its recipe\n%s", name, line, m.Recipe)
			}
		}
		compareCodes(t, name, m, rows)
		path := filepath.Join(t.TempDir(), name)
		if err := m.Save(path); err != nil {
			t.Fatal(err)
		}
		again, err := model.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if again.Recipe != m.Recipe {
			t.Errorf("%s: saved again, the recipe is\n%s", name, again.Recipe)
		}
		compareCodes(t, name, again, rows)
		if file, err := os.ReadFile(path); err != nil || !bytes.Contains(file, []byte(`"format":"4"`)) {
			t.Errorf("%s: not saved as format 4, %v", name, err)
		}
	}
	if len(want) != 5 {
		t.Errorf("%d fixtures", len(want))
	}
}

func compareCodes(t *testing.T, name string, m *model.Model, want [][]float64) {
	t.Helper()
	var h []float32
	var err error
	if m.Settings.Image != nil {
		h, err = m.EncodeImages(context.Background(), fixtureImages())
	} else {
		h, err = m.Encode(context.Background(), fixtureWindows(name))
	}
	if err != nil || len(h) != len(want)*m.Dim() {
		t.Errorf("%s: %d numbers for %d samples of %d: %v", name, len(h), len(want), m.Dim(), err)
		return
	}
	for i, v := range h {
		if w := want[i/m.Dim()][i%m.Dim()]; math.Abs(float64(v)-w) > 1e-5*(1+math.Abs(w)) {
			t.Errorf("%s: number %d of sample %d is %g, want %g", name, i%m.Dim(), i/m.Dim(), v, w)
			return
		}
	}
	if m.Settings.Stage == "" {
		return
	}
	classes, err := m.Classify(context.Background(), fixtureWindows(name))
	if err != nil || len(classes) != 12 {
		t.Errorf("%s: classes %v, %v", name, classes, err)
	}
}

// TestSettingsOfEarlier: by a file's tensors a method has the settings that were usual when it was written, and no others where it says
// them, or where the tensor is not there.
func TestSettingsOfEarlier(t *testing.T) {
	for _, c := range []struct {
		tensor   string
		now, was methods.Method
	}{
		{"method.projector.norm1.bias", methods.SimCLR{}, methods.SimCLR{Temperature: 0.2, Shift: true}},
		{"method.projector.norm2.bias", methods.SimCLRv2{Temperature: 0.5}, methods.SimCLRv2{Temperature: 0.5, Shift: true}},
		{"method.projector.norm2.bias", methods.SimCLR{}, methods.SimCLR{}},
		{"method.projector.norm1.bias", methods.SimCLR{Norm: "actnorm"}, methods.SimCLR{Norm: "actnorm"}},
		{"method.projector.norm1.bias", methods.SimCLR{Shift: true}, methods.SimCLR{Shift: true}},
		{"method.projector.norm0.running_mean", methods.NPID{}, methods.NPID{Norm: "batch"}},
		{"method.projector.norm0.running_mean", methods.NPID{Norm: "layer"}, methods.NPID{Norm: "layer"}},
		{"method.view0.projector.norm0.running_mean", methods.CMC{Form: "bank"}, methods.CMC{Form: "bank", Norm: "batch"}},
		{"method.view0.projector.norm0.weight", methods.CMC{}, methods.CMC{Form: "batch"}},
		{"method.view0.projector.linear0.weight", methods.CMC{Form: "bank"}, methods.CMC{Form: "bank"}},
	} {
		var s model.Settings
		_, got, err := s.OfEarlier(nil, c.now, func(tensor string) bool { return tensor == c.tensor })
		if err != nil || !reflect.DeepEqual(got, c.was) {
			t.Errorf("%+v with %s is %+v, want %+v; %v", c.now, c.tensor, got, c.was, err)
		}
	}
}

func TestOldRecipesAreChecked(t *testing.T) {
	for _, text := range []string{"", "{", "[1]x"} {
		if r, err := model.OldRecipe([]byte(text)); err == nil {
			t.Errorf("%q is the recipe %q", text, r)
		}
	}
	if r, err := model.OldRecipe([]byte(`{"method":"a\"b","method_settings":3,"lr":"x"}`)); err != nil || !strings.Contains(r, `method = "a\"b"`) {
		t.Errorf("%q, %v", r, err)
	}
}

// TestDamagedModels flips bits of a model file, its settings and its weights, seeded; none may be loaded.
func TestDamagedModels(t *testing.T) {
	m, err := model.Load("testdata/series-1.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	key := bytes.Index(good, []byte(`"checksum"`))
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 400 {
		b := bytes.Clone(good)
		at := r.IntN(len(b))
		if i < 12 { // the name of the checksum itself
			at = key + i
		}
		switch bit := byte(1) << r.IntN(8); {
		case i%10 == 9:
			b = b[:at]
		default:
			b[at] ^= bit
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		var file *model.FileError
		if _, err := model.Load(path); !errors.As(err, &file) || strings.Contains(err.Error(), "\n") {
			t.Errorf("byte %d of %d, variant %d: %v", at, len(good), i, err)
		}
	}
}

// TestEncodingsThatOverflow are refused with the place of the window: a weight of this size comes from damage or from training that
// blew up, and all distances would be the same.
func TestEncodingsThatOverflow(t *testing.T) {
	m, err := model.Load("testdata/series-1.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	all := m.Weights().Trainable()
	last := all[len(all)-1]
	last.Data[0] = 1e25
	if _, err := m.Encode(context.Background(), fixtureWindows("series-1")); err == nil || !strings.Contains(err.Error(), `series "s", time stamps 0 to 16: the encoding is not finite, or too large`) {
		t.Errorf("weight %s of 1e25: %v", last.Name, err)
	}
}
