package methods

import (
	"cmp"
	"fmt"

	"github.com/wavekin/wavekin/nn"
)

// VIbCReg is VICReg with better covariance regularisation (Lee and Aune, 2021), made for sequences: the covariance is that
// of features brought to length 1 over the batch, so that its weight does not depend on their scale, and the projector
// ends in an iterative normalisation, which whitens groups of features.
type VIbCReg struct {
	// Invariance, Variance and Covariance weigh the three terms; 0 means 25, 25 and 200. The variance term is the sum of both
	// views' hinges.
	Invariance float64 `json:"invariance,omitempty" toml:"invariance"`
	Variance   float64 `json:"variance,omitempty" toml:"variance"`
	Covariance float64 `json:"covariance,omitempty" toml:"covariance"`
	// Hidden and Out are the widths of the projector of three layers; 0 means 256 each, published are 4096. More is better where
	// there is time.
	Hidden int `json:"hidden,omitempty" toml:"hidden"`
	Out    int `json:"out,omitempty" toml:"out"`
	// Norm stands in the projector: "batch" (the default), "layer", "group", "group-ws", "actnorm" or "none".
	Norm string `json:"norm,omitempty" toml:"norm"`
	// Groups is into how many groups the features are whitened; 0 means about 64, as in the authors' IterNorm. A group should be smaller than the batch.
	Groups int `json:"groups,omitempty" toml:"groups"`
	// Iterations is the number of Newton steps of the whitening; 0 means 5.
	Iterations int `json:"iterations,omitempty" toml:"iterations"`
	// NoVariance leaves the variance term out; the whitening alone then holds the features up.
	NoVariance bool `json:"no_variance,omitempty" toml:"no_variance"`
}

// Name returns "vibcreg".
func (VIbCReg) Name() string { return "vibcreg" }

// Needs returns two views.
func (VIbCReg) Needs() Needs { return Needs{} }

// Preset returns the training of the variance methods.
func (VIbCReg) Preset() Preset { return variancePreset() }

// Head is the projector, see [Keeper].
func (m VIbCReg) Head(_ *nn.Weights, _ int) (string, Head) {
	return "projector", Head{Hidden: cmp.Or(m.Hidden, 256), Out: cmp.Or(m.Out, 256), Layers: 3, Norm: cmp.Or(m.Norm, "batch"), Bias: true}
}

// New declares the projector and its whitening.
func (m VIbCReg) New(s Setup) (Objective, error) {
	m.Out, m.Iterations = cmp.Or(m.Out, 256), cmp.Or(m.Iterations, 5)
	terms := vicTerms{cmp.Or(m.Invariance, 25), cmp.Or(m.Variance, 25), cmp.Or(m.Covariance, 200)}
	if err := terms.check("vibcreg"); err != nil {
		return nil, err
	}
	p, err := newProjector(m, s)
	if err != nil {
		return nil, err
	}
	if m.Groups == 0 {
		m.Groups = whiteningGroups(m.Out)
	}
	if m.Groups < 1 || m.Out%m.Groups != 0 || m.Iterations < 1 || m.Iterations > 50 {
		return nil, fmt.Errorf("vibcreg: %d iterations on %d features in %d groups, want 1 to 50 and groups of equal size",
			m.Iterations, m.Out, m.Groups)
	}
	return &vicreg{net: s.Net, projector: p, terms: terms, covariance: unitCovariance, half: 1, noVariance: m.NoVariance,
		last: nn.NewIterNorm(s.Weights, "whitening", m.Out, m.Groups, m.Iterations)}, nil
}

// whiteningGroups is into how many groups the authors' IterNorm whitens features of which it is asked for 64: a group has a 64th of
// them, rounded up, which is halved until it divides.
func whiteningGroups(features int) int {
	size := max(1, (features-1)/64+1)
	for features%size != 0 {
		size /= 2
	}
	return features / size
}

// unitCovariance is the mean over the D x D entries of the squared inner products of different features, each brought to
// length 1 over the batch; the diagonal counts as 0. z [N, D] is centred.
func unitCovariance(z *nn.Node) *nn.Node {
	d := float32(z.Dim(1))
	u := nn.Normalize(nn.SwapLast(z))
	return nn.Scale(offDiagonal(nn.MatMul(u, u, false, true)), 1/(d*d))
}
