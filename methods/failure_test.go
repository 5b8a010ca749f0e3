package methods

import (
	"fmt"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/nn"
)

// TestFailedGraphs builds every method on graphs that have failed, or that fail on the way: it must not panic, and the error
// is the first one.
func TestFailedGraphs(t *testing.T) {
	for _, enc := range []encoders.Encoder{trialEncoder, encoders.Strided{Width: 8, Out: 8}, imageenc.ResNet18{Width: 4}, imageenc.ViTTiny{Width: 12, Depth: 1, Patch: 4}} {
		for _, name := range Names() {
			m, err := ByName(name, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, obj, err := setUp(m, enc)
			if err != nil {
				continue // a method of sequences
			}
			shape := append([]int{trialBatch}, trialShape(enc)...)
			views := max(2, len(m.Needs().Views))
			wrong := map[string][]int{
				"channels": append([]int{trialBatch, shape[1] + 1}, shape[2:]...), "axes": shape[:2], "another axis": append(shape[:len(shape):len(shape)], 4),
				"nothing": shape,
			}
			for what, s := range wrong {
				if what == "channels" && name == "cmc" {
					continue // its views are of channels, and it takes the first
				}
				g := nn.NewGraph(true)
				first := ""
				if what == "nothing" {
					nn.Reshape(g.Input("x", 2), 3)
					first = g.Err().Error()
				}
				b := Batch{}
				for i := range views {
					b.Views = append(b.Views, g.Input(fmt.Sprint(i), s...))
				}
				loss := obj.Build(b)
				if _, err := g.Compile(loss.Value, loss.Embeddings); err == nil || first != "" && err.Error() != first {
					t.Errorf("%s with %s, %s: error %v, want %q", name, enc.Name(), what, err, first)
				}
			}
		}
	}
}
