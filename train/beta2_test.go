package train

import (
	"math"
	"testing"

	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
)

// TestBeta2: two steps with gradients 1 and 3 against algorithm 2 of Loshchilov and Hutter (2019) without decay.
func TestBeta2(t *testing.T) {
	for set, beta2 := range map[float64]float64{0: 0.999, 0.99: 0.99} {
		p := nn.NewWeights(1).Param("w", nn.Ones, 1)
		o := newOptimizer(Config{Optimizer: "adamw", Beta2: set}, []*nn.Param{p})
		w, m, v := 1.0, 0.0, 0.0
		for step, g := range []float64{1, 3} {
			p.Grad[0] = float32(g)
			o.Step([]*nn.Param{p}, make([]methods.Group, 1), Rates{LR: 0.1, Step: step})
			m, v = 0.9*m+0.1*g, beta2*v+(1-beta2)*g*g
			at := float64(step + 1)
			w -= 0.1 * m / (1 - math.Pow(0.9, at)) / (math.Sqrt(v/(1-math.Pow(beta2, at))) + 1e-8)
		}
		if math.Abs(float64(p.Data[0])-w) > 1e-5 {
			t.Errorf("beta2 %g: %g, want %g", set, p.Data[0], w)
		}
	}
	if _, err := (Config{Beta2: 1}).Resolved(); err == nil {
		t.Error("beta2 of 1 is accepted")
	}
}
