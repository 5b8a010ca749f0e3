package model_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/cpc"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/series"
)

// predictive is an untrained model of two channels that keeps its predictors.
func predictive(t *testing.T) *model.Model {
	t.Helper()
	old, err := model.Load("testdata/cpc-3.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	w := nn.NewWeights(5)
	net, err := methods.NetworkOf(old.Method(), w, old.Encoder(), 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := old.Method().(methods.Predicting).Predictor(methods.Setup{Weights: w.Scope("method"), Net: net, Channels: 2, Length: 16}); err != nil {
		t.Fatal(err)
	}
	s := old.Settings
	s.Predictors = true
	m, err := model.New(s, old.Recipe, old.Summary, old.Encoder(), old.Method(), w)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestPredictorsStayInTheFile: they are read back bit for bit, and the file says of which format it is.
func TestPredictorsStayInTheFile(t *testing.T) {
	m := predictive(t)
	path := filepath.Join(t.TempDir(), "m")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"format":"4"`, `\"predictors\":true`, `"method.predictors.horizon1.weight":{"dtype":"F32","shape":[4,4]`} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("the file does not hold %s", want)
		}
	}
	again, err := model.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if horizons, directions := again.Predicts(); !slices.Equal(horizons, []int{2, 3}) || directions != 1 {
		t.Errorf("horizons %v in %d directions, want 2 and 3 in one", horizons, directions)
	}
	var rows [2][]float32
	for i, one := range []*model.Model{m, again} {
		f, err := one.Predictor()
		if err != nil {
			t.Fatal(err)
		}
		if rows[i], err = f.Encode(t.Context(), fixtureWindows("series")); err != nil {
			t.Fatal(err)
		}
		if f.Hop() != 2 || f.Shown() != 4 || f.Window() != 16 || f.Dim() != 4 || f.Horizons() != 2 || f.Hash() == one.Hash() || len(rows[i]) != 10*3*4 {
			t.Errorf("hop %d, shown %d, window %d, dim %d, %d horizons, %d numbers", f.Hop(), f.Shown(), f.Window(), f.Dim(), f.Horizons(), len(rows[i]))
		}
	}
	if !slices.Equal(rows[0], rows[1]) || m.Hash() != again.Hash() {
		t.Error("what was loaded predicts otherwise")
	}
}

// TestPredictionsOfAWindowDependsOnNoOther: one by one, bit for bit, and windows of another length are refused.
func TestPredictionsOfAWindowDependsOnNoOther(t *testing.T) {
	f, err := predictive(t).Predictor()
	if err != nil {
		t.Fatal(err)
	}
	ws := fixtureWindows("series")
	all, err := f.Encode(t.Context(), ws)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range ws {
		one, err := f.Encode(t.Context(), []*series.Window{w})
		if err != nil || !slices.Equal(one, all[i*len(one):(i+1)*len(one)]) {
			t.Errorf("window %d alone: %v", i, err)
		}
	}
	s := &series.Series{ID: "s", Channels: []string{"x", "y"}, Values: [][]float64{make([]float64, 24), make([]float64, 24)}}
	if _, err := f.Encode(t.Context(), series.Windows(s, 24, 24)); err == nil || !strings.Contains(err.Error(), "in windows of 16") {
		t.Errorf("windows of 24: %v", err)
	}
}

// TestModelsWithoutPredictors: a file of an older program loads and says what it lacks, and so does a model of another method.
func TestModelsWithoutPredictors(t *testing.T) {
	for name, want := range map[string]string{"cpc-3": "older program", "series-1": "this one is simclr"} {
		m, err := model.Load(filepath.Join("testdata", name+".safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Predictor(); !errors.Is(err, model.ErrNoPredictors) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
		if horizons, _ := m.Predicts(); horizons != nil {
			t.Errorf("%s: horizons %v", name, horizons)
		}
		s := m.Settings
		if s.Predictors = true; name == "cpc-3" {
			continue
		}
		if _, err := model.New(s, "", m.Summary, encoders.Conv{}, methods.SimCLR{}, m.Weights()); err == nil || !strings.Contains(err.Error(), "which keeps none") {
			t.Errorf("%s with predictors: %v", name, err)
		}
	}
}

// TestEarlierContextsOfImages: a file that says nothing of the context over an image, and has one of 128 numbers and 3 blocks after a layer
// of its own, was written when that was usual; it loads with the same encodings.
func TestEarlierContextsOfImages(t *testing.T) {
	w, enc := nn.NewWeights(2), imageenc.ResNet18{Width: 1}
	method := methods.CPC{Feature: "context", Context: cpc.ContextConfig{Width: 128}}
	if _, err := methods.NetworkOf(method, w, enc, 1); err != nil {
		t.Fatal(err)
	}
	m, err := model.New(model.Settings{Channels: 1, Image: &model.Picture{Size: 8, Space: "grey", Mean: []float32{0.5}, Deviation: []float32{0.2}}}, "", model.Summary{}, enc, method, w)
	if err != nil {
		t.Fatal(err)
	}
	old := withoutSetting(t, m, `"context":{"width":128},`)
	want, err := m.EncodeImages(t.Context(), fixtureImages())
	if err != nil {
		t.Fatal(err)
	}
	got, err := old.EncodeImages(t.Context(), fixtureImages())
	if err != nil || !slices.Equal(got, want) || !strings.Contains(string(old.Settings.MethodSettings), `"width":128,"depth":3`) {
		t.Errorf("read as %s, %v", old.Settings.MethodSettings, err)
	}
}
