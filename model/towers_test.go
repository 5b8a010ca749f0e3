package model_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/datasets/synthetic"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// TestModelsDoNotNeedTheFileOfTheirTowers: a saved model encodes as before when the file that its towers began with is gone; and a
// model that names one is refused, so that none makes the program open a file.
func TestModelsDoNotNeedTheFileOfTheirTowers(t *testing.T) {
	dir := t.TempDir()
	towers, path := filepath.Join(dir, "towers"), filepath.Join(dir, "m")
	copyFile(t, filepath.Join("..", "encoders", "learnt", "small.safetensors"), towers)
	set, err := synthetic.New(synthetic.Config{Series: 12, Length: 40})
	if err != nil {
		t.Fatal(err)
	}
	var windows []*series.Window
	for i := range set.Len() {
		windows = append(windows, set.Series(i).Whole(40))
	}
	norm := &series.Normalizer{Mode: series.ModeWindow}
	m, err := model.Fitted(t.Context(), encoders.Builtin{Towers: towers, Features: 1}, norm, windows, 0)
	if err != nil {
		t.Fatal(err)
	}
	before, err := m.Encode(context.Background(), windows)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(towers); err != nil {
		t.Fatal(err)
	}
	again, err := model.Load(path)
	if err != nil || again.Hash() != m.Hash() {
		t.Fatal("the model is another one", err)
	}
	after, err := again.Encode(context.Background(), windows)
	if err != nil || !slices.Equal(before, after) {
		t.Error("it encodes otherwise", err)
	}
	meta, ts, err := tensorfile.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	var s model.Settings
	if err := json.Unmarshal([]byte(meta["settings"]), &s); err != nil {
		t.Fatal(err)
	}
	s.EncoderSettings = json.RawMessage(`{"features": 1, "towers": "elsewhere"}`)
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	meta["settings"] = string(text)
	if _, err := model.FromTensors(meta, ts); err == nil || !strings.Contains(err.Error(), `name a file of towers, "elsewhere"`) {
		t.Error(err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
