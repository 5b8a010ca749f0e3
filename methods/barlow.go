package methods

import (
	"cmp"
	"math"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// BarlowTwins brings the cross-correlation of the two views' features to the identity (Zbontar et al., 2021, eq. 1): a
// feature agrees with itself across views, and tells what no other feature tells. It has no negatives and no teacher.
type BarlowTwins struct {
	// Lambda weighs what is off the diagonal; 0 means 0.0051.
	Lambda float64 `json:"lambda,omitempty" toml:"lambda"`
	// Scale multiplies the loss; 0 means 0.1, which suits projections as small as these.
	Scale float64 `json:"scale,omitempty" toml:"scale"`
	// Hidden and Out are the widths of the projector; 0 means 256 each, published are 8192. More is better where there is time.
	Hidden int `json:"hidden,omitempty" toml:"hidden"`
	Out    int `json:"out,omitempty" toml:"out"`
	// Layers is the depth of the projector; 0 means 3.
	Layers int `json:"layers,omitempty" toml:"layers"`
	// Norm stands in the projector: "batch" (the default), "layer", "group", "group-ws", "actnorm" or "none". The
	// projections themselves are always standardised over the batch.
	Norm string `json:"norm,omitempty" toml:"norm"`
}

// Name returns "barlow-twins".
func (BarlowTwins) Name() string { return "barlow-twins" }

// Needs returns two views.
func (BarlowTwins) Needs() Needs { return Needs{} }

// Preset returns the training of the variance methods.
func (BarlowTwins) Preset() Preset { return variancePreset() }

// Head is the projector, see [Keeper].
func (m BarlowTwins) Head(_ *nn.Weights, _ int) (string, Head) {
	return "projector", Head{Hidden: cmp.Or(m.Hidden, 256), Out: cmp.Or(m.Out, 256), Layers: cmp.Or(m.Layers, 3), Norm: cmp.Or(m.Norm, "batch")}
}

// New declares the projector and the standardisation of its outputs.
func (m BarlowTwins) New(s Setup) (Objective, error) {
	m.Lambda, m.Scale = cmp.Or(m.Lambda, 0.0051), cmp.Or(m.Scale, 0.1)
	if err := positive("barlow-twins", map[string]float64{"lambda": m.Lambda, "scale": m.Scale}); err != nil {
		return nil, err
	}
	p, err := newProjector(m, s)
	if err != nil {
		return nil, err
	}
	return &barlow{net: s.Net, projector: p, norm: nn.NewBatchNorm(s.Weights, "standard", cmp.Or(m.Out, 256), false),
		lambda: float32(m.Lambda), scale: float32(m.Scale)}, nil
}

type barlow struct {
	net           encoders.Network
	projector     *head
	norm          *nn.NormLayer
	lambda, scale float32
}

func (o *barlow) Build(b Batch) Loss {
	var z, unit [2]*nn.Node
	for i, x := range b.Views {
		z[i] = o.projector.apply(o.net.Apply(x))
		unit[i] = o.norm.Apply(z[i])
	}
	return Loss{Value: nn.Scale(redundancy(unit[0], unit[1], o.lambda), o.scale), Embeddings: unitViews(z[:])}
}

// Uniform is NaN: there is nothing to tell apart.
func (o *barlow) Uniform(int) float64 { return math.NaN() }

// redundancy is Σᵢ (Cᵢᵢ-1)² + λ Σᵢ≠ⱼ Cᵢⱼ² with C = aᵀb/N, of features a, b [N, D] that are standardised over the batch.
func redundancy(a, b *nn.Node, lambda float32) *nn.Node {
	g := a.Graph()
	n, d := a.Dim(0), a.Dim(1)
	weight := make([]float32, d*d)
	for i := range weight {
		if weight[i] = lambda; i%(d+1) == 0 {
			weight[i] = 1
		}
	}
	c := nn.Scale(nn.MatMul(a, b, true, false), 1/float32(n))
	off := nn.Square(nn.Sub(c, g.Const(diagonal(d, 1), d, d)))
	return nn.Sum(nn.Mul(off, g.Const(weight, d, d)))
}
