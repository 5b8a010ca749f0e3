package encoders

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders/learnt"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/nn"
)

// towersFile writes towers of a width as they begin by each of some seeds.
func towersFile(t *testing.T, width int, seeds ...uint64) string {
	t.Helper()
	var ts []tensorfile.Tensor
	for i, seed := range seeds {
		w := nn.NewWeights(seed)
		if _, err := (Towers{Width: width}).New(w, 1); err != nil {
			t.Fatal(err)
		}
		for _, p := range w.All() {
			ts = append(ts, tensorfile.Tensor{Name: learnt.Name(i, p.Name), Shape: p.Shape, Data: p.Data})
		}
	}
	path := filepath.Join(t.TempDir(), "towers")
	if err := tensorfile.Write(path, map[string]string{"recipe": "steps = 0\n"}, ts); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestBuiltinBeginsWithAFile: each network has the weights of the file, in order; what a model keeps declares the same ones without it.
func TestBuiltinBeginsWithAFile(t *testing.T) {
	c := Builtin{Towers: towersFile(t, learntWidth, 5, 6), Features: 1}
	w := nn.NewWeights(0)
	net, err := c.New(w, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, scope := range []string{"towers.", "towers2."} {
		want := nn.NewWeights(uint64(5 + i))
		if _, err := (Towers{}).New(want, 1); err != nil {
			t.Fatal(err)
		}
		for _, p := range want.All() {
			got := w.Lookup(scope + p.Name)
			if got == nil || len(got.Data) != len(p.Data) || got.Data[len(p.Data)-1] != p.Data[len(p.Data)-1] {
				t.Fatalf("%s%s does not begin as in the file", scope, p.Name)
			}
		}
	}
	kept, err := Kept(c)
	if want := (Builtin{Members: 2, Features: 1}); err != nil || kept != want {
		t.Fatalf("%+v, %v, want %+v", kept, err, want)
	}
	again := nn.NewWeights(0)
	same, err := kept.New(again, 2)
	if err != nil || same.Dim() != net.Dim() || len(again.All()) != len(w.All()) {
		t.Fatal("what a model keeps is another network", err)
	}
	for i, p := range w.All() {
		if q := again.All()[i]; q.Name != p.Name || len(q.Data) != len(p.Data) {
			t.Errorf("%s of %d values became %s of %d", p.Name, len(p.Data), q.Name, len(q.Data))
		}
	}
	for want, bad := range map[string]Builtin{
		"members is 3, and ":             {Towers: c.Towers, Members: 3},
		"members is 17, want 0 to 16":    {Members: 17},
		"wants towers of the usual size": {Towers: towersFile(t, 8, 1)},
		"no such file":                   {Towers: "nowhere"},
	} {
		if _, err := bad.New(nn.NewWeights(0), 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", bad, err, want)
		}
	}
}
