package encoders

import (
	"testing"

	"github.com/wavekin/wavekin/nn"
)

func TestNarrowedEncodersAddUp(t *testing.T) {
	count := func(e Encoder) (int, int) {
		w := nn.NewWeights(0)
		net, err := e.New(w, 1)
		if err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		return w.Count(), net.Dim()
	}
	for _, e := range []Encoder{Conv{}, ResNet1D{}, Transformer{}} {
		whole, _ := count(e)
		for n := 2; n <= 6; n++ {
			one, _ := count(e.(Narrower).Narrow(n))
			// Widths come in eights, which is up to 15 % of the width at 28 and so 30 % of the parameters. The last block of
			// conv is as wide as its output, which falls by n.
			if share := float64(n*one) / float64(whole); share < 0.65 && e != (Conv{}) || share < 0.35 || share > 1.45 {
				t.Errorf("%s: %d narrow ones have %.2f of the parameters", e.Name(), n, share)
			}
		}
	}
	if _, dim := count((Conv{}).Narrow(3)); dim != 112 {
		t.Errorf("a third of conv has %d outputs, want 112, 320/3 to a multiple of 8", dim)
	}
	// What is small already stays usable.
	for _, e := range []Encoder{Conv{Width: 4, Out: 6}, ResNet1D{Width: 8}, Transformer{Width: 12, Heads: 3}} {
		count(e.(Narrower).Narrow(7))
	}
}
