package methods

import (
	"cmp"
	"github.com/wavekin/wavekin/nn"
)

// VICReg keeps the variance of each feature up, views of a sample together and features uncorrelated (Bardes et al., 2022,
// eq. 6). Each branch is kept from collapse by itself, so that it has no negatives, teacher, or normalised features.
type VICReg struct {
	// Invariance, Variance and Covariance weigh the three terms; 0 means 25, 25 and 1. The variance term is the mean of both
	// views' hinges, as in the authors' main_vicreg.py (std_loss); eq. 6 has their sum.
	Invariance float64 `json:"invariance,omitempty" toml:"invariance"`
	Variance   float64 `json:"variance,omitempty" toml:"variance"`
	Covariance float64 `json:"covariance,omitempty" toml:"covariance"`
	// Hidden and Out are the widths of the projector of three layers; 0 means 256 each, published are 8192. More is better where
	// there is time.
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

// Head is the projector, see [Keeper].
func (m VICReg) Head(_ *nn.Weights, _ int) (string, Head) {
	return "projector", Head{Hidden: cmp.Or(m.Hidden, 256), Out: cmp.Or(m.Out, 256), Layers: 3, Norm: cmp.Or(m.Norm, "batch")}
}

// New declares the projector.
func (m VICReg) New(s Setup) (Objective, error) {
	terms := vicTerms{cmp.Or(m.Invariance, 25), cmp.Or(m.Variance, 25), cmp.Or(m.Covariance, 1)}
	if err := terms.check("vicreg"); err != nil {
		return nil, err
	}
	p, err := newProjector(m, s)
	if err != nil {
		return nil, err
	}
	return &vicreg{net: s.Net, projector: p, terms: terms, covariance: featureCovariance, half: 0.5, noVariance: m.NoVariance}, nil
}

// featureCovariance is the sum of the squared covariances of different features over D, the covariances over N-1: eq. 3
// and 4; z [N, D] is centred.
func featureCovariance(z *nn.Node) *nn.Node {
	n, d := z.Dim(0), z.Dim(1)
	c := nn.Scale(nn.MatMul(z, z, true, false), 1/float32(max(1, n-1)))
	return nn.Scale(offDiagonal(c), 1/float32(d))
}
