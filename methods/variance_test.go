package methods

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wavekin/wavekin/nn"
)

// features draws n rows of d correlated features that are not centred.
func features(n, d int, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 1))
	z := make([]float32, n*d)
	for i := range z {
		z[i] = float32(rng.NormFloat64()) + 0.3*float32(i%d)
		if i%d > 0 {
			z[i] += 0.5 * z[i-1]
		}
	}
	return z
}

// column returns feature j of the rows from (inclusive) to (exclusive), less its mean.
func column(z []float32, d, j, from, to int) []float64 {
	var out []float64
	var mean float64
	for i := from; i < to; i++ {
		out = append(out, float64(z[i*d+j]))
		mean += float64(z[i*d+j]) / float64(to-from)
	}
	for i := range out {
		out[i] -= mean
	}
	return out
}

// slowBarlow is eq. 1 and 2 of Zbontar et al. (2021), feature by feature; the views lie one behind the other.
func slowBarlow(z []float32, d int, lambda float64) float64 {
	n := len(z) / d / 2
	var total float64
	for i := range d {
		for j := range d {
			a, b := column(z, d, i, 0, n), column(z, d, j, n, 2*n)
			// Batch normalisation adds 1e-5 to a variance.
			c := dot(a, b) / float64(n) / math.Sqrt((dot(a, a)/float64(n)+1e-5)*(dot(b, b)/float64(n)+1e-5))
			if i == j {
				total += (1 - c) * (1 - c)
			} else {
				total += lambda * c * c
			}
		}
	}
	return total
}

// slowVIC is the sum of the three terms of Bardes et al. (2022) as the authors' code has them, or with the covariance of
// Lee and Aune (2021).
func slowVIC(z []float32, d int, w vicTerms, better bool) float64 {
	n := len(z) / d / 2
	var invariance, variance, covariance float64
	for i := range n * d {
		e := float64(z[i]) - float64(z[n*d+i])
		invariance += e * e / float64(n*d)
	}
	for _, from := range []int{0, n} {
		for i := range d {
			a := column(z, d, i, from, from+n)
			std := math.Sqrt(dot(a, a)/float64(n-1) + 1e-4)
			hinge := math.Max(0, 1-std) / float64(d)
			if !better { // VICReg's code halves the sum of both views, VIbCReg's does not
				hinge /= 2
			}
			variance += hinge
			for j := range d {
				if j == i {
					continue
				}
				b := column(z, d, j, from, from+n)
				if better {
					c := dot(a, b) / math.Sqrt(dot(a, a)*dot(b, b))
					covariance += c * c / float64(d*d)
				} else {
					c := dot(a, b) / float64(n-1)
					covariance += c * c / float64(d)
				}
			}
		}
	}
	return w.invariance*invariance + w.variance*variance + w.covariance*covariance
}

// halves splits stacked views.
func halves(z *nn.Node) (a, b *nn.Node) {
	n := z.Shape()[0] / 2
	return nn.Slice(z, 0, 0, n), nn.Slice(z, 0, n, 2*n)
}

func barlowOf(z *nn.Node) *nn.Node {
	a, b := halves(z)
	w := nn.NewWeights(0)
	norm := nn.NewBatchNorm(w, "n", z.Shape()[1], false)
	return redundancy(norm.Apply(a), norm.Apply(b), 0.0051)
}

// passNet hands its input on, so that a loss can be built from given projections.
type passNet struct{ d int }

func (p passNet) Apply(x *nn.Node) *nn.Node { return nn.Reshape(x, x.Shape()[0], p.d) }
func (p passNet) Dim() int                  { return p.d }

func vicOf(w vicTerms, better bool) func(z *nn.Node) *nn.Node {
	return func(z *nn.Node) *nn.Node {
		o := &vicreg{net: passNet{z.Shape()[1]}, projector: &head{}, terms: w, covariance: featureCovariance, half: 0.5}
		if better {
			o.covariance, o.half = unitCovariance, 1
		}
		a, b := halves(z)
		return o.Build(Batch{Views: []*nn.Node{a, b}}).Value
	}
}

var (
	vicWeights = vicTerms{25, 25, 1}
	vibWeights = vicTerms{25, 25, 200}
)

func TestVarianceLossesEqualTheirSlowTwins(t *testing.T) {
	for _, n := range []int{2, 3, 9} {
		for _, d := range []int{2, 5, 16} {
			z := features(2*n, d, uint64(n*d))
			near(t, "barlow twins", value(t, z, d, barlowOf), slowBarlow(z, d, 0.0051), 1e-3)
			near(t, "vicreg", value(t, z, d, vicOf(vicWeights, false)), slowVIC(z, d, vicWeights, false), 1e-4)
			near(t, "vibcreg", value(t, z, d, vicOf(vibWeights, true)), slowVIC(z, d, vibWeights, true), 1e-4)
		}
	}
}

func TestVarianceLossGradients(t *testing.T) {
	// Small features keep the hinge of the variance away from its kink at deviation 1.
	z := features(12, 3, 5)
	for i := range z {
		z[i] *= 0.4
	}
	checkGradient(t, "barlow twins", z, 3, barlowOf)
	checkGradient(t, "vicreg", z, 3, vicOf(vicWeights, false))
	checkGradient(t, "vibcreg", z, 3, vicOf(vibWeights, true))
}

func TestVarianceClosedForms(t *testing.T) {
	const n, d = 512, 256 // many features, so that the mean of their hinges is sharp
	same := make([]float32, 2*n*d)
	for i := range same {
		same[i] = 0.7
	}
	// Collapsed: no invariance, no covariance, every deviation √0.0001 = 0.01, so 25·(1-0.01) over both branches' halves, and twice
	// that where they are summed.
	near(t, "vicreg collapsed", value(t, same, d, vicOf(vicWeights, false)), 25*0.99, 1e-4)
	near(t, "vibcreg collapsed", value(t, same, d, vicOf(vibWeights, true)), 2*25*0.99, 1e-4)
	rng := rand.New(rand.NewPCG(2, 2))
	z := make([]float32, 2*n*d)
	for i := range z {
		z[i] = float32(rng.NormFloat64())
	}
	// Independent views at step 0: C is about 0 with variance 1/N, so D + λ·D(D-1)/N + D/N.
	near(t, "barlow twins, unrelated views", value(t, z, d, barlowOf), d+0.0051*d*(d-1)/n+d/float64(n), 5e-2)
	// Equal views of independent features: only sampling noise, λ·D(D-1)/N, is left.
	copy(z[n*d:], z[:n*d])
	near(t, "barlow twins, equal views", value(t, z, d, barlowOf), 0.0051*d*(d-1)/n, 3e-2)
	// Equal views, unit variance: the covariance of two branches, 2·(D-1)/N, and hinges of about half of E|std - 1| = 1/√(πN).
	near(t, "vicreg, equal views", value(t, z, d, vicOf(vicWeights, false)), 2*(d-1)/float64(n)+25/math.Sqrt(4*math.Pi*n), 5e-2)
	near(t, "vibcreg, equal views", value(t, z, d, vicOf(vibWeights, true)), 2*200*(d-1)/float64(d)/n+2*25/math.Sqrt(4*math.Pi*n), 5e-2)
}

// TestVarianceTermHoldsTheFeaturesUp leaves it out: invariance alone is least where all is equal.
func TestVarianceTermHoldsTheFeaturesUp(t *testing.T) {
	small := VICReg{Hidden: 32, Out: 32}
	sound := newTrial(t, small, trialEncoder)
	small.NoVariance = true
	broken := newTrial(t, small, trialEncoder)
	sound.rate, broken.rate = 0.02, 0.02
	for range 220 {
		sound.next()
		broken.next()
	}
	if s := featureScale(sound); s < 0.5 {
		t.Errorf("the features' deviation is %.2g with the variance term, want near 1", s)
	}
	if s := featureScale(broken); s > 0.15 {
		t.Errorf("the features' deviation is %.2g without the variance term, want near 0", s)
	}
	diagnosed(t, broken, "variance term")
	if d := sound.obj.(Diagnoser).Diagnose(map[string]float64{"variance": sound.measure("variance")}); d != nil {
		t.Errorf("the sound method says %q", d)
	}
}

// featureScale is 1 less the variance term: the mean deviation of the features, at most 1.
func featureScale(tr *trial) float64 { return 1 - tr.measure("variance") }

// TestWhiteningGroups: the widths of the published projectors and of small ones, against the loop of the authors' iter_norm.py.
func TestWhiteningGroups(t *testing.T) {
	for features, groups := range map[int]int{4096: 64, 2048: 64, 256: 64, 128: 64, 100: 50, 32: 32, 200: 50, 192: 64, 1: 1} {
		if got := whiteningGroups(features); got != groups {
			t.Errorf("%d features are whitened in %d groups, want %d", features, got, groups)
		}
	}
}

func TestVarianceSettingsAreChecked(t *testing.T) {
	for i, m := range []Method{BarlowTwins{Lambda: -1}, BarlowTwins{Norm: "other"}, VICReg{Variance: -1}, VICReg{Out: -1},
		VIbCReg{Groups: 7}, VIbCReg{Iterations: 99}, VIbCReg{Covariance: math.Inf(1)}} {
		if _, _, err := setUp(m, trialEncoder); err == nil {
			t.Errorf("settings %d (%+v) were accepted", i, m)
		}
	}
}
