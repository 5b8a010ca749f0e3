package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/parquet-go/parquet-go"
	"github.com/wavekin/wavekin/model"
)

// TestTablesTellHowTheyWereMade: Arrow and Parquet tables of encodings and scores hold model, settings, units and version.
func TestTablesTellHowTheyWereMade(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	labelledShapes(t, path("A_TRAIN.tsv"), 0)
	must(t, "pretrain", "--data", path("A_TRAIN.tsv"), "--steps", "1", "--batch", "4", "--window", "30", "--set", "encoder.width=8", "--set", "encoder.depth=1", "--out", path("m.safetensors"), "-q")
	m, err := model.Load(path("m.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	for _, ending := range []string{".arrow", ".arrows", ".parquet"} {
		for command, args := range map[string][]string{"embed": {"embed", "--stride", "15"}, "score": {"score", "--normal", path("A_TRAIN.tsv")}} {
			out := path(command + ending)
			must(t, append(args, "--model", path("m.safetensors"), "--out", out, "-q", path("A_TRAIN.tsv"))...)
			meta := schemaOf(t, out)
			var units map[string]string
			var settings struct{ Window, Stride int }
			var of model.Settings
			for key, v := range map[string]any{"wavekin.units": &units, "wavekin.settings": &settings, "wavekin.model_settings": &of} {
				if err := json.Unmarshal([]byte(meta[key]), v); err != nil {
					t.Fatalf("%s%s: %s: %q: %v", command, ending, key, meta[key], err)
				}
			}
			if meta["wavekin.command"] != command || meta["wavekin.model"] != m.Hash() || meta["wavekin.version"] != version() || of.Encoder != "conv" {
				t.Errorf("%s%s: %v", command, ending, meta)
			}
			if settings.Window != 30 || command == "embed" && (settings.Stride != 15 || units["embedding"] == "") || command == "score" && units["score"] != "distance, cosine" {
				t.Errorf("%s%s: %+v, %v", command, ending, settings, units)
			}
		}
	}
}

// schemaOf are the metadata of an Arrow or Parquet file.
func schemaOf(t *testing.T, path string) map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	switch filepath.Ext(path) {
	case ".arrow":
		r, err := ipc.NewFileReader(f)
		if err != nil {
			t.Fatal(err)
		}
		return r.Schema().Metadata().ToMap()
	case ".arrows":
		r, err := ipc.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Release()
		return r.Schema().Metadata().ToMap()
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	p, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, kv := range p.Metadata().KeyValueMetadata {
		out[kv.Key] = kv.Value
	}
	return out
}
