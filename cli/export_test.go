package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExport(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	labelledShapes(t, path("A_TRAIN.tsv"), 0)
	must(t, "pretrain", "--data", path("A_TRAIN.tsv"), "--steps", "1", "--batch", "4", "--set", "encoder.width=8", "--set", "encoder.depth=1", "--out", path("m.safetensors"), "-q")
	var r exportResult
	if err := json.Unmarshal([]byte(must(t, "export", path("m.safetensors"), "--out", path("m.onnx"), "--json")), &r); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path("m.onnx"))
	if err != nil || info.Size() != r.Bytes || !r.FreeLength || r.Type != "float64" || r.OutputShape[1] != "320" {
		t.Errorf("%+v %v", r, err)
	}
	if err := json.Unmarshal([]byte(must(t, "export", path("m.safetensors"), "--out", path("m.onnx"), "--float32", "--fixed-length", "--json")), &r); err != nil || r.FreeLength || r.Type != "float32" || r.InputShape[2] != "90" {
		t.Errorf("%+v %v", r, err)
	}
	must(t, "export", "builtin", "--window", "64", "--out", path("b.onnx"), "-q")
	for _, c := range []struct {
		args []string
		code int
	}{
		{[]string{"export", "builtin", "--out", path("c.onnx")}, exitUsage},
		{[]string{"export", path("m.safetensors"), "--window", "9", "--out", path("c.onnx")}, exitUsage},
		{[]string{"export", path("m.safetensors"), "--out", path("m.safetensors")}, exitUsage},
		{[]string{"export", path("A_TRAIN.tsv"), "--out", path("c.onnx")}, exitInput},
		{[]string{"export", path("m.safetensors"), "--out", "-"}, exitUsage},
		{[]string{"export", path("m.safetensors"), "--out", path("c.safetensors")}, exitUsage},
		{[]string{"export", "builtin", "--window", "64", "--float32", "--out", path("c.safetensors")}, exitUsage},
	} {
		if _, errs, code := wk(t, c.args...); code != c.code {
			t.Errorf("%v: exit code %d, want %d: %s", c.args, code, c.code, errs)
		}
		for _, name := range []string{"c.onnx", "c.safetensors"} {
			if _, err := os.Stat(path(name)); err == nil {
				t.Errorf("%v: a file was left", c.args)
			}
		}
	}
}

// TestExportBuiltin: the model file encodes as the built-in encoder does, bit by bit.
func TestExportBuiltin(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	labelledShapes(t, path("A_TRAIN.tsv"), 0)
	must(t, "export", "builtin", "--window", "40", "--out", path("b.safetensors"), "-q")
	must(t, "embed", "-q", "--window", "40", "--out", path("a.csv"), path("A_TRAIN.tsv"))
	must(t, "embed", "-q", "--model", path("b.safetensors"), "--out", path("b.csv"), path("A_TRAIN.tsv"))
	if a, b := fileBytes(t, path("a.csv")), fileBytes(t, path("b.csv")); len(a) == 0 || !bytes.Equal(a, b) {
		t.Errorf("%d bytes by the built-in encoder and %d by its file, not the same", len(a), len(b))
	}
}

// TestExportSaysWhatToSet: views of cmc that have no translation are refused in a line with a setting, which can be exported.
func TestExportSaysWhatToSet(t *testing.T) {
	dir := t.TempDir()
	quiet := readings(t, dir, "quiet.csv", 300, 0)
	series := []string{"--data", quiet, "--label", "label", "--encoder", "conv(width=4,depth=2)", "--window", "64", "--set", `method.views=["raw","season"]`}
	images := []string{"--data", figures(t), "--set", "encoder.width=4", "--size", "12"}
	for _, c := range []struct{ args, remedy []string }{
		{series, []string{"--set", "method.period=24"}},
		{images, []string{"--set", `method.views=["raw","blur"]`}},
	} {
		model, out := filepath.Join(dir, "m.safetensors"), filepath.Join(dir, "m.onnx")
		args := append([]string{"pretrain", "-q", "--method", "cmc(form=batch)", "--steps", "2", "--batch", "4", "--out", model}, c.args...)
		must(t, args...)
		if _, errs, code := wk(t, "export", model, "--out", out); code != exitFailed || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, strings.TrimPrefix(c.remedy[1], "--set ")) {
			t.Errorf("code %d, %q, want %q in it", code, errs, c.remedy)
		}
		must(t, append(args, c.remedy...)...)
		must(t, "export", model, "--out", out)
	}
}
