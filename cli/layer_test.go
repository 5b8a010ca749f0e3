package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEncodingsBehindLayers: the table has as many numbers as the layer, the metadata name it, and what a model does not have is refused.
func TestEncodingsBehindLayers(t *testing.T) {
	dir := t.TempDir()
	learn, pre, out := classes(t, dir, "A_TRAIN.tsv", 12), filepath.Join(dir, "pre"), filepath.Join(dir, "e.csv")
	must(t, "pretrain", "-q", "--data", learn, "--method", "simclr(hidden=5,out=3)", "--encoder", "conv(width=4,depth=1,out=6)", "--steps", "2", "--batch", "8", "--out", pre)
	for from, want := range map[string]int{"": 6, "backbone": 6, "0": 6, "1": 5, "2": 3, "head": 3} {
		args := []string{"embed", "-q", "--model", pre, "--out", out, learn}
		if from != "" {
			args = append(args, "--from", from)
		}
		must(t, args...)
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(string(text), "\n")
		if n := strings.Count(head, "embedding_"); n != want {
			t.Errorf("--from %q: %d numbers, want %d", from, n, want)
		}
	}
	must(t, "evaluate", "-q", "--task", "classify", "--model", pre, "--from", "head", "--train", learn, "--test", learn)
	plain := filepath.Join(dir, "plain")
	must(t, "pretrain", "-q", "--data", learn, "--method", "ts2vec", "--encoder", "conv(width=4,depth=1,out=6)", "--steps", "1", "--batch", "8", "--out", plain)
	for _, c := range []struct{ model, from, want string }{
		{pre, "3", "layer 3 of the projector, and the model (simclr) keeps 2"},
		{pre, "top", `--from is "top", want backbone, head or a number`},
		{pre, "-1", `--from is "-1", want`},
		{plain, "head", "the model has no projector"},
		{"builtin", "head", "the model has no projector"},
	} {
		if _, errs, code := wk(t, "embed", "-q", "--model", c.model, "--from="+c.from, "--out", out, learn); code != 2 || !strings.Contains(errs, c.want) {
			t.Errorf("--from %s of %s: code %d, %q, want %q", c.from, c.model, code, errs, c.want)
		}
	}
}
