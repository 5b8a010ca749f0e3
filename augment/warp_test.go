package augment

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestCurve holds the random curve to cubic Hermite pieces through the same points, whose slopes are half the difference of the
// neighbours, and at the ends that to the neighbour.
func TestCurve(t *testing.T) {
	const knots, sigma, n = 3, 0.4, 41 // ten steps from point to point
	rng := rand.New(rand.NewPCG(6, 1))
	var p [knots + 2]float64
	for i := range p {
		p[i] = 1 + sigma*rng.NormFloat64()
	}
	slope := func(i int) float64 {
		switch i {
		case 0:
			return p[1] - p[0]
		case knots + 1:
			return p[i] - p[i-1]
		}
		return (p[i+1] - p[i-1]) / 2
	}
	got := make([]float64, n)
	curve(got, rand.New(rand.NewPCG(6, 1)), sigma, knots)
	for k, v := range got {
		i := min(k/10, knots)
		w := float64(k)/10 - float64(i)
		want := (1+2*w)*(1-w)*(1-w)*p[i] + w*(1-w)*(1-w)*slope(i) + w*w*(3-2*w)*p[i+1] + w*w*(w-1)*slope(i+1)
		if math.Abs(v-want) > 1e-12 {
			t.Fatalf("step %d is %g, want %g", k, v, want)
		}
	}
}
