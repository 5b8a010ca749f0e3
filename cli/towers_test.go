package cli

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders/learnt"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/model"
)

// comesAlong are the weights that the program has, as a file.
var comesAlong = filepath.Join("..", "encoders", "learnt", "small.safetensors")

// twice is a file of two networks, both of them the built-in one.
func twice(t *testing.T, path string) {
	t.Helper()
	meta, ts, err := tensorfile.Read(comesAlong)
	if err != nil {
		t.Fatal(err)
	}
	var both []tensorfile.Tensor
	for i := range 2 {
		for _, one := range ts {
			one.Name = learnt.Name(i, one.Name)
			both = append(both, one)
		}
	}
	if err := tensorfile.Write(path, map[string]string{learnt.Recipe(0): meta["recipe"]}, both); err != nil {
		t.Fatal(err)
	}
}

// TestTowersAsAModel: every command that takes the built-in encoder takes a file of towers for it; that of those that come along
// encodes like it, and what is made with a file does not need it again.
func TestTowersAsAModel(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	labelledShapes(t, path("A_TRAIN.tsv"), 0)
	labelledShapes(t, path("A_TEST.tsv"), 100)
	var csv strings.Builder
	csv.WriteString("load\n")
	for k := range 700 {
		fmt.Fprintf(&csv, "%g\n", math.Sin(float64(k)/5))
	}
	if err := os.WriteFile(path("day.csv"), []byte(csv.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, "embed", "--model", "builtin", "--out", path("a.csv"), path("day.csv"), "-q")
	must(t, "embed", "--model", comesAlong, "--out", path("b.csv"), path("day.csv"), "-q")
	if read(t, path("a.csv")) != read(t, path("b.csv")) {
		t.Error("the weights that come along encode otherwise from a file")
	}
	two := path("two")
	twice(t, two)
	must(t, "export", two, "--window", "40", "--out", path("m.safetensors"), "-q")
	must(t, "export", two, "--window", "40", "--out", path("m.onnx"), "-q")
	must(t, "embed", "--model", two, "--out", path("c.csv"), path("day.csv"), "-q")
	must(t, "reference", "--model", two, "--normal", path("day.csv"), "--out", path("normal"), "-q")
	must(t, "score", "--model", two, "--reference", path("normal"), "--out", path("s.csv"), path("day.csv"), "-q")
	must(t, "evaluate", "--task", "classify", "--model", two, "--train", path("A_TRAIN.tsv"), "--test", path("A_TEST.tsv"), "-q")
	must(t, "finetune", "--model", two, "--train", path("A_TRAIN.tsv"), "--steps", "1", "--batch", "4", "--out", path("tuned"), "-q")
	must(t, "pretrain", "--encoder", "builtin(towers="+two+",features=1)", "--data", "synthetic:8", "--batch", "4", "--steps", "1", "--out", path("further"), "-q")
	if err := os.Remove(two); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"m.safetensors", "tuned", "further"} {
		m, err := model.Load(path(name))
		if err != nil || m.Weights().Lookup("encoder.towers2.level.stem.conv.weight") == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, "finetune", "--model", path("tuned"), "--train", path("A_TRAIN.tsv"), "--steps", "1", "--batch", "4", "--out", path("again"), "-q")
	for want, args := range map[string][]string{
		"two: no such": {"embed", "--model", two, "--out", path("no.csv"), path("day.csv")},
	} {
		if _, errs, code := wk(t, append(args, "-q")...); code != exitInput || !strings.Contains(errs, want) {
			t.Errorf("%v: exit code %d, %q; want %q", args, code, errs, want)
		}
	}
}
