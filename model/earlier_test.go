package model_test

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// withoutSetting is a model from its file, whose settings lack a text, as files of older programs do.
func withoutSetting(t *testing.T, m *model.Model, text string) *model.Model {
	t.Helper()
	path := filepath.Join(t.TempDir(), "m")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	meta, ts, err := tensorfile.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	settings := strings.Replace(meta["settings"], text, "", 1)
	if settings == meta["settings"] {
		t.Fatalf("settings %s lack %s already", settings, text)
	}
	meta["settings"] = settings
	old, err := model.FromTensors(meta, ts)
	if err != nil {
		t.Fatal(err)
	}
	return old
}

// TestEarlierBuiltins: a file of the built-in encoder that says nothing of how its blocks are joined, and whose values have the
// name of that time, was written when they were scaled; it loads with the same encodings.
func TestEarlierBuiltins(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 0))
	s := &series.Series{ID: "s", Values: [][]float64{make([]float64, 400)}}
	for i := range s.Values[0] {
		s.Values[0][i] = rng.NormFloat64()
	}
	norm, err := series.FitNormalizer([]*series.Series{s}, series.ModeTrain)
	if err != nil {
		t.Fatal(err)
	}
	windows := series.Windows(s, 40, 20)
	m, err := model.Fitted(t.Context(), encoders.Builtin{Features: 1, Join: "scaled"}, norm, windows, 0)
	if err != nil {
		t.Fatal(err)
	}
	old := withoutSetting(t, m, `,"join":"scaled"`)
	want, err := m.Encode(t.Context(), windows)
	if err != nil {
		t.Fatal(err)
	}
	got, err := old.Encode(t.Context(), windows)
	if err != nil || !slices.Equal(got, want) || !strings.Contains(string(old.Settings.EncoderSettings), `"join":"scaled"`) {
		t.Errorf("read as %s, %v", old.Settings.EncoderSettings, err)
	}
	now, err := model.Fitted(t.Context(), encoders.Builtin{Features: 1}, norm, windows, 0)
	if err != nil {
		t.Fatal(err)
	}
	if other, err := now.Encode(t.Context(), windows); err != nil || slices.Equal(other, want) {
		t.Errorf("blocks are joined now as they were (%v)", err)
	}
}
