package methods

import (
	"math"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// vicTerms are the weights of invariance, variance and covariance.
type vicTerms struct{ invariance, variance, covariance float64 }

func (v vicTerms) check(method string) error {
	return positive(method, map[string]float64{"invariance": v.invariance, "variance": v.variance, "covariance": v.covariance})
}

// vicreg is the objective of VICReg and of VIbCReg, which differ in their projector and their covariance term.
type vicreg struct {
	net        encoders.Network
	projector  *head
	last       *nn.NormLayer // after the projector, or nil
	terms      vicTerms
	covariance func(centred *nn.Node) *nn.Node
	half       float32 // what the sum of both views' hinges is multiplied by
	noVariance bool
}

func (o *vicreg) Build(b Batch) Loss {
	var z [2]*nn.Node
	for i, x := range b.Views {
		z[i] = o.last.Apply(o.projector.apply(o.net.Apply(x)))
	}
	a, c := centred(z[0]), centred(z[1])
	invariance := nn.Mean(nn.Square(nn.Sub(z[0], z[1])))
	variance := nn.Scale(nn.Add(varianceHinge(a), varianceHinge(c)), o.half)
	covariance := nn.Add(o.covariance(a), o.covariance(c))
	value := nn.Add(nn.Scale(invariance, float32(o.terms.invariance)), nn.Scale(covariance, float32(o.terms.covariance)))
	if !o.noVariance {
		value = nn.Add(value, nn.Scale(variance, float32(o.terms.variance)))
	}
	return Loss{Value: value, Embeddings: unitViews(z[:]),
		Measures: []Measure{{"invariance", invariance}, {"variance", variance}, {"covariance", covariance}}}
}

// Uniform is NaN: there is nothing to tell apart.
func (o *vicreg) Uniform(int) float64 { return math.NaN() }

// Diagnose names a variance term that was left out, or that does not hold the features up.
func (o *vicreg) Diagnose(measures map[string]float64) []string {
	if o.noVariance {
		return collapseAdvice("variance term", true)
	}
	if measures["variance"] > 1.8*float64(o.half) {
		return []string{"the features have almost no variance; raise the weight of the variance term or the learning rate"}
	}
	return nil
}

// centred subtracts from each feature of z [N, D] its mean over the batch.
func centred(z *nn.Node) *nn.Node { return nn.Add(z, nn.Scale(nn.MeanFirst(z), -1)) }

// varianceHinge is the mean over features of max(0, 1 - std), where std = √(var + 0.0001) with the unbiased variance over
// the batch: eq. 1 and 2, γ = 1; z [N, D] is centred.
func varianceHinge(z *nn.Node) *nn.Node {
	n := float32(z.Dim(0))
	variance := nn.Scale(nn.MeanFirst(nn.Square(z)), n/max(1, n-1))
	std := nn.Sqrt(nn.AddScalar(variance, 1e-4), 0)
	return nn.Mean(nn.ReLU(nn.AddScalar(nn.Scale(std, -1), 1)))
}

// offDiagonal is the sum of the squares off the diagonal of c [D, D].
func offDiagonal(c *nn.Node) *nn.Node {
	d := c.Dim(0)
	mask := make([]float32, d*d)
	for i := range mask {
		if i%(d+1) != 0 {
			mask[i] = 1
		}
	}
	return nn.Sum(nn.Square(nn.Mul(c, c.Graph().Const(mask, d, d))))
}

// variancePreset is AdamW at 0.001 with little decay, as Lee and Aune (2021) train on sequences, with the default views.
func variancePreset() Preset {
	return Preset{Batch: 64, LR: 1e-3, Decay: 1e-5, Views: augment.Default()}
}
