package methods

import (
	"math"
	"testing"

	"github.com/wavekin/wavekin/nn"
)

// slowDCL is eq. 6 of Yeh et al. (2022), and with a sigma the weight of its section 3.3, pair by pair.
func slowDCL(z []float32, d int, tau, sigma float64) float64 {
	s := cosines(z, d)
	rows := len(s)
	n := rows / 2
	var sum float64
	for i := range n {
		sum += math.Exp(s[i][i+n] / sigma)
	}
	var total float64
	for i := range rows {
		pos := (i + n) % rows
		var others float64
		for k := range rows {
			if k != i && k != pos {
				others += math.Exp(s[i][k] / tau)
			}
		}
		w := 1.0
		if sigma > 0 {
			w = 2 - float64(n)*math.Exp(s[i][pos]/sigma)/sum
		}
		total += -w*s[i][pos]/tau + math.Log(others)
	}
	return total / float64(rows)
}

func TestDCL(t *testing.T) {
	for _, sigma := range []float64{0, 0.5} {
		f := func(z *nn.Node) *nn.Node { return Decoupled(z, 0.3, float32(sigma)) }
		for _, n := range []int{2, 3, 8} {
			z := units(2*n, 5, uint64(n))
			near(t, "twin", value(t, z, 5, f), slowDCL(z, 5, 0.3, sigma), 1e-5)
		}
		checkGradient(t, "dcl", units(8, 5, 3), 5, f)
	}
	// NT-Xent with the positive taken out of each row's denominator, row by row.
	z := units(12, 4, 5)
	s := cosines(z, 4)
	var less float64
	for i := range s {
		var all float64
		for k := range s {
			if k != i {
				all += math.Exp(s[i][k] / 0.3)
			}
		}
		less += math.Log(all-math.Exp(s[i][(i+6)%12]/0.3)) - math.Log(all)
	}
	near(t, "nt-xent less the positive", value(t, z, 4, func(z *nn.Node) *nn.Node { return Decoupled(z, 0.3, 0) }), slowNTXent(z, 4, 0.3)+less/12, 1e-5)
	// Equal vectors: -1/τ + 1/τ + log(2N-2); the weights are then 2 - N/N = 1.
	same := make([]float32, 32*4)
	for i := range 32 {
		same[i*4] = 1
	}
	for _, sigma := range []float32{0, 0.5} {
		near(t, "collapsed", value(t, same, 4, func(z *nn.Node) *nn.Node { return Decoupled(z, 0.5, sigma) }), math.Log(30), 1e-5)
	}
	near(t, "uniform", (&dcl{}).Uniform(16), math.Log(30), 1e-12)
	// Independent vectors: log(2N-2) + 1/(2 D τ²), since the mean of s⁺ is about 0.
	near(t, "step 0", value(t, units(512, 128, 1), 128, func(z *nn.Node) *nn.Node { return Decoupled(z, 0.5, 0) }), math.Log(510)+1/(2*128*0.25), 5e-3)
}

func TestDCLWLearns(t *testing.T) { learns(t, DCL{Weighted: true}) }
