package learnt_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/learnt"
	"github.com/wavekin/wavekin/nn"
)

// TestTheyFit: each weight and buffer of the towers has its values here, all finite, and those of the network that Builtin makes
// are these.
func TestTheyFit(t *testing.T) {
	from, err := learnt.Towers()
	if err != nil {
		t.Fatal(err)
	}
	w := nn.NewWeights(0)
	if _, err := (encoders.Towers{}).New(w, 1); err != nil {
		t.Fatal(err)
	}
	all := nn.NewWeights(0)
	if _, err := (encoders.Builtin{}).New(all, 2); err != nil {
		t.Fatal(err)
	}
	for _, p := range w.All() {
		v, used := from(p.Name), all.Lookup("towers."+p.Name)
		if len(v) != len(p.Data) || used == nil {
			t.Fatalf("%s: %d values, want %d; in the built-in encoder: %v", p.Name, len(v), len(p.Data), used != nil)
		}
		for i := range v {
			if math.IsNaN(float64(v[i])) || used.Data[i] != v[i] {
				t.Fatalf("%s[%d] is %g, and %g in the built-in encoder", p.Name, i, v[i], used.Data[i])
			}
		}
	}
	if from("level.nothing") != nil {
		t.Error("a weight that is not there has values")
	}
}

func ExampleTowers() {
	from, err := learnt.Towers()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(from("level.stem.conv.weight")))
	// Output: 216
}
