package methods

import (
	"maps"
	"math"
	"slices"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// VICReg keeps the variance of each feature up, views of a sample together and features uncorrelated (Bardes et al., 2022,
// eq. 6). Each branch is kept from collapse by itself, so that it has no negatives, teacher, or normalised features.
type VICReg struct {
	// Invariance, Variance and Covariance weigh the three terms; 0 means 25, 25 and 1.
	Invariance float64 `json:"invariance,omitempty" toml:"invariance"`
	Variance   float64 `json:"variance,omitempty" toml:"variance"`
	Covariance float64 `json:"covariance,omitempty" toml:"covariance"`
	// Hidden and Out are the widths of the projector; 0 means 256 each. More is better where there is time.
	Hidden int `json:"hidden,omitempty" toml:"hidden"`
	Out    int `json:"out,omitempty" toml:"out"`
	// Norm stands in the projector: "batch" (the default), "layer", "group", "group-ws", "actnorm" or "none".
	Norm string `json:"norm,omitempty" toml:"norm"`
	// NoVariance leaves the variance term out, to see the method collapse.
	NoVariance bool `json:"no_variance,omitempty" toml:"no_variance"`
}

// Name returns "vicreg".
func (VICReg) Name() string { return "vicreg" }

// Needs returns two views.
func (VICReg) Needs() Needs { return Needs{} }

// Preset returns the training of the variance methods.
func (VICReg) Preset() Preset { return variancePreset() }

// New declares the projector.
func (m VICReg) New(s Setup) (Objective, error) {
	terms := vicTerms{or(m.Invariance, 25), or(m.Variance, 25), or(m.Covariance, 1)}
	if err := terms.check("vicreg"); err != nil {
		return nil, err
	}
	p, err := newHead(s.Weights.Scope("projector"), s.Net.Dim(),
		Head{Hidden: or(m.Hidden, 256), Out: or(m.Out, 256), Layers: 3, Norm: or(m.Norm, "batch"), BiasOut: true})
	if err != nil {
		return nil, err
	}
	return &vicreg{net: s.Net, projector: p, terms: terms, covariance: featureCovariance, noVariance: m.NoVariance}, nil
}

// vicTerms are the weights of invariance, variance and covariance.
type vicTerms struct{ invariance, variance, covariance float64 }

func (v vicTerms) check(method string) error {
	return positive(method, map[string]float64{"invariance": v.invariance, "variance": v.variance, "covariance": v.covariance})
}

// vicreg is the objective of VICReg and of VIbCReg, which differ in their projector and their covariance term.
type vicreg struct {
	net        encoders.Network
	projector  *head
	last       *nn.NormLayer // behind the projector, or nil
	terms      vicTerms
	covariance func(centred *nn.Node) *nn.Node
	noVariance bool
}

func (o *vicreg) Build(b Batch) Loss {
	var z [2]*nn.Node
	for i, x := range b.Views {
		z[i] = o.last.Apply(o.projector.apply(o.net.Apply(x)))
	}
	a, c := centred(z[0]), centred(z[1])
	invariance := nn.Mean(nn.Square(nn.Sub(z[0], z[1])))
	variance := nn.Scale(nn.Add(varianceHinge(a), varianceHinge(c)), 0.5)
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
	if measures["variance"] > 0.9 {
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

// featureCovariance is the sum of the squared covariances of different features over D, the covariances over N-1: eq. 3
// and 4; z [N, D] is centred.
func featureCovariance(z *nn.Node) *nn.Node {
	n, d := z.Dim(0), z.Dim(1)
	c := nn.Scale(nn.MatMul(z, z, true, false), 1/float32(max(1, n-1)))
	return nn.Scale(offDiagonal(c), 1/float32(d))
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

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
