package encoders

import (
	"math"
	"testing"

	"github.com/wavekin/wavekin/internal/random"
	"github.com/wavekin/wavekin/nn"
)

// TestBuiltinBlocksHaveOneLength: in every encoding the kernels and the towers have the same length, and the values min(1, 16/T)
// of it; several networks of towers have more, by the fourth root of their number; joined as scaled, lengths differ from window to window and agree in the mean.
func TestBuiltinBlocksHaveOneLength(t *testing.T) {
	const n = 8
	for _, length := range []int{12, 16, 64} {
		for _, c := range []Builtin{{}, {Join: "scaled"}, {Members: 2}} {
			w := nn.NewWeights(1)
			c.Features = 1
			net, err := c.New(w, 1)
			if err != nil {
				t.Fatal(err)
			}
			rng := random.New(uint64(length), random.Fit)
			g := nn.NewGraph(false)
			g.FitTo(rng)
			x := g.Input("x", n, 1, length)
			h := net.Apply(x)
			p, err := g.Compile(nil, h)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := 0, p.Data(x); i < len(v); i++ {
				v[i] = float32(rng.NormFloat64())
			}
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			b := net.(*builtin)
			var off float64 // of the lengths from those of the doc
			for row := range n {
				at := p.Data(h)[row*b.Dim():][:b.Dim()]
				for k, block := range b.blocks {
					want := math.Sqrt(float64(b.Dim()) / 3)
					if k == 1 && c.Members > 0 {
						want *= math.Pow(float64(c.Members), 0.25)
					}
					if block.values {
						want *= math.Min(1, 16/float64(length))
					}
					off = max(off, math.Abs(norm(at[:block.sketch.Dim()])/want-1))
					at = at[block.sketch.Dim():]
				}
			}
			if unit := off < 1e-4; unit != (c.Join == "") {
				t.Errorf("%+v, %d time stamps: lengths differ by %g", c, length, off)
			}
		}
	}
}

func norm(x []float32) float64 {
	var s float64
	for _, v := range x {
		s += float64(v) * float64(v)
	}
	return math.Sqrt(s)
}
