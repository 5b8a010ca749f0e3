package train

import (
	"testing"

	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
)

// TestGroupsOfVectors: biases and scales at 0.0048 where weights have 0.2, as Barlow Twins is published.
func TestGroupsOfVectors(t *testing.T) {
	w := nn.NewWeights(1)
	params := []*nn.Param{w.Param("a.weight", nn.Ones, 2, 2), w.Param("a.bias", nn.Ones, 2)}
	groups := groupsOf(params, nil, []methods.Group{{Vectors: true, Rate: 0.024}})
	for i, want := range []float32{0.2, 0.0048} {
		if got := (Rates{LR: 0.2, Peak: 0.2}).of(groups[i]); got < 0.999*want || got > 1.001*want {
			t.Errorf("%s learns at %g, want %g", params[i].Name, got, want)
		}
	}
}
