package methods

import (
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/nn"
)

// TestTeacherStartsAsTheStudent: in every weight and buffer, the map of patches that nobody trains among them.
func TestTeacherStartsAsTheStudent(t *testing.T) {
	w := nn.NewWeights(1)
	enc := imageenc.ViTTiny{Width: 12, Depth: 1, FrozenPatch: true}
	for _, set := range []*nn.Weights{w.Scope("encoder"), w.Frozen().Scope("teacher")} {
		if _, err := enc.New(set, 3); err != nil {
			t.Fatal(err)
		}
	}
	if err := (&teacher{}).pair(w, "teacher.", "encoder."); err != nil {
		t.Fatal(err)
	}
	if w.Lookup("teacher.patch.weight") == nil {
		t.Error("no map of patches")
	}
	for _, p := range w.All() {
		if name, ok := strings.CutPrefix(p.Name, "teacher."); ok && !slices.Equal(p.Data, w.Lookup("encoder."+name).Data) {
			t.Errorf("%s is not the student's", p.Name)
		}
	}
}
