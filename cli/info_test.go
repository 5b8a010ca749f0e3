package cli

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// TestInfoShowsEveryDigit: the lowest and the highest value are shown as they are in the file.
func TestInfoShowsEveryDigit(t *testing.T) {
	file := write(t, t.TempDir(), "counter.csv", "time,a,b\n0,1700000001,0.1234567890123456\n1,1700000999,-1e-30\n")
	out := must(t, "info", "-q", file)
	for _, want := range []string{" 1700000999 ", " -1e-30 "} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

// TestInfoOfTheBuiltin: sizes are those of docs/results/builtin.md, the seeds those of its files.
func TestInfoOfTheBuiltin(t *testing.T) {
	base := filepath.Join("..", "encoders", "learnt", "base.safetensors")
	for _, c := range []struct {
		file     string
		fitted   int
		networks int
	}{{"builtin", 4032 + 2304 + 32, 1}, {base, 4032 + 4*2304 + 32, 4}} {
		var in builtinInfo
		if err := json.Unmarshal([]byte(must(t, "info", "--json", c.file)), &in); err != nil {
			t.Fatal(err)
		}
		if in.Fitted != c.fitted || in.Dim != 512 || in.Networks != c.networks || len(in.Seeds) != c.networks || in.Seeds[c.networks-1] != uint64(c.networks-1) || in.Series != 256000 || in.Parameters < 1000 {
			t.Errorf("%s: %+v", c.file, in)
		}
		file := c.file
		if file == "builtin" {
			file = filepath.Join("..", "encoders", "learnt", "small.safetensors")
		}
		if want := fmt.Sprintf("%x", sha256.Sum256(fileBytes(t, file))); in.SHA256 != want {
			t.Errorf("%s: %s, want %s", c.file, in.SHA256, want)
		}
	}
	if out := must(t, "info", "builtin"); !strings.Contains(out, "synthetic series alone, 256000 ") || !strings.Contains(out, `method = "simclr"`) {
		t.Error(out)
	}
}
